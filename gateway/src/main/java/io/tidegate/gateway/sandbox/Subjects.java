package io.tidegate.gateway.sandbox;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.jspecify.annotations.Nullable;

/**
 * What a schema registry remembers: schemas by id, versions by subject, and how far a new version may differ from the ones
 * before. The same schema has the same id under every subject. Whether one version can follow another is checked for Avro
 * alone: a JSON or Protobuf schema may follow any other of its language. Confined to the registry's event loop.
 */
final class Subjects {
    /** Of schemas, subjects, and levels of subjects. */
    static final int EACH_MAX = 10_000;
    /** Of one subject, those that are deleted counted too. */
    static final int VERSIONS_MAX = 1_000;
    private static final int SCHEMA_CHARS_MAX = 1024 * 1024;
    private static final int REFERENCE_DEPTH_MAX = 16;
    /** A comment, a text in quotes (never to be changed, and never the start of a comment), a word, or a sign. */
    private static final Pattern PROTO_TOKEN = Pattern.compile("//[^\\n]*+|/\\*[\\s\\S]*?\\*/"
            + "|\"(?:[^\"\\\\\\n]++|\\\\.)*+\"|'(?:[^'\\\\\\n]++|\\\\.)*+'|[\\w.+-]++|\\S");

    private final List<Registered> schemas = new ArrayList<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final TreeMap<String, List<Version>> versions = new TreeMap<>();
    private final Map<String, Level> levels = new HashMap<>();
    private Level level = Level.BACKWARD;

    /** A schema as a client sends it. */
    record Candidate(String type, String text, List<Reference> references) {
        Candidate {
            references = List.copyOf(references);
        }

        /** Clients write null for what they leave out. */
        static Candidate from(JsonObject body) throws Refused {
            String type = member(body, "schemaType", String.class, "AVRO");
            String text = member(body, "schema", String.class, "");
            if (text.isBlank()) {
                throw new Refused(422, 42201, "Invalid schema: empty schema");
            }
            var references = new ArrayList<Reference>();
            for (Object each : member(body, "references", JsonArray.class, new JsonArray())) {
                if (!(each instanceof JsonObject reference)) {
                    throw new Refused(400, 400, "Unable to process JSON: a reference is an object");
                }
                references.add(new Reference(member(reference, "name", String.class, ""),
                        member(reference, "subject", String.class, ""),
                        member(reference, "version", Integer.class, -1)));
            }
            return new Candidate(type, text, references);
        }

        private static <T> T member(JsonObject body, String name, Class<T> type, T otherwise)
                throws Refused {
            Object value = body.getValue(name);
            if (value == null) {
                return otherwise;
            }
            if (!type.isInstance(value)) {
                throw new Refused(400, 400, "Unable to process JSON: " + name + " is no "
                        + type.getSimpleName());
            }
            return type.cast(value);
        }
    }

    /** Another schema that this one names. */
    record Reference(String name, String subject, int version) {
        JsonObject json() {
            return new JsonObject().put("name", name).put("subject", subject).put("version",
                    version);
        }
    }

    /** A schema under its id. */
    record Registered(int id, Candidate schema) {
        JsonObject json() {
            var json = new JsonObject().put("schema", schema.text());
            if (!schema.type().equals("AVRO")) {
                json.put("schemaType", schema.type());
            }
            if (!schema.references().isEmpty()) {
                json.put("references",
                        new JsonArray(schema.references().stream().map(Reference::json).toList()));
            }
            return json;
        }
    }

    /** A schema as one version of a subject; deleted ones keep their number. */
    record Version(String subject, int number, Registered registered, boolean deleted) {
        JsonObject json() {
            return new JsonObject().put("subject", subject).put("version", number)
                    .put("id", registered.id())
                    .mergeIn(registered.json());
        }
    }

    /** What a new version must be able to do. */
    enum Level {
        NONE, BACKWARD, BACKWARD_TRANSITIVE, FORWARD, FORWARD_TRANSITIVE, FULL, FULL_TRANSITIVE;

        private boolean readsOld() {
            return this != NONE && !name().startsWith("FORWARD");
        }

        private boolean readByOld() {
            return name().startsWith("FORWARD") || name().startsWith("FULL");
        }

        private boolean transitive() {
            return name().endsWith("TRANSITIVE");
        }

        static Level named(@Nullable String name) throws Refused {
            return Stream.of(values()).filter(each -> each.name().equals(name)).findFirst()
                    .orElseThrow(() -> new Refused(422, 42203,
                            "Invalid compatibility level. Valid values are none, "
                                    + "backward, forward, full, backward_transitive, forward_transitive, and full_transitive"));
        }
    }

    /** A request that cannot be met, in the registry's own words and numbers. */
    static final class Refused extends Exception {
        private final int status;
        private final int code;

        Refused(int status, int code, String message) {
            super(message, null, false, false);
            this.status = status;
            this.code = code;
        }

        int status() {
            return status;
        }

        int code() {
            return code;
        }
    }

    /** Makes the schema the subject's newest version; an equal one that is there already is returned instead. */
    Version register(String subject, Candidate candidate) throws Refused {
        var known = live(subject).filter(version -> sameSchema(version, candidate)).findFirst();
        if (known.isPresent()) {
            return known.get();
        }
        var reasons = incompatibilities(subject, candidate, levelOf(subject),
                live(subject).toList());
        if (!reasons.isEmpty()) {
            throw new Refused(409, 409,
                    "Schema being registered is incompatible with an earlier schema for subject \""
                            + subject + "\", details: " + reasons);
        }
        requireRoom(versions.containsKey(subject) ? 0 : versions.size(), EACH_MAX, "subjects");
        requireRoom(versions.getOrDefault(subject, List.of()).size(), VERSIONS_MAX,
                "versions of a subject");
        var registered = store(candidate);
        var all = versions.computeIfAbsent(subject, name -> new ArrayList<>());
        int number = all.isEmpty() ? 1 : all.getLast().number() + 1;
        var version = new Version(subject, number, registered, false);
        all.add(version);
        return version;
    }

    /** The version of the subject that has this schema. */
    Version lookUp(String subject, Candidate candidate) throws Refused {
        requireSubject(subject);
        normal(candidate);
        return live(subject).filter(version -> sameSchema(version, candidate)).findFirst()
                .orElseThrow(() -> new Refused(404, 40403, "Schema not found"));
    }

    Registered byId(int id) throws Refused {
        if (id < 1 || id > schemas.size()) {
            throw new Refused(404, 40403, "Schema " + id + " not found");
        }
        return schemas.get(id - 1);
    }

    /** Where the schema of this id is used. */
    List<Version> usesOf(int id) throws Refused {
        byId(id);
        return versions.values().stream().flatMap(List::stream)
                .filter(version -> !version.deleted() && version.registered().id() == id).toList();
    }

    List<String> names(boolean deletedToo) {
        return versions.entrySet().stream()
                .filter(entry -> entry.getValue().stream()
                        .anyMatch(version -> deletedToo || !version.deleted()))
                .map(Map.Entry::getKey).toList();
    }

    List<Integer> numbers(String subject) throws Refused {
        requireSubject(subject);
        return live(subject).map(Version::number).toList();
    }

    /**
     * @param number
     *            a version's number, {@code latest} or {@code -1}
     */
    Version version(String subject, String number) throws Refused {
        requireSubject(subject);
        if (number.equals("latest") || number.equals("-1")) {
            return live(subject).reduce((first, second) -> second).orElseThrow();
        }
        int wanted;
        try {
            wanted = Integer.parseInt(number);
        } catch (NumberFormatException e) {
            wanted = 0;
        }
        if (wanted < 1) {
            throw new Refused(422, 42202, "The specified version '" + number
                    + "' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\"");
        }
        int exactly = wanted;
        return live(subject).filter(version -> version.number() == exactly).findFirst()
                .orElseThrow(() -> new Refused(404, 40402, "Version " + exactly + " not found."));
    }

    /** Forgets a subject; its schemas stay under their ids, because payloads name them. */
    List<Integer> delete(String subject, boolean permanently) throws Refused {
        var all = versions.get(subject);
        if (all == null) {
            throw noSubject(subject);
        }
        if (!permanently && all.stream().allMatch(Version::deleted)) {
            throw new Refused(404, 40404, "Subject '" + subject
                    + "' was soft deleted. Set permanent=true to delete permanently");
        }
        if (!permanently) {
            for (Version version : all) {
                requireUnreferenced(version);
            }
        }
        var numbers = all.stream().map(Version::number).toList();
        if (permanently) {
            if (all.stream().anyMatch(version -> !version.deleted())) {
                throw new Refused(404, 40405,
                        "Subject '" + subject + "' was not deleted first before being permanently "
                                + "deleted");
            }
            versions.remove(subject);
        } else {
            all.replaceAll(Subjects::asDeleted);
        }
        levels.remove(subject);
        return numbers;
    }

    int deleteVersion(String subject, String number) throws Refused {
        var version = version(subject, number);
        requireUnreferenced(version);
        versions.computeIfPresent(subject, (name, all) -> new ArrayList<>(all.stream()
                .map(each -> each.number() == version.number() ? asDeleted(each) : each).toList()));
        return version.number();
    }

    /** Why the schema may not follow these versions under the subject's level; empty = it may. */
    List<String> incompatibilities(String subject, Candidate candidate, List<Version> against)
            throws Refused {
        return incompatibilities(subject, candidate, levelOf(subject), against);
    }

    /** The version to compare with; none where the newest is asked for and there is none yet. */
    List<Version> versionIfAny(String subject, String number) throws Refused {
        boolean isLatest = number.equals("latest") || number.equals("-1");
        return isLatest && live(subject).findAny().isEmpty()
                ? List.of()
                : List.of(version(subject, number));
    }

    List<Version> all(String subject) {
        return live(subject).toList();
    }

    Level level() {
        return level;
    }

    Optional<Level> ownLevel(String subject) {
        return Optional.ofNullable(levels.get(subject));
    }

    void setLevel(Level level) {
        this.level = level;
    }

    void setLevel(String subject, Level level) throws Refused {
        requireRoom(levels.containsKey(subject) ? 0 : levels.size(), EACH_MAX,
                "levels of subjects");
        levels.put(subject, level);
    }

    /** The subject has the level of all from now on; the one that it had. */
    Level resetLevel(String subject) throws Refused {
        var had = levels.remove(subject);
        if (had == null) {
            throw noSubject(subject);
        }
        return had;
    }

    private Level levelOf(String subject) {
        return levels.getOrDefault(subject, level);
    }

    private List<String> incompatibilities(String subject, Candidate candidate, Level level,
            List<Version> live)
            throws Refused {
        normal(candidate);
        if (level == Level.NONE || live.isEmpty()) {
            return List.of();
        }
        if (!live.getLast().registered().schema().type().equals(candidate.type())) {
            return List.of(
                    "the schema is " + candidate.type() + ", but subject '" + subject + "' holds "
                            + live.getLast().registered().schema().type());
        }
        if (!candidate.type().equals("AVRO")) {
            return List.of();
        }
        Schema now = avro(candidate);
        var reasons = new ArrayList<String>();
        for (Version version : level.transitive() ? live : List.of(live.getLast())) {
            Schema before = avro(version.registered().schema());
            if (level.readsOld()) {
                addReasons(reasons, now, before);
            }
            if (level.readByOld()) {
                addReasons(reasons, before, now);
            }
        }
        return reasons;
    }

    private static void addReasons(List<String> reasons, Schema reader, Schema writer) {
        var result = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getResult();
        if (result.getCompatibility() == SchemaCompatibilityType.INCOMPATIBLE) {
            result.getIncompatibilities()
                    .forEach(each -> reasons.add(each.getType() + " at " + each.getLocation() + ": "
                            + each.getMessage()));
        }
    }

    private Registered store(Candidate candidate) throws Refused {
        String normal = normal(candidate);
        Integer id = ids.get(normal);
        if (id != null) {
            return schemas.get(id - 1);
        }
        requireRoom(schemas.size(), EACH_MAX, "schemas");
        // With references the text stays its author's: what it refers to is not written into it.
        var kept = candidate.type().equals("AVRO") && candidate.references().isEmpty()
                ? new Candidate("AVRO", avro(candidate).toString(), candidate.references())
                : candidate;
        var registered = new Registered(schemas.size() + 1, kept);
        schemas.add(registered);
        ids.put(normal, registered.id());
        return registered;
    }

    private boolean sameSchema(Version version, Candidate candidate) {
        try {
            return normal(version.registered().schema()).equals(normal(candidate));
        } catch (Refused e) {
            return false;
        }
    }

    /** Equal for texts that mean the same schema: without layout, with the order of attributes that the parser gives. */
    private String normal(Candidate candidate) throws Refused {
        if (candidate.text().length() > SCHEMA_CHARS_MAX) {
            throw new Refused(422, 42201,
                    "Invalid schema: longer than " + SCHEMA_CHARS_MAX + " characters");
        }
        for (Reference reference : candidate.references()) {
            referenced(reference);
        }
        String text = switch (candidate.type()) {
            case "AVRO" -> avro(candidate).toString();
            case "JSON" -> compactJson(candidate.text());
            case "PROTOBUF" -> compactProto(candidate.text());
            default -> throw new Refused(422, 42201, "Invalid schema type " + candidate.type());
        };
        return candidate.type() + "\n" + candidate.references() + "\n" + text;
    }

    private static String compactJson(String text) throws Refused {
        try {
            return switch (Json.decodeValue(text)) {
                case JsonObject object -> object.encode();
                case Boolean all -> all.toString();
                case null, default ->
                    throw new Refused(422, 42201, "Invalid schema: a JSON Schema is an object");
            };
        } catch (DecodeException e) {
            throw new Refused(422, 42201, "Invalid schema: not JSON");
        }
    }

    private static String compactProto(String text) throws Refused {
        var tokens = new ArrayList<String>();
        var matcher = PROTO_TOKEN.matcher(text);
        while (matcher.find()) {
            if (!matcher.group().startsWith("//") && !matcher.group().startsWith("/*")) {
                tokens.add(matcher.group());
            }
        }
        String compact = String.join(" ", tokens);
        long open = tokens.stream().filter("{"::equals).count();
        if (open == 0 || open != tokens.stream().filter("}"::equals).count()) {
            throw new Refused(422, 42201,
                    "Invalid schema: a Protobuf schema declares a message or an enum");
        }
        return compact;
    }

    private Schema avro(Candidate candidate) throws Refused {
        var parser = new Schema.Parser();
        try {
            addReferences(parser, candidate, new HashSet<>(), 0);
            return parser.parse(candidate.text());
        } catch (AvroRuntimeException e) {
            throw new Refused(422, 42201, "Invalid schema " + e.getMessage());
        }
    }

    private void addReferences(Schema.Parser parser, Candidate candidate,
            Set<String> done, int depth)
            throws Refused {
        if (depth > REFERENCE_DEPTH_MAX) {
            throw new Refused(422, 42201,
                    "Invalid schema: references are nested deeper than " + REFERENCE_DEPTH_MAX);
        }
        for (Reference reference : candidate.references()) {
            if (done.add(reference.subject() + " " + reference.version())) {
                var schema = referenced(reference);
                addReferences(parser, schema, done, depth + 1);
                parser.parse(schema.text());
            }
        }
    }

    private Candidate referenced(Reference reference) throws Refused {
        try {
            return version(reference.subject(), Integer.toString(reference.version())).registered()
                    .schema();
        } catch (Refused e) {
            throw new Refused(422, 42201,
                    "Invalid schema: reference '" + reference.name() + "' to version "
                            + reference.version() + " of subject '" + reference.subject()
                            + "' is not there");
        }
    }

    private Stream<Version> live(String subject) {
        return versions.getOrDefault(subject, List.of()).stream()
                .filter(version -> !version.deleted());
    }

    private void requireSubject(String subject) throws Refused {
        if (live(subject).findAny().isEmpty()) {
            throw noSubject(subject);
        }
    }

    private void requireUnreferenced(Version version) throws Refused {
        boolean isReferenced = versions.values().stream().flatMap(List::stream)
                .filter(each -> !each.deleted())
                .flatMap(each -> each.registered().schema().references().stream())
                .anyMatch(reference -> reference.subject().equals(version.subject())
                        && reference.version() == version.number());
        if (isReferenced) {
            throw new Refused(422, 42206, "One or more references exist to version "
                    + version.number() + " of subject '" + version.subject() + "'");
        }
    }

    private static void requireRoom(int count, int max, String what) throws Refused {
        if (count >= max) {
            throw new Refused(500, 50001,
                    "The sandbox's registry holds at most " + max + " " + what);
        }
    }

    private static Refused noSubject(String subject) {
        return new Refused(404, 40401, "Subject '" + subject + "' not found.");
    }

    private static Version asDeleted(Version version) {
        return new Version(version.subject(), version.number(), version.registered(), true);
    }
}

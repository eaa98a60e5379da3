package io.tidegate.schema;

import com.google.protobuf.AnyProto;
import com.google.protobuf.ApiProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DurationProto;
import com.google.protobuf.EmptyProto;
import com.google.protobuf.FieldMaskProto;
import com.google.protobuf.JavaFeaturesProto;
import com.google.protobuf.SourceContextProto;
import com.google.protobuf.StructProto;
import com.google.protobuf.TextFormat;
import com.google.protobuf.TimestampProto;
import com.google.protobuf.TypeProto;
import com.google.protobuf.WrappersProto;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Compiles .proto texts and what they import into descriptors, without protoc. Files of {@code google/protobuf} come with
 * the library, the small ones of {@code google/type} from here; all others are read beside the contract.
 */
final class ProtoFiles {
    private static final int FILES_MAX = 2_000;
    private static final Map<String, FileDescriptor> BUILT_IN = builtIn();
    private static final Map<String, String> GOOGLE_TYPES = googleTypes();

    private final SchemaFiles files;
    private final Map<String, FileDescriptor> byPath = new LinkedHashMap<>();
    private final Map<String, FileDescriptor> byText = new HashMap<>();
    private final Map<String, String> docs = new HashMap<>();
    private final Set<String> unverified = new HashSet<>();
    private final Map<String, SchemaNote> places = new HashMap<>();
    private final Set<String> open = new LinkedHashSet<>();

    ProtoFiles(SchemaFiles files) {
        this.files = files;
    }

    /** Compiles a text that was named by the contract. */
    FileDescriptor compile(SourceSchema schema) throws SchemaProblem {
        return compile(path(schema.origin()), schema.text(), schema.origin());
    }

    /** Every file that has been compiled, imports included. */
    Collection<FileDescriptor> all() {
        var all = new LinkedHashSet<FileDescriptor>();
        byPath.values().forEach(file -> addWithImports(file, all));
        return all;
    }

    /** Descriptions of messages, fields and enums by full name. */
    Map<String, String> docs() {
        return Map.copyOf(docs);
    }

    /**
     * Fields, by full name, of text that Protobuf does not verify. Their descriptors say bytes, because reading them as
     * text would silently put other characters in the place of broken ones.
     */
    Set<String> unverified() {
        return Set.copyOf(unverified);
    }

    /** Something to say of a message or field, at its place. */
    SchemaNote note(String fullName, String message) {
        SchemaNote place = places.get(fullName);
        return place == null
                ? new SchemaNote("", 0, 0, message)
                : new SchemaNote(place.origin(), place.line(), place.column(), message);
    }

    /** All messages of a file, nested ones included, in the order of the text. */
    static List<Descriptor> messages(FileDescriptor file) {
        var all = new ArrayList<Descriptor>();
        file.getMessageTypes().forEach(message -> addNested(message, all));
        return all;
    }

    private FileDescriptor compile(String path, String text, String origin)
            throws SchemaProblem {
        FileDescriptor known = byText.get(text);
        if (known != null) {
            byPath.putIfAbsent(path, known);
            return known;
        }
        if (byPath.size() >= FILES_MAX) {
            throw new SchemaProblem("the schema imports more than " + FILES_MAX + " files");
        }
        open.add(path);
        FileDescriptor file;
        try {
            ProtoText.Parsed parsed = ProtoText.parse(path, text);
            file = link(parsed);
            parsed.docs().forEach(docs::putIfAbsent);
            parsed.places().forEach((name, place) -> places.putIfAbsent(name,
                    new SchemaNote(origin, place.line(), place.column(), "")));
        } finally {
            open.remove(path);
        }
        byText.put(text, file);
        byPath.put(path, file);
        return file;
    }

    private FileDescriptor link(ProtoText.Parsed parsed) throws SchemaProblem {
        var file = parsed.file().toBuilder();
        var dependencies = new ArrayList<FileDescriptor>();
        var visible = new ArrayList<Integer>();
        var missing = new ArrayList<String>();
        file.clearDependency().clearPublicDependency().clearWeakDependency();
        for (int i = 0; i < parsed.file().getDependencyCount(); i++) {
            String path = parsed.file().getDependency(i);
            FileDescriptor dependency = imported(parsed, path, missing);
            if (dependency == null || dependencies.contains(dependency)) {
                continue;
            }
            if (parsed.file().getPublicDependencyList().contains(i)) {
                visible.add(dependencies.size());
            }
            dependencies.add(dependency);
            file.addDependency(dependency.getName());
        }
        file.addAllPublicDependency(visible);
        new Names(parsed, dependencies, missing).resolve(file);
        FileDescriptor[] imports = dependencies.toArray(FileDescriptor[]::new);
        try {
            var built = FileDescriptor.buildFrom(file.build(), imports);
            return new Unverified(built, unverified).rewrite(file)
                    ? FileDescriptor.buildFrom(file.build(), imports)
                    : built;
        } catch (DescriptorValidationException e) {
            throw parsed.problem(e.getProblemSymbolName(),
                    "'" + e.getProblemSymbolName() + "': " + e.getDescription());
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new SchemaProblem("the schema is not valid Protobuf: " + e.getMessage());
        }
    }

    /** Null where nothing is at the path: that is only wrong if a payload's type comes from there. */
    private @Nullable FileDescriptor imported(ProtoText.Parsed importer, String path,
            List<String> missing) throws SchemaProblem {
        FileDescriptor known = BUILT_IN.containsKey(path) ? BUILT_IN.get(path) : byPath.get(path);
        if (known != null) {
            return known;
        }
        if (open.contains(path)) {
            throw importer.problem(path,
                    "the imports go in a circle: " + String.join(" -> ", open) + " -> " + path);
        }
        String text;
        try {
            text = read(importer.file().getName(), path);
        } catch (IOException e) {
            FileDescriptor alike = sameFileName(path);
            if (alike == null) {
                missing.add("'" + path + "' (" + e.getMessage() + ")");
            }
            return alike;
        }
        try {
            return compile(path, text, path);
        } catch (SchemaProblem e) {
            throw importer.problem(path, "the import '" + path + "'"
                    + (e.line() > 0 ? " at " + e.line() + ":" + e.column() : "") + ": "
                    + e.getMessage());
        }
    }

    private String read(String importer, String path) throws IOException {
        try {
            return files.read(path);
        } catch (IOException e) {
            int folder = importer.lastIndexOf('/');
            if (folder > 0) {
                try {
                    return files.read(importer.substring(0, folder + 1) + path);
                } catch (IOException alsoMissing) {
                    e.addSuppressed(alsoMissing);
                }
            }
            String own = GOOGLE_TYPES.get(path);
            if (own != null) {
                return own;
            }
            throw e;
        }
    }

    /** An extension's text may import the main text by a path of its author's machine, or when it came from a registry. */
    private @Nullable FileDescriptor sameFileName(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        return byPath.entrySet().stream()
                .filter(one -> one.getKey().endsWith("/" + name) || one.getKey().equals(name))
                .map(Map.Entry::getValue).findFirst().orElse(null);
    }

    private static String path(String origin) {
        String path = origin.startsWith("file ") ? origin.substring(5) : origin;
        return path.isEmpty() ? "schema.proto" : path;
    }

    private static void addNested(Descriptor message, List<Descriptor> all) {
        if (!message.getOptions().getMapEntry()) {
            all.add(message);
            message.getNestedTypes().forEach(nested -> addNested(nested, all));
        }
    }

    private static void addWithImports(FileDescriptor file, Set<FileDescriptor> all) {
        if (all.add(file)) {
            file.getDependencies().forEach(dependency -> addWithImports(dependency, all));
        }
    }

    /** Makes bytes of what Protobuf calls text and does not verify. */
    private record Unverified(FileDescriptor file, Set<String> found) {

        /** Whether there is any. */
        boolean rewrite(FileDescriptorProto.Builder proto) {
            int before = found.size();
            rewrite(file.getExtensions(), proto.getExtensionBuilderList());
            for (int i = 0; i < proto.getMessageTypeCount(); i++) {
                rewrite(file.getMessageTypes().get(i), proto.getMessageTypeBuilder(i));
            }
            return found.size() > before;
        }

        private void rewrite(Descriptor message, DescriptorProto.Builder proto) {
            rewrite(message.getFields(), proto.getFieldBuilderList());
            rewrite(message.getExtensions(), proto.getExtensionBuilderList());
            for (int i = 0; i < proto.getNestedTypeCount(); i++) {
                rewrite(message.getNestedTypes().get(i), proto.getNestedTypeBuilder(i));
            }
        }

        private void rewrite(List<FieldDescriptor> fields,
                List<FieldDescriptorProto.Builder> protos) {
            for (int i = 0; i < fields.size(); i++) {
                FieldDescriptor field = fields.get(i);
                if (field.getType() == FieldDescriptor.Type.STRING && !field.needsUtf8Check()) {
                    found.add(field.getFullName());
                    var proto = protos.get(i).setType(FieldDescriptorProto.Type.TYPE_BYTES);
                    if (proto.hasDefaultValue()) {
                        proto.setDefaultValue(TextFormat.escapeBytes(
                                ByteString.copyFromUtf8(proto.getDefaultValue())));
                    }
                }
            }
        }
    }

    /** Finds what the names of types in one text mean, by Protobuf's rule: the innermost scope first. */
    private static final class Names {
        private final ProtoText.Parsed parsed;
        private static final int MISSING_SHOWN = 3;

        private final List<String> missing;
        /** Full name to whether it is a message; an enum otherwise. */
        private final Map<String, Boolean> known = new HashMap<>();

        Names(ProtoText.Parsed parsed, List<FileDescriptor> dependencies, List<String> missing) {
            this.parsed = parsed;
            this.missing = missing;
            for (FileDescriptor dependency : dependencies) {
                add(dependency);
            }
            String scope = parsed.file().getPackage();
            parsed.file().getMessageTypeList().forEach(message -> add(scope, message));
            parsed.file().getEnumTypeList()
                    .forEach(type -> known.put(join(scope, type.getName()), false));
        }

        private void add(FileDescriptor file) {
            for (Descriptor message : messages(file)) {
                known.put(message.getFullName(), true);
                for (EnumDescriptor type : message.getEnumTypes()) {
                    known.put(type.getFullName(), false);
                }
            }
            file.getEnumTypes().forEach(type -> known.put(type.getFullName(), false));
            file.getPublicDependencies().forEach(this::add);
        }

        private void add(String scope, DescriptorProto message) {
            String name = join(scope, message.getName());
            known.put(name, true);
            message.getNestedTypeList().forEach(nested -> add(name, nested));
            message.getEnumTypeList().forEach(type -> known.put(join(name, type.getName()), false));
        }

        void resolve(FileDescriptorProto.Builder file) throws SchemaProblem {
            String scope = file.getPackage();
            for (var message : file.getMessageTypeBuilderList()) {
                resolve(scope, message);
            }
            for (var extension : file.getExtensionBuilderList()) {
                resolve(scope, extension);
            }
        }

        private void resolve(String scope, DescriptorProto.Builder message) throws SchemaProblem {
            String name = join(scope, message.getName());
            for (var field : message.getFieldBuilderList()) {
                resolve(name, field);
            }
            for (var extension : message.getExtensionBuilderList()) {
                resolve(name, extension);
            }
            for (var nested : message.getNestedTypeBuilderList()) {
                resolve(name, nested);
            }
        }

        private void resolve(String scope, FieldDescriptorProto.Builder field)
                throws SchemaProblem {
            String fullName = join(scope, field.getName());
            if (field.hasExtendee()) {
                field.setExtendee("." + find(scope, field.getExtendee(), fullName));
            }
            if (!field.hasTypeName()) {
                return;
            }
            String type = find(scope, field.getTypeName(), fullName);
            field.setTypeName("." + type);
            if (!field.hasType()) {
                field.setType(known.getOrDefault(type, true)
                        ? FieldDescriptorProto.Type.TYPE_MESSAGE
                        : FieldDescriptorProto.Type.TYPE_ENUM);
            }
        }

        private String find(String scope, String name, String field) throws SchemaProblem {
            if (name.startsWith(".")) {
                if (known.containsKey(name.substring(1))) {
                    return name.substring(1);
                }
            } else {
                for (String outer = scope;; outer = outer.substring(0,
                        Math.max(0, outer.lastIndexOf('.')))) {
                    if (known.containsKey(join(outer, name))) {
                        return join(outer, name);
                    }
                    if (outer.isEmpty()) {
                        break;
                    }
                }
            }
            throw parsed.problem(field, "the type '" + name + "' of the field '" + field
                    + "' is not known" + (missing.isEmpty()
                            ? NearestName.hint(name, known.keySet())
                            : "; these imports were not found: " + someMissing()));
        }

        /** The first few: a file may import a hundred, and those are seldom missing alone. */
        private String someMissing() {
            int more = missing.size() - MISSING_SHOWN;
            return String.join(", ", missing.subList(0, Math.min(missing.size(), MISSING_SHOWN)))
                    + (more > 0 ? " and " + more + " more" : "");
        }

        private static String join(String scope, String name) {
            return scope.isEmpty() ? name : scope + "." + name;
        }
    }

    private static Map<String, FileDescriptor> builtIn() {
        var files = new HashMap<String, FileDescriptor>();
        for (Supplier<FileDescriptor> file : List.<Supplier<FileDescriptor>>of(
                AnyProto::getDescriptor, ApiProto::getDescriptor,
                DescriptorProtos::getDescriptor, DurationProto::getDescriptor,
                EmptyProto::getDescriptor, FieldMaskProto::getDescriptor,
                JavaFeaturesProto::getDescriptor,
                SourceContextProto::getDescriptor, StructProto::getDescriptor,
                TimestampProto::getDescriptor, TypeProto::getDescriptor,
                WrappersProto::getDescriptor)) {
            files.put(file.get().getName(), file.get());
        }
        return Map.copyOf(files);
    }

    /** Wire-compatible with Google's published files of these names, for contracts that do not bring them along. */
    private static Map<String, String> googleTypes() {
        var types = new HashMap<String, String>();
        types.put("date", "message Date { int32 year = 1; int32 month = 2; int32 day = 3; }");
        types.put("timeofday", "message TimeOfDay { int32 hours = 1; int32 minutes = 2;"
                + " int32 seconds = 3; int32 nanos = 4; }");
        types.put("decimal", "message Decimal { string value = 1; }");
        types.put("latlng", "message LatLng { double latitude = 1; double longitude = 2; }");
        types.put("money", "message Money { string currency_code = 1; int64 units = 2;"
                + " int32 nanos = 3; }");
        types.put("interval", "import \"google/protobuf/timestamp.proto\"; message Interval {"
                + " google.protobuf.Timestamp start_time = 1;"
                + " google.protobuf.Timestamp end_time = 2; }");
        types.put("dayofweek", "enum DayOfWeek { DAY_OF_WEEK_UNSPECIFIED = 0; MONDAY = 1;"
                + " TUESDAY = 2; WEDNESDAY = 3; THURSDAY = 4; FRIDAY = 5; SATURDAY = 6;"
                + " SUNDAY = 7; }");
        types.put("color", "import \"google/protobuf/wrappers.proto\"; message Color {"
                + " float red = 1; float green = 2; float blue = 3;"
                + " google.protobuf.FloatValue alpha = 4; }");
        types.put("datetime", "import \"google/protobuf/duration.proto\"; message DateTime {"
                + " int32 year = 1; int32 month = 2; int32 day = 3; int32 hours = 4;"
                + " int32 minutes = 5; int32 seconds = 6; int32 nanos = 7; oneof time_offset {"
                + " google.protobuf.Duration utc_offset = 8; TimeZone time_zone = 9; } }"
                + " message TimeZone { string id = 1; string version = 2; }");
        types.put("month", "enum Month { MONTH_UNSPECIFIED = 0; JANUARY = 1; FEBRUARY = 2;"
                + " MARCH = 3; APRIL = 4; MAY = 5; JUNE = 6; JULY = 7; AUGUST = 8; SEPTEMBER = 9;"
                + " OCTOBER = 10; NOVEMBER = 11; DECEMBER = 12; }");
        types.put("calendar_period", "enum CalendarPeriod { CALENDAR_PERIOD_UNSPECIFIED = 0;"
                + " DAY = 1; WEEK = 2; FORTNIGHT = 3; MONTH = 4; QUARTER = 5; HALF = 6;"
                + " YEAR = 7; }");
        types.put("localized_text", "message LocalizedText { string text = 1;"
                + " string language_code = 2; }");
        types.put("expr", "message Expr { string expression = 1; string title = 2;"
                + " string description = 3; string location = 4; }");
        types.put("phone_number", "message PhoneNumber { message ShortCode {"
                + " string region_code = 1; string number = 2; } oneof kind {"
                + " string e164_number = 1; ShortCode short_code = 2; } string extension = 3; }");
        types.put("fraction", "message Fraction { int64 numerator = 1; int64 denominator = 2; }");
        types.put("quaternion", "message Quaternion { double x = 1; double y = 2; double z = 3;"
                + " double w = 4; }");
        types.put("postal_address", "message PostalAddress { int32 revision = 1;"
                + " string region_code = 2; string language_code = 3; string postal_code = 4;"
                + " string sorting_code = 5; string administrative_area = 6; string locality = 7;"
                + " string sublocality = 8; repeated string address_lines = 9;"
                + " repeated string recipients = 10; string organization = 11; }");
        var files = new HashMap<String, String>();
        types.forEach((name, text) -> files.put("google/type/" + name + ".proto",
                "syntax = \"proto3\"; package google.type; " + text));
        return Map.copyOf(files);
    }
}

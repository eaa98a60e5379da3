package io.tidegate.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graphql.schema.idl.SchemaParser;
import io.tidegate.contract.ContractReader;
import io.tidegate.contract.SourceFile;
import io.tidegate.importing.ContractImport;
import io.tidegate.importing.ImportChoices;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.problem.Problem;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.SchemaProblem;
import io.tidegate.schema.Schemas;
import io.tidegate.schema.SourceSchema;
import io.tidegate.schema.Type;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Any folder of schemas and contracts: each file becomes an API or is refused with a sentence and, where the text is at
 * fault, a place. Name the folder with {@code -Dtidegate.foreign=}; {@code target/foreign.txt} then has a line a file.
 * What a file imports is looked for beside it and in every folder above it, up to the named one.
 */
class ForeignFilesTest {
    private static final Map<String, SchemaLanguage> LANGUAGES = Map.of("avsc",
            SchemaLanguage.AVRO, "avpr", SchemaLanguage.AVRO, "json", SchemaLanguage.JSON, "proto",
            SchemaLanguage.PROTOBUF);
    private static final int BYTES_MAX = 4 << 20;
    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
    private static final Duration SLOW = Duration.ofSeconds(2);

    private final Map<String, Integer> counts = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();
    private Path root = Path.of("");

    @Test
    void every_file_becomes_an_api_or_is_refused_with_a_sentence() throws Exception {
        var folder = System.getProperty("tidegate.foreign");
        assumeTrue(folder != null, "no folder of foreign files was named (-Dtidegate.foreign)");
        root = Path.of(folder);
        Files.createDirectories(Path.of("target"));
        try (var walk = Files.walk(root);
                var out = new PrintWriter(Files.newBufferedWriter(Path.of("target/foreign.txt")))) {
            for (var file : walk.filter(Files::isRegularFile).sorted().toList()) {
                var extension = extension(file);
                if (Files.size(file) > BYTES_MAX) {
                    continue;
                }
                String outcome;
                long began = CPU.getCurrentThreadCpuTime();
                try {
                    outcome = LANGUAGES.containsKey(extension)
                            ? schema(file, LANGUAGES.get(extension))
                            : extension.equals("yaml") || extension.equals("yml")
                                    ? contract(file)
                                    : "left out";
                    imports(file, extension);
                } catch (MalformedInputException e) {
                    outcome = "left out: not UTF-8";
                } catch (RuntimeException | StackOverflowError | AssertionError e) {
                    outcome = "FAULT " + e;
                    faults.add(file + ": " + e);
                }
                var took = Duration.ofNanos(CPU.getCurrentThreadCpuTime() - began);
                if (took.compareTo(SLOW) > 0) {
                    faults.add(file + ": took " + took);
                }
                counts.merge(extension + " " + outcome.replaceFirst(":.*(?s:.*)", ""), 1,
                        Integer::sum);
                out.println(took.toMillis() + " ms " + file + ": " + outcome.replace('\n', ' '));
            }
            out.println(counts);
        }
        System.out.println(counts);
        assertThat(faults).isEmpty();
    }

    private static String extension(Path file) {
        var name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private String schema(Path file, SchemaLanguage language) throws IOException {
        RecordType type;
        try {
            var text = Files.readString(file);
            type = open(file, language, text);
            var again = open(file, language, text);
            assertThat(sdl(again)).isEqualTo(sdl(type));
        } catch (SchemaProblem e) {
            assertThat(e.getMessage()).isNotBlank();
            return (e.line() > 0 ? "refused with a line" : "refused") + ": " + e.line() + ":"
                    + e.column() + " " + e.getMessage();
        }
        new SchemaParser().parse(sdl(type));
        assertThat(JsonSchemas.of(type, Set.of()).path("type").asText()).isEqualTo("object");
        if (isEndless(type)) {
            return "loaded, though no payload can be written";
        }
        try {
            JsonValues.read(JsonSchemas.example(type, Set.of()), type);
        } catch (io.tidegate.schema.UnreadablePayload e) {
            throw new AssertionError("the example does not fit its schema: " + e.getMessage(), e);
        }
        return "loaded";
    }

    /** A record that requires itself has no value that ends, and so no example. */
    private static boolean isEndless(RecordType type) {
        var ending = new HashSet<String>();
        var all = new HashMap<String, RecordType>();
        collect(type, all);
        boolean grew = true;
        while (grew) {
            grew = false;
            for (var record : all.values()) {
                grew |= record.fields().stream()
                        .allMatch(field -> field.nullable() || ends(field.type(), ending))
                        && ending.add(record.name());
            }
        }
        return !ending.contains(type.name());
    }

    private static boolean ends(Type type, Set<String> ending) {
        return switch (type) {
            case RecordType record -> ending.contains(record.name());
            case Type.Union union ->
                union.members().stream().anyMatch(member -> ending.contains(member.name()));
            default -> true;
        };
    }

    private static void collect(Type type, Map<String, RecordType> all) {
        switch (type) {
            case RecordType record -> {
                if (all.put(record.name(), record) == null) {
                    record.fields().forEach(field -> collect(field.type(), all));
                }
            }
            case Type.Union union -> union.members().forEach(member -> collect(member, all));
            default -> {
            }
        }
    }

    private RecordType open(Path file, SchemaLanguage language, String text)
            throws SchemaProblem {
        return Schemas.open(new SourceSchema(language, text, origin(file, language)),
                Optional.empty(), List.of(), path -> imported(file, path),
                WriterSchemas.none()).type();
    }

    /** A JSON Schema's references lead from its own place to anywhere below the root. */
    private String origin(Path file, SchemaLanguage language) {
        return (language == SchemaLanguage.JSON ? root.relativize(file) : file.getFileName())
                .toString();
    }

    private String imported(Path file, String path) throws IOException {
        for (var folder = file.getParent(); folder != null && folder.startsWith(
                root); folder = folder.getParent()) {
            if (Files.isRegularFile(folder.resolve(path))) {
                return Files.readString(folder.resolve(path));
            }
        }
        throw new IOException("there is no file '" + path + "'");
    }

    private static String sdl(RecordType type) {
        var api = Products.orders(type).api();
        return Sdl.print(GraphQlSchemas.build(List.of(new Visible(api, Set.of()))));
    }

    /** What can be imported is read back without an error. */
    private void imports(Path file, String extension) throws IOException {
        if (!LANGUAGES.containsKey(extension) && !extension.matches("ya?ml")) {
            return;
        }
        var imported = ContractImport.read(
                new SourceFile(file.getFileName().toString(), Files.readString(file)),
                ImportChoices.none(), path -> imported(file, path));
        assertThat(imported.drafts().isEmpty() && imported.problems().isEmpty()).isFalse();
        for (var draft : imported.drafts()) {
            assertThat(ContractReader.read("draft.yaml", draft.text()).problems())
                    .as("the contract imported from " + file).noneMatch(Problem::isError);
        }
    }

    private static String contract(Path file) throws IOException {
        var read = ContractReader.read(file.getFileName().toString(), Files.readString(file));
        for (var problem : read.problems()) {
            assertThat(problem.place().line()).as(problem.toString()).isPositive();
        }
        return read.product().isPresent() ? "loaded" : "refused with a line: " + read.problems();
    }
}

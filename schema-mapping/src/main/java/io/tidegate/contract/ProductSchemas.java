package io.tidegate.contract;

import io.tidegate.problem.Located;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.schema.ChangeCodec;
import io.tidegate.schema.Envelopes;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.SchemaFiles;
import io.tidegate.schema.SchemaNote;
import io.tidegate.schema.SchemaProblem;
import io.tidegate.schema.Schemas;
import io.tidegate.schema.SourceSchema;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds and reads the schema of a product: the contract's file, else what its registry holds, else its own fields. Where
 * there is a file or a registry's schema, that is the authority for types, and the contract's fields say what of it is
 * personal and how it is described.
 */
public final class ProductSchemas {
    private final DataProduct product;
    private final SchemaFiles files;
    private final RegistryLookup registry;
    private final WriterSchemas writers;
    private final List<Problem> problems = new ArrayList<>();

    private ProductSchemas(DataProduct product, SchemaFiles files, RegistryLookup registry,
            WriterSchemas writers) {
        this.product = product;
        this.files = files;
        this.registry = registry;
        this.writers = writers;
    }

    /**
     * What looking for a schema gave.
     *
     * @param schema
     *            empty if any of the problems is an error
     * @param problems
     *            all of them, in the order of their places
     */
    public record Resolution(Optional<ProductSchema> schema, List<Problem> problems) {
        public Resolution {
            problems = List.copyOf(problems);
        }
    }

    /**
     * Finds and reads a product's schema, and checks every field that the contract names against it.
     *
     * @param files
     *            of the contract's folder
     */
    public static Resolution resolve(DataProduct product, SchemaFiles files,
            RegistryLookup registry,
            WriterSchemas writers) {
        var search = new ProductSchemas(product, files, registry, writers);
        var schema = search.resolve();
        search.problems.sort(ContractSet.BY_PLACE);
        return new Resolution(
                search.problems.stream().anyMatch(Problem::isError) ? Optional.empty() : schema,
                search.problems);
    }

    private Optional<ProductSchema> resolve() {
        var source = source();
        return changes(source).map(read -> {
            var times = FieldNotes.apply(product.fields(), read.rowType(), source.phrase(),
                    source instanceof Source.Fields, problems);
            var changes = EpochTimes.of(read, times);
            changes.payload().notes().forEach(this::note);
            var found = RowPaths.check(product, changes.rowType(), problems);
            return new ProductSchema(product, changes, source.phrase(), found.key(),
                    found.eventTime(),
                    found.personal());
        });
    }

    /** Where the schema is to come from: the first that the contract names and that can be had. */
    private Source source() {
        var spec = product.schema();
        if (spec.file().isPresent()) {
            var file = spec.file().get();
            return read(file, "schema.file")
                    .<Source>map(schema -> new Source.Text(schema, file.place(),
                            "file " + file.text()))
                    .orElse(new Source.Missing());
        }
        if (spec.registry().isEmpty()) {
            return new Source.Fields();
        }
        var registered = spec.registry().get();
        try {
            return new Source.Text(registry.find(spec.language(), registered.text()),
                    registered.place(),
                    "registry " + (registered.text().contains("://") ? "" : "subject ")
                            + registered.text());
        } catch (IOException e) {
            var message = "schema.registry: cannot get '" + Names.shown(registered.text()) + "': "
                    + e.getMessage();
            if (product.fields().isEmpty()) {
                problems.add(Problem.error(registered.place(), "schema-source", message
                        + ": make the registry answer, or list the contract's 'fields'"));
                return new Source.Missing();
            }
            problems.add(Problem.warning(registered.place(), "schema-source", message
                    + ": the contract's fields are used as the schema"));
            return new Source.Fields();
        }
    }

    private Optional<SourceSchema> read(Located file, String setting) {
        try {
            return Optional.of(new SourceSchema(product.schema().language(),
                    files.read(file.text()), file.text()));
        } catch (IOException e) {
            problems.add(Problem.error(file.place(), "schema-source", setting + ": cannot read '"
                    + Names.shown(file.text()) + "': " + e.getMessage()));
            return Optional.empty();
        }
    }

    private Optional<ChangeCodec> changes(Source source) {
        try {
            return switch (source) {
                case Source.Text text -> Optional.of(enveloped(text.schema()));
                case Source.Fields fields -> Optional.of(enveloped(FieldTypes.wire(product)));
                case Source.Missing missing -> Optional.empty();
            };
        } catch (SchemaProblem e) {
            problems.add(Problem.error(placeOf(source, e), "schema",
                    source.phrase() + ": " + e.getMessage()));
            return Optional.empty();
        }
    }

    private ChangeCodec enveloped(SourceSchema schema) throws SchemaProblem {
        var extensions = new ArrayList<SourceSchema>();
        for (var extension : product.schema().extensions()) {
            read(extension, "schema.extensions").ifPresent(extensions::add);
        }
        var codec = Schemas.open(schema, product.schema().message().map(Located::text), extensions,
                files, writers, product.schema().extra());
        return switch (product.stream().envelope()) {
            case NONE -> Envelopes.none(codec);
            case DEBEZIUM -> Envelopes.debezium(codec);
            case CLOUDEVENTS -> Envelopes.cloudEvents(codec);
            case CANAL -> Envelopes.canal(codec);
            case MAXWELL -> Envelopes.maxwell(codec);
        };
    }

    private ChangeCodec enveloped(RecordType row) throws SchemaProblem {
        var language = product.schema().language();
        return switch (product.stream().envelope()) {
            case NONE -> Envelopes.none(Schemas.fromFields(language, row, writers));
            case DEBEZIUM -> Envelopes.debeziumRows(language, row, writers);
            case CLOUDEVENTS -> Envelopes.cloudEvents(Schemas.fromFields(language, row, writers));
            case CANAL -> Envelopes.canal(Schemas.fromFields(language, row, writers));
            case MAXWELL -> Envelopes.maxwell(Schemas.fromFields(language, row, writers));
        };
    }

    /** In the schema's own file where the problem says a line of it, else where the contract names the schema. */
    private Place placeOf(Source source, SchemaProblem problem) {
        if (product.schema().file().isPresent() && problem.line() > 0) {
            var contract = product.place().file();
            return new Place(contract.substring(0, contract.lastIndexOf('/') + 1)
                    + (problem.origin().isEmpty()
                            ? product.schema().file().get().text()
                            : problem.origin()),
                    problem.line(), problem.column());
        }
        return source instanceof Source.Text text ? text.place() : product.place();
    }

    private void note(SchemaNote note) {
        var contract = product.place().file();
        var place = note.line() > 0 && product.schema().file().isPresent()
                ? new Place(contract.substring(0, contract.lastIndexOf('/') + 1) + note.origin(),
                        note.line(), note.column())
                : product.schema().file().or(() -> product.schema().registry())
                        .map(Located::place).orElse(product.place());
        problems.add(Problem.warning(place, "schema-mapping", note.message()));
    }

    /** Which schema counts. */
    private sealed interface Source {
        /** For the load report. */
        String phrase();

        /**
         * @param place
         *            where the contract names it
         */
        record Text(SourceSchema schema, Place place, String phrase) implements Source {
        }

        record Fields() implements Source {
            @Override
            public String phrase() {
                return "fields of the contract";
            }
        }

        /** None can be had, which has been reported. */
        record Missing() implements Source {
            @Override
            public String phrase() {
                return "";
            }
        }
    }
}

package io.tidegate.importing;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.DataProduct;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.contract.SourceFile;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.schema.SchemaFiles;
import io.tidegate.schema.WriterSchemas;
import io.tidegate.yaml.YamlFile;
import io.tidegate.yaml.YamlNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Writes contracts from files of other formats: datacontract.com's specification, the Open Data Contract Standard, Avro,
 * JSON Schema, Protobuf. Pure; never throws on a user's text.
 */
public final class ContractImport {
    private static final List<String> FOREIGN = List.of("asyncapi", "openapi", "swagger",
            "dataProductSpecification", "schema_version", "services", "jobs");

    /** A contract says what it is in one of its first keys; a schema of contracts says it deep inside. */
    private static final Pattern CONTRACT_IN_JSON = Pattern
            .compile("\\s*\\{(?:[^{}\\[\\]]{0,2000}?,)?"
                    + "\\s*\"(?:dataContractSpecification\"|kind\"\\s*:\\s*\"DataContract\")");

    private ContractImport() {
    }

    /**
     * Reads a file and writes its contracts, one for each model, object or message that can be a payload.
     *
     * @param files
     *            of the file's own folder: a schema's imports
     */
    public static Imported read(SourceFile file, ImportChoices choices, SchemaFiles files) {
        var problems = new ArrayList<Problem>();
        var products = products(file, choices, files, problems);
        var drafts = new ArrayList<Imported.Draft>();
        var taken = new java.util.HashMap<io.tidegate.contract.ProductId, Place>();
        for (var product : products) {
            var other = taken.putIfAbsent(product.id(), product.place());
            if (other != null) {
                problems.add(Problem.error(product.place(), "duplicate-product", "product '"
                        + product.id() + "' is already made from " + other
                        + ": give one of the two another name"));
                continue;
            }
            draft(product, file, files, problems).ifPresent(drafts::add);
        }
        problems.sort(java.util.Comparator.comparingInt((Problem p) -> p.place().line())
                .thenComparingInt(p -> p.place().column()));
        return new Imported(drafts, problems);
    }

    private static List<DataProduct> products(SourceFile file, ImportChoices choices,
            SchemaFiles files, List<Problem> problems) {
        var name = file.name().toLowerCase(Locale.ROOT);
        var text = file.text().startsWith("\uFEFF") ? file.text().substring(1) : file.text();
        if (name.endsWith(".avsc") || name.endsWith(".avpr")) {
            return SchemaImport.avro(file, choices, files, problems);
        }
        if (name.endsWith(".proto")) {
            return SchemaImport.protobuf(file, choices, files, problems);
        }
        if (name.endsWith(".json") && !CONTRACT_IN_JSON.matcher(text).lookingAt()) {
            return SchemaImport.json(file, choices, files, problems);
        }
        if (!name.endsWith(".yaml") && !name.endsWith(".yml") && !name.endsWith(".json")) {
            problems.add(Problem.error(Place.of(file.path()), "format",
                    "a file of this kind cannot be imported: expected a contract (*.yaml, *.json), Avro (*.avsc,"
                            + " *.avpr), JSON Schema (*.json) or Protobuf (*.proto)"));
            return List.of();
        }
        var root = YamlFile.parseMapping(file.path(), text, problems);
        if (root.isEmpty() || problems.stream().anyMatch(Problem::isError)) {
            return List.of();
        }
        var keys = root.get().entries();
        if (keys.containsKey("dataContractSpecification")) {
            return new SpecificationImport(root.get(), choices, problems).products();
        }
        if (keys.containsKey("kind") && keys.containsKey("apiVersion")
                && root.get().get("kind") instanceof YamlNode.Scalar kind
                && kind.text().equals("DataContract")) {
            return new StandardImport(root.get(), choices, problems).products();
        }
        problems.add(Problem.error(root.get().place(), "format", "this is " + (keys
                .containsKey("domain") && keys.containsKey("product")
                        ? "a contract of the short form already: there is nothing to import"
                        : "no contract" + FOREIGN.stream().filter(keys::containsKey).findFirst()
                                .map(key -> " (it has the key '" + key + "')").orElse("")
                                + ": expected 'kind: DataContract' or 'dataContractSpecification:'")));
        return List.of();
    }

    /** The product's contract, read back as the gateway will read it: what it could not use is not given out. */
    private static java.util.Optional<Imported.Draft> draft(DataProduct product, SourceFile file,
            SchemaFiles files, List<Problem> problems) {
        var text = ShortFormText.of(product);
        var read = ContractReader.read(file.path(), text);
        var wrong = new ArrayList<>(read.problems());
        read.product().ifPresent(again -> wrong.addAll(ProductSchemas.resolve(again, files,
                RegistryLookup.none(), WriterSchemas.none()).problems()));
        // A registry is asked when the contract is served.
        boolean needsRegistry = product.schema().registry().isPresent();
        var error = wrong.stream().filter(Problem::isError).filter(
                problem -> !(needsRegistry && problem.rule().equals("schema-source"))).findFirst();
        if (error.isPresent()) {
            problems.add(Problem.error(product.place(), error.get().rule(), "product '"
                    + product.id() + "' cannot be written: " + error.get().message()));
            return java.util.Optional.empty();
        }
        return java.util.Optional.of(new Imported.Draft(product, text));
    }
}

package io.tidegate.importing;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.contract.DataProduct.Grant;
import io.tidegate.problem.Located;
import io.tidegate.yaml.YamlMapping;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Writes a product as a contract of the short form: what is not said is its default. */
final class ShortFormText {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_./@+-]*"
            + "(?: [A-Za-z0-9_./@+(][A-Za-z0-9_./@+(),;-]*)*\\.?");
    /** Words that other readers of YAML take for something else than text. */
    private static final Set<String> NO_TEXT = Set.of("true", "false", "null", "yes", "no", "on",
            "off", "y", "n");

    private final StringBuilder out = new StringBuilder();

    private ShortFormText() {
    }

    static String of(DataProduct product) {
        var text = new ShortFormText();
        text.write(product);
        return text.out.toString();
    }

    private void write(DataProduct product) {
        line(0, "domain", product.id().domain());
        line(0, "product", product.id().product());
        out.append("version: \"").append(product.version()).append("\"\n");
        line(0, "owner", product.owner());
        description(0, product.description());
        if (product.status() != DataProduct.Status.ACTIVE) {
            line(0, "status", YamlMapping.spelling(product.status()));
        }
        product.sunset().ifPresent(date -> out.append("sunset: ").append(date).append('\n'));
        product.successor().ifPresent(successor -> line(0, "successor", successor));
        if (product.quality() != DataProduct.Quality.CURATED) {
            line(0, "quality", YamlMapping.spelling(product.quality()));
        }
        list(0, "tags", product.tags());
        serviceLevels(product);
        schema(product.schema());
        if (!product.fields().isEmpty()) {
            out.append("fields:\n");
            product.fields().forEach(field -> field(2, field));
        }
        stream(product);
        serving(product);
    }

    private void serviceLevels(DataProduct product) {
        var levels = product.serviceLevels();
        if (levels.stated().isEmpty()) {
            return;
        }
        out.append("sla:\n");
        levels.freshness()
                .ifPresent(freshness -> line(2, "freshness", (Object) duration(freshness)));
        levels.stated().forEach((name, value) -> {
            if (!name.equals("freshness")) {
                line(2, name, value);
            }
        });
    }

    static String duration(Duration duration) {
        return duration.toMillis() % 1000 != 0 || duration.isZero()
                ? duration.toMillis() + "ms"
                : duration.toSeconds() % 86_400 == 0
                        ? duration.toDays() + "d"
                        : duration.toSeconds() % 3_600 == 0
                                ? duration.toHours() + "h"
                                : duration.toSeconds() % 60 == 0
                                        ? duration.toMinutes() + "m"
                                        : duration.toSeconds() + "s";
    }

    private void schema(DataProduct.SchemaSpec schema) {
        out.append("schema:\n");
        line(2, "type", YamlMapping.spelling(schema.language()));
        schema.file().ifPresent(file -> line(2, "file", file.text()));
        schema.registry().ifPresent(registry -> line(2, "registry", registry.text()));
        schema.message().ifPresent(message -> line(2, "message", message.text()));
        list(2, "extensions", schema.extensions().stream().map(Located::text).toList());
    }

    private void field(int indent, FieldSpec field) {
        out.append(" ".repeat(indent)).append("- name: ").append(scalar(field.name())).append('\n');
        fieldKeys(indent + 2, field);
    }

    private void fieldKeys(int indent, FieldSpec field) {
        line(indent, "type", field.type());
        list(indent, "values", field.values());
        field.format().ifPresent(format -> line(indent, "format", format));
        field.precision().ifPresent(digits -> line(indent, "precision", digits));
        field.scale().ifPresent(digits -> line(indent, "scale", digits));
        field.pii().ifPresent(pii -> line(indent, "pii", pii));
        if (field.required()) {
            line(indent, "required", true);
        }
        field.classification().ifPresent(text -> line(indent, "classification", text));
        field.deprecated().ifPresent(text -> line(indent, "deprecated", text));
        description(indent, field.description());
        if (!field.fields().isEmpty()) {
            out.append(" ".repeat(indent)).append("fields:\n");
            field.fields().forEach(inner -> field(indent + 2, inner));
        }
        field.items().ifPresent(items -> {
            out.append(" ".repeat(indent)).append("items:\n");
            fieldKeys(indent + 2, items);
        });
    }

    private void stream(DataProduct product) {
        var stream = product.stream();
        var defaults = List.of(product.id().qualifiedName() + ".v" + product.id().major());
        var inner = new ShortFormText();
        if (!stream.cluster().equals("default")) {
            inner.line(2, "cluster", stream.cluster());
        }
        if (!stream.topics().equals(defaults)) {
            inner.list(2, "topics", stream.topics());
        }
        inner.list(2, "key", stream.key().stream().map(Located::text).toList());
        stream.eventTime().ifPresent(path -> inner.line(2, "eventTime", path.text()));
        if (stream.envelope() != DataProduct.Envelope.NONE) {
            inner.line(2, "envelope", YamlMapping.spelling(stream.envelope()));
        }
        if (stream.onBadRecord() != DataProduct.BadRecord.SKIP) {
            inner.line(2, "onBadRecord", YamlMapping.spelling(stream.onBadRecord()));
        }
        if (stream.onBadValue() != DataProduct.BadValue.NULLIFY) {
            inner.line(2, "onBadValue", YamlMapping.spelling(stream.onBadValue()));
        }
        if (!inner.out.isEmpty()) {
            out.append("stream:\n").append(inner.out);
        }
    }

    private void serving(DataProduct product) {
        if (!product.rules().isEmpty()) {
            out.append("rules:\n");
            for (var rule : product.rules()) {
                out.append("  - name: ").append(scalar(rule.name())).append('\n');
                line(4, "expect", rule.expect().text());
            }
        }
        if (!product.view().enabled()) {
            line(0, "view", "none");
        } else if (!product.view().history().isZero()) {
            out.append("view: {history: ").append(duration(product.view().history()))
                    .append("}\n");
        }
        if (!isDefault(product)) {
            out.append(product.access().isEmpty() ? "access: []\n" : "access:\n");
            product.access().forEach(this::grant);
        }
        if (!product.relations().isEmpty()) {
            out.append("relations:\n");
            product.relations().forEach(this::relation);
        }
        product.graphQlName().ifPresent(
                name -> out.append("graphql: {name: ").append(scalar(name)).append("}\n"));
    }

    private static boolean isDefault(DataProduct product) {
        if (product.access().size() != 1) {
            return false;
        }
        var grant = product.access().getFirst();
        return grant.scope().equals(product.id().qualifiedName() + ":read")
                && grant.rows().isEmpty() && grant.masks().isEmpty() && grant.open().isEmpty()
                && grant.plan().isEmpty();
    }

    private void relation(DataProduct.Relation relation) {
        out.append("  - name: ").append(scalar(relation.name().text())).append('\n');
        line(4, "to", relation.to().text());
        out.append("    by:\n");
        relation.by().forEach(match -> out.append("      ").append(scalar(match.own().text()))
                .append(": ").append(scalar(match.key().text())).append('\n'));
        relation.inverse().ifPresent(inverse -> line(4, "inverse", inverse.text()));
        description(4, relation.description());
    }

    private void grant(Grant grant) {
        out.append("  - scope: ").append(scalar(grant.scope())).append('\n');
        grant.rows().ifPresent(rows -> line(4, "rows", rows.text()));
        if (!grant.masks().isEmpty()) {
            out.append("    mask:\n");
            grant.masks().entrySet().stream().sorted(Map.Entry.comparingByKey())
                    .forEach(mask -> out.append("      ").append(scalar(mask.getKey())).append(": ")
                            .append(YamlMapping.spelling(mask.getValue())).append('\n'));
        }
        list(4, "open", grant.open());
        grant.plan().ifPresent(plan -> line(4, "plan", plan));
    }

    private void description(int indent, String text) {
        var lines = text.strip().lines().map(String::stripTrailing).toList();
        boolean block = lines.size() > 1 && lines.stream().allMatch(
                line -> line.chars().allMatch(c -> c >= ' ' && c != 0x7f && (c < 0x80 || c > 0x9f)
                        && c != 0x2028 && c != 0x2029 && c != 0xfeff && c != 0xfffe && c != 0xffff
                        && !Character.isSurrogate((char) c)));
        if (text.isBlank()) {
            return;
        }
        if (!block) {
            line(indent, "description", text.strip());
            return;
        }
        out.append(" ".repeat(indent)).append("description: |-\n");
        for (var line : lines) {
            out.append(line.isEmpty() ? "" : " ".repeat(indent + 2)).append(line).append('\n');
        }
    }

    private void list(int indent, String key, List<String> values) {
        if (!values.isEmpty()) {
            out.append(" ".repeat(indent)).append(key).append(": [")
                    .append(String.join(", ", values.stream()
                            .map(value -> value.contains(",") ? quoted(value) : scalar(value))
                            .toList()))
                    .append("]\n");
        }
    }

    private void line(int indent, String key, String value) {
        out.append(" ".repeat(indent)).append(key).append(": ").append(scalar(value)).append('\n');
    }

    private void line(int indent, String key, Object value) {
        out.append(" ".repeat(indent)).append(key).append(": ").append(value).append('\n');
    }

    /** Text as YAML: as it stands where every reader takes it for the text that it is, else in quotes. */
    static String scalar(String text) {
        if (text.length() < 500 && PLAIN.matcher(text).matches()
                && !NO_TEXT.contains(text.toLowerCase(java.util.Locale.ROOT))) {
            return text;
        }
        return quoted(text);
    }

    private static String quoted(String text) {
        var quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                default -> {
                    boolean printable = (c >= ' ' && c < 0x7f)
                            || (c > 0xa0 && c < 0xd800 && c != 0x2028 && c != 0x2029)
                            || (c >= 0xe000 && c < 0xfeff) || c >= 0x10000;
                    if (printable) {
                        quoted.appendCodePoint(c);
                    } else {
                        quoted.append("\\u%04x".formatted(c));
                    }
                }
            }
        });
        return quoted.append('"').toString();
    }
}

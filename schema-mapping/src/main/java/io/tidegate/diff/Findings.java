package io.tidegate.diff;

import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.ProductSchema;
import io.tidegate.problem.Place;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The differences of one product, while they are found; each is kept once. */
final class Findings {
    private static final int SHOWN_MAX = 200;
    private static final int STEPS_MAX = 32;

    private final ProductId product;
    private final ProductSchema now;
    /** Paths at which a record stands that was compared at another path. */
    private final Map<String, String> aliases = new HashMap<>();
    private final Set<Difference> found = new TreeSet<>(Difference.ORDER);

    /**
     * @param now
     *            the state whose places are told
     */
    Findings(ProductId product, ProductSchema now) {
        this.product = product;
        this.now = now;
    }

    /** Something about a field of the row. */
    void field(Rule rule, String path, String before, String after) {
        add(new Difference(rule, product, path, true, shown(before), shown(after), place(path),
                List.of()));
    }

    /** Something about the product as a whole. */
    void setting(Rule rule, String path, String before, String after) {
        setting(rule, path, before, after, now.product().place());
    }

    void setting(Rule rule, String path, String before, String after, Place place) {
        add(new Difference(rule, product, path, false, shown(before), shown(after), place,
                List.of()));
    }

    /** What a grant shows of a field. */
    void grant(Rule rule, String path, String before, String after, Place place) {
        add(new Difference(rule, product, path, true, shown(before), shown(after), place,
                List.of()));
    }

    private void add(Difference difference) {
        found.add(difference);
    }

    /** What stands at the one path was compared where it stands at the other. */
    void alias(String path, String comparedAt) {
        if (!path.equals(comparedAt)) {
            aliases.putIfAbsent(path, comparedAt);
        }
    }

    /** The path under which a field was compared. */
    String canonical(String path) {
        var at = path;
        for (int i = 0; i < STEPS_MAX; i++) {
            var next = aliased(at);
            if (next.equals(at)) {
                break;
            }
            at = next;
        }
        return at;
    }

    private String aliased(String path) {
        for (int dot = path.length(); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
            var target = aliases.get(path.substring(0, dot));
            if (target != null) {
                var rest = path.substring(dot);
                return target.isEmpty() ? rest.replaceFirst("^\\.", "") : target + rest;
            }
        }
        return path;
    }

    /** Whether a rule has been met for a field or for one that holds it. */
    boolean has(Rule rule, String written) {
        var path = canonical(written);
        return found.stream().anyMatch(difference -> difference.rule() == rule
                && (difference.path().equals(path) || path.startsWith(difference.path() + ".")));
    }

    boolean has(Rule rule) {
        return found.stream().anyMatch(difference -> difference.rule() == rule);
    }

    /** All of them, with the consumers that they may concern. */
    List<Difference> all(Usage usage) {
        return found.stream()
                .map(difference -> difference.level() == Level.SAFE
                        ? difference
                        : difference.affecting(usage.of(difference, this::canonical)))
                .toList();
    }

    private static String shown(String text) {
        var line = text.replaceAll("\\s+", " ").strip();
        return line.length() > SHOWN_MAX ? line.substring(0, SHOWN_MAX - 3) + "..." : line;
    }

    // Places

    private Place place(String path) {
        return inContract(now.product().fields(), path).or(() -> inSchema(path))
                .orElse(now.product().place());
    }

    private static Optional<Place> inContract(List<FieldSpec> specs, String path) {
        for (var spec : specs) {
            if (spec.name().equals(path)) {
                return Optional.of(spec.place());
            }
            if (path.startsWith(spec.name() + ".")) {
                var inner = spec;
                while (inner.items().isPresent()) {
                    inner = inner.items().get();
                }
                return Optional.of(inContract(inner.fields(),
                        path.substring(spec.name().length() + 1)).orElse(spec.place()));
            }
        }
        return Optional.empty();
    }

    /** Where the schema's file names the field, if it does so once; else where the contract names the file. */
    private Optional<Place> inSchema(String path) {
        var spec = now.product().schema();
        if (spec.file().isEmpty()) {
            return spec.registry().map(registry -> registry.place());
        }
        var file = spec.file().get();
        var contract = file.place().file();
        var text = now.changes().payload().source().text();
        var name = Pattern.quote(path.substring(path.lastIndexOf('.') + 1));
        var named = Pattern.compile(switch (spec.language()) {
            case AVRO -> "\"name\"\\s*:\\s*(\"" + name + "\")";
            case JSON -> "(\"" + name + "\")\\s*:";
            case PROTOBUF -> "[\\w>]\\s+(" + name + ")\\s*=\\s*\\d";
        }).matcher(text);
        if (!named.find()) {
            return Optional.of(file.place());
        }
        int at = named.start(1);
        if (named.find()) {
            return Optional.of(file.place());
        }
        int line = 1 + (int) text.substring(0, at).chars().filter(c -> c == '\n').count();
        int column = text.codePointCount(text.lastIndexOf('\n', at - 1) + 1, at) + 1;
        return Optional.of(new Place(contract.substring(0, contract.lastIndexOf('/') + 1)
                + file.text(), line, column));
    }
}

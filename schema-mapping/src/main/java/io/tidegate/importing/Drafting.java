package io.tidegate.importing;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.contract.DataProduct.BadValue;
import io.tidegate.contract.DataProduct.Envelope;
import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.contract.DataProduct.Grant;
import io.tidegate.contract.DataProduct.Quality;
import io.tidegate.contract.DataProduct.SchemaSpec;
import io.tidegate.contract.DataProduct.ServiceLevels;
import io.tidegate.contract.DataProduct.Status;
import io.tidegate.contract.DataProduct.StreamSpec;
import io.tidegate.contract.DataProduct.ViewSpec;
import io.tidegate.contract.ProductId;
import io.tidegate.problem.Located;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What every source of a contract has to decide alike: names, versions, defaults. */
final class Drafting {
    private final ImportChoices choices;
    private final List<Problem> problems;

    Drafting(ImportChoices choices, List<Problem> problems) {
        this.choices = choices;
        this.problems = problems;
    }

    /** The domain: the user's word, else the source's, else {@code default} with a warning. */
    String domain(Optional<String> named, Place place) {
        var name = choices.domain().or(() -> named).map(ProductId::nameOf)
                .filter(text -> !text.isEmpty());
        if (name.isEmpty()) {
            problems.add(Problem.warning(place, "assumed",
                    "the file names no domain: 'default' is written; say it with --domain"));
        }
        return name.orElse("default");
    }

    /**
     * @param isOnly
     *            whether the file holds no other product
     */
    String product(String named, boolean isOnly, Place place) {
        var own = ProductId.nameOf(named);
        if (own.isEmpty()) {
            own = "product";
            if (choices.product().isEmpty()) {
                problems.add(Problem.warning(place, "assumed", "of '" + shown(named)
                        + "' no name in lower-case letters, digits and '-' can be made: 'product' is written; say it"
                        + " with --product"));
            }
        }
        var given = choices.product().map(ProductId::nameOf).filter(text -> !text.isEmpty());
        if (given.isEmpty()) {
            return own;
        }
        return isOnly ? given.get() : ProductId.nameOf(given.get() + "-" + own);
    }

    String owner(Optional<String> named, Place place) {
        var owner = choices.owner().or(() -> named).filter(text -> !text.isBlank());
        if (owner.isEmpty()) {
            problems.add(Problem.warning(place, "assumed",
                    "the file names no owner: 'unknown' is written; say it with --owner"));
        }
        return owner.orElse("unknown");
    }

    /** {@code major.minor[.patch]} of whatever a version looks like. */
    String version(Optional<Located> written, Place place) {
        if (written.isEmpty()) {
            problems.add(Problem.warning(place, "assumed",
                    "the file names no version: \"1.0\" is written"));
            return "1.0";
        }
        var text = written.get().text().strip();
        var plain = text.replaceFirst("^[vV](?=\\d)", "").replaceFirst("[-+].*", "");
        var full = plain.matches("\\d{1,6}") ? plain + ".0" : plain;
        if (!full.matches("\\d{1,6}\\.\\d{1,6}(\\.\\d{1,6})?")) {
            full = "1.0";
        }
        if (!full.equals(text)) {
            problems.add(Problem.warning(written.get().place(), "assumed",
                    "version: '" + shown(text) + "' is written as \"" + full + "\""));
        }
        return full;
    }

    static int major(String version) {
        return Integer.parseInt(version.substring(0, version.indexOf('.')));
    }

    static DataProduct product(ProductId id, String version, String owner, String description,
            SchemaSpec schema, Place place) {
        return new DataProduct(id, version, owner, description, Status.ACTIVE, Optional.empty(),
                Optional.empty(), Quality.CURATED, new ServiceLevels(Optional.empty(), Map.of()),
                schema, List.<FieldSpec>of(), stream(id, List.of(), List.of(), Optional.empty()),
                List.of(), new ViewSpec(true, Duration.ZERO), access(id, place), Optional.empty(),
                List.of(), place);
    }

    /**
     * @param topics
     *            empty = the topic that the product's name means
     */
    static StreamSpec stream(ProductId id, List<String> topics, List<Located> key,
            Optional<Located> eventTime) {
        return new StreamSpec("default",
                topics.isEmpty() ? List.of(id.qualifiedName() + ".v" + id.major()) : topics, key,
                eventTime, Envelope.NONE, BadRecord.SKIP, BadValue.NULLIFY);
    }

    static List<Grant> access(ProductId id, Place place) {
        return List.of(new Grant(id.qualifiedName() + ":read", Optional.empty(), Map.of(),
                List.of(), Optional.empty(), place));
    }

    static String shown(String text) {
        return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }
}

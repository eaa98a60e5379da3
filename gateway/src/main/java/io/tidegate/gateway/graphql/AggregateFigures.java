package io.tidegate.gateway.graphql;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.DataFetchingFieldSelectionSet;
import graphql.schema.SelectedField;
import io.tidegate.gateway.feed.Cursors;
import io.tidegate.gateway.query.Questions;
import io.tidegate.gateway.view.AggregateQuery;
import io.tidegate.gateway.view.AggregateQuery.Function;
import io.tidegate.gateway.view.AggregateQuery.Measure;
import io.tidegate.gateway.view.AggregateRow;
import io.tidegate.mapping.ProductApi;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The figures that a selection wants of each group, and those alone: the store counts nothing that nobody reads. Aliases of
 * one figure share it; percentiles of different shares are different figures.
 */
final class AggregateFigures {
    private static final Map<String, Function> FUNCTIONS = Map.of("countDistinct",
            Function.COUNT_DISTINCT, "sum", Function.SUM, "avg", Function.AVG, "min", Function.MIN,
            "max", Function.MAX, "percentile", Function.PERCENTILE);

    private final ProductApi api;
    /** What each figure is called: the field of the aggregate, and below it the field of the row. */
    private final Map<Measure, Name> names = new LinkedHashMap<>();

    private record Name(String figure, @Nullable String field) {
    }

    /** The figure of one share, within the source of an aggregate. */
    private record Share(double p) {
    }

    AggregateFigures(ProductApi api, Questions questions, DataFetchingFieldSelectionSet selected) {
        this.api = api;
        for (var figure : selected.getImmediateFields()) {
            if (figure.getName().equals("count")) {
                names.put(Measure.COUNT, new Name("count", null));
            }
            var function = FUNCTIONS.get(figure.getName());
            if (function != null) {
                add(questions, figure, function);
            }
        }
    }

    private void add(Questions questions, SelectedField figure, Function function) {
        for (var field : figure.getSelectionSet().getImmediateFields()) {
            if (!field.getName().startsWith("__")) {
                names.put(
                        questions.measure(function.name(), Optional.of(field.getName()),
                                figure.getArguments().get("p")),
                        new Name(figure.getName(), field.getName()));
            }
        }
    }

    List<Measure> measures() {
        return List.copyOf(names.keySet());
    }

    /**
     * A group as the source of its GraphQL type.
     *
     * @param cursors
     *            that seal its place
     */
    Map<String, @Nullable Object> shown(AggregateQuery query, AggregateRow row,
            Cursors cursors) {
        var shown = new HashMap<String, @Nullable Object>();
        shown.put("cursor", cursors.seal(api.id(), row.pageCursor()));
        shown.put("bucket", row.bucket().map(Object::toString).orElse(null));
        var group = new HashMap<String, @Nullable Object>();
        api.orderFields().forEach((literal, path) -> {
            int at = query.groupBy().indexOf(path);
            var value = at < 0 ? null : row.group().get(at);
            if (value != null) {
                group.put(literal, api.shown(path.type()).apply(value));
            }
        });
        shown.put("group", group);
        FUNCTIONS.keySet().stream().filter(name -> !name.equals("percentile"))
                .forEach(name -> shown.put(name, new HashMap<String, @Nullable Object>()));
        int at = 0;
        var shares = new HashMap<Share, Map<String, @Nullable Object>>();
        for (var named : names.entrySet()) {
            var measure = named.getKey();
            var value = value(measure, row.figures().get(at++));
            var field = named.getValue().field();
            if (field == null) {
                shown.put(named.getValue().figure(), value);
            } else if (measure.function() == Function.PERCENTILE) {
                shares.computeIfAbsent(new Share(measure.percentile()), p -> new HashMap<>())
                        .put(field, value);
            } else {
                figures(shown.get(named.getValue().figure())).put(field, value);
            }
        }
        shown.put("percentile", shares);
        return shown;
    }

    @SuppressWarnings("unchecked") // as put above
    private static Map<Object, @Nullable Object> figures(@Nullable Object figures) {
        return (Map<Object, @Nullable Object>) java.util.Objects.requireNonNull(figures,
                "there is a map for each function");
    }

    private @Nullable Object value(Measure measure, @Nullable Object figure) {
        if (figure instanceof Double number && !Double.isFinite(number)) {
            return null;
        }
        return figure != null
                && (measure.function() == Function.MIN || measure.function() == Function.MAX)
                        ? api.shown(measure.field().orElseThrow().type()).apply(figure)
                        : figure;
    }

    /** Reads {@code percentile(p:)} of a group. */
    static @Nullable Object percentile(DataFetchingEnvironment environment) {
        Double share = environment.getArgument("p");
        Map<String, @Nullable Object> source = environment.getSource();
        return share == null || source == null
                ? null
                : figures(source.get("percentile")).getOrDefault(new Share(share), Map.of());
    }
}

package io.tidegate.gateway.graphql;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import graphql.execution.CoercedVariables;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.feed.Cursors;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.query.Questions;
import io.tidegate.gateway.shape.GraphQlValues;
import io.tidegate.gateway.shape.JsonBytes;
import io.tidegate.gateway.shape.Selection;
import io.tidegate.gateway.view.ItemsQuery;
import io.tidegate.gateway.view.StoredRow;
import io.tidegate.gateway.view.ViewFailure;
import io.tidegate.mapping.ProductApi;
import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A query of rows, by key or in pages, compiled: what the store gives is written to the answer as it comes. graphql-java has
 * parsed and validated the document and is asked for the values of arguments; a page of a hundred rows would be a thousand
 * fields to it. Only what goes right is answered here: whatever fails is left to graphql-java, and so is its wording.
 */
final class RowQuery {
    private final List<Root> roots;

    /** A product that is asked, under the name that it has in the answer. */
    private record Root(SerializedString name, ProductId product, List<Member> members) {
    }

    private record Member(SerializedString name, Part part) {
    }

    /** Writes one field of a product. */
    private interface Part {
        /** Tells what it will ask, before anything is asked, so that the state that is cheapest for all can be taken. */
        default void prepare(Run run) {
        }

        void write(JsonGenerator out, Run run) throws IOException;
    }

    /**
     * One request.
     *
     * @param pageMax
     *            most rows of a page
     * @param pages
     *            that are asked for, by what writes them
     */
    record Run(QueryContext context, CoercedVariables variables, int pageMax,
            Map<Part, ItemsQuery> pages) {
        Run(QueryContext context, CoercedVariables variables, int pageMax) {
            this(context, variables, pageMax, new IdentityHashMap<>());
        }

        private Questions questions(ProductId product) {
            return new Questions(context.granted(product), pageMax);
        }
    }

    private RowQuery(List<Root> roots) {
        this.roots = List.copyOf(roots);
    }

    /**
     * @param roots
     *            what the query selects
     * @param products
     *            by the name of their field
     * @return empty if it asks for anything but rows and positions
     */
    static Optional<RowQuery> compile(List<Selection> roots, Map<String, ProductApi> products) {
        var compiled = new ArrayList<Root>();
        for (var root : roots) {
            var api = products.get(root.fieldName());
            if (api == null) {
                return Optional.empty();
            }
            var members = new ArrayList<Member>();
            for (var field : root.only()) {
                var part = part(api, field);
                if (part.isEmpty()) {
                    return Optional.empty();
                }
                members.add(new Member(new SerializedString(field.resultKey()), part.get()));
            }
            compiled.add(new Root(new SerializedString(root.resultKey()), api.id(),
                    List.copyOf(members)));
        }
        return Optional.of(new RowQuery(compiled));
    }

    private static Optional<Part> part(ProductApi api, Selection field) {
        return switch (field.fieldName()) {
            case "__typename" -> Optional.of((out, run) -> out.writeString(api.productTypeName()));
            case "position" -> Optional.of(new ByKey(api.id(),
                    (out, run) -> out.writeString(run.context().position(api.id()))));
            case "latest" -> Optional.of(new ByKey(api.id(), latest(api, field)));
            case "items" -> Optional.of(new Items(api, field));
            default -> Optional.empty();
        };
    }

    /** Needs a state for look-ups by key and no more. */
    private record ByKey(ProductId product, Part part) implements Part {
        @Override
        public void prepare(Run run) {
            run.context().expect(product, List.of());
        }

        @Override
        public void write(JsonGenerator out, Run run) throws IOException {
            part.write(out, run);
        }
    }

    private static Part latest(ProductApi api, Selection field) {
        var writer = new GraphQlValues(api).row(field);
        return (out, run) -> {
            var context = run.context();
            var found = run.questions(api.id()).latest(field.arguments(run.variables()))
                    .flatMap(key -> context.snapshot(api.id()).latest(key,
                            context.granted(api.id()).permit().rows()));
            writer.write(out, found.map(row -> context.masks(api.id()).row(row.value()))
                    .orElse(null));
        };
    }

    /** Writes a part of a connection. */
    private interface PagePart {
        void write(JsonGenerator out, Shown shown) throws IOException;
    }

    /**
     * A page as its reader may see it.
     *
     * @param total
     *            null = not asked for
     * @param cursors
     *            that seal its places
     */
    private record Shown(ProductId product, List<StoredRow> rows,
            List<io.tidegate.schema.Row> values, boolean hasNext, boolean hasPrevious,
            @Nullable Long total, Cursors cursors) {
        String cursor(StoredRow row) {
            return cursors.seal(product, row.pageCursor());
        }
    }

    private record Named<T>(SerializedString name, T part) {
    }

    private static final class Items implements Part {
        private final ProductApi api;
        private final Selection field;
        private final List<Named<PagePart>> parts = new ArrayList<>();
        private final boolean isCounted;
        private final boolean isTold;

        private Items(ProductApi api, Selection field) {
            this.api = api;
            this.field = field;
            var values = new GraphQlValues(api);
            boolean counts = false;
            boolean tells = false;
            for (var member : field.only()) {
                parts.add(new Named<>(new SerializedString(member.resultKey()),
                        pagePart(api, values, member)));
                counts |= member.fieldName().equals("totalCount");
                tells |= member.fieldName().equals("pageInfo");
            }
            this.isCounted = counts;
            this.isTold = tells;
        }

        private ItemsQuery query(Run run) {
            return run.pages().computeIfAbsent(this, ignored -> run.questions(api.id())
                    .items(field.arguments(run.variables()), Predicate.ALL));
        }

        @Override
        public void prepare(Run run) {
            var query = query(run);
            if (isCounted) {
                run.context().expectAnything(api.id());
            } else {
                ViewFetchers.read(query, isTold)
                        .ifPresent(read -> run.context().expect(api.id(), List.of(read)));
            }
        }

        @Override
        public void write(JsonGenerator out, Run run) throws IOException {
            var context = run.context();
            var query = query(run);
            var snapshot = context.snapshot(api.id());
            var page = ViewFetchers.page(query,
                    ViewFetchers.read(query, isTold).map(snapshot::items));
            var masks = context.masks(api.id());
            object(out, parts, new Shown(api.id(), page.rows(),
                    page.rows().stream().map(row -> masks.row(row.value())).toList(),
                    query.backwards() ? query.after().isPresent() : page.hasMore(),
                    query.backwards() ? page.hasMore() : query.after().isPresent(),
                    isCounted ? snapshot.count(query.where()) : null,
                    context.granted(api.id()).product().feed().cursors()));
        }
    }

    private static void object(JsonGenerator out, List<Named<PagePart>> parts, Shown shown)
            throws IOException {
        out.writeStartObject();
        for (var part : parts) {
            out.writeFieldName(part.name());
            part.part().write(out, shown);
        }
        out.writeEndObject();
    }

    private static PagePart pagePart(ProductApi api, GraphQlValues values, Selection field) {
        return switch (field.fieldName()) {
            case "nodes" -> {
                var writer = values.row(field);
                yield (out, shown) -> {
                    out.writeStartArray();
                    for (var row : shown.values()) {
                        writer.write(out, row);
                    }
                    out.writeEndArray();
                };
            }
            case "edges" -> edges(api, values, field);
            case "pageInfo" -> pageInfo(field);
            case "totalCount" -> (out, shown) -> out.writeString(String.valueOf(shown.total()));
            default -> (out, shown) -> out.writeString(api.connectionTypeName());
        };
    }

    /** Writes a part of the edge of one row. */
    private interface EdgePart {
        void write(JsonGenerator out, Shown shown, int index) throws IOException;
    }

    private static PagePart edges(ProductApi api, GraphQlValues values, Selection field) {
        var parts = new ArrayList<Named<EdgePart>>();
        for (var member : field.only()) {
            parts.add(new Named<>(new SerializedString(member.resultKey()),
                    switch (member.fieldName()) {
                        case "cursor" -> (out, shown, index) -> out
                                .writeString(shown.cursor(shown.rows().get(index)));
                        case "node" -> {
                            var writer = values.row(member);
                            yield (out, shown, index) -> writer.write(out,
                                    shown.values().get(index));
                        }
                        default -> (out, shown, index) -> out.writeString(api.edgeTypeName());
                    }));
        }
        return (out, shown) -> {
            out.writeStartArray();
            for (int i = 0; i < shown.rows().size(); i++) {
                out.writeStartObject();
                for (var part : parts) {
                    out.writeFieldName(part.name());
                    part.part().write(out, shown, i);
                }
                out.writeEndObject();
            }
            out.writeEndArray();
        };
    }

    private static PagePart pageInfo(Selection field) {
        var parts = new ArrayList<Named<PagePart>>();
        for (var member : field.only()) {
            parts.add(new Named<>(new SerializedString(member.resultKey()),
                    switch (member.fieldName()) {
                        case "hasNextPage" -> (out, shown) -> out.writeBoolean(shown.hasNext());
                        case "hasPreviousPage" ->
                            (out, shown) -> out.writeBoolean(shown.hasPrevious());
                        case "startCursor" -> (out, shown) -> cursor(out, shown, true);
                        case "endCursor" -> (out, shown) -> cursor(out, shown, false);
                        default -> (out, shown) -> out.writeString("PageInfo");
                    }));
        }
        return (out, shown) -> object(out, parts, shown);
    }

    private static void cursor(JsonGenerator out, Shown shown, boolean isFirst)
            throws IOException {
        if (shown.rows().isEmpty()) {
            out.writeNull();
        } else {
            out.writeString(shown.cursor(
                    isFirst ? shown.rows().getFirst() : shown.rows().getLast()));
        }
    }

    /**
     * The answer's {@code data}; empty if a value is absent in it that the schema says is always there.
     *
     * @throws io.tidegate.gateway.refusal.Refusal.Thrown
     *             if an argument is refused
     * @throws io.tidegate.gateway.view.ViewFailure
     *             if the store cannot answer
     * @throws io.tidegate.gateway.view.Unindexed
     *             if the query has to be run again with states that answer everything
     */
    Optional<byte[]> answer(Run run) {
        for (var root : roots) {
            root.members().forEach(member -> member.part().prepare(run));
        }
        return JsonBytes.whole(out -> {
            out.writeStartObject();
            for (var root : roots) {
                out.writeFieldName(root.name());
                out.writeStartObject();
                for (var member : root.members()) {
                    out.writeFieldName(member.name());
                    try {
                        member.part().write(out, run);
                    } catch (ViewFailure e) {
                        // The other products' answers are none the worse.
                        run.context().failed(root.product(), e);
                        throw e;
                    }
                }
                out.writeEndObject();
            }
            out.writeEndObject();
        });
    }
}

package io.tidegate.gateway.graphql;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.util.RawValue;
import graphql.ExecutionInput;
import graphql.ExecutionResult;
import graphql.GraphQLError;
import graphql.GraphQLException;
import graphql.GraphqlErrorBuilder;
import graphql.execution.CoercedVariables;
import graphql.language.Document;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.graphql.PreparedSchema.PlanKey;
import io.tidegate.gateway.http.QueryAccount;
import io.tidegate.gateway.query.AnswerCache;
import io.tidegate.gateway.refusal.GraphQlErrors;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.shape.JsonBytes;
import io.tidegate.gateway.shape.RowMasks;
import io.tidegate.gateway.shape.Selection;
import io.tidegate.gateway.view.NotInMemory;
import io.tidegate.gateway.view.Unindexed;
import io.tidegate.gateway.view.View;
import io.tidegate.gateway.view.ViewFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Runs queries: charges them, waits for the views to be as new as was asked, answers from what is kept or from one snapshot
 * of each product, and tells which events the answer counts. Thread-safe; blocks.
 */
final class Queries {
    /** How long a query waits for a view to have applied what it was asked to have. */
    private static final Duration WAIT = Duration.ofSeconds(10);

    private static final int MESSAGE_CHARS_MAX = 500;

    private final Function<Catalog.Granted, RowMasks> masks;
    private final GraphQlLimits limits;
    private final AnswerCache answers;

    Queries(Function<Catalog.Granted, RowMasks> masks, GraphQlLimits limits,
            AnswerCache answers) {
        this.masks = masks;
        this.limits = limits;
        this.answers = answers;
    }

    /** A product was replaced before its view could be read; the query should be asked anew. */
    static final class Outdated extends RuntimeException {
        private final transient Answer answer;

        private Outdated(Answer answer) {
            super("a product was replaced", null, false, false);
            this.answer = answer;
        }

        /** What to say if there is no time to ask anew. */
        Answer answer() {
            return answer;
        }
    }

    /** One query at work. */
    private record Work(PreparedSchema prepared, GraphQlRequest request, QueryPlan plan,
            CoercedVariables variables, Map<String, Catalog.Granted> granted, long cost) {
        Set<ProductId> byKeyOnly() {
            return plan.isWorthKeeping() ? Set.of() : plan.byKeyOnly();
        }
    }

    /** @param document of the request, valid */
    Answer answer(PreparedSchema prepared, List<Catalog.Granted> granted, Document document,
            GraphQlRequest request, QueryAccount account) {
        CoercedVariables variables;
        QueryPlan plan;
        try {
            variables = Selection.variables(prepared.schema(), document,
                    request.operationName().orElse(null), request.variables());
            plan = plan(prepared, document, request, variables);
        } catch (GraphQLException e) {
            return badVariable(e);
        }
        var byField = byField(granted);
        try {
            var work = new Work(prepared, request, plan, variables, byField,
                    charged(plan, variables, prepared, byField, account));
            await(work);
            return plan.isWorthKeeping() ? kept(work) : response(work, run(work));
        } catch (Refusal.Thrown e) {
            return new Answer.Invalid(e.refusal().code(), List.of(GraphQlErrors.of(e.refusal())));
        } catch (Imperfect e) {
            return e.answer;
        }
    }

    /**
     * The answer to a query of a few rows by key, if it takes no waiting at all; for event loops.
     *
     * @param document
     *            of the request, valid
     * @return empty if it has to be asked in the usual way, of which nothing has been done yet then
     */
    Optional<Answer> atOnce(PreparedSchema prepared, List<Catalog.Granted> granted,
            Document document, GraphQlRequest request, QueryAccount account) {
        try {
            var variables = Selection.variables(prepared.schema(), document,
                    request.operationName().orElse(null), request.variables());
            var plan = prepared.plans().getIfPresent(key(request, variables));
            if (plan == null || !plan.isShort() || plan.roots().stream()
                    .anyMatch(root -> root.arguments(variables).get("atLeast") != null)) {
                return Optional.empty();
            }
            var found = inMemory(plan, variables, granted);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            var byField = byField(granted);
            try {
                // What is charged here is not charged again; a look-up costs less than knowing its price beforehand is worth.
                var work = new Work(prepared, request, plan, variables, byField,
                        charged(plan, variables, prepared, byField, account));
                return Optional.of(response(work, found.get()));
            } catch (Refusal.Thrown e) {
                return Optional.of(new Answer.Invalid(e.refusal().code(),
                        List.of(GraphQlErrors.of(e.refusal()))));
            }
        } catch (NotInMemory | ViewFailure | Refusal.Thrown | GraphQLException e) {
            return Optional.empty();
        }
    }

    private Optional<Kept> inMemory(QueryPlan plan, CoercedVariables variables,
            List<Catalog.Granted> granted) {
        try (var context = QueryContext.inMemory(granted, masks)) {
            return plan.rows().orElseThrow()
                    .answer(new RowQuery.Run(context, variables, limits.pageRows()))
                    .map(data -> new Kept(data, context.states()));
        }
    }

    private static Map<String, Catalog.Granted> byField(List<Catalog.Granted> granted) {
        var byField = HashMap.<String, Catalog.Granted>newHashMap(granted.size());
        granted.forEach(each -> byField.put(each.product().api().rootField(), each));
        return byField;
    }

    static PlanKey key(GraphQlRequest request, CoercedVariables variables) {
        // Only directives make what is selected depend on variables, and theirs are true or false.
        return new PlanKey(request.query(), request.operationName(),
                request.query().indexOf('@') < 0 ? Map.of() : switches(variables));
    }

    private static Map<String, Object> switches(CoercedVariables variables) {
        var switches = new HashMap<String, Object>();
        variables.toMap().forEach((name, value) -> {
            if (value instanceof Boolean) {
                switches.put(name, value);
            }
        });
        return switches;
    }

    private static QueryPlan plan(PreparedSchema prepared, Document document,
            GraphQlRequest request, CoercedVariables variables) {
        return prepared.plans().get(key(request, variables),
                ignored -> QueryPlan.of(Selection.ofQuery(prepared.schema(), document,
                        request.operationName().orElse(null), variables), prepared.apis(),
                        prepared.relations()));
    }

    private long charged(QueryPlan plan, CoercedVariables variables,
            PreparedSchema prepared, Map<String, Catalog.Granted> granted, QueryAccount account) {
        return charged(plan.cost(variables, prepared.apis(), prepared.relations(),
                limits.relatedRows()), granted.values(), account);
    }

    /**
     * What was charged in all.
     *
     * @param costs
     *            by product
     * @throws Refusal.Thrown
     *             if a plan does not have that much left
     */
    static long charged(Map<ProductId, Long> costs, Collection<Catalog.Granted> granted,
            QueryAccount account) {
        var byPlan = new HashMap<Optional<String>, Long>();
        long sum = 0;
        for (var each : granted) {
            Long cost = costs.get(each.product().id());
            if (cost != null) {
                byPlan.merge(each.permit().plan(), cost, Long::sum);
                sum += cost;
            }
        }
        account.charge(byPlan).ifPresent(refusal -> {
            throw new Refusal.Thrown(refusal);
        });
        return sum;
    }

    /** Until the views have what the arguments {@code atLeast} ask for. */
    private static void await(Work work) {
        for (var root : work.plan().roots()) {
            var granted = work.granted().get(root.fieldName());
            if (granted != null
                    && root.arguments(work.variables()).get("atLeast") instanceof String cursor) {
                await(granted.product().feed(), granted.product().view().orElseThrow(), cursor);
            }
        }
    }

    private static void await(Feed feed, View view, String cursor) {
        try {
            if (view.await(feed.position(cursor), WAIT)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new Refusal.Thrown(Refusal.retryAfter(RefusalCode.VIEW_STALE,
                "The current state does not count all events before 'atLeast' yet; it was waited for "
                        + WAIT.toSeconds() + " s. Ask again.",
                Duration.ofSeconds(1)));
    }

    static Answer badVariable(GraphQLException e) {
        return new Answer.Invalid(RefusalCode.BAD_VARIABLE, GraphQlJson.errors(
                RefusalCode.BAD_VARIABLE.name(), abridged(String.valueOf(e.getMessage()))));
    }

    /** A message may repeat what was sent, however long that is. */
    private static String abridged(String message) {
        return message.length() <= MESSAGE_CHARS_MAX
                ? message
                : message.substring(0, MESSAGE_CHARS_MAX) + "…";
    }

    private Answer kept(Work work) {
        var fields = work.plan().products().keySet().stream().sorted().toList();
        var rules = new ArrayList<Permit>();
        var positions = new ArrayList<Position>();
        for (var field : fields) {
            var granted = Objects.requireNonNull(work.granted().get(field),
                    "the schema has products of the caller alone");
            rules.add(granted.permit());
            try {
                positions.add(granted.product().view().flatMap(View::reached)
                        .orElse(new Position(List.of())));
            } catch (ViewFailure e) {
                // No answer of before can be told to hold; why, is said where it is asked.
                return response(work, run(work));
            }
        }
        var question = new Question(work.prepared(), work.request().query(),
                work.request().operationName(), GivenValues.comparable(work.variables().toMap()),
                rules);
        return response(work, answers.answer(question, positions, () -> run(work),
                answer -> answer.positions(fields)));
    }

    /** Not everything went right: an answer with errors, which is nobody else's. */
    private static final class Imperfect extends RuntimeException {
        private final transient Answer answer;

        Imperfect(Answer answer) {
            super("an answer with errors", null, false, false);
            this.answer = answer;
        }
    }

    private Kept run(Work work) {
        try {
            return run(work, false);
        } catch (Unindexed e) {
            // From the beginning, so that all of the answer is of one position.
            return run(work, true);
        }
    }

    /**
     * @param isAgain
     *            whether of every product a state is taken that answers everything
     */
    private Kept run(Work work, boolean isAgain) {
        try (var context = new QueryContext(List.copyOf(work.granted().values()), masks,
                work.byKeyOnly(), work.plan().onePage(), isAgain)) {
            var rows = work.plan().rows();
            if (rows.isPresent()) {
                try {
                    var data = rows.get()
                            .answer(new RowQuery.Run(context, work.variables(),
                                    limits.pageRows()));
                    if (data.isPresent()) {
                        return new Kept(data.get(), context.states());
                    }
                } catch (Refusal.Thrown | ViewFailure e) {
                    // Said below, at the field that it belongs to.
                }
            }
            return executed(work, context);
        }
    }

    private static Kept executed(Work work, QueryContext context) {
        var request = work.request();
        var input = ExecutionInput.newExecutionInput().query(request.query())
                .operationName(request.operationName().orElse(null))
                .variables(request.variables())
                .graphQLContext(Map.of(QueryContext.class, context)).locale(Locale.ROOT)
                .dataLoaderRegistry(context.loaders())
                .build();
        var result = work.prepared().engine().execute(input);
        context.unindexed().ifPresent(again -> {
            throw again;
        });
        if (!result.isDataPresent()) {
            throw imperfect(context, GraphQlEngine.invalid(
                    result.getErrors().stream().map(Queries::asVariableError).toList()));
        }
        if (result.getErrors().isEmpty()) {
            Map<String, Object> data = Objects.requireNonNull(result.getData(),
                    "without errors the data is whole");
            return new Kept(GraphQlJson.bytes(data), context.states());
        }
        throw imperfect(context, new Answer.Executed(
                GraphQlJson.bytes(withErrors(result, extensions(work, context.states())))));
    }

    private static RuntimeException imperfect(QueryContext context, Answer answer) {
        return context.isOutdated() ? new Outdated(answer) : new Imperfect(answer);
    }

    private static Map<String, Object> withErrors(ExecutionResult result,
            byte[] extensions) {
        var response = new LinkedHashMap<>(result.toSpecification());
        response.put("errors",
                result.getErrors().stream().map(GraphQlEngine::specification).toList());
        response.put("extensions",
                new RawValue(new String(extensions, StandardCharsets.UTF_8)));
        return response;
    }

    /** What is left to go wrong before execution, once the document is valid. */
    private static GraphQLError asVariableError(GraphQLError error) {
        if (error.getExtensions() != null && error.getExtensions().containsKey("code")) {
            return error;
        }
        return GraphqlErrorBuilder.newError().message("%s", error.getMessage())
                .locations(error.getLocations())
                .extensions(GraphQlEngine.code(RefusalCode.BAD_VARIABLE)).build();
    }

    private static Answer response(Work work, Kept answer) {
        if (answer.states().isEmpty() && work.cost() == 0) {
            return new Answer.Executed(GraphQlJson.response(answer.data()));
        }
        return new Answer.Executed(GraphQlJson.response(answer.data(),
                extensions(work, answer.states())));
    }

    /** What the answer counts, how far that is behind what has happened, and what it cost. */
    private static byte[] extensions(Work work, Map<String, State> states) {
        return JsonBytes.whole(out -> {
            out.writeStartObject();
            out.writeObjectFieldStart("tidegate");
            tell(out, work, states);
            out.writeEndObject();
            out.writeEndObject();
        }).orElseThrow(() -> new IllegalStateException("nothing is absent in it"));
    }

    private static void tell(JsonGenerator out, Work work, Map<String, State> states)
            throws IOException {
        out.writeNumberField("cost", work.cost());
        out.writeObjectFieldStart("products");
        for (var told : new TreeMap<>(states).entrySet()) {
            var state = told.getValue();
            out.writeObjectFieldStart(told.getKey());
            out.writeStringField("position", state.cursor());
            if (state.newest().isPresent()) {
                out.writeStringField("asOf", state.newest().get().toString());
            }
            var granted = work.granted().get(told.getKey());
            if (granted != null) {
                out.writeNumberField("behind", granted.product().feed().behind(state.position()));
            }
            out.writeEndObject();
        }
        out.writeEndObject();
    }

}

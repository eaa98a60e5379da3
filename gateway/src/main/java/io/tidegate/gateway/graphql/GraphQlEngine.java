package io.tidegate.gateway.graphql;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.base.Suppliers;
import graphql.ExecutionInput;
import graphql.GraphQL;
import graphql.GraphQLContext;
import graphql.GraphQLError;
import graphql.GraphQLException;
import graphql.GraphqlErrorBuilder;
import graphql.execution.AbortExecutionException;
import graphql.execution.DataFetcherExceptionHandler;
import graphql.execution.DataFetcherExceptionHandlerResult;
import graphql.execution.NonNullableFieldWasNullError;
import graphql.execution.RawVariables;
import graphql.execution.UnknownOperationException;
import graphql.execution.preparsed.PreparsedDocumentEntry;
import graphql.language.Document;
import graphql.language.NodeUtil;
import graphql.language.OperationDefinition;
import graphql.language.OperationDefinition.Operation;
import graphql.normalized.ExecutableNormalizedField;
import graphql.normalized.ExecutableNormalizedOperationFactory;
import graphql.parser.InvalidSyntaxException;
import graphql.parser.Parser;
import graphql.parser.ParserEnvironment;
import graphql.parser.ParserOptions;
import graphql.parser.exceptions.ParseCancelledException;
import graphql.parser.exceptions.ParseCancelledTooDeepException;
import graphql.schema.GraphQLSchema;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.access.Masker;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.http.QueryAccount;
import io.tidegate.gateway.predicate.FilterProblem;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.WhereFilters;
import io.tidegate.gateway.query.AnswerCache;
import io.tidegate.gateway.query.ProductWhereNames;
import io.tidegate.gateway.query.Questions;
import io.tidegate.gateway.query.ViewRefusals;
import io.tidegate.gateway.refusal.GraphQlErrors;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.shape.GraphQlShape;
import io.tidegate.gateway.shape.PathMasks;
import io.tidegate.gateway.shape.RowMasks;
import io.tidegate.gateway.shape.Selection;
import io.tidegate.gateway.shape.Shape;
import io.tidegate.gateway.subscription.StreamParameters;
import io.tidegate.gateway.view.Unindexed;
import io.tidegate.gateway.view.ViewFailure;
import io.tidegate.mapping.GraphQlSchemas;
import io.tidegate.mapping.ProductApi;
import io.tidegate.mapping.Relations;
import io.tidegate.mapping.Relations.Link;
import io.tidegate.mapping.Sdl;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers GraphQL requests. Each caller has the schema of what it may see and no other: what is hidden is not there to be
 * named, not even by an error. Callers who may see the same share a schema, its parsed documents and its compiled shapes.
 *
 * <p>
 * Thread-safe; {@link #answer} blocks and belongs on a virtual thread.
 */
public final class GraphQlEngine {
    private static final Logger LOG = LoggerFactory.getLogger(GraphQlEngine.class);
    /** That a message repeats of what could not be parsed. */
    private static final int TOKEN_CHARS_MAX = 40;
    private static final int ERRORS_MAX = 5;
    private static final int TRIES = 3;
    private static final int TOKENS_MAX = 4000;
    private static final long DOCUMENT_CHARS_KEPT = 1 << 20;
    private static final long COMPILED_CHARS_KEPT = 4 << 20;
    /** What a field of a compiled query takes, beside a character. */
    private static final int FIELD_CHARS = 100;
    /** Events of one subscription that are looked up at a time, and rows that they may lead to. */
    private static final int RELATED_EVENTS_MAX = 128;
    private static final long RELATED_AT_ONCE = 1_000;

    private final Supplier<Catalog> catalog;
    private final Masker masker;
    private final GraphQlLimits limits;
    private final DocumentGuard guard;
    private final Documents documents;
    private final Clock clock;
    private final AnswerCache answers;
    private final Queries queries;
    private final RelatedEvents.Means related;
    private final Cache<List<Seen>, PreparedSchema> schemas = onThisThread().maximumSize(200)
            .build();

    /**
     * What callers of one kind see of a product; a list of these is the key of everything that they share. Schemas are told
     * apart by identity: what is equal would be found out anew with each request.
     */
    private record Seen(ProductSchema schema, Map<String, Mask> masks) {
        @Override
        @SuppressWarnings("ReferenceEquality") // Said above.
        public boolean equals(Object other) {
            return other instanceof Seen seen && seen.schema == schema
                    && seen.masks.equals(masks);
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(schema) + masks.hashCode();
        }
    }

    /** An engine that answers any document. */
    public GraphQlEngine(Supplier<Catalog> catalog, Masker masker, GraphQlLimits limits,
            Clock clock) {
        this(catalog, masker, limits, Documents.ANY, clock);
    }

    public GraphQlEngine(Supplier<Catalog> catalog, Masker masker, GraphQlLimits limits,
            Documents documents, Clock clock) {
        this.documents = documents;
        this.catalog = catalog;
        this.masker = masker;
        this.limits = limits;
        this.guard = new DocumentGuard(limits);
        this.clock = clock;
        this.answers = new AnswerCache(limits.answerBytes());
        this.queries = new Queries(this::masks, limits, answers);
        this.related = new RelatedEvents.Means(catalog, this::masks,
                new Lookups(limits.relatedWithin()));
    }

    /** The answers that are kept, among which others may keep theirs. */
    public AnswerCache answers() {
        return answers;
    }

    /** Forgets schemas of products as they are not served any more. */
    public void catalogChanged() {
        var live = Collections.newSetFromMap(new IdentityHashMap<ProductSchema, Boolean>());
        catalog.get().products().forEach(product -> live.add(product.schema()));
        schemas.asMap().keySet()
                .removeIf(seen -> seen.stream().anyMatch(each -> !live.contains(each.schema())));
    }

    /** The schema as far as the caller may see it, in SDL. */
    public String sdl(Caller caller) {
        return Sdl.print(prepared(granted(catalog.get(), caller)).schema());
    }

    /** Runs a query, or compiles a subscription. Fails with {@link Refusal.Thrown} where nothing can be said in GraphQL. */
    Answer answer(Caller caller, GraphQlRequest asked, QueryAccount account) {
        GraphQlRequest request;
        try {
            request = documents.resolved(asked);
        } catch (Refusal.Thrown e) {
            return new Answer.Invalid(e.refusal().code(), List.of(GraphQlErrors.of(e.refusal())));
        }
        for (int tries = 1;; tries++) {
            var products = catalog.get();
            try {
                return answer(granted(products, caller), request, account);
            } catch (Queries.Outdated e) {
                if (tries == TRIES || catalog.get().equals(products)) {
                    return e.answer();
                }
            }
        }
    }

    /**
     * Answers a query of a few rows by key that are in memory, if its document has been asked before. Does not block.
     *
     * @return empty for {@link #answer} to do
     */
    Optional<Answer> atOnce(Caller caller, GraphQlRequest asked, QueryAccount account) {
        GraphQlRequest request;
        try {
            request = documents.resolved(asked);
        } catch (Refusal.Thrown e) {
            return Optional.empty();
        }
        var granted = catalog.get().granted(caller, clock.instant());
        var prepared = schemas.getIfPresent(seen(granted));
        if (prepared == null) {
            return Optional.empty();
        }
        var known = prepared.documents().getIfPresent(request.query());
        return known == null || known.hasErrors() || known.getDocument() == null
                ? Optional.empty()
                : queries.atOnce(prepared, granted, known.getDocument(), request, account);
    }

    private Answer answer(List<Catalog.Granted> granted, GraphQlRequest request,
            QueryAccount account) {
        var prepared = prepared(granted);
        var entry = prepared.documents().get(request.query(),
                text -> parse(prepared.schema(), text));
        if (entry.hasErrors()) {
            return invalid(entry.getErrors());
        }
        try {
            var document = Objects.requireNonNull(entry.getDocument(),
                    "without errors there is a document");
            var operation = NodeUtil.getOperation(document,
                    request.operationName().orElse(null));
            return operation.operationDefinition.getOperation() == Operation.SUBSCRIPTION
                    ? subscription(granted, prepared, document, operation.operationDefinition,
                            request, account)
                    : queries.answer(prepared, granted, document, request, account);
        } catch (UnknownOperationException e) {
            return new Answer.Invalid(RefusalCode.GRAPHQL_VALIDATION_FAILED,
                    GraphQlJson.errors(RefusalCode.GRAPHQL_VALIDATION_FAILED.name(),
                            "The document has no operation of that name, or several and none was chosen."));
        }
    }

    private List<Catalog.Granted> granted(Catalog products, Caller caller) {
        var granted = products.granted(caller, clock.instant());
        if (granted.isEmpty()) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.FORBIDDEN,
                    "The token opens no data product; ask for a scope such as '<domain>.<product>:read'."));
        }
        return granted;
    }

    private PreparedSchema prepared(List<Catalog.Granted> granted) {
        return schemas.get(seen(granted), ignored -> prepare(granted));
    }

    private static List<Seen> seen(List<Catalog.Granted> granted) {
        var seen = new ArrayList<Seen>(granted.size());
        for (var each : granted) {
            seen.add(new Seen(each.product().schema(), each.permit().masks()));
        }
        return seen;
    }

    private static Set<String> masked(Catalog.Granted granted) {
        var masked = new TreeSet<>(granted.permit().masks().keySet());
        masked.removeAll(granted.permit().hidden());
        return masked;
    }

    private PreparedSchema prepare(List<Catalog.Granted> granted) {
        var visible = granted.stream().map(each -> new GraphQlSchemas.Visible(each.product().api(),
                each.permit().hidden(), masked(each))).toList();
        var relations = Relations.of(visible);
        var schema = GraphQlSchemas.build(visible, registry -> {
            granted.forEach(each -> new ViewFetchers(each.product(), limits, clock)
                    .install(registry));
            new RelationFetchers(limits).install(relations, registry);
        });
        // By length: a client must not fill the memory with a thousand documents of the largest size.
        var documents = onThisThread().maximumWeight(DOCUMENT_CHARS_KEPT)
                .weigher((String text, PreparsedDocumentEntry ignored) -> 200 + text.length())
                .build();
        var engine = GraphQL.newGraphQL(schema)
                .preparsedDocumentProvider((input, ignored) -> CompletableFuture.completedFuture(
                        documents.get(input.getQuery(), text -> parse(schema, text))))
                .defaultDataFetcherExceptionHandler(errors()).build();
        return new PreparedSchema(schema, engine,
                granted.stream().map(each -> each.product().api())
                        .collect(Collectors.toMap(ProductApi::rootField, api -> api)),
                relations, documents, onThisThread().maximumWeight(COMPILED_CHARS_KEPT)
                        .weigher((PreparedSchema.ShapeKey key, Shape ignored) -> 200
                                + key.selection().length())
                        .build(),
                // By what is selected: fragments may be used a hundred times.
                onThisThread().maximumWeight(COMPILED_CHARS_KEPT)
                        .weigher((PreparedSchema.PlanKey key, QueryPlan plan) -> 200
                                + key.document().length() + plan.size() * FIELD_CHARS)
                        .build(),
                Suppliers.memoize(() -> GraphQL.newGraphQL(EventSchema.of(schema))
                        // Documents were validated as subscriptions before they were turned.
                        .preparsedDocumentProvider((input, ignored) -> CompletableFuture
                                .completedFuture(turned(input)))
                        .defaultDataFetcherExceptionHandler(errors()).build()));
    }

    /** Caches whose upkeep is done by whoever asks them: it is shorter than handing it to another thread. */
    private static Caffeine<Object, Object> onThisThread() {
        return Caffeine.newBuilder().executor(Runnable::run);
    }

    private static PreparsedDocumentEntry turned(ExecutionInput input) {
        Document document = input.getGraphQLContext().get(Document.class);
        return new PreparsedDocumentEntry(Objects.requireNonNull(document,
                "turned when the subscription was opened"));
    }

    // ---- documents ----

    private PreparsedDocumentEntry parse(GraphQLSchema schema, String text) {
        var refused = guard.text(text);
        if (refused.isPresent()) {
            return new PreparsedDocumentEntry(List.of(error(refused.get())));
        }
        Document document;
        try {
            document = new Parser()
                    .parseDocument(ParserEnvironment.newParserEnvironment().document(text)
                            .parserOptions(ParserOptions.getDefaultOperationParserOptions()
                                    .transform(options -> options.maxTokens(TOKENS_MAX)
                                            .captureIgnoredChars(false)))
                            .build());
        } catch (ParseCancelledException e) {
            return new PreparsedDocumentEntry(List.of(error(Refusal.of(
                    RefusalCode.QUERY_TOO_COMPLEX,
                    "The document has more than " + TOKENS_MAX + " tokens."))));
        } catch (ParseCancelledTooDeepException e) {
            return new PreparsedDocumentEntry(List.of(error(Refusal.of(
                    RefusalCode.QUERY_TOO_COMPLEX, "The document is nested too deeply."))));
        } catch (InvalidSyntaxException e) {
            return new PreparsedDocumentEntry(List.of(syntaxError(e)));
        }
        refused = guard.document(document);
        if (refused.isPresent()) {
            return new PreparsedDocumentEntry(List.of(error(refused.get())));
        }
        var problems = Selection.problems(schema, document);
        return problems.isEmpty()
                ? new PreparsedDocumentEntry(document)
                : new PreparsedDocumentEntry(problems.stream().limit(ERRORS_MAX)
                        .map(p -> GraphqlErrorBuilder.newError()
                                .message("%s", DocumentProblems.told(schema, p))
                                .locations(p.getLocations())
                                .extensions(code(RefusalCode.GRAPHQL_VALIDATION_FAILED))
                                .build())
                        .map(GraphQLError.class::cast).toList());
    }

    private static GraphQLError syntaxError(InvalidSyntaxException e) {
        var at = e.getLocation();
        return GraphqlErrorBuilder.newError()
                .message("The document cannot be parsed%s%s.",
                        at == null ? "" : " at line " + at.getLine() + ", column " + at.getColumn(),
                        near(e.getOffendingToken()))
                .locations(at == null ? List.of() : List.of(at))
                .extensions(code(RefusalCode.GRAPHQL_PARSE_FAILED))
                .build();
    }

    private static String near(@Nullable String token) {
        return token == null || token.isBlank() || token.equals("<EOF>")
                ? ""
                : ", near '" + (token.length() <= TOKEN_CHARS_MAX
                        ? token
                        : token.substring(0, TOKEN_CHARS_MAX) + "…") + "'";
    }

    private static GraphQLError error(Refusal refusal) {
        return GraphqlErrorBuilder.newError().message("%s", refusal.detail())
                .extensions(code(refusal.code())).build();
    }

    static Map<String, Object> code(RefusalCode code) {
        return Map.of("code", code.name());
    }

    static Answer invalid(List<? extends GraphQLError> errors) {
        var first = errors.getFirst().getExtensions();
        var code = first == null
                ? RefusalCode.GRAPHQL_VALIDATION_FAILED
                : RefusalCode.valueOf(String.valueOf(first.get("code")));
        return new Answer.Invalid(code, errors.stream().map(GraphQlEngine::specification).toList());
    }

    /** graphql-java's own classification is no part of our published codes. */
    static Map<String, Object> specification(GraphQLError error) {
        if (error instanceof NonNullableFieldWasNullError) {
            return GraphQlErrors.absent(
                    java.util.Objects.requireNonNullElse(error.getPath(), List.of()));
        }
        var map = new LinkedHashMap<>(error.toSpecification());
        if (map.get("extensions") instanceof Map<?, ?> extensions) {
            var kept = new LinkedHashMap<String, Object>();
            extensions.forEach((key, value) -> {
                if (!"classification".equals(key)) {
                    kept.put(String.valueOf(key), value);
                }
            });
            map.put("extensions", kept);
        }
        return map;
    }

    // ---- queries ----

    private RowMasks masks(Catalog.Granted granted) {
        return PathMasks.of(granted.product().schema(), granted.permit().masks(), masker);
    }

    private static Throwable reason(Throwable met) {
        return met instanceof RelatedFailure shared ? shared.reason() : met;
    }

    private static DataFetcherExceptionHandler errors() {
        return parameters -> {
            var met = parameters.getException() instanceof CompletionException together
                    && together.getCause() != null
                            ? together.getCause()
                            : parameters.getException();
            var context = ViewFetchers.context(parameters.getDataFetchingEnvironment());
            if (reason(met) instanceof Unindexed again) {
                context.failed(again);
                return CompletableFuture.completedFuture(
                        DataFetcherExceptionHandlerResult.newResult().build());
            }
            var extensions = new LinkedHashMap<String, Object>();
            if (met instanceof RelatedFailure shared) {
                var told = shared.told(context.field(parameters.getPath().toList()), extensions);
                if (told.isPresent()) {
                    told.get().merge("alsoAt", 1, (before, more) -> (Integer) before + 1);
                    return CompletableFuture.completedFuture(
                            DataFetcherExceptionHandlerResult.newResult().build());
                }
            }
            var failure = reason(met);
            var refusal = failure instanceof Refusal.Thrown thrown
                    ? thrown.refusal()
                    : failure instanceof ViewFailure view
                            ? ViewRefusals.of(view)
                            : Refusal.of(RefusalCode.INTERNAL, "Internal error.");
            extensions.put("code", refusal.code().name());
            refusal.retryAfterSeconds().ifPresent(after -> extensions.put("retryAfter", after));
            if (!(failure instanceof Refusal.Thrown) && context.isToBeLogged(failure)) {
                LOG.atError().setCause(failure).addKeyValue("path", parameters.getPath())
                        .log("a query failed");
            }
            return CompletableFuture.completedFuture(DataFetcherExceptionHandlerResult
                    .newResult(GraphqlErrorBuilder.newError().message("%s", refusal.detail())
                            .path(parameters.getPath()).location(parameters.getSourceLocation())
                            .extensions(extensions).build())
                    .build());
        };
    }

    // ---- subscriptions ----

    private Answer subscription(List<Catalog.Granted> granted, PreparedSchema prepared,
            Document document, OperationDefinition definition, GraphQlRequest request,
            QueryAccount account) {
        ExecutableNormalizedField root;
        Selection selection;
        try {
            Selection.variables(prepared.schema(), document,
                    request.operationName().orElse(null), request.variables());
            var operation = ExecutableNormalizedOperationFactory
                    .createExecutableNormalizedOperationWithRawVariables(
                            prepared.schema(), document, request.operationName().orElse(null),
                            RawVariables.of(request.variables()),
                            ExecutableNormalizedOperationFactory.Options.defaultOptions()
                                    .graphQLContext(GraphQLContext.getDefault()).locale(Locale.ROOT)
                                    .maxChildrenDepth(limits.depth() + 1).maxFieldsCount(2000));
            if (operation.getTopLevelFields().size() != 1) {
                return new Answer.Invalid(RefusalCode.GRAPHQL_VALIDATION_FAILED,
                        GraphQlJson.errors(RefusalCode.GRAPHQL_VALIDATION_FAILED.name(),
                                "A subscription selects exactly one field."));
            }
            root = operation.getTopLevelFields().getFirst();
            selection = Selection.of(prepared.schema(), document,
                    request.operationName().orElse(null), request.variables());
        } catch (AbortExecutionException e) {
            return new Answer.Invalid(RefusalCode.QUERY_TOO_COMPLEX,
                    GraphQlJson.errors(RefusalCode.QUERY_TOO_COMPLEX.name(),
                            "The document is too complex."));
        } catch (GraphQLException e) {
            return Queries.badVariable(e);
        }
        var field = root;
        var chosen = granted.stream()
                .filter(each -> each.product().api().rootField().equals(field.getFieldName()))
                .findFirst();
        if (chosen.isEmpty()) {
            return new Answer.Invalid(RefusalCode.GRAPHQL_VALIDATION_FAILED,
                    GraphQlJson.errors(RefusalCode.GRAPHQL_VALIDATION_FAILED.name(),
                            "A subscription selects a data product."));
        }
        try {
            var links = new LinkedHashSet<Link>();
            RelatedFields.each(selection, prepared.relations(), links::add);
            return subscribe(chosen.get(), root, links.isEmpty()
                    ? shape(chosen.get(), prepared, selection)
                    : related(granted, chosen.get(), prepared, new Following(links, selection,
                            document, definition, request), account));
        } catch (Refusal.Thrown e) {
            return new Answer.Invalid(e.refusal().code(), List.of(GraphQlErrors.of(e.refusal())));
        }
    }

    private Shape shape(Catalog.Granted granted, PreparedSchema prepared, Selection selection) {
        return prepared.shapes().get(
                new PreparedSchema.ShapeKey(selection.signature(), granted.permit().masks()),
                ignored -> new GraphQlShape(granted.product().api(), selection, masks(granted)));
    }

    /** A subscription that follows relations. */
    private record Following(Set<Link> links, Selection selection, Document document,
            OperationDefinition definition, GraphQlRequest request) {
    }

    private RelatedEvents related(List<Catalog.Granted> granted, Catalog.Granted chosen,
            PreparedSchema prepared, Following following, QueryAccount account) {
        var request = following.request();
        var each = QueryCost.ofEvent(following.selection(),
                Selection.variables(prepared.schema(), following.document(),
                        request.operationName().orElse(null), request.variables()),
                prepared.relations(), limits.relatedRows());
        Queries.charged(each.costs(), granted, account);
        var byKeyOnly = following.links().stream().map(link -> link.to().id())
                .collect(Collectors.toSet());
        var others = granted.stream()
                .filter(one -> byKeyOnly.contains(one.product().id())).toList();
        following.links().stream().filter(Link::isMany)
                .forEach(link -> byKeyOnly.remove(link.to().id()));
        return new RelatedEvents(related,
                new RelatedEvents.Wish(prepared.events().get(),
                        EventSchema.turned(following.document(), following.definition()), request,
                        following.selection().resultKey(), chosen, others, Set.copyOf(byKeyOnly)),
                Math.clamp(RELATED_AT_ONCE / Math.max(1, each.rows()), 1,
                        RELATED_EVENTS_MAX));
    }

    private Answer subscribe(Catalog.Granted granted, ExecutableNormalizedField root,
            Shape shape) {
        var api = granted.product().api();
        var arguments = root.getResolvedArguments();
        Predicate where = Predicate.ALL;
        try {
            if (arguments.get("where") instanceof Map<?, ?> map) {
                where = WhereFilters.compile(text(map), api.schema().rowType(),
                        unfilterable(granted),
                        new ProductWhereNames(api));
            }
            if (arguments.get("key") instanceof Map<?, ?> key) {
                where = Predicate.both(where,
                        new Questions(granted, limits.pageRows())
                                .keyCondition(text(key)));
            }
        } catch (FilterProblem e) {
            throw new Refusal.Thrown(
                    Refusal.of(RefusalCode.FILTER_INVALID, String.valueOf(e.getMessage())));
        }
        var from = StreamParameters.from(
                Optional.ofNullable(arguments.get("from")).map(Object::toString), Optional.empty());
        var tempo = StreamParameters.tempo(
                Optional.ofNullable(arguments.get("conflate")).map(Object::toString),
                Optional.ofNullable(arguments.get("onSlow"))
                        .map(w -> w.toString().toLowerCase(Locale.ROOT)),
                !api.schema().key().isEmpty());
        return new Answer.Subscribe(granted, shape, where, from, tempo,
                Boolean.TRUE.equals(arguments.get("snapshot")));
    }

    /** Fields that a filter may not name: it would tell what a mask hides. */
    static Set<String> unfilterable(Catalog.Granted granted) {
        return granted.permit().masks().keySet();
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> text(Map<?, ?> map) {
        return (Map<String, Object>) map;
    }
}

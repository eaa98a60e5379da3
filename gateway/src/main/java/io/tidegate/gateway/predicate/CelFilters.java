package io.tidegate.gateway.predicate;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelExpr;
import dev.cel.parser.CelParser;
import dev.cel.parser.CelParserFactory;
import dev.cel.parser.CelStandardMacro;
import io.tidegate.schema.RecordType;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * CEL as predicates: {@code event.status == 'delivered' && event.weight > 10}. The text is parsed by CEL's own parser and
 * never run: what has no predicate is refused with what there is instead. Pure.
 *
 * <p>
 * A field is {@code event.x}, {@code value.x} or bare {@code x}; {@code event['odd name']} reaches any name. There are
 * {@code claims.x}, {@code now}, the operators {@code == != < <= > >= in && || !}, {@code has()}, {@code contains},
 * {@code startsWith}, {@code matches}, {@code timestamp()}, {@code duration()}, and {@code now} plus or minus a duration.
 * Lists and maps have {@code size()}, {@code exists()} and {@code all()}, whose variable is an element, or a map's key; within
 * those nothing but that variable, claims and literals can be named.
 */
public final class CelFilters {
    /** The most characters of an expression. */
    public static final int CHARS_MAX = 4_096;
    /** How deep an expression may nest. */
    public static final int DEPTH_MAX = 48;
    /** The most names, literals and operators of an expression. */
    public static final int NODES_MAX = 2_000;

    private static final CelParser PARSER = CelParserFactory.standardCelParserBuilder()
            .setStandardMacros(CelStandardMacro.HAS, CelStandardMacro.EXISTS,
                    CelStandardMacro.ALL)
            .setOptions(CelOptions.current()
                    .maxExpressionCodePointSize(CHARS_MAX)
                    .maxParseRecursionDepth(DEPTH_MAX)
                    .maxParseErrorRecoveryLimit(1)
                    .maxParseExpressionNodeCount(NODES_MAX)
                    .build())
            .build();

    private CelFilters() {
    }

    /**
     * @param hidden
     *            paths that do not exist for whoever wrote the filter
     * @param claims
     *            of the caller. A term that needs a claim which the caller lacks does not hold; where it is negated, the
     *            whole predicate is {@link Predicate#NONE}, so that a missing claim never opens a row
     * @param now
     *            what {@code now} means; empty = it cannot be used
     */
    public static Predicate compile(String text, RecordType type, Set<String> hidden,
            Map<String, Object> claims, Optional<Instant> now) throws FilterProblem {
        return new CelWalk(parse(text), type, hidden, claims, now.orElse(null)).predicate();
    }

    /** Whether an expression of a contract can be used with this type, whatever claims a caller brings. */
    public static void check(String text, RecordType type) throws FilterProblem {
        new CelWalk(parse(text), type, Set.of(), null, Instant.EPOCH).predicate();
    }

    /** A quality rule: an expression without claims that is asked at a given time. */
    public static TimedRule rule(String text, RecordType type) throws FilterProblem {
        return new TimedRule(parse(text), type);
    }

    private static CelAbstractSyntaxTree parse(String text) throws FilterProblem {
        if (text.length() > CHARS_MAX) {
            throw new FilterProblem("the expression has " + text.length()
                    + " characters; at most " + CHARS_MAX + " are accepted", 0);
        }
        if (text.isBlank()) {
            throw new FilterProblem("the expression is empty", 1);
        }
        var result = PARSER.parse(text, "filter");
        if (result.hasError()) {
            var issue = result.getErrors().getFirst();
            throw new FilterProblem("not a CEL expression: " + firstLine(issue.getMessage()),
                    Math.max(0, issue.getSourceLocation().getColumn() + 1));
        }
        try {
            return result.getAst();
        } catch (CelValidationException e) {
            throw new FilterProblem("not a CEL expression: " + firstLine(e.getMessage()), 0);
        }
    }

    private static String firstLine(@Nullable String message) {
        String text = String.valueOf(message).strip();
        int end = text.indexOf('\n');
        String line = end < 0 ? text : text.substring(0, end);
        return line.length() > 200 ? line.substring(0, 200) + "…" : line;
    }

    /** An expression with {@code now} left open. Thread-safe. */
    public static final class TimedRule {
        private final CelAbstractSyntaxTree ast;
        private final RecordType type;
        private final @Nullable Predicate timeless;

        private TimedRule(CelAbstractSyntaxTree ast, RecordType type) throws FilterProblem {
            this.ast = ast;
            this.type = type;
            var walk = new CelWalk(ast, type, Set.of(), Map.of(), Instant.EPOCH);
            Predicate predicate = walk.predicate();
            this.timeless = walk.usesNow() ? null : predicate;
        }

        /** The rule at a time; microseconds of work, so ask once a batch and not once an event. */
        public Predicate at(Instant now) {
            if (timeless != null) {
                return timeless;
            }
            try {
                return new CelWalk(ast, type, Set.of(), Map.of(), now).predicate();
            } catch (FilterProblem e) {
                throw new IllegalStateException("a rule that compiled does not any more", e);
            }
        }
    }

    /** Where a node stands in the text, from 1. */
    static int column(CelAbstractSyntaxTree ast, CelExpr expr) {
        Integer offset = ast.getSource().getPositionsMap().get(expr.id());
        return offset == null ? 0 : offset + 1;
    }
}

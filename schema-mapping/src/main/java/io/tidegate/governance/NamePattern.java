package io.tidegate.governance;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.tidegate.contract.ProductId;
import io.tidegate.problem.Suggestion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a name has to look: a named style, a template with placeholders in angle brackets, or a regular expression that the
 * whole name has to match. Matching takes time in proportion to the name.
 *
 * @param text
 *            as it is written
 */
record NamePattern(String text) {
    /** Longer patterns are programs, not names. */
    static final int LENGTH_MAX = 200;
    /** The product of all counts in braces: a pattern is unrolled by them. */
    private static final int REPEATS_MAX = 1000;

    private static final String WORD = "[a-z0-9]+(?:-[a-z0-9]+)*";
    private static final Map<String, String> STYLES = styles();
    private static final List<String> PLACEHOLDERS = List.of("domain", "product", "version",
            "major", "entity", "event-type", "word");

    private static Map<String, String> styles() {
        var styles = new LinkedHashMap<String, String>();
        styles.put("kebab", WORD);
        styles.put("snake", "[a-z][a-z0-9]*(?:_[a-z0-9]+)*");
        styles.put("camel", "[a-z][a-zA-Z0-9]*");
        styles.put("pascal", "[A-Z][a-zA-Z0-9]*");
        return styles;
    }

    /** Why a text cannot be a pattern, as the end of a sentence; empty if it can. */
    static Optional<String> objection(String text) {
        if (text.length() > LENGTH_MAX) {
            return Optional.of("is longer than " + LENGTH_MAX + " characters");
        }
        if (isTemplate(text)) {
            return placeholderObjection(text);
        }
        if (repeats(text) > REPEATS_MAX) {
            return Optional.of("repeats more than " + REPEATS_MAX
                    + " times, all its counts in braces multiplied: write '*' or '+'");
        }
        try {
            Pattern.compile(STYLES.getOrDefault(text, text));
            return Optional.empty();
        } catch (PatternSyntaxException e) {
            return Optional.of("is no regular expression of RE2: " + e.getDescription()
                    + (STYLES.containsKey(text)
                            ? ""
                            : Suggestion.didYouMean(text, STYLES.keySet())));
        }
    }

    /** Whether a name looks as it should, for this product. */
    boolean matches(String name, ProductId product) {
        return Pattern.matches(expression(product), name);
    }

    private String expression(ProductId product) {
        if (!isTemplate(text)) {
            return STYLES.getOrDefault(text, text);
        }
        var expression = new StringBuilder();
        int at = 0;
        for (int open = text.indexOf('<'); open >= 0; open = text.indexOf('<', at)) {
            int close = text.indexOf('>', open);
            expression.append(Pattern.quote(text.substring(at, open)));
            expression.append(switch (text.substring(open + 1, close)) {
                case "domain" -> Pattern.quote(product.domain());
                case "product" -> Pattern.quote(product.product());
                case "version" -> "v" + product.major();
                case "major" -> String.valueOf(product.major());
                default -> WORD;
            });
            at = close + 1;
        }
        return expression.append(Pattern.quote(text.substring(at))).toString();
    }

    /** What the pattern says for a product, for messages: {@code logistics.<entity>.v2.<event-type>}. */
    String shownFor(ProductId product) {
        return isTemplate(text)
                ? text.replace("<domain>", product.domain())
                        .replace("<product>", product.product())
                        .replace("<version>", "v" + product.major())
                        .replace("<major>", String.valueOf(product.major()))
                : text;
    }

    /** Group names of regular expressions stand in angle brackets too, behind a question mark. */
    private static boolean isTemplate(String text) {
        return text.contains("<") && !text.contains("(?");
    }

    private static Optional<String> placeholderObjection(String text) {
        int at = 0;
        for (int open = text.indexOf('<'); open >= 0; open = text.indexOf('<', at)) {
            int close = text.indexOf('>', open);
            if (close < 0) {
                return Optional.of("opens a placeholder with '<' that no '>' closes");
            }
            var name = text.substring(open + 1, close);
            if (!PLACEHOLDERS.contains(name)) {
                return Optional.of("has the unknown placeholder '<" + name + ">': expected "
                        + Suggestion.oneOf(PLACEHOLDERS)
                        + Suggestion.didYouMean(name, PLACEHOLDERS));
            }
            at = close + 1;
        }
        return Optional.empty();
    }

    private static long repeats(String text) {
        long product = 1;
        var counts = Pattern.compile("\\{(\\d{1,6})(,(\\d{0,6}))?\\}").matcher(text);
        while (counts.find()) {
            var most = counts.group(3) == null || counts.group(3).isEmpty()
                    ? counts.group(1)
                    : counts.group(3);
            product = Math.min(Integer.MAX_VALUE, product * Math.max(1, Long.parseLong(most)));
        }
        return product;
    }
}

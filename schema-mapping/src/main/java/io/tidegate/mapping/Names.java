package io.tidegate.mapping;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** Names that GraphQL accepts, each given out once. */
final class Names {
    private final Set<String> taken;

    Names(Collection<String> reserved) {
        taken = new HashSet<>(reserved);
    }

    boolean isFree(String name) {
        return !taken.contains(name);
    }

    /** This name, or the first of {@code name_2}, {@code name_3}… that is free. */
    String claim(String name) {
        var free = name;
        for (int i = 2; !taken.add(free); i++) {
            // Two underscores in front belong to introspection.
            free = (name.equals("_") ? "" : name) + "_" + i;
        }
        return free;
    }

    Set<String> taken() {
        return Set.copyOf(taken);
    }

    /**
     * The name with as little changed as GraphQL demands: illegal characters become {@code _}, a leading digit gets a
     * {@code _} in front, and leading {@code __}, which belongs to introspection, moves behind the name.
     */
    static String legal(String name) {
        var legal = new StringBuilder(name.length() + 1);
        name.codePoints().forEach(c -> legal.appendCodePoint(isLegal(c) ? c : '_'));
        var text = legal.toString();
        if (text.startsWith("__")) {
            var bare = text.replaceFirst("^_+", "");
            text = (bare.isEmpty() ? "field" : bare) + "_";
        }
        return text.isEmpty() || Character.isDigit(text.charAt(0)) ? "_" + text : text;
    }

    /** A legal name for a symbol: like {@link #legal}, and never one of the words that are values by themselves. */
    static String legalSymbol(String symbol) {
        return switch (symbol) {
            case "true", "false", "null" -> symbol + "_";
            default -> legal(symbol);
        };
    }

    /** The pieces between illegal characters and {@code _}, each with an upper first letter, the rest as it stands. */
    static String pascal(String name) {
        var pascal = new StringBuilder(name.length());
        boolean start = true;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!isLegal(c) || c == '_') {
                start = true;
            } else {
                pascal.append(start ? upper(c) : c);
                start = false;
            }
        }
        return pascal.toString();
    }

    static String lowerFirst(String name) {
        char c = name.charAt(0);
        return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) + name.substring(1) : name;
    }

    private static char upper(char c) {
        return c >= 'a' && c <= 'z' ? (char) (c - ('a' - 'A')) : c;
    }

    private static boolean isLegal(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                || c == '_';
    }
}

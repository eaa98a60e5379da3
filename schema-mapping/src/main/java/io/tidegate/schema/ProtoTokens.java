package io.tidegate.schema;

import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import java.util.ArrayList;
import java.util.List;

/** The words of a .proto text with their places and comments; comments become the descriptions that partners read. */
final class ProtoTokens {
    private final String text;
    private int at;
    private int line = 1;
    private int lineStart;
    private int lastTokenLine;
    private List<Comment> comments = List.of();

    ProtoTokens(String text) {
        this.text = text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    enum Kind {
        WORD, NUMBER, TEXT, SYMBOL, END
    }

    /**
     * @param text
     *            as written; of a {@link Kind#TEXT} what stands between the quotes, escapes untouched
     * @param doc
     *            the comment that stands directly above, empty if none
     */
    record Token(Kind kind, String text, int line, int column, int start, String doc,
            List<Comment> comments) {

        boolean is(String symbolOrWord) {
            return (kind == Kind.SYMBOL || kind == Kind.WORD) && text.equals(symbolOrWord);
        }

        /** For messages. */
        String quoted() {
            return kind == Kind.END ? "the end of the text" : "'" + text + "'";
        }

        /** A comment behind the previous token, on its line. */
        String trailingOf(int previousLine) {
            return !comments.isEmpty() && comments.getFirst().firstLine == previousLine
                    ? comments.getFirst().text
                    : "";
        }
    }

    record Comment(String text, int firstLine, int lastLine) {
    }

    Token next() throws SchemaProblem {
        skipBlank();
        int column = at - lineStart + 1;
        int start = at;
        if (at >= text.length()) {
            return token(Kind.END, "", column, start);
        }
        char c = text.charAt(at);
        if (isWordStart(c)) {
            while (at < text.length() && isWordPart(text.charAt(at))) {
                at++;
            }
            return token(Kind.WORD, text.substring(start, at), column, start);
        }
        if (isDigit(c)
                || (c == '.' && at + 1 < text.length() && isDigit(text.charAt(at + 1)))) {
            number();
            return token(Kind.NUMBER, text.substring(start, at), column, start);
        }
        if (c == '"' || c == '\'') {
            return token(Kind.TEXT, literal(c, column), column, start);
        }
        at++;
        return token(Kind.SYMBOL, String.valueOf(c), column, start);
    }

    /** What the escapes of a {@link Kind#TEXT} token mean. */
    static ByteString unescape(Token token) throws SchemaProblem {
        try {
            return TextFormat.unescapeBytes(token.text());
        } catch (TextFormat.InvalidEscapeSequenceException e) {
            throw new SchemaProblem("the text '" + token.text() + "' has an escape that Protobuf"
                    + " does not know", token.line(), token.column());
        }
    }

    /** Whether a message or an enum begins behind the token that was read last. */
    boolean isTypeNext() {
        int next = at;
        while (next < text.length() && text.charAt(next) <= ' ') {
            next++;
        }
        return text.startsWith("message", next) || text.startsWith("enum", next);
    }

    String between(int start, int end) {
        return text.substring(start, end);
    }

    private Token token(Kind kind, String word, int column, int start) {
        var token = new Token(kind, word, line, column, start, docAbove(), comments);
        lastTokenLine = line;
        return token;
    }

    private String docAbove() {
        var parts = new ArrayList<String>();
        int below = line;
        for (Comment comment : comments.reversed()) {
            if (comment.firstLine == lastTokenLine || comment.lastLine < below - 1) {
                break;
            }
            parts.addFirst(comment.text);
            below = comment.firstLine;
        }
        return String.join("\n", parts).strip();
    }

    private void skipBlank() throws SchemaProblem {
        var found = new ArrayList<Comment>();
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\n') {
                newLine();
            } else if (c <= ' ') {
                at++;
            } else if (text.startsWith("//", at)) {
                int end = text.indexOf('\n', at);
                end = end < 0 ? text.length() : end;
                found.add(new Comment(text.substring(at, end).replaceFirst("^/+ ?", "")
                        .stripTrailing(),
                        line, line));
                at = end;
            } else if (text.startsWith("/*", at)) {
                found.add(blockComment());
            } else {
                break;
            }
        }
        comments = List.copyOf(found);
    }

    private Comment blockComment() throws SchemaProblem {
        int firstLine = line;
        int column = at - lineStart + 1;
        int start = at + 2;
        int end = text.indexOf("*/", start);
        if (end < 0) {
            throw new SchemaProblem("the comment has no end '*/'", firstLine, column);
        }
        for (; at < end + 2; at++) {
            if (text.charAt(at) == '\n') {
                line++;
                lineStart = at + 1;
            }
        }
        var lines = new ArrayList<String>();
        for (String one : text.substring(start, end).split("\n", -1)) {
            lines.add(one.strip().replaceFirst("^\\*+ ?", ""));
        }
        return new Comment(String.join("\n", lines).strip(), firstLine, line);
    }

    private void newLine() {
        at++;
        line++;
        lineStart = at;
    }

    private void number() {
        while (at < text.length()) {
            char c = text.charAt(at);
            boolean sign = (c == '+' || c == '-') && isExponent(at - 1);
            if (!isWordPart(c) && c != '.' && !sign) {
                return;
            }
            at++;
        }
    }

    private boolean isExponent(int position) {
        char c = text.charAt(position);
        return (c == 'e' || c == 'E') && !text.substring(Math.max(0, position - 20), position)
                .matches(".*0[xX][0-9a-fA-F]*");
    }

    private String literal(char quote, int column) throws SchemaProblem {
        int start = ++at;
        while (at < text.length() && text.charAt(at) != quote && text.charAt(at) != '\n') {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        if (at >= text.length() || text.charAt(at) != quote) {
            throw new SchemaProblem("the text has no closing quote", line, column);
        }
        return text.substring(start, at++);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isWordStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }

    private static boolean isWordPart(char c) {
        return isWordStart(c) || isDigit(c);
    }
}

package io.tidegate.gateway.portal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The portal's own files, read once. What is not in the list is not served, whatever the path says. */
final class Pages {
    private static final List<String> NAMES = List.of("index.html", "portal.css", "portal.js",
            "elements.js", "gateway.js", "events.js", "live.js", "document.js", "icon.svg");

    private final Map<String, Page> pages = new HashMap<>();

    /** A file, ready to be sent. */
    record Page(String mediaType, byte[] bytes, String etag) {
        static Page of(String mediaType, byte[] bytes) {
            return new Page(mediaType, bytes, tag(bytes));
        }

        static Page text(String mediaType, String text) {
            return of(mediaType, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    Pages() {
        for (var name : NAMES) {
            pages.put(name, Page.of(mediaType(name), read(name)));
        }
    }

    Optional<Page> page(String name) {
        return Optional.ofNullable(pages.get(name));
    }

    Page index() {
        return page("index.html").orElseThrow();
    }

    private static byte[] read(String name) {
        try (var in = Pages.class.getResourceAsStream("/portal/" + name)) {
            if (in == null) {
                throw new IllegalStateException(
                        "the portal's file '" + name + "' is missing from the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("the portal's file '" + name + "' cannot be read", e);
        }
    }

    private static String mediaType(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "svg" -> "image/svg+xml";
            default -> throw new IllegalArgumentException("no media type is known for " + name);
        };
    }

    /** A strong entity tag: the same bytes have the same, on every node. */
    static String tag(byte[] bytes) {
        try {
            var hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return "\"" + HexFormat.of().formatHex(hash, 0, 16) + "\"";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

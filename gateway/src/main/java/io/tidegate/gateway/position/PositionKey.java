package io.tidegate.gateway.position;

import io.tidegate.contract.ProductId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * Whose position it is, in which product, and under which name. Nobody else's key is the same, so that nobody can read or
 * move what is not theirs.
 *
 * @param owner
 *            a digest of the issuer and the partner
 * @param partner
 *            for operators; not part of the identity
 */
public record PositionKey(String owner, String partner, ProductId product, String name) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final int PARTNER_MAX = 100;

    public PositionKey {
        if (!isName(name)) {
            throw new IllegalArgumentException("'" + name + "' is no name");
        }
    }

    /**
     * @param issuer
     *            of the caller's token: two issuers may know different partners by one word
     */
    public static PositionKey of(String issuer, String partner, ProductId product, String name) {
        return new PositionKey(digest(issuer, partner),
                partner.length() > PARTNER_MAX ? partner.substring(0, PARTNER_MAX) : partner,
                product, name);
    }

    /** Whether a subscription may be called so: 1 to 64 of {@code A-Z a-z 0-9 . _ -}. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /** The key's text in the topic. */
    String text() {
        return owner + "|" + product.path() + "|" + name;
    }

    private static String digest(String issuer, String partner) {
        try {
            var sha = MessageDigest.getInstance("SHA-256");
            var first = issuer.getBytes(StandardCharsets.UTF_8);
            // With its length before it, no issuer and partner run into each other.
            sha.update(ByteBuffer.allocate(4).putInt(first.length).array());
            sha.update(first);
            sha.update(partner.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding()
                    .encodeToString(Arrays.copyOf(sha.digest(), 18));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}

package io.tidegate.gateway.access;

import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Shows something else instead of a value, of the same type. What a mask cannot be applied to becomes null, never the value
 * itself. Thread-safe.
 */
public final class Masker {
    private static final String HMAC = "HmacSHA256";
    private static final int KEY_BYTES_MIN = 16;
    private static final int HASH_BYTES = 16;
    private static final int SHOWN_CODE_POINTS = 4;

    private final Mac prototype;

    /**
     * @param hashKey
     *            of {@code HASH}: at least 16 bytes, secret, and the same on every node, or equal values stop being equal
     */
    public Masker(byte[] hashKey) {
        if (hashKey.length < KEY_BYTES_MIN) {
            throw new IllegalArgumentException("the key of the hash mask has " + hashKey.length
                    + " bytes; expected at least " + KEY_BYTES_MIN);
        }
        try {
            prototype = Mac.getInstance(HMAC);
            prototype.init(new SecretKeySpec(hashKey, HMAC));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + HMAC, e);
        }
    }

    /**
     * The value as this mask shows it.
     *
     * @param value
     *            carried by the Java class of its type
     * @return of the same type; null for {@code HIDE}, for an absent value and where the mask does not fit
     */
    public @Nullable Object apply(Mask mask, Type type, @Nullable Object value) {
        if (value == null || mask == Mask.HIDE || !mask.fits(type)) {
            return null;
        }
        return switch (type) {
            case Type.ListOf list when mask != Mask.REDACT && value instanceof List<?> elements -> {
                var masked = new ArrayList<@Nullable Object>(elements.size());
                elements.forEach(element -> masked.add(apply(mask, list.element(), element)));
                yield masked;
            }
            case Type.MapOf map when mask != Mask.REDACT && value instanceof Map<?, ?> entries -> {
                var masked = new LinkedHashMap<Object, @Nullable Object>();
                entries.forEach((k, v) -> masked.put(k, apply(mask, map.value(), v)));
                yield masked;
            }
            case Type.Scalar scalar -> scalar(mask, scalar.kind(), value);
            default -> null;
        };
    }

    private @Nullable Object scalar(Mask mask, ScalarKind kind, Object value) {
        return switch (mask) {
            case REDACT -> kind == ScalarKind.STRING ? Mask.REDACTED : null;
            case HASH -> value instanceof String text ? hash(text) : null;
            case PARTIAL -> value instanceof String text ? partial(text) : null;
            case YEAR -> year(value);
            case HIDE -> null;
        };
    }

    private String hash(String text) {
        try {
            // A Mac is not thread-safe; cloning one spares deriving the key again.
            var mac = (Mac) prototype.clone();
            var digest = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding()
                    .encodeToString(Arrays.copyOf(digest, HASH_BYTES));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("this Java's " + HMAC + " cannot be cloned", e);
        }
    }

    private static String partial(String text) {
        int at = text.lastIndexOf('@');
        if (at > 0 && at < text.length() - 1 && text.indexOf('.', at) > 0
                && text.indexOf(' ') < 0) {
            return Mask.REDACTED + text.substring(at);
        }
        int length = text.codePointCount(0, text.length());
        return length <= SHOWN_CODE_POINTS
                ? Mask.REDACTED
                : Mask.REDACTED + text.substring(
                        text.offsetByCodePoints(text.length(), -SHOWN_CODE_POINTS));
    }

    private static @Nullable Object year(Object value) {
        return switch (value) {
            case LocalDate date -> date.withDayOfYear(1);
            case LocalDateTime time -> time.toLocalDate().withDayOfYear(1).atStartOfDay();
            case Instant instant -> instant.atOffset(ZoneOffset.UTC).toLocalDate().withDayOfYear(1)
                    .atStartOfDay(ZoneOffset.UTC).toInstant();
            default -> null;
        };
    }
}

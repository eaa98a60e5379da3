package io.tidegate.gateway.feed;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Places within answers, which are made of the values that rows are ordered by, sealed: their holder may not be allowed to see
 * a key that it is ordered by. AES in counter mode under an initial value made of the text itself (a synthetic one, as SIV has
 * it), so that equal places look equal and a changed one is known. Thread-safe.
 */
final class SealedPlaces {
    private static final int IV_BYTES = 16;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private final Mac mac;
    private final SecretKeySpec key;

    SealedPlaces(byte[] secret) {
        try {
            this.mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            var ofText = mac.doFinal("places: authenticity".getBytes(StandardCharsets.UTF_8));
            this.key = new SecretKeySpec(
                    mac.doFinal("places: secrecy".getBytes(StandardCharsets.UTF_8)), "AES");
            mac.init(new SecretKeySpec(ofText, "HmacSHA256"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES and HMAC", e);
        }
    }

    /**
     * @param of
     *            what it is a place of, always of one length; {@link #open} needs the same
     */
    String seal(byte[] of, byte[] place) {
        var iv = iv(of, place);
        var sealed = Arrays.copyOf(iv, IV_BYTES + place.length);
        System.arraycopy(apply(Cipher.ENCRYPT_MODE, iv, place), 0, sealed, IV_BYTES,
                place.length);
        return ENCODER.encodeToString(sealed);
    }

    /** Empty for what this secret has not sealed, or as a place of something else. */
    Optional<byte[]> open(byte[] of, String text) {
        byte[] sealed;
        try {
            sealed = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (sealed.length <= IV_BYTES) {
            return Optional.empty();
        }
        var iv = Arrays.copyOf(sealed, IV_BYTES);
        var place = apply(Cipher.DECRYPT_MODE, iv,
                Arrays.copyOfRange(sealed, IV_BYTES, sealed.length));
        return MessageDigest.isEqual(iv, iv(of, place)) ? Optional.of(place) : Optional.empty();
    }

    private byte[] iv(byte[] of, byte[] place) {
        try {
            var own = (Mac) mac.clone();
            own.update(of);
            return Arrays.copyOf(own.doFinal(place), IV_BYTES);
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("Java's own HMAC can be copied", e);
        }
    }

    private byte[] apply(int mode, byte[] iv, byte[] bytes) {
        try {
            var cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(mode, key, new IvParameterSpec(iv));
            return cipher.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES", e);
        }
    }
}

package io.tidegate.gateway.feed;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import io.tidegate.contract.ProductId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads cursors: positions as short URL-safe text, signed so that nobody can make one up.
 *
 * <p>
 * Layout, base64url without padding: one byte version and whether it is from within a snapshot; four bytes that stand for the product and its major; for
 * each topic four bytes that stand for its id, the number of partitions, and per partition the next offset and the leader
 * epoch plus one, all as varints; eight bytes of SipHash-2-4 (Aumasson and Bernstein, 2012), keyed with the secret. One partition takes at most 40 characters.
 */
public final class Cursors {
    /** Longest text that is looked at. */
    public static final int LENGTH_MAX = 8192;
    private static final int PLACE_CHARS_MAX = 100_000;
    /** Of products and topics, of which there are few; each cursor has some. */
    private static final Cache<String, Integer> STAMPS = Caffeine.newBuilder()
            .maximumSize(10_000).build();

    private static final int VERSION = 1;
    private static final int WITHIN_SNAPSHOT = 1;
    private static final int MAC_BYTES = 8;
    /** Of the position of a view that has seen nothing yet: it names no topic. */
    private static final int CLAIM_BYTES_MIN = 1 + 4;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private final HashFunction mac;
    /** Grows with the products ever served, which the contracts bound. */
    private final Map<ProductId, Integer> productStamps = new ConcurrentHashMap<>();

    private final SealedPlaces places;
    /** The last one that was written of a whole position: a view stands where it is for many questions. */
    private volatile @Nullable Written last;

    private record Written(ProductId product, Position position, String cursor) {
        @SuppressWarnings("ReferenceEquality") // To compare positions takes as long as to write one.
        boolean isOf(ProductId other, Position at) {
            return position == at && product.equals(other);
        }
    }

    /**
     * @param secret
     *            the same on every node, at least 16 bytes
     */
    public Cursors(byte[] secret) {
        this.places = new SealedPlaces(secret);
        if (secret.length < 16) {
            throw new IllegalArgumentException(
                    "a cursor secret needs at least 16 bytes, not " + secret.length);
        }
        // The first 16 bytes of a hash, so that all of a longer secret counts.
        var key = ByteBuffer.wrap(sha256(secret));
        mac = Hashing.sipHash24(key.getLong(), key.getLong());
    }

    /** What a cursor says, before it is compared with the topics that exist now. */
    record Claim(int product, List<TopicClaim> topics, boolean isWithinSnapshot) {
        Claim {
            topics = List.copyOf(topics);
        }
    }

    /** A topic in a cursor; its id is known by a hash only. */
    record TopicClaim(int topicId, long[] next, int[] epochs) {
    }

    String write(ProductId product, Layout layout, long[] next, int[] epochs) {
        return write(product, layout, next, epochs, 0);
    }

    /** The cursor of a reader that has not got all of a snapshot yet: whoever brings it needs that from the beginning. */
    String writeWithinSnapshot(ProductId product, Layout layout, long[] next, int[] epochs) {
        return write(product, layout, next, epochs, WITHIN_SNAPSHOT);
    }

    private String write(ProductId product, Layout layout, long[] next, int[] epochs, int flags) {
        var out = ByteBuffer.allocate(1 + 4 + layout.size() * 24 + MAC_BYTES);
        out.put((byte) (VERSION << 4 | flags));
        out.putInt(stampOf(product));
        for (int from = 0; from < layout.size();) {
            var topic = layout.slots().get(from).topic();
            int to = from;
            while (to < layout.size() && layout.slots().get(to).topic().equals(topic)) {
                to++;
            }
            out.putInt(layout.slots().get(from).stamp());
            putVarint(out, to - from);
            for (int i = from; i < to; i++) {
                putVarint(out, next[i]);
                putVarint(out, epochs[i] + 1L);
            }
            from = to;
        }
        out.putLong(sign(out.array(), out.position()));
        return ENCODER.encodeToString(Arrays.copyOf(out.array(), out.position()));
    }

    /** Writes a position of a product; the same text as events of its stream carry. */
    public String write(ProductId product, Position position) {
        var known = last;
        if (known == null || !known.isOf(product, position)) {
            known = new Written(product, position, written(product, position));
            last = known;
        }
        return known.cursor();
    }

    private String written(ProductId product, Position position) {
        var slots = whole(position);
        var layout = new Layout(slots.stream()
                .map(s -> new Layout.Slot(s.topic(), s.topicId(), s.partition())).toList());
        return write(product, layout, slots.stream().mapToLong(Position.Slot::next).toArray(),
                slots.stream().mapToInt(Position.Slot::leaderEpoch).toArray());
    }

    /**
     * A place within an answer, for its reader to come back with: opaque to the reader, since it is made of values that the
     * reader may not be allowed to see.
     *
     * @param product
     *            that was asked; orders of two products may look alike
     * @param place
     *            as the view names it, base64url
     */
    public String seal(ProductId product, String place) {
        return places.seal(bytes(product), Base64.getUrlDecoder().decode(place));
    }

    /** What {@link #seal} sealed; empty for a text of another origin, another product included. */
    public Optional<String> unseal(ProductId product, String text) {
        return text.length() > PLACE_CHARS_MAX
                ? Optional.empty()
                : places.open(bytes(product), text).map(ENCODER::encodeToString);
    }

    private byte[] bytes(ProductId product) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(stampOf(product)).array();
    }

    private int stampOf(ProductId product) {
        return productStamps.computeIfAbsent(product, p -> stamp(p.path()));
    }

    /**
     * All partitions of the position's topics, in their order: a cursor names none by its number. Of one that the position does
     * not know, as that of a view that several gateways fill may not, nothing has been seen.
     */
    private static List<Position.Slot> whole(Position position) {
        var topics = new LinkedHashMap<String, TreeMap<Integer, Position.Slot>>();
        for (var slot : position.slots()) {
            var known = topics.computeIfAbsent(slot.topic(), ignored -> new TreeMap<>());
            // Of a topic that was made again the newer one comes first.
            if (known.isEmpty()
                    || known.firstEntry().getValue().topicId().equals(slot.topicId())) {
                known.putIfAbsent(slot.partition(), slot);
            }
        }
        var slots = new ArrayList<Position.Slot>();
        topics.forEach((topic, known) -> {
            var id = known.firstEntry().getValue().topicId();
            for (int partition = 0; partition <= known.lastKey(); partition++) {
                var slot = known.get(partition);
                slots.add(slot != null ? slot : new Position.Slot(topic, id, partition, 0, -1));
            }
        });
        return slots;
    }

    /** What the cursor of a position says. */
    static Claim claim(ProductId product, Position position) {
        var topics = new ArrayList<TopicClaim>();
        var all = whole(position);
        for (int from = 0; from < all.size();) {
            var topic = all.get(from);
            var slots = all.stream().filter(slot -> slot.topic().equals(topic.topic())).toList();
            topics.add(new TopicClaim(stamp(topic.topicId()),
                    slots.stream().mapToLong(Position.Slot::next).toArray(),
                    slots.stream().mapToInt(Position.Slot::leaderEpoch).toArray()));
            from += slots.size();
        }
        return new Claim(stamp(product.path()), topics, false);
    }

    /** Empty where the text is no cursor that this secret signed. */
    Optional<Claim> read(String text) {
        if (text.length() > LENGTH_MAX) {
            return Optional.empty();
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        int signed = bytes.length - MAC_BYTES;
        // A decoder lets unused bits and padding pass; a cursor has one spelling, the one that was written.
        if (!ENCODER.encodeToString(bytes).equals(text) || signed < CLAIM_BYTES_MIN
                || (bytes[0] >> 4) != VERSION
                || ByteBuffer.wrap(bytes).getLong(signed) != sign(bytes, signed)) {
            return Optional.empty();
        }
        // From here on the bytes are our own, so their form is as written above.
        var in = ByteBuffer.wrap(bytes, 1, signed - 1);
        int product = in.getInt();
        var topics = new ArrayList<TopicClaim>();
        while (in.hasRemaining()) {
            int topicId = in.getInt();
            int partitions = (int) getVarint(in);
            var next = new long[partitions];
            var epochs = new int[partitions];
            for (int i = 0; i < partitions; i++) {
                next[i] = getVarint(in);
                epochs[i] = (int) getVarint(in) - 1;
            }
            topics.add(new TopicClaim(topicId, next, epochs));
        }
        return Optional.of(new Claim(product, topics, (bytes[0] & WITHIN_SNAPSHOT) != 0));
    }

    /** Four bytes that stand for a longer name: enough to tell products and topic ids apart, together with the signature. */
    static int stamp(String name) {
        return STAMPS.get(name,
                of -> ByteBuffer.wrap(sha256(of.getBytes(StandardCharsets.UTF_8))).getInt());
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private long sign(byte[] bytes, int length) {
        return mac.hashBytes(bytes, 0, length).asLong();
    }

    private static void putVarint(ByteBuffer out, long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.put((byte) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static long getVarint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0;; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }
}

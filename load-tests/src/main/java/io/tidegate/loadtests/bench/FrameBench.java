package io.tidegate.loadtests.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.tidegate.gateway.delivery.FrameBuffer;
import io.tidegate.gateway.delivery.Frames;
import io.tidegate.gateway.delivery.Framing;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.shape.GraphQlShape;
import io.tidegate.gateway.shape.RowMasks;
import io.tidegate.mapping.ProductApi;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Rendered events as the frames of {@code graphql-transport-ws}: making a batch for a group of readers, and what it takes to
 * give one of them the batch with its own operation id in every frame.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FrameBench {
    private static final byte[] ID = "\"6f0c2c51-88a5-4a0e-8a1c-6f4a8d2f3b11\""
            .getBytes(StandardCharsets.US_ASCII);
    private static final String CURSOR = "EAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    /** Of one batch. */
    @Param({"1", "16", "256"})
    public int events;

    private final ProductApi api = ProductApi.of(Shipments.product("json"));
    private final Event event = Shipments.event(api.schema());
    private final byte[] body = new GraphQlShape(api, Shipments.selection(api), RowMasks.NONE)
            .render(event, Op.UPSERT, CURSOR);
    private final Framing framing = framing();
    private Frames frames = new Frames(new byte[0], 0, new int[0]);
    private @Nullable ByteBuf kept;

    /** Makes what is measured. */
    @Setup
    public void setUp() {
        frames = batch();
        kept = outside(frames.bytes());
    }

    /** Gives back what is outside the heap. */
    @TearDown
    public void tearDown() {
        if (kept != null) {
            kept.release();
        }
    }

    /** The batch of a group, from rendered events. */
    @Benchmark
    public Frames batch() {
        var out = new FrameBuffer();
        for (int i = 0; i < events; i++) {
            framing.event(out, event, Op.UPSERT, CURSOR, body, "");
            out.countEvent();
        }
        return out.finish();
    }

    /** One client's id, written over the last one's: what happens where the system has taken the last client's bytes. */
    @Benchmark
    public boolean idPatchedInPlace() {
        var buffer = kept;
        if (buffer == null) {
            return false;
        }
        for (int hole : frames.holes()) {
            buffer.setBytes(hole, ID);
        }
        return buffer.retainedDuplicate().release();
    }

    /** One client's id in a copy of the batch: what happens where the last client's bytes are still to be sent. */
    @Benchmark
    public boolean idInACopy() {
        var buffer = outside(frames.bytes());
        for (int hole : frames.holes()) {
            buffer.setBytes(hole, ID);
        }
        return buffer.release();
    }

    private static ByteBuf outside(byte[] bytes) {
        return PooledByteBufAllocator.DEFAULT.directBuffer(bytes.length).writeBytes(bytes);
    }

    /** No door of its package; nothing is opened for measuring alone. */
    private static Framing framing() {
        try {
            var constructor = Class.forName("io.tidegate.gateway.graphql.TransportWsFraming")
                    .getDeclaredConstructor(int.class);
            constructor.setAccessible(true);
            return (Framing) constructor.newInstance(ID.length);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}

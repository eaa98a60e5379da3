package io.tidegate.loadtests.bench;

import io.tidegate.contract.ProductId;
import io.tidegate.gateway.feed.Cursors;
import io.tidegate.gateway.feed.Position;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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

/** A signed cursor as text, written once an event and group of readers, and read back when a reader returns. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CursorBench {
    /** Reading is no door of the package; nothing is opened for measuring alone. */
    private static final MethodHandle READ = read();
    private static final ProductId PRODUCT = new ProductId("load", "shipments", 1);

    /** Of the product's topic; each adds to the length. */
    @Param({"1", "12", "100"})
    public int partitions;

    private final Cursors cursors = new Cursors(
            "a secret of more than sixteen bytes".getBytes(StandardCharsets.UTF_8));
    private @Nullable Position position;
    private String text = "";

    /** Makes what is measured. */
    @Setup
    public void setUp() {
        var slots = new ArrayList<Position.Slot>();
        for (int partition = 0; partition < partitions; partition++) {
            slots.add(new Position.Slot("load.shipments", "AAAAAAAAAAAAAAAAAAAAAA", partition,
                    1_000_041L * partition, 3));
        }
        position = new Position(slots);
        text = cursors.write(PRODUCT, position);
    }

    @Benchmark
    public @Nullable String writeCursor() {
        return position == null ? null : cursors.write(PRODUCT, position);
    }

    @Benchmark
    public Object readCursor() throws Throwable {
        return READ.invoke(cursors, text);
    }

    private static MethodHandle read() {
        try {
            var method = Cursors.class.getDeclaredMethod("read", String.class);
            method.setAccessible(true);
            return MethodHandles.lookup().unreflect(method);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}

package io.tidegate.gateway.feed;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What readers who are behind have read of Kafka lately, of all products: blocks that are read and decoded once for all who are
 * close to each other. Bounded by bytes; the block that nobody has wanted for longest leaves first.
 *
 * <p>
 * Whoever is here holds nothing but an offset. A block is looked for anew with each chunk that is taken of it, so a reader
 * that waits keeps none.
 */
public final class History {
    /** Of one block, at most. */
    static final int BLOCK_RECORDS = 256;
    /** Readers who begin within so many offsets of each other begin with the same block. */
    private static final int GRID = 256;
    /** Blocks read at a time, and how far is read ahead, while there is room. */
    private static final int RUN = 4;
    private static final long CROWDED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final long bytesMax;
    private final int readersMax;
    private final Map<Address, Shelf> shelves = new HashMap<>();
    /** In the order of use. */
    private final LinkedHashMap<Block, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;
    private boolean isCrowded;
    private long crowdedNanos;

    /** One partition of one product, as long as offsets mean the same. */
    record Address(Feed.Era era, int slot) {
    }

    private static final class Kept {
        private final Address address;
        private boolean isUsed;

        Kept(Address address) {
            this.address = address;
        }
    }

    private static final class Shelf {
        private final TreeMap<Long, Block> blocks = new TreeMap<>();
        private final List<Flight> flights = new ArrayList<>();

        @Nullable
        Block covering(long offset) {
            var floor = blocks.floorEntry(offset);
            return floor != null && floor.getValue().covers(offset) ? floor.getValue() : null;
        }

        /** Where to begin to read, so that those who are close find a block that covers them too. */
        Place begin(Place wanted) {
            long grid = wanted.offset() - wanted.offset() % GRID;
            if (grid == wanted.offset()) {
                return wanted;
            }
            var floor = blocks.floorEntry(wanted.offset());
            return floor == null || floor.getValue().to() < grid
                    ? new Place(grid, -1)
                    : new Place(floor.getValue().to(), floor.getValue().epoch());
        }
    }

    /**
     * Somewhere in a partition.
     *
     * @param epoch
     *            of what lies before it; -1 = unknown
     */
    private record Place(long offset, int epoch) {
    }

    /** A piece that is being read. */
    private record Flight(Place from, CompletableFuture<Piece> landed) {
        boolean mayCover(long offset) {
            return from.offset() <= offset && offset - from.offset() < GRID;
        }
    }

    /**
     * @param bytesMax
     *            estimated heap of all blocks together
     * @param readersMax
     *            consumers that stay open to each cluster while blocks of it are wanted
     */
    public History(long bytesMax, int readersMax) {
        this.bytesMax = bytesMax;
        this.readersMax = readersMax;
    }

    int readersMax() {
        return readersMax;
    }

    /** The block that covers this offset, if it is here. */
    synchronized @Nullable Block find(Address address, long offset) {
        var shelf = shelves.get(address);
        var block = shelf == null ? null : shelf.covering(offset);
        var use = block == null ? null : kept.get(block);
        if (use != null) {
            use.isUsed = true;
        }
        return block;
    }

    /**
     * Reads what covers this offset, or waits with whoever is reading it already. What comes may begin or end elsewhere, and
     * then the caller has to ask again.
     *
     * @param epoch
     *            of what the caller has read; -1 = unknown
     * @param goesOn
     *            whether the caller has read up to here, so that nothing before is worth reading
     * @param end
     *            up to where everything can be read now
     */
    CompletableFuture<Piece> load(Address address, BlockSource source, long wanted, int epoch,
            boolean goesOn, long end, Executor threads) {
        Flight flight;
        synchronized (this) {
            var known = find(address, wanted);
            if (known != null) {
                return CompletableFuture.completedFuture(new Piece.Read(List.of(known)));
            }
            var shelf = shelves.computeIfAbsent(address, ignored -> new Shelf());
            for (var other : shelf.flights) {
                if (other.mayCover(wanted)) {
                    return other.landed();
                }
            }
            var place = new Place(wanted, epoch);
            flight = new Flight(goesOn ? place : shelf.begin(place), new CompletableFuture<>());
            shelf.flights.add(flight);
        }
        try {
            threads.execute(() -> fly(address, source, flight, wanted, end));
        } catch (RejectedExecutionException e) {
            land(address, flight, null,
                    new KafkaUnavailable("too many readers wait for what they missed", e));
        }
        return flight.landed();
    }

    /** Reads on behind a block before anybody asks for it, unless it would not stay until then. */
    void ahead(Address address, BlockSource source, long offset, int epoch, boolean goesOn,
            long end, Executor threads) {
        long wanted = offset;
        int led = epoch;
        boolean isOn = goesOn;
        synchronized (this) {
            if (isCrowded()) {
                return;
            }
            var shelf = shelves.get(address);
            for (int i = 0; shelf != null && i < RUN; i++) {
                var known = shelf.covering(wanted);
                if (known == null) {
                    break;
                }
                if (i == RUN - 1) {
                    return;
                }
                wanted = known.to();
                led = known.epoch();
                isOn = true;
            }
        }
        if (wanted < end) {
            var unused = load(address, source, wanted, led, isOn, end, threads);
        }
    }

    private void fly(Address address, BlockSource source, Flight flight, long wanted, long end) {
        Piece piece = null;
        Throwable failure = new IllegalStateException("reading ended without a word");
        try {
            int blocks;
            synchronized (this) {
                blocks = isCrowded() ? 1 : RUN;
            }
            piece = source.read(address.slot(), flight.from().offset(), flight.from().epoch(),
                    wanted,
                    end, blocks);
        } catch (RuntimeException | Error e) {
            // Whoever waits for it has to hear of it, whatever it is.
            failure = e;
        } finally {
            land(address, flight, piece, failure);
        }
    }

    private void land(Address address, Flight flight, @Nullable Piece piece, Throwable failure) {
        var left = new ArrayList<Address>();
        synchronized (this) {
            var shelf = shelves.get(address);
            if (shelf != null) {
                shelf.flights.remove(flight);
                if (piece instanceof Piece.Read(var blocks) && address.era().isCurrent()) {
                    blocks.forEach(block -> keep(address, shelf, block));
                }
                evict(left);
                dropIfEmpty(address, shelf);
            }
        }
        left.forEach(each -> each.era().feed().listener().blockLeft(each.era().feed()));
        if (piece == null) {
            flight.landed().completeExceptionally(failure);
        } else {
            if (piece instanceof Piece.Read(var blocks)) {
                var feed = address.era().feed();
                feed.listener().blocksRead(feed, blocks.size());
            }
            flight.landed().complete(piece);
        }
    }

    private void keep(Address address, Shelf shelf, Block block) {
        var before = shelf.blocks.floorEntry(block.from());
        if (before != null && before.getValue().to() >= block.to()) {
            return;
        }
        var within = shelf.blocks.subMap(block.from(), true, block.to(), false);
        List.copyOf(within.values()).stream().filter(other -> other.to() <= block.to())
                .forEach(other -> remove(shelf, other));
        shelf.blocks.put(block.from(), block);
        kept.put(block, new Kept(address));
        bytes += block.weight();
    }

    private void remove(Shelf shelf, Block block) {
        shelf.blocks.remove(block.from(), block);
        if (kept.remove(block) != null) {
            bytes -= block.weight();
        }
    }

    private void evict(List<Address> left) {
        while (bytes > bytesMax) {
            var eldest = kept.firstEntry();
            var address = eldest.getValue().address;
            if (!eldest.getValue().isUsed) {
                // It was read for nothing: there are more places to read from than there is room.
                isCrowded = true;
                crowdedNanos = System.nanoTime();
            }
            var shelf = shelves.get(address);
            if (shelf == null) {
                throw new IllegalStateException("a block without a shelf");
            }
            remove(shelf, eldest.getKey());
            dropIfEmpty(address, shelf);
            left.add(address);
        }
    }

    private void dropIfEmpty(Address address, Shelf shelf) {
        if (shelf.blocks.isEmpty() && shelf.flights.isEmpty()) {
            shelves.remove(address, shelf);
        }
    }

    private boolean isCrowded() {
        isCrowded = isCrowded && System.nanoTime() - crowdedNanos < CROWDED_NANOS;
        return isCrowded;
    }

    /** Offsets of that era mean nothing any more. */
    synchronized void forget(Feed.Era era) {
        for (var entry : List.copyOf(shelves.entrySet())) {
            if (entry.getKey().era() == era) {
                List.copyOf(entry.getValue().blocks.values())
                        .forEach(block -> remove(entry.getValue(), block));
                dropIfEmpty(entry.getKey(), entry.getValue());
            }
        }
    }

    /** Estimated heap of the blocks that are here. */
    public synchronized long bytes() {
        return bytes;
    }
}

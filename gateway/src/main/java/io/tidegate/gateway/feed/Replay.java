package io.tidegate.gateway.feed;

import io.tidegate.gateway.feed.Feed.Tail;
import io.tidegate.gateway.feed.Lost.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Reads what memory has left behind, from a reader's own offsets up to a place in the shared log, where the reader then
 * joins. It is asked for one chunk at a time and may be given up at any: the reader's offsets say where to go on. Between two
 * chunks it holds no more than offsets.
 *
 * <p>
 * Partitions take turns of about a thousand records; the one of which most is left comes first. Not thread-safe.
 */
public final class Replay implements AutoCloseable {
    /** As many as one write to a client takes. */
    static final int CHUNK_ENTRIES = 128;
    private static final int CHUNK_WEIGHT = 256 * 1024;
    /** Blocks of one partition before the next partition's turn. */
    private static final int TURN_BLOCKS = 4;
    /** Blocks looked at for one chunk: most of a topic may be holes. */
    private static final int LOOKS = 16;

    private final Feed feed;
    private final Feed.Era era;
    private final BlockShelf shelf;
    private final long[] start;
    /** For each partition, everything before is taken. */
    private final long[] next;
    /** Partitions that have been read from block to block up to here. */
    private final boolean[] isAtEdge;
    private int[] epochs;
    private final Tail until;
    private final long[] goal;
    /** The partition whose turn it is; -1 = to be chosen. */
    private int slot = -1;
    /** Blocks that it has had. */
    private int turns;
    /** Where the block ends that is being taken. */
    private long blockEnd = -1;
    /** What comes next was written after the log had been cut. */
    private boolean isCut;
    /** Of the record at the partition's offset so many rows have been taken. */
    private int rows;
    private @Nullable CompletableFuture<Piece> asked;

    /** What a replay has to say when it is asked. */
    public sealed interface Next {
        /**
         * Entries in order, up to 128.
         *
         * @param entries
         *            at least one
         */
        record Chunk(List<Entry> entries) implements Next {
        }

        /** Nothing is at hand; ask again once this has completed, however it did. */
        record Later(CompletionStage<?> stage) implements Next {
        }

        /** Everything up to the place in the shared log has been taken. Nothing follows. */
        record CaughtUp(Tail until) implements Next {
        }

        /** It cannot be read now; another replay may be begun later. Nothing follows. */
        record Failed(String reason) implements Next {
        }
    }

    Replay(Feed feed, Start start, Tail until, BlockShelf shelf) {
        this(feed, feed.era(), start, until, shelf);
    }

    private Replay(Feed feed, Feed.Era era, Start start, Tail until, BlockShelf shelf) {
        this.feed = feed;
        this.era = era;
        this.shelf = shelf;
        this.start = start.next().clone();
        this.next = start.next().clone();
        this.isAtEdge = new boolean[next.length];
        this.epochs = start.epochs();
        this.until = until;
        this.goal = until.next();
    }

    /**
     * Shares what it reads with other readers.
     *
     * @param start
     *            where the reader is
     * @param until
     *            where it will join: the end of the log as it is now
     * @param threads
     *            that read from Kafka
     * @throws io.tidegate.gateway.refusal.Refusal.Thrown
     *             while the feed has no topics
     */
    public static Replay shared(Feed feed, Start start, Tail until, Executor threads) {
        return new Replay(feed, start, until, BlockShelf.shared(feed.cluster().history(),
                feed.era(), source(feed), threads));
    }

    /**
     * Reads by itself: being asked takes as long as Kafka takes, and {@link Next.Later} is not answered. What one reader has read
     * the others find who read the same feed so, and they wait for each other a little as long as all of them get on. To be closed,
     * so that nobody waits for it.
     *
     * @throws io.tidegate.gateway.refusal.Refusal.Thrown
     *             while the feed has no topics
     */
    public static Replay together(Feed feed, Start start, Tail until) {
        var era = feed.era();
        return new Replay(feed, era, start, until, feed.sharedReading().reader(era,
                new KafkaBlocks(feed.cluster().readers(), era, feed.reader()), start));
    }

    private static BlockSource source(Feed feed) {
        return new KafkaBlocks(feed.cluster().readers(), feed.era(), feed.reader());
    }

    @Override
    public void close() {
        if (shelf instanceof SharedReading.Reader reader) {
            reader.close();
        }
    }

    /** The next entries, or why there are none. Does not block unless it reads {@link #together}. */
    public Next next() {
        for (int looked = 0; looked < LOOKS; looked++) {
            if (!feed.isCurrent(era) || goal.length != next.length) {
                shelf.forget();
                return new Next.Failed("the topics have changed");
            }
            if (!choose()) {
                return new Next.CaughtUp(until);
            }
            Block block = null;
            var pending = asked;
            if (pending != null) {
                if (!pending.isDone()) {
                    return new Next.Later(pending);
                }
                asked = null;
                Piece piece;
                try {
                    piece = pending.join();
                } catch (CompletionException e) {
                    var cause = e.getCause() == null ? e : e.getCause();
                    if (cause instanceof Replaced) {
                        // Whoever comes back with a cursor is told exactly what was withdrawn.
                        era.doubt(reason(cause));
                    }
                    return new Next.Failed(reason(cause));
                }
                switch (piece) {
                    case Piece.Read(var blocks) -> {
                        // Asked for, it counts as used; it may have left already.
                        block = shelf.find(slot, next[slot]);
                        if (block == null) {
                            block = blocks.stream().filter(each -> each.covers(next[slot]))
                                    .findFirst().orElse(null);
                        }
                    }
                    case Piece.Gone(long earliest) -> {
                        if (earliest > next[slot]) {
                            return lost(earliest);
                        }
                    }
                }
            }
            if (block == null) {
                block = shelf.find(slot, next[slot]);
            }
            if (block == null) {
                asked = shelf.load(slot, next[slot], epochs[slot], isAtEdge[slot],
                        goal[slot]);
                continue;
            }
            if (blockEnd != block.to()) {
                enter(block);
            }
            var chunk = take(block);
            if (!chunk.isEmpty()) {
                return new Next.Chunk(chunk);
            }
            if (isCut) {
                var why = "the log was cut before offset " + next[slot] + " and has grown again";
                era.doubt(why);
                return new Next.Failed(why);
            }
        }
        return new Next.Later(asked == null ? CompletableFuture.completedFuture(true) : asked);
    }

    private static String reason(Throwable failure) {
        // Our own mistakes have a name only.
        return failure instanceof KafkaUnavailable || failure instanceof Replaced
                || failure instanceof org.apache.kafka.common.KafkaException
                        ? String.valueOf(failure.getMessage())
                        : failure.toString();
    }

    /** Whose turn it is; false if nothing is left. */
    private boolean choose() {
        if (slot >= 0 && next[slot] < goal[slot]
                && (next[slot] != blockEnd || turns < TURN_BLOCKS)) {
            return true;
        }
        slot = mostLeft(next);
        turns = 0;
        blockEnd = -1;
        rows = 0;
        return slot >= 0;
    }

    /** The partition of which most is left, in proportion; -1 if none is. */
    private int mostLeft(long[] offsets) {
        int found = -1;
        double most = 0;
        for (int i = 0; i < offsets.length; i++) {
            double left = offsets[i] >= goal[i]
                    ? 0
                    : (double) (goal[i] - offsets[i]) / (goal[i] - start[i]);
            if (left > most) {
                most = left;
                found = i;
            }
        }
        return found;
    }

    private void enter(Block block) {
        blockEnd = block.to();
        turns++;
        feed.listener().blockTaken(feed);
        int following = slot;
        long offset = block.to();
        if (turns >= TURN_BLOCKS || offset >= goal[slot]) {
            var then = next.clone();
            then[slot] = Math.min(offset, goal[slot]);
            following = mostLeft(then);
            offset = following < 0 ? 0 : then[following];
        }
        if (following >= 0 && offset < goal[following]) {
            shelf.ahead(following, offset, following == slot ? block.epoch() : epochs[following],
                    following == slot || isAtEdge[following], goal[following]);
        }
    }

    private List<Entry> take(Block block) {
        int index = block.indexOf(next[slot]);
        for (int seen = rows; seen > 0 && index < block.size()
                && block.at(index).content().offset() == next[slot]; seen--) {
            index++;
        }
        int end = index;
        long weight = 0;
        while (end < block.size() && end - index < CHUNK_ENTRIES && weight < CHUNK_WEIGHT
                && block.at(end).content().offset() < goal[slot]) {
            if (isOfAnotherLog(block.at(end).epochs()[0])) {
                isCut = true;
                break;
            }
            weight += block.at(end).weight();
            end++;
        }
        var chunk = new Entry[end - index];
        for (int i = index; i < end; i++) {
            var entry = block.at(i);
            long offset = entry.content().offset();
            long behind = entry.next()[0];
            rows = behind > offset ? 0 : offset == next[slot] ? rows + 1 : 1;
            next[slot] = behind;
            epochs = Feed.noted(epochs, slot, entry.epochs()[0]);
            // Of a single partition its position is that of every reader, so all of them share it.
            chunk[i - index] = next.length == 1 ? entry : entry.within(next.clone(), epochs);
        }
        if (end == block.size() || block.at(end).content().offset() >= goal[slot]) {
            pass(block, end == block.size());
        }
        return Arrays.asList(chunk);
    }

    /** Offsets without an event may follow the last entry. */
    private void pass(Block block, boolean isAll) {
        if (block.to() < goal[slot] && isOfAnotherLog(block.epoch())) {
            isCut = true;
            return;
        }
        long to = Math.min(block.to(), goal[slot]);
        if (to > next[slot]) {
            next[slot] = to;
            // What is at the goal may be of a later leader, so the shared log's word counts.
            epochs = Feed.noted(epochs, slot,
                    to == goal[slot] ? until.epochs()[slot] : block.epoch());
        }
        isAtEdge[slot] = isAll;
        rows = 0;
    }

    /**
     * Leaders follow each other, so what the shared log had read before the goal is not of a later one than the goal: if it is
     * now, it was written after an unclean election had withdrawn what was there.
     */
    private boolean isOfAnotherLog(int epoch) {
        return until.epochs()[slot] >= 0 && epoch > until.epochs()[slot];
    }

    private Next lost(long to) {
        long from = next[slot];
        next[slot] = to;
        epochs = Feed.noted(epochs, slot, -1);
        isAtEdge[slot] = true;
        rows = 0;
        var entries = new ArrayList<Entry>(1);
        entries.add(new Entry(Entry.UNSHARED, new Lost(slot, from, to - from, Reason.RETENTION,
                "no longer retained"),
                next.clone(), epochs, 0));
        return new Next.Chunk(entries);
    }
}

package io.tidegate.gateway;

import io.tidegate.gateway.access.Identity;
import io.tidegate.gateway.graphql.GraphQlLimits;
import io.tidegate.gateway.http.Compression;
import io.tidegate.gateway.http.Drain;
import io.tidegate.gateway.http.Heartbeat;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.view.IndexLimits;
import io.tidegate.gateway.view.PostgresAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything the gateway is told at start. {@code docs/reference/configuration.md} lists the keys; {@link ConfigReader} reads
 * them.
 *
 * @param kafka
 *            client properties by cluster name
 * @param registryUrl
 *            of a Confluent-compatible schema registry
 * @param contracts
 *            a folder of contracts, or one contract
 * @param documents
 *            empty = any document is answered and none is laid down
 * @param secrets
 *            keys that must be the same on every node
 */
public record GatewayConfig(Http http, Management management,
        Map<String, Map<String, String>> kafka,
        Optional<String> registryUrl, Path contracts, Reload reload, Identity identity,
        List<Plan> plans,
        Views views, Feeds feeds, KeptPositions positions,
        GraphQlLimits graphQl, Optional<TrustedDocuments> documents, boolean isCatalogPublic,
        Secrets secrets) {

    public GatewayConfig {
        kafka = Map.copyOf(kafka);
        plans = List.copyOf(plans);
    }

    /** Without documents that are laid down. */
    public GatewayConfig(Http http, Management management, Map<String, Map<String, String>> kafka,
            Optional<String> registryUrl, Path contracts, Reload reload, Identity identity,
            List<Plan> plans, Views views, Feeds feeds, KeptPositions positions,
            GraphQlLimits graphQl, boolean isCatalogPublic, Secrets secrets) {
        this(http, management, kafka, registryUrl, contracts, reload, identity, plans, views,
                feeds, positions, graphQl, Optional.empty(), isCatalogPublic, secrets);
    }

    /**
     * GraphQL documents that the operator has laid down.
     *
     * @param isOnly
     *            whether no others are answered
     */
    public record TrustedDocuments(Path folder, boolean isOnly) {
    }

    /**
     * How what is changed while the gateway runs takes effect.
     *
     * @param every
     *            how often files are looked at; empty = only when that is asked for
     * @param keep
     *            how long streams go on as they were opened after the product's schema has changed compatibly
     * @param registry
     *            how often the registry is asked for schemas that contracts name by subject; empty = likewise
     */
    public record Reload(Optional<Duration> every, Duration keep, Optional<Duration> registry) {
        public static final Reload DEFAULT = new Reload(Optional.of(Duration.ofMillis(500)),
                Duration.ofHours(1), Optional.of(Duration.ofSeconds(60)));
    }

    /**
     * Where partners come in.
     *
     * @param port
     *            0 = any free one
     * @param publicUrl
     *            how partners reach it; stands in documents and links
     * @param origins
     *            of browser pages that may use it, besides its own
     * @param eventLoops
     *            threads that serve connections, 1 or more
     * @param heartbeat
     *            how clients are found that are gone
     * @param drain
     *            how clients are sent elsewhere at the end
     * @param compression
     *            of WebSockets
     */
    public record Http(String host, int port, Optional<String> publicUrl, List<String> origins,
            int eventLoops, Heartbeat heartbeat, Drain drain, Compression compression) {
        public Http {
            origins = List.copyOf(origins);
        }

        /** Without compression. */
        public Http(String host, int port, Optional<String> publicUrl, List<String> origins,
                int eventLoops, Heartbeat heartbeat, Drain drain) {
            this(host, port, publicUrl, origins, eventLoops, heartbeat, drain, Compression.OFF);
        }

        /** With the usual heartbeat, and an end at once. */
        public Http(String host, int port, Optional<String> publicUrl, List<String> origins,
                int eventLoops) {
            this(host, port, publicUrl, origins, eventLoops, Heartbeat.DEFAULT, Drain.AT_ONCE);
        }
    }

    /** Where operators come in. */
    public record Management(String host, int port) {
    }

    /**
     * Where current states are kept.
     *
     * @param memoryBytes
     *            of the embedded store, all products together
     * @param exportRows
     *            of a whole answer in a file's format at most
     * @param questions
     *            how many a product answers at a time, and for how long
     * @param unkeyed
     *            how long rows of a product without a key stay if its contract does not say
     * @param checkpoint
     *            how often the embedded store writes changes to its files at least
     * @param indexes
     *            that are made for pages which are asked for often
     * @param shared
     *            the store that several gateways share; empty = the embedded one
     */
    public record Views(Path path, long memoryBytes, int exportRows, Questions questions,
            Duration unkeyed, Duration checkpoint, IndexLimits indexes,
            Optional<SharedStore> shared) {
        public static final int EXPORT_ROWS = 1_000_000;
        public static final Duration UNKEYED = Duration.ofDays(7);
        public static final Duration CHECKPOINT = Duration.ofSeconds(30);

        /** In the embedded store. */
        public Views(Path path, long memoryBytes, int exportRows, Questions questions,
                Duration unkeyed, Duration checkpoint, IndexLimits indexes) {
            this(path, memoryBytes, exportRows, questions, unkeyed, checkpoint, indexes,
                    Optional.empty());
        }

        /** With the usual bounds. */
        public Views(Path path, long memoryBytes) {
            this(path, memoryBytes, EXPORT_ROWS, Questions.DEFAULT, UNKEYED, CHECKPOINT,
                    IndexLimits.DEFAULT);
        }
    }

    /**
     * A PostgreSQL-wire store of views.
     *
     * @param connections
     *            that read at a time, of all products together
     * @param writers
     *            likewise that write
     */
    public record SharedStore(PostgresAddress address, int connections, int writers) {
        public static final int CONNECTIONS = 16;
        public static final int WRITERS = 4;
    }

    /**
     * Bounds of what a view is asked.
     *
     * @param atATime
     *            states of a product that are open for queries at one time; the next one waits
     * @param scans
     *            likewise of states that streams begin with
     * @param deadline
     *            after which a query is ended, and whoever waits for a place is refused; a second or more
     */
    public record Questions(int atATime, int scans, Duration deadline) {
        public static final Questions DEFAULT = new Questions(8, 4, Duration.ofSeconds(10));
    }

    /**
     * How much of the logs is in memory.
     *
     * @param memoryBytes
     *            all products together
     * @param events
     *            of each product at most
     * @param prefill
     *            events of each product that are read from before the end at start
     * @param replays
     *            blocks read from Kafka at the same time, for readers that memory has left behind
     * @param historyBytes
     *            of the blocks that such readers share, all products together
     */
    public record Feeds(long memoryBytes, int events, int prefill, int replays,
            long historyBytes) {
    }

    /**
     * Where positions are kept that clients have names for.
     *
     * @param cluster
     *            of {@code kafka}
     * @param retention
     *            after which a position that nobody used is forgotten
     * @param perPartner
     *            names of one partner at most
     * @param memoryBytes
     *            of all names
     */
    public record KeptPositions(String cluster, String topic, Duration retention, int perPartner,
            long memoryBytes) {
        public static final KeptPositions DEFAULT = new KeptPositions("default",
                "tidegate.positions", Duration.ofDays(30), 1000, 64L << 20);
    }

    /**
     * @param cursor
     *            signs cursors; empty = made once and kept beside the views
     * @param mask
     *            of the hash mask; empty = made once and kept beside the views
     */
    public record Secrets(Optional<String> cursor, Optional<String> mask) {
        @Override
        public String toString() {
            return "Secrets[***]";
        }
    }
}

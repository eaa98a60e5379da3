package io.tidegate.loadtests.stand;

import io.tidegate.loadtests.server.Producer;
import io.tidegate.loadtests.server.ServerProcess;
import java.io.IOException;

/** Where the events of a server come from. */
public sealed interface Source {

    /** The server makes them itself. */
    record Own(ServerProcess process) implements Source {
        @Override
        public void start(Load load, int subscribers) throws IOException {
            process.ask("start " + load.rate() + " " + load.burst());
        }

        @Override
        public void stop() throws IOException {
            process.ask("stop");
        }

        @Override
        public void reached(long number) {
            // It sees its sockets.
        }

        @Override
        public boolean isDrained(long number) {
            return true;
        }
    }

    /** They come through a topic. */
    record Topic(Producer producer, String name) implements Source {
        @Override
        public void start(Load load, int subscribers) {
            producer.start(name, load.rate(), load.burst(), subscribers, load.keys());
        }

        @Override
        public void stop() {
            producer.stop();
        }

        @Override
        public void reached(long number) {
            producer.reached(number);
        }

        @Override
        public boolean isDrained(long number) {
            return producer.isIdle() && number >= producer.next(name) - 1;
        }
    }

    /** Begins to send. */
    void start(Load load, int subscribers) throws IOException;

    /** Sends no more. */
    void stop() throws IOException;

    /** How far the slowest subscriber is. */
    void reached(long number);

    /** Whether subscribers that get every event and have all got this one have got all that was sent, as far as it is known. */
    boolean isDrained(long number);
}

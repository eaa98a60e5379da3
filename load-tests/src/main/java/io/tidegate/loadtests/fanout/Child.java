package io.tidegate.loadtests.fanout;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** A process under measurement, seen from inside: says when it is ready, does as it is told, ends with its parent. */
final class Child {
    static final String READY = "READY ";

    /** What is to be done about a line from the parent. */
    @FunctionalInterface
    interface Commands {
        void command(String[] words);
    }

    private Child() {
    }

    /** Says that this process is ready, and where; returns when the parent has closed the line or is gone. */
    static void serve(String where, Commands commands) throws IOException {
        System.out.println(READY + where);
        System.out.flush();
        try (var in = new BufferedReader(
                new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                commands.command(line.split(" ", -1));
            }
        }
    }

    /** Commands {@code start RATE BURST} and {@code stop} for a pacer. */
    static Commands of(Pacer pacer) {
        return words -> {
            if (words[0].equals("start")) {
                pacer.start(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            } else {
                pacer.stop();
            }
        };
    }
}

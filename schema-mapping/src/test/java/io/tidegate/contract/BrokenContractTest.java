package io.tidegate.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.tidegate.problem.Problem;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever stands in a file, reading it ends with a contract or with problems, never with an exception. */
class BrokenContractTest {
    private static final Pattern KEY = Pattern
            .compile("(?m)(?<=[\\s{-])([A-Za-z]+):(?=\\s)|^([A-Za-z]+):(?=\\s)");

    static Stream<String> contracts() {
        return Stream.of(ContractReaderTest.FULL, OdcsFormTest.FULL);
    }

    @Test
    void every_renamed_key_of_a_contract_is_reported_where_it_stands() {
        var keys = KEY.matcher(ContractReaderTest.FULL);
        int renamed = 0;
        while (keys.find()) {
            var text = ContractReaderTest.FULL.substring(0, keys.end() - 1) + "q"
                    + ContractReaderTest.FULL.substring(keys.end() - 1);
            int line = (int) text.substring(0, keys.start()).lines().count();
            var key = keys.group() + "";

            var problems = ContractReader.read("c.yaml", text).problems();

            assertThat(problems).as("renamed " + key + " in line " + line)
                    .anyMatch(problem -> problem.isError() && problem.rule().equals("unknown-key")
                            && Math.abs(problem.place().line() - line) <= 1
                            && problem.message().contains("did you mean"));
            renamed++;
        }
        assertThat(renamed).isGreaterThan(40);
    }

    @ParameterizedTest
    @MethodSource("contracts")
    void each_line_that_is_dropped_or_changed_gives_a_contract_or_placed_problems(String contract) {
        var lines = contract.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            for (var line : Stream
                    .of("", lines.get(i).replace(":", ""), lines.get(i).replaceFirst(": .*", ":"),
                            lines.get(i).replaceFirst(": .*", ": [1, {a: b}]"),
                            lines.get(i).replaceFirst(": .*", ": {a: [b]}"),
                            lines.get(i).replaceFirst("[a-zA-Z]", "Q"), "  " + lines.get(i))
                    .toList()) {
                var changed = new java.util.ArrayList<>(lines);
                changed.set(i, line);

                var read = ContractReader.read("c.yaml", String.join("\n", changed));

                assertThat(read.product().isPresent()).as(String.join("\n", changed))
                        .isEqualTo(read.problems().stream().noneMatch(Problem::isError));
                assertThat(read.problems()).allMatch(problem -> problem.place().line() > 0);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("contracts")
    void random_edits_never_throw(String contract) {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            var text = new StringBuilder(contract);
            for (int edits = random.nextInt(6); edits >= 0; edits--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(4)) {
                    case 0 -> text.setCharAt(at,
                            (char) random.nextInt(random.nextBoolean() ? 128 : 65_536));
                    case 1 -> text.delete(at, Math.min(text.length(), at + random.nextInt(30)));
                    case 2 -> text.insert(at,
                            List.of("[", "{", "&a ", "*a", "\t", "!!x ", ": ", "- ", "\"", "null",
                                    "\n---\n",
                                    "%TAG ! x\n", "? ", "|\n", "\\u0000", "'", "\\x")
                                    .get(random.nextInt(17)));
                    default -> text.insert(at,
                            text.substring(at, Math.min(text.length(), at + random.nextInt(60))));
                }
            }

            assertThatCode(
                    () -> ContractSet.read(List.of(new SourceFile("c.yaml", text.toString()))))
                    .as("seed %d, text:%n%s", seed, text).doesNotThrowAnyException();
        }
    }

    @Test
    void a_file_of_nothing_but_mistakes_is_refused_in_bounded_time_and_length() {
        var text = new StringBuilder(
                "domain: d\nproduct: p\nversion: '1.0'\nowner: o\nfields: [{name: a, type: string}]\n"
                        + "access:\n  - scope: s\n    open: [");
        for (int i = 0; i < 60_000; i++) {
            text.append("b").append(i).append(", ");
        }
        text.append("]\n");
        for (int i = 0; i < 40_000; i++) {
            text.append("k").append(i).append(": 1\n");
        }

        var read = ContractReader.read("c.yaml", text.toString());

        assertThat(read.product()).isEmpty();
        assertThat(read.problems()).hasSize(501);
        assertThat(read.problems().getLast().message())
                .isEqualTo("there are more problems from here on: mend the ones above first");
    }

    @Test
    void random_bytes_never_throw() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            var bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            var text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);

            assertThatCode(() -> ContractReader.read("c.yaml", text)).as("seed " + seed)
                    .doesNotThrowAnyException();
        }
    }
}

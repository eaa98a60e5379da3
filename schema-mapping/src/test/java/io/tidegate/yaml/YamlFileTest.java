package io.tidegate.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.problem.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class YamlFileTest {
    private final List<Problem> problems = new ArrayList<>();

    @Test
    void values_stay_as_written_and_carry_their_place() {
        var root = YamlFile
                .parseMapping("a.yaml", "version: 2.10\nday: 2022-08-02\nlist: [yes, ~]\n",
                        problems)
                .orElseThrow();

        assertThat(root.plain()).isEqualTo(new java.util.LinkedHashMap<>(Map.of("version", "2.10",
                "day", "2022-08-02", "list", java.util.Arrays.asList("yes", null))));
        assertThat(root.get("day").place()).hasToString("a.yaml:2:6");
        assertThat(problems).isEmpty();
    }

    @Test
    void a_byte_order_mark_and_foreign_line_ends_do_not_matter() {
        var root = YamlFile.parseMapping("a.yaml", "\uFEFFa: 1\r\nb: 2\r\n", problems)
                .orElseThrow();

        assertThat(root.plain()).isEqualTo(Map.of("a", "1", "b", "2"));
        assertThat(root.get("b").place()).hasToString("a.yaml:2:4");
    }

    @Test
    void refuses_what_is_empty_or_no_mapping() {
        assertThat(refusals("")).containsExactly("f.yaml:1:1: yaml-empty: the file is empty");
        assertThat(refusals("# nothing\n"))
                .containsExactly("f.yaml:1:1: yaml-empty: the file is empty");
        assertThat(refusals("---\n")).singleElement().asString()
                .endsWith("yaml-empty: the file is empty");
        assertThat(refusals("- a\n")).containsExactly(
                "f.yaml:1:1: wrong-type: the file should be a mapping of keys to values but is a list");
    }

    @Test
    void reports_every_duplicate_key_with_both_places() {
        assertThat(refusals("a: 1\nb: 2\na: 3\nb: 4\n")).containsExactly(
                "f.yaml:3:1: duplicate-key: key 'a' stands here a second time, first in line 1",
                "f.yaml:4:1: duplicate-key: key 'b' stands here a second time, first in line 2");
    }

    @Test
    void says_where_the_syntax_ends() {
        assertThat(refusals("a: b: c\n"))
                .containsExactly("f.yaml:1:5: yaml-syntax: a ':' stands where no key can"
                        + " begin: put the value in quotes, or check the indentation");
        assertThat(refusals("a:\n\tb: 1\n")).containsExactly(
                "f.yaml:2:1: yaml-syntax: a tab stands where YAML wants spaces: indent with spaces");
        assertThat(refusals("a: [1, 2\n")).singleElement().asString()
                .startsWith("f.yaml:2:1: yaml-syntax: ");
        assertThat(refusals("a: 1\n---\nb: 2\n"))
                .containsExactly("f.yaml:2:1: yaml-limit: a second document begins"
                        + " here ('---'): keep one document a file");
    }

    @Test
    void refuses_tags_that_make_objects() {
        assertThat(refusals("a: !!javax.script.ScriptEngineManager [b]\n"))
                .containsExactly("f.yaml:1:4: yaml-tag:"
                        + " tag 'tag:yaml.org,2002:javax.script.ScriptEngineManager' is not allowed: remove it");
        assertThat(refusals("a: !secret b\n")).containsExactly(
                "f.yaml:1:4: yaml-tag: tag '!secret' is not allowed: remove it");
        assertThat(refusals("a: !!str 1\n")).isEmpty();
    }

    @Test
    void refuses_a_billion_laughs_at_its_first_step_too_many() {
        var bomb = new StringBuilder(
                "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for (int i = 1; i < 10; i++) {
            bomb.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(10)));
        }

        assertThat(refusals(bomb.toString())).containsExactly(
                "f.yaml:5:5: yaml-limit: the file holds more than 200000 values");
        assertThat(refusals("a: &a x\nb: [" + "*a, ".repeat(51) + "]\n")).containsExactly(
                "f.yaml:2:205: yaml-limit: more than 50 aliases: write the values out");
    }

    @Test
    void refuses_a_bomb_of_few_aliases_by_the_values_it_repeats() {
        var bomb = new StringBuilder("a0: &a0 [" + "x, ".repeat(5_000) + "]\n");
        for (int i = 1; i < 8; i++) {
            bomb.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
        }

        assertThat(refusals(bomb.toString())).singleElement().asString()
                .endsWith("yaml-limit: the file holds more than 200000 values");
    }

    @Test
    void refuses_aliases_that_lead_nowhere_or_into_themselves() {
        assertThat(refusals("a: *b\n"))
                .containsExactly("f.yaml:1:4: yaml-alias: '*b' repeats an anchor that is not"
                        + " there: no '&b' stands above it");
        assertThat(refusals("a: &a\n  b: *a\n")).containsExactly(
                "f.yaml:2:6: yaml-alias: '*a' stands inside of what it repeats");
    }

    @Test
    void refuses_depth_and_size_before_they_cost() {
        assertThat(refusals("[".repeat(1_000_000))).containsExactly(
                "f.yaml:1:51: yaml-limit: lists and mappings are nested deeper than 50");
        assertThat(refusals("a: " + "x".repeat(1 << 20))).containsExactly(
                "f.yaml: yaml-limit: the file is larger than 1 MiB: split it");
    }

    @Test
    void merge_keys_merge_nothing_and_cannot_go_round() {
        var root = YamlFile.parseMapping("f.yaml", "a: &a {x: 1}\nb:\n  <<: *a\n", problems)
                .orElseThrow();

        assertThat(root.plain())
                .isEqualTo(Map.of("a", Map.of("x", "1"), "b", Map.of("<<", Map.of("x", "1"))));
        assertThat(refusals("a: &a\n  <<: *a\n")).containsExactly(
                "f.yaml:2:7: yaml-alias: '*a' stands inside of what it repeats");
    }

    @Test
    void refuses_control_characters_where_they_stand() {
        for (var character : List.of("\0", "\u0007", "\u001b", "\uffff", "\ud800")) {
            assertThat(refusals("a: b\nc: x" + character + "y\n")).as(character).singleElement()
                    .asString().startsWith("f.yaml:2:").contains("yaml-syntax: ");
        }
        // A quoted escape is text; whoever uses it judges it.
        assertThat(refusals("a: \"\\0\"\n")).isEmpty();
    }

    @Test
    void what_other_versions_of_yaml_take_for_something_else_stays_text() {
        var root = YamlFile.parseMapping("f.yaml",
                "[1e3, 010, 0o10, 0x1F, no, 12:30:00, 2027-01-31, .inf, 1_000]\n".replace("[",
                        "a: ["),
                problems).orElseThrow();

        assertThat(root.plain()).isEqualTo(Map.of("a", List.of("1e3", "010", "0o10", "0x1F", "no",
                "12:30:00", "2027-01-31", ".inf", "1_000")));
    }

    @Test
    void refuses_a_hundred_megabytes_without_encoding_them() {
        assertThat(refusals("a: 1\n".repeat(20_000_000))).containsExactly(
                "f.yaml: yaml-limit: the file is larger than 1 MiB: split it");
    }

    @Test
    void reads_each_kind_of_value_and_reports_the_ones_that_are_something_else() {
        var keys = mapping("""
                text: hello
                count: 12
                on: true
                wait: 90s
                iso: PT1M30S
                size: 5MiB
                list: [a, b]
                one: a
                wrongCount: twelve
                wrongOn: "yes"
                wrongWait: soon
                wrongSize: 5 parsecs
                wrongList: {a: 1}
                """);

        assertThat(keys.requiredText("text")).contains("hello");
        assertThat(keys.integer("count", 1, 20)).contains(12);
        assertThat(keys.bool("on")).contains(true);
        assertThat(keys.duration("wait")).contains(Duration.ofSeconds(90));
        assertThat(keys.duration("iso")).contains(Duration.ofSeconds(90));
        assertThat(keys.byteSize("size")).hasValue(5L << 20);
        assertThat(keys.texts("list")).extracting(Object::toString).containsExactly("a", "b");
        assertThat(keys.texts("one")).extracting(Object::toString).containsExactly("a");
        assertThat(problems).isEmpty();
        assertThat(keys.integer("wrongCount", 1, 20)).isEmpty();
        assertThat(keys.bool("wrongOn")).isEmpty();
        assertThat(keys.duration("wrongWait")).isEmpty();
        assertThat(keys.byteSize("wrongSize")).isEmpty();
        assertThat(keys.texts("wrongList")).isEmpty();
        keys.done();
        assertThat(problems).extracting(Problem::toString).containsExactly(
                "f.yaml:9:13: bad-value: wrongCount: expected a whole number from 1 to 20 but was 'twelve'",
                "f.yaml:10:10: bad-value: wrongOn: expected true or false but was 'yes'",
                "f.yaml:11:12: bad-value: wrongWait: expected a duration such as 500ms, 30s, 5m, 1h, 7d or PT30S but"
                        + " was 'soon'",
                "f.yaml:12:12: bad-value: wrongSize: expected a size such as 64KiB, 5MiB or 1GiB but was '5 parsecs'",
                "f.yaml:13:12: wrong-type: wrongList: expected a list but was a mapping");
    }

    @Test
    void names_the_nearest_known_key() {
        var keys = mapping("onwer: me\nzzzzzz: 1\nempty:\n");

        keys.requiredText("owner");
        keys.requiredText("empty");
        keys.done();

        assertThat(problems).extracting(Problem::toString).containsExactly(
                "f.yaml:1:1: missing-key: key 'owner' is missing",
                "f.yaml:3:1: missing-key: key 'empty' has no value",
                "f.yaml:1:1: unknown-key: unknown key 'onwer': did you mean 'owner'?",
                "f.yaml:2:1: unknown-key: unknown key 'zzzzzz': expected owner or empty");
    }

    @Test
    void durations_have_bounds() {
        assertThat(YamlMapping.durationOf("500ms")).contains(Duration.ofMillis(500));
        assertThat(YamlMapping.durationOf("7d")).contains(Duration.ofDays(7));
        assertThat(YamlMapping.durationOf("P7D")).contains(Duration.ofDays(7));
        for (var text : List.of("-5s", "5", "PT-5S", "999999999999999d",
                "P" + "9".repeat(100) + "D", "")) {
            assertThat(YamlMapping.durationOf(text)).as(text).isEmpty();
        }
        assertThat(YamlMapping.byteSizeOf("99999999999TiB")).isEmpty();
        assertThat(YamlMapping.byteSizeOf("10MB")).hasValue(10_000_000);
        assertThat(YamlMapping.byteSizeOf("42")).hasValue(42);
    }

    private YamlMapping mapping(String text) {
        return new YamlMapping(YamlFile.parseMapping("f.yaml", text, problems).orElseThrow(), "",
                problems);
    }

    private static List<String> refusals(String text) {
        var found = new ArrayList<Problem>();
        YamlFile.parseMapping("f.yaml", text, found);
        return found.stream().map(Problem::toString).toList();
    }
}

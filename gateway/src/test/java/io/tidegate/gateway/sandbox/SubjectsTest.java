package io.tidegate.gateway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.gateway.sandbox.Subjects.Candidate;
import io.tidegate.gateway.sandbox.Subjects.Level;
import io.tidegate.gateway.sandbox.Subjects.Refused;
import io.vertx.core.json.JsonObject;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SubjectsTest {
    private final Subjects subjects = new Subjects();

    @Test
    void takes_a_bounded_number_of_schemas_and_still_gives_what_it_has() throws Exception {
        for (int i = 0; i < Subjects.EACH_MAX; i++) {
            subjects.register("s" + i, schema(i));
        }

        assertFull("10000 schemas", () -> subjects.register("s0", schema(Subjects.EACH_MAX)));
        assertThat(subjects.register("s0", schema(0)).number()).isOne();
        assertThat(subjects.byId(Subjects.EACH_MAX).schema().text()).contains("9999");
    }

    @Test
    void takes_a_bounded_number_of_subjects() throws Exception {
        for (int i = 0; i < Subjects.EACH_MAX; i++) {
            subjects.register("s" + i, schema(0));
        }

        assertFull("10000 subjects", () -> subjects.register("one more", schema(0)));
        assertThat(subjects.register("s0", schema(1)).number()).isEqualTo(2);
    }

    @Test
    void takes_a_bounded_number_of_versions_of_a_subject_though_they_are_deleted()
            throws Exception {
        for (int i = 0; i < Subjects.VERSIONS_MAX; i++) {
            subjects.register("s", schema(0));
            subjects.deleteVersion("s", "latest");
        }

        assertFull("1000 versions of a subject", () -> subjects.register("s", schema(0)));
    }

    @Test
    void takes_a_bounded_number_of_levels() throws Exception {
        for (int i = 0; i < Subjects.EACH_MAX; i++) {
            subjects.setLevel("s" + i, Level.FULL);
        }

        assertFull("10000 levels of subjects", () -> subjects.setLevel("one more", Level.FULL));
        subjects.setLevel("s0", Level.NONE);
        assertThat(subjects.ownLevel("s0")).contains(Level.NONE);
    }

    private static void assertFull(String what, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(Refused.class)
                .hasMessage("The sandbox's registry holds at most " + what);
    }

    private static Candidate schema(int number) throws Refused {
        return Candidate.from(new JsonObject().put("schemaType", "JSON").put("schema",
                "{\"title\":\"" + number + "\"}"));
    }
}

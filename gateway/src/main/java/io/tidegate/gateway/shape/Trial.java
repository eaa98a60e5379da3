package io.tidegate.gateway.shape;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of an answer that may yet turn out to be null, because a value below it is absent that the schema says is always
 * there: what is written is kept until that is known.
 */
final class Trial extends TokenBuffer {
    private final List<Object> place;
    private final List<List<Object>> absences;

    private Trial(List<Object> place, List<List<Object>> absences) {
        super(null, false);
        this.place = place;
        this.absences = absences;
    }

    /** What an answer is written to. */
    static Trial at(String resultKey) {
        return new Trial(List.of(resultKey), new ArrayList<>());
    }

    /** What the value is written to that comes next. */
    Trial part() {
        return new Trial(path(), absences);
    }

    /** The path of the value that comes next, from the root of the answer on: names, and positions in lists. */
    List<Object> path() {
        var below = new ArrayDeque<Object>();
        boolean isNext = true;
        for (JsonStreamContext at = getOutputContext(); at != null; at = at.getParent()) {
            if (at.inArray()) {
                // A list counts a value when it begins.
                below.addFirst(isNext ? at.getEntryCount() : at.getCurrentIndex());
            } else if (at.inObject()) {
                below.addFirst(at.getCurrentName());
            }
            isNext = false;
        }
        var path = new ArrayList<>(place);
        path.addAll(below);
        return path;
    }

    /** The paths of what is absent, as it was found. */
    List<List<Object>> absences() {
        return absences;
    }

    /** A value is absent that the schema says is always there. */
    static final class Absent extends RuntimeException {
        private final transient List<Object> path;

        private Absent(List<Object> path) {
            super("a required value is absent", null, false, false);
            this.path = path;
        }

        /** The path is known where the answer is on trial. */
        static Absent next(JsonGenerator out) {
            return new Absent(out instanceof Trial trial ? trial.path() : List.of());
        }

        List<Object> path() {
            return path;
        }
    }
}

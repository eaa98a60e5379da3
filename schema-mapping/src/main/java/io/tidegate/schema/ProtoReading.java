package io.tidegate.schema;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** One payload on its way to a row: where in it the reader stands, and what did not fit. */
final class ProtoReading {
    /** Any element of a list. */
    static final String ELEMENT = "[]";
    /** Any value of a map. */
    static final String ENTRY = "{}";

    private final Consumer<? super Misfit> misfits;
    private final List<String> path = new ArrayList<>();
    private final Set<Misfit> told = new HashSet<>(0);

    ProtoReading(Consumer<? super Misfit> misfits) {
        this.misfits = misfits;
    }

    /** A value that cannot be what its type says; ends at the nearest place above it that may be null. */
    static final class Unfit extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Misfit misfit;

        private Unfit(Misfit misfit) {
            super(misfit.toString(), null, false, false);
            this.misfit = misfit;
        }
    }

    int depth() {
        return path.size();
    }

    void enter(String step) {
        path.add(step);
    }

    /** Back to where {@link #depth} was this. */
    void leave(int depth) {
        while (path.size() > depth) {
            path.removeLast();
        }
    }

    /**
     * @param expected
     *            what the value here has to be, in words
     */
    Unfit unfit(String expected) {
        var name = new StringBuilder();
        for (String step : path) {
            boolean joined = name.isEmpty() || step.equals(ELEMENT) || step.equals(ENTRY);
            name.append(joined ? "" : ".").append(step);
        }
        return new Unfit(new Misfit(name.toString(), expected));
    }

    /** The value became null. */
    void tell(Unfit unfit) {
        if (told.add(unfit.misfit)) {
            misfits.accept(unfit.misfit);
        }
    }
}

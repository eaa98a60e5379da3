package io.tidegate.gateway.delivery;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A batch of frames, ready for the wire and shared by every client of a group: nobody may change its bytes. What a transport
 * makes of it (a buffer outside the heap, a deflated copy) is kept beside it, so that it is made once for all clients.
 * Confined to one event loop.
 */
public final class Frames {
    /** Kinds of forms that one batch has at most: as it is, and deflated. */
    private static final int FORMS_MAX = 2;

    /** Nothing at all. */
    static final Frames NONE = new Frames(new byte[0], 0, new int[0]);

    private final byte[] bytes;
    private final int events;
    private final int[] holes;
    private final @Nullable Form[] forms = new Form[FORMS_MAX];
    private @Nullable Payoff payoff;
    private @Nullable Boolean isDeflated;

    /** The frames as a transport holds them. */
    public interface Form {
        /** No further client is served from it; what has been handed to connections lives on by itself. */
        void release();
    }

    /**
     * @param events
     *            how many events it holds
     * @param holes
     *            where each frame has room for the client's own id; empty for framings without one
     */
    public Frames(byte[] bytes, int events, int[] holes) {
        this.bytes = bytes;
        this.events = events;
        this.holes = holes;
    }

    public byte[] bytes() {
        return bytes;
    }

    public int events() {
        return events;
    }

    public int[] holes() {
        return holes;
    }

    /** Several clients share these frames and can inflate them; whether that pays, this says. */
    void mayBeDeflated(Payoff told) {
        payoff = told;
    }

    /**
     * Whether clients that can inflate should get a deflated form. Decided once, whoever asks; if so, {@link #deflated} must be
     * told what came of it.
     */
    public boolean isWorthDeflating() {
        var decided = isDeflated;
        if (decided == null) {
            decided = payoff != null && payoff.isNext();
            isDeflated = decided;
        }
        return decided;
    }

    /** The deflated form has been made, with this many bytes. */
    public void deflated(int deflatedBytes) {
        if (payoff != null && bytes.length > 0) {
            payoff.tried(bytes.length, deflatedBytes);
        }
    }

    /** The form of this kind; made at first, then shared until {@link #release}. */
    public <F extends Form> F form(Class<F> kind, Function<Frames, F> make) {
        for (int i = 0; i < FORMS_MAX; i++) {
            var known = forms[i];
            if (known == null) {
                var made = make.apply(this);
                forms[i] = made;
                return made;
            }
            if (kind.isInstance(known)) {
                return kind.cast(known);
            }
        }
        throw new IllegalStateException("frames have at most " + FORMS_MAX + " forms");
    }

    /** Whoever made the frames will hand them to nobody else. */
    public void release() {
        for (int i = 0; i < FORMS_MAX; i++) {
            var form = forms[i];
            if (form != null) {
                forms[i] = null;
                form.release();
            }
        }
    }
}

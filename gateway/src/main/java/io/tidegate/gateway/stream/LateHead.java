package io.tidegate.gateway.stream;

import io.tidegate.gateway.delivery.Frames;
import io.tidegate.gateway.delivery.Outlet;
import io.tidegate.gateway.subscription.EndReason;

/** An outlet that takes nothing until its response's head is written, which is when nothing can be refused any more. */
final class LateHead implements Outlet {
    private final Outlet outlet;
    private final Runnable head;
    private boolean isOpen;

    LateHead(Outlet outlet, Runnable head) {
        this.outlet = outlet;
        this.head = head;
    }

    void open() {
        if (!isOpen) {
            isOpen = true;
            head.run();
        }
    }

    @Override
    public boolean isWritable() {
        return isOpen && outlet.isWritable();
    }

    @Override
    public boolean inflates() {
        return outlet.inflates();
    }

    @Override
    public void write(Frames frames) {
        // A notice may come before the first event.
        open();
        outlet.write(frames);
    }

    @Override
    public void end(EndReason reason, String cursor) {
        open();
        outlet.end(reason, cursor);
    }
}

package io.tidegate.loadtests.server;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * The events of one subscriber as reactive streams want them: no more than asked for, the others wait. All of it happens on one
 * event loop.
 */
final class EventPublisher implements Publisher<Map<String, Object>>, Subscription {
    private static final int WAITING_MAX = 10_000;

    private final Set<EventPublisher> all;
    private final Queue<Map<String, Object>> waiting = new ArrayDeque<>();
    private @Nullable Subscriber<? super Map<String, Object>> subscriber;
    private long wanted;
    private boolean isSending;

    /**
     * @param all
     *            where it belongs while it has a subscriber
     */
    EventPublisher(Set<EventPublisher> all) {
        this.all = all;
    }

    @Override
    public void subscribe(Subscriber<? super Map<String, Object>> subscriber) {
        this.subscriber = subscriber;
        all.add(this);
        subscriber.onSubscribe(this);
    }

    /** The next event; too many that wait end the subscription. */
    void next(Map<String, Object> event) {
        waiting.add(event);
        send();
        if (waiting.size() > WAITING_MAX && subscriber != null) {
            all.remove(this);
            waiting.clear();
            subscriber.onError(new IllegalStateException("the subscriber is too slow"));
        }
    }

    @Override
    public void request(long events) {
        wanted = Math.max(wanted, wanted + events);
        send();
    }

    /** Once at a time: a subscriber asks for more while it gets one. */
    private void send() {
        if (isSending) {
            return;
        }
        isSending = true;
        while (wanted > 0 && subscriber != null) {
            var event = waiting.poll();
            if (event == null) {
                break;
            }
            wanted--;
            subscriber.onNext(event);
        }
        isSending = false;
    }

    @Override
    public void cancel() {
        all.remove(this);
        subscriber = null;
        waiting.clear();
    }
}

package io.tidegate.gateway.http;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whether a client takes what waits for it, however slowly. In our own memory something waits only while the system's buffer is
 * full. What that has swallowed tells nothing, except where the system says (Linux) that none of it arrives.
 *
 * <p>
 * TCP_USER_TIMEOUT would find the same clients; whether it leaves those alone that read less than a segment at a time has not
 * been tried.
 */
public final class Uptake {
    private int head;
    private long progress;
    private boolean isStuck;
    private long movedAt;
    /** At the last look, the system had sent what was not acknowledged. */
    private boolean isUnacknowledged;
    private long unacknowledgedMillis;
    private int backoff;

    /** Looks again at the client of a response that has a connection to itself; on the event loop. */
    public void look(HttpServerRequest request, long now) {
        look(request.connection() instanceof HttpServerConnection connection
                ? connection.channelHandlerContext().channel()
                : null, now);
    }

    /**
     * Looks again.
     *
     * @param now
     *            of {@code System.nanoTime}
     */
    void look(@Nullable Channel channel, long now) {
        boolean isTaking = channel instanceof EpollSocketChannel epoll && channel.isOpen()
                && listen(epoll.tcpInfo());
        var out = channel == null ? null : channel.unsafe().outboundBuffer();
        var current = out == null ? null : out.current();
        if (out == null || current == null) {
            isStuck = false;
            return;
        }
        // Not the message itself, which would then be kept from its pool.
        int identity = System.identityHashCode(current);
        long taken = out.currentProgress();
        if (!isStuck || isTaking || identity != head || taken != progress) {
            movedAt = now;
        }
        isStuck = true;
        head = identity;
        progress = taken;
    }

    /**
     * Whether the client has opened its window since the last look: the system knocks at a closed one less and less often, and
     * begins anew when it opens. Its buffer has to empty by a third before we see it take more of ours.
     */
    private boolean listen(EpollTcpInfo info) {
        boolean isTaking = info.backoff() == 0 || info.backoff() < backoff;
        backoff = info.backoff();
        // What is on its way just now has to wait for its acknowledgement as well; at the next look it must have come.
        boolean isOnItsWay = info.unacked() > 0;
        unacknowledgedMillis = isOnItsWay && isUnacknowledged ? info.lastAckRecv() : 0;
        isUnacknowledged = isOnItsWay;
        return isTaking;
    }

    /** Whether nothing has moved for so long, though something waits. */
    public boolean isGivenUp(long now, long silenceNanos) {
        return (isStuck && now - movedAt > silenceNanos)
                || unacknowledgedMillis > TimeUnit.NANOSECONDS.toMillis(silenceNanos);
    }

    /** Whether something waits for the client. */
    boolean isStuck() {
        return isStuck;
    }

    /** When the client was seen to take something; only where {@link #isStuck}. */
    long movedAt() {
        return movedAt;
    }
}

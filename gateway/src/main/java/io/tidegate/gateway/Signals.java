package io.tidegate.gateway;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/** What the system asks of the process: to end, and to end at once. */
final class Signals {
    private Signals() {
    }

    /**
     * Runs this at the first SIGTERM or SIGINT, on a thread of its own; the second one ends the process on the spot.
     *
     * @return false if this machine leaves signals to itself; nothing will be run then
     */
    static boolean onEnd(Runnable first) {
        var isEnding = new AtomicBoolean();
        // Once the machine shuts down, a second signal is lost to shutdown hooks. What hears it has no successor and is warned
        // of wherever it is named in source, so it is named at run time.
        try {
            var signal = Class.forName("sun.misc.Signal");
            var handler = Class.forName("sun.misc.SignalHandler");
            var heard = Proxy.newProxyInstance(Signals.class.getClassLoader(),
                    new Class<?>[]{handler}, (proxy, method, arguments) -> {
                        if (!method.getName().equals("handle")) {
                            return method.invoke(isEnding, arguments);
                        }
                        if (isEnding.compareAndSet(false, true)) {
                            Thread.ofPlatform().name("end").start(first);
                        } else {
                            Runtime.getRuntime().halt(Main.DONE);
                        }
                        return null;
                    });
            for (var name : new String[]{"TERM", "INT"}) {
                signal.getMethod("handle", signal, handler).invoke(null,
                        signal.getConstructor(String.class).newInstance(name), heard);
            }
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}

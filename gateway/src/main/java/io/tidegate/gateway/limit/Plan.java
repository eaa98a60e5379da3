package io.tidegate.gateway.limit;

/**
 * What a partner may use.
 *
 * @param connections
 *            open at once
 * @param subscriptions
 *            open at once, over all connections
 * @param messages
 *            events delivered, over all subscriptions of one connection
 * @param bytes
 *            delivered, likewise
 * @param queryCost
 *            of pull queries
 * @param priority
 *            who is served first when there is not enough for all: higher first, 1 to 10
 */
public record Plan(String name, Rate requests, int connections, int subscriptions, Rate messages,
        Rate bytes, Rate queryCost, int priority) {
    public static final Plan GOLD = new Plan("gold", Rate.perSecond(50), 50, 200,
            Rate.perSecond(5000), Rate.parse("5MiB/s"), Rate.parse("100000/min"), 3);
    public static final Plan FREE = new Plan("free", Rate.perSecond(2), 2, 5, Rate.perSecond(50),
            Rate.parse("64KiB/s"), Rate.parse("1000/min"), 1);

    public Plan {
        if (connections < 1 || subscriptions < 1) {
            throw new IllegalArgumentException("plan '" + name
                    + "': expected at least one connection and one subscription but was "
                    + connections + " and " + subscriptions);
        }
        if (priority < 1 || priority > 10) {
            throw new IllegalArgumentException("plan '" + name
                    + "': priority: expected 1 to 10 but was '" + priority + "'");
        }
    }
}

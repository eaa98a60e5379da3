package io.tidegate.gateway.sandbox;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A small made-up company that trades, stocks, ships and bills: an endless walk through its events. The same seed and the
 * same times give the same events. Every collection is bounded; nothing here is a real person, company or address. Not
 * thread-safe.
 */
final class SampleData {
    static final String SHIPMENTS = "logistics.shipment-events";
    static final String INVOICES = "billing.invoices";
    static final String CUSTOMERS = "crm.customers";
    static final String TRADES = "execution.stock-trades";
    static final String STOCK = "inventory.stock-levels";

    /** Carriers that appear in shipments, the first being the one of the sandbox's token. */
    static final List<String> CARRIERS = List.of("nordfast", "bluebox", "pelican", "orbit");

    private static final List<String> GIVEN = List.of("Alder", "Briar", "Cosmo", "Delphi", "Ember",
            "Fenno", "Gale",
            "Hollis", "Indigo", "Juno", "Kestrel", "Lark");
    private static final List<String> FAMILY = List.of("Quillfeather", "Marrowby", "Thistlewood",
            "Oxbridgeton",
            "Pennywhist", "Saltmarch", "Underhay", "Vantree", "Wickerly", "Yarrowen");
    private static final List<String> COUNTRIES = List.of("DE", "FR", "NL", "SE", "PL", "ES");
    private static final List<String> CITIES = List.of("Lindenau", "Port Amber", "Kestrelham",
            "Oakmere", "Sundby",
            "Vilamar");
    private static final List<String> INTERESTS = List.of("outdoor", "kitchen", "audio", "garden",
            "books");
    private static final List<String> WAREHOUSES = List.of("north", "south", "harbour");
    private static final List<String> SYMBOLS = List.of("TDG", "HRB", "LGHT", "SALT", "DUNE",
            "REEF", "KELP", "BUOY");
    private static final int ARTICLES = 24;
    private static final int CUSTOMERS_MAX = 150;
    private static final int OPEN_SHIPMENTS_MAX = 120;
    private static final int OPEN_INVOICES_MAX = 120;
    private static final int RECENT_ORDERS_MAX = 60;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Random random;
    private final TreeMap<String, ObjectNode> customers = new TreeMap<>();
    private final TreeMap<String, ObjectNode> stock = new TreeMap<>();
    private final List<ObjectNode> shipments = new ArrayList<>();
    private final List<ObjectNode> invoices = new ArrayList<>();
    private final List<Order> recentOrders = new ArrayList<>();
    private final double[] prices = new double[SYMBOLS.size()];
    private int lastCustomer = 1000;
    private int lastOrder = 50_000;
    private int lastInvoice = 7000;
    private long lastTrade;

    SampleData(long seed) {
        this.random = new Random(seed);
        for (int i = 0; i < prices.length; i++) {
            prices[i] = 20 + 180 * random.nextDouble();
        }
    }

    /**
     * One event of one product.
     *
     * @param product
     *            {@code domain.product}
     * @param key
     *            the fields that identify the row; empty where every event is a row of its own
     * @param before
     *            the row before, where there was one
     * @param after
     *            the row now; null = it is gone
     */
    record Sample(String product, ObjectNode key, @Nullable ObjectNode before,
            @Nullable ObjectNode after) {
    }

    /** What happens next, as of this moment. */
    Sample next(Instant now) {
        int die = random.nextInt(100);
        if (die < 50) {
            return trade(now);
        }
        if (die < 68) {
            return stockLevel(now);
        }
        if (die < 87) {
            return shipment(now);
        }
        return die < 95 ? invoice(now) : customer(now);
    }

    private Sample trade(Instant now) {
        int at = random.nextInt(SYMBOLS.size());
        prices[at] = Math.max(1, prices[at] * (1 + random.nextGaussian() * 0.002));
        var trade = JSON.objectNode()
                .put("trade_id", String.format(Locale.ROOT, "T%010d", ++lastTrade))
                .put("symbol", SYMBOLS.get(at))
                .put("side", random.nextBoolean() ? "BUY" : "SELL")
                .put("quantity", 10 * (1 + random.nextInt(50)))
                .put("price", Math.round(prices[at] * 100) / 100.0)
                .put("account", "ACC-" + (100 + random.nextInt(40)))
                .put("executed_at", now.toString());
        return new Sample(TRADES, JSON.objectNode(), null, trade);
    }

    private Sample stockLevel(Instant now) {
        String sku = sku();
        String warehouse = pick(WAREHOUSES);
        String place = sku + "/" + warehouse;
        var key = JSON.objectNode().put("sku", sku).put("warehouse", warehouse);
        ObjectNode before = stock.get(place);
        if (before != null && random.nextInt(60) == 0) {
            stock.remove(place);
            return new Sample(STOCK, key, before, null);
        }
        int onHand = before == null ? 40 + random.nextInt(200) : before.get("on_hand").asInt();
        int moved = onHand < 10 ? 100 + random.nextInt(100) : random.nextInt(20) - 12;
        int left = Math.max(0, onHand + moved);
        var after = key.deepCopy()
                .put("on_hand", left)
                .put("reserved", Math.min(left, random.nextInt(10)))
                .put("unit_cost",
                        before == null
                                ? money(200 + random.nextInt(9000))
                                : before.get("unit_cost").asText())
                .put("counted_at", now.toString());
        stock.put(place, after);
        return new Sample(STOCK, key, before, after);
    }

    private Sample shipment(Instant now) {
        if (shipments.size() < 8
                || (shipments.size() < OPEN_SHIPMENTS_MAX && random.nextInt(3) == 0)) {
            Order order = order();
            var created = JSON.objectNode()
                    .put("shipment_id", "SHP-" + order.number())
                    .put("order_id", order.id())
                    .put("customer_id", order.customer())
                    .put("sku", order.sku())
                    .put("carrier_id", pick(CARRIERS))
                    .put("status", "created")
                    .put("recipient_email", "recipient." + order.number() + "@example.com")
                    .put("destination_country", pick(COUNTRIES))
                    .put("weight_kg",
                            BigDecimal.valueOf(50 + random.nextInt(30_000), 3).toPlainString())
                    .put("promised_on", day(now).plusDays(1 + random.nextInt(6)).toString())
                    .put("updated_at", now.toString());
            shipments.add(created);
            return new Sample(SHIPMENTS, keyOf(created, "shipment_id"), null, created);
        }
        int at = random.nextInt(shipments.size());
        ObjectNode before = shipments.get(at);
        String status = switch (before.get("status").asText()) {
            case "created" -> "in_transit";
            case "in_transit" -> random.nextInt(4) == 0 ? "in_transit" : "delivered";
            default -> "returned";
        };
        var after = before.deepCopy().put("status", status).put("updated_at", now.toString());
        shipments.set(at, after);
        if (status.equals("returned") || (status.equals("delivered") && random.nextInt(20) != 0)) {
            shipments.remove(at);
        }
        return new Sample(SHIPMENTS, keyOf(after, "shipment_id"), before, after);
    }

    private Sample invoice(Instant now) {
        if (invoices.size() < 5
                || (invoices.size() < OPEN_INVOICES_MAX && random.nextInt(2) == 0)) {
            Order order = recentOrders.isEmpty() ? order() : recentOrders.remove(0);
            int quantity = 1 + random.nextInt(5);
            long cents = 200L + random.nextInt(20_000);
            var issued = JSON.objectNode()
                    .put("invoice_id", "INV-" + ++lastInvoice)
                    .put("order_id", order.id())
                    .put("customer_id", order.customer())
                    .put("billing_email", "accounts." + order.number() + "@example.com")
                    .put("status", "issued")
                    .put("currency", pick(List.of("EUR", "EUR", "USD", "GBP")))
                    .put("total", money(quantity * cents))
                    .put("due_on", day(now).plusDays(14).toString())
                    .put("issued_at", now.toString())
                    .put("updated_at", now.toString());
            issued.putArray("lines").addObject().put("sku", order.sku()).put("quantity", quantity)
                    .put("unit_price", money(cents));
            invoices.add(issued);
            return new Sample(INVOICES, keyOf(issued, "invoice_id"), null, issued);
        }
        int at = random.nextInt(invoices.size());
        ObjectNode before = invoices.get(at);
        String status = switch (random.nextInt(10)) {
            case 0 -> "cancelled";
            case 1, 2 -> "overdue";
            default -> "paid";
        };
        var after = before.deepCopy().put("status", status).put("updated_at", now.toString());
        if (status.equals("overdue")) {
            invoices.set(at, after);
        } else {
            invoices.remove(at);
        }
        return new Sample(INVOICES, keyOf(after, "invoice_id"), before, after);
    }

    private Sample customer(Instant now) {
        if (customers.size() < 10 || (customers.size() < CUSTOMERS_MAX && random.nextInt(3) == 0)) {
            return newCustomer(now);
        }
        ObjectNode before = Objects.requireNonNull(customers.get(anyCustomer()), "customer");
        var key = keyOf(before, "customer_id");
        if (random.nextInt(15) == 0) {
            customers.remove(before.get("customer_id").asText());
            return new Sample(CUSTOMERS, key, before, null);
        }
        var after = before.deepCopy().put("updated_at", now.toString())
                .put("orders_placed", before.get("orders_placed").asLong() + 1);
        after.withObject("/preferences").put("newsletter",
                random.nextBoolean() ? "weekly" : "never");
        customers.put(before.get("customer_id").asText(), after);
        return new Sample(CUSTOMERS, key, before, after);
    }

    private Sample newCustomer(Instant now) {
        String id = "CUST-" + ++lastCustomer;
        String given = pick(GIVEN);
        String family = pick(FAMILY);
        int place = random.nextInt(COUNTRIES.size());
        var customer = JSON.objectNode()
                .put("customer_id", id)
                .put("name", given + " " + family)
                .put("email",
                        (given + "." + family).toLowerCase(Locale.ROOT) + "." + lastCustomer
                                + "@example.com")
                .put("phone", String.format(Locale.ROOT, "+1-555-01%02d", random.nextInt(100)))
                .put("born_on",
                        LocalDate
                                .of(1950 + random.nextInt(55), 1 + random.nextInt(12),
                                        1 + random.nextInt(28))
                                .toString())
                .put("segment", pick(List.of("CONSUMER", "CONSUMER", "BUSINESS", "PUBLIC_SECTOR")))
                .put("country", COUNTRIES.get(place))
                .put("orders_placed", 0)
                .put("updated_at", now.toString());
        customer.putObject("address").put("city", CITIES.get(place))
                .put("postal_code", Integer.toString(10_000 + random.nextInt(89_999)));
        customer.putArray("interests").add(pick(INTERESTS));
        customer.putObject("preferences").put("language",
                COUNTRIES.get(place).toLowerCase(Locale.ROOT));
        customers.put(id, customer);
        return new Sample(CUSTOMERS, keyOf(customer, "customer_id"), null, customer);
    }

    private Order order() {
        String customer = customers.isEmpty() ? "CUST-" + (lastCustomer + 1) : anyCustomer();
        var order = new Order(++lastOrder, customer, sku());
        recentOrders.add(order);
        if (recentOrders.size() > RECENT_ORDERS_MAX) {
            recentOrders.remove(0);
        }
        return order;
    }

    private String anyCustomer() {
        var ids = new ArrayList<>(customers.keySet());
        return pick(ids);
    }

    private String sku() {
        return "SKU-" + (100 + random.nextInt(ARTICLES));
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private static ObjectNode keyOf(ObjectNode row, String field) {
        return JSON.objectNode().put(field, row.get(field).asText());
    }

    private static String money(long cents) {
        return BigDecimal.valueOf(cents, 2).setScale(2, RoundingMode.UNNECESSARY).toPlainString();
    }

    private static LocalDate day(Instant now) {
        return LocalDate.ofInstant(now, ZoneOffset.UTC);
    }

    private record Order(int number, String customer, String sku) {
        private String id() {
            return "ORD-" + number;
        }
    }
}

package io.tidegate.gateway.portal;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;

/** The portal with two made-up products and a made-up stream, to look at: {@code PortalPreview 8080}. */
final class PortalPreview {
    private PortalPreview() {
    }

    public static void main(String[] args) throws Exception {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
        var house = new House(true, true, port, "http://localhost:" + port,
                PortalPreview::stream, House.SHIPMENTS, House.READINGS);
        System.out.println("portal at " + house.url());
    }

    private static void stream(Router router) {
        router.get("/streams/*").handler(PortalPreview::stream);
    }

    private static void stream(RoutingContext ctx) {
        if (ctx.request().getHeader("Authorization") == null) {
            ctx.response().setStatusCode(401).end("{\"detail\":\"Send a token.\"}");
            return;
        }
        Vertx vertx = ctx.vertx();
        var response = ctx.response().setChunked(true).putHeader("Content-Type",
                "text/event-stream");
        var states = new String[]{"created", "in_transit", "delivered", "returned"};
        var count = new long[1];
        long timer = vertx.setPeriodic(120, id -> {
            if (response.writeQueueFull()) {
                return;
            }
            long n = count[0]++;
            var value = new JsonObject().put("shipment_id", "S-" + (1000 + n % 37))
                    .put("status", states[(int) (n % 4)]).put("carrier_id", "C-" + n % 5)
                    .put("weight_kg", "12.500")
                    .put("updated_at", Clock.systemUTC().instant().toString());
            if (n % 40 == 25) {
                response.write("event: gap\nid: cursor-" + n
                        + "\ndata: {\"reason\":\"RETENTION\",\"events\":17,\"detail\":\"The events are no longer retained.\"}\n\n");
            }
            response.write("event: " + (n % 9 == 8 ? "delete" : "upsert") + "\nid: cursor-" + n
                    + "\ndata: " + value.encode() + "\n\n");
        });
        response.closeHandler(closed -> vertx.cancelTimer(timer));
    }
}

package io.tidegate.loadtests.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.predicate.CelFilters;
import io.tidegate.gateway.predicate.FilterProblem;
import io.tidegate.gateway.predicate.Matcher;
import io.tidegate.gateway.shape.GraphQlShape;
import io.tidegate.gateway.shape.PlainShape;
import io.tidegate.gateway.shape.RowMasks;
import io.tidegate.gateway.shape.Shape;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.Row;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What happens to a decoded row before it is a frame: filter and rendering. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ShapeBench {
    private static final String CURSOR = "EAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private final ProductSchema product = Shipments.product("json");
    private final Event event = Shipments.event(product);
    private final Row row = Shipments.row(product);
    private final Shape plain = new PlainShape(product, PlainShape.Form.EVENT, Set.of(), Set.of(),
            RowMasks.NONE, "http://localhost");
    private final ProductApi api = ProductApi.of(product);
    private final Shape graphQl = new GraphQlShape(api, Shipments.selection(api), RowMasks.NONE);
    private final Matcher matcher = matcher(product);
    private final ObjectMapper jackson = new ObjectMapper();
    private final JsonFactory factory = new JsonFactory();
    private final JsonNode tree = tree(jackson);

    @Benchmark
    public byte[] renderPlain() {
        return plain.render(event, Op.UPSERT, CURSOR);
    }

    @Benchmark
    public byte[] renderGraphQl() {
        return graphQl.render(event, Op.UPSERT, CURSOR);
    }

    @Benchmark
    public boolean matchThreeTerms() {
        return matcher.matches(row);
    }

    @Benchmark
    public byte[] writeRowOurs() throws IOException {
        var out = new ByteArrayOutputStream(512);
        try (var generator = factory.createGenerator(out)) {
            JsonValues.write(generator, product.rowType(), row);
        }
        return out.toByteArray();
    }

    @Benchmark
    public byte[] writeRowJacksonTree() throws IOException {
        return jackson.writeValueAsBytes(tree);
    }

    private static Matcher matcher(ProductSchema product) {
        try {
            return Matcher.compile(CelFilters.compile(
                    "event.status == 'IN_TRANSIT' && event.weight_grams > 1000 && event.carrier in ['a', 'northern-freight']",
                    product.rowType(), Set.of(), Map.of(), Optional.empty()));
        } catch (FilterProblem e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode tree(ObjectMapper jackson) {
        try {
            return jackson.readTree(Shipments.JSON);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}

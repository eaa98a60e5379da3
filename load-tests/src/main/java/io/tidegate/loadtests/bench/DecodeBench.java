package io.tidegate.loadtests.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import io.tidegate.contract.ProductSchema;
import io.tidegate.schema.Codec;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.UnreadablePayload;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * A payload to the JSON of the streams: through our codec and writer, and through the bare library of its format and
 * Jackson's generator. Both sides read every field and write the same members; the bare side knows its one schema by heart
 * and neither bounds, checks nor names anything. Scores of one run compare, scores of two do not.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecodeBench {
    private static final DateTimeFormatter TIME = DateTimeFormatter
            .ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final JsonFactory factory = new JsonFactory();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(1024);

    private final ProductSchema jsonProduct = Shipments.product("json");
    private final Codec json = jsonProduct.changes().payload();
    private final byte[] jsonBytes = Shipments.payload(jsonProduct);
    private final ObjectMapper jackson = new ObjectMapper(factory);

    private final ProductSchema avroProduct = Shipments.product("avro");
    private final Codec avro = avroProduct.changes().payload();
    private final byte[] avroBytes = Shipments.payload(avroProduct);
    private final GenericDatumReader<GenericRecord> avroReader = new GenericDatumReader<>(
            new Schema.Parser().parse(avro.source().text()));
    private @Nullable BinaryDecoder avroDecoder;

    private final ProductSchema protobufProduct = Shipments.product("protobuf");
    private final Codec protobuf = protobufProduct.changes().payload();
    private final byte[] protobufBytes = Shipments.payload(protobufProduct);
    private final Descriptor protobufDescriptor = sameWireForm();

    @Benchmark
    public int jsonOurs() throws IOException, UnreadablePayload {
        return ours(json, jsonBytes);
    }

    /** To a tree and back to text. */
    @Benchmark
    public int jsonBare() throws IOException {
        out.reset();
        try (var generator = factory.createGenerator(out)) {
            jackson.writeTree(generator, jackson.readTree(jsonBytes));
        }
        return out.size();
    }

    @Benchmark
    public int avroOurs() throws IOException, UnreadablePayload {
        return ours(avro, avroBytes);
    }

    /** To a generic record, whose members are then written. */
    @Benchmark
    public int avroBare() throws IOException {
        avroDecoder = DecoderFactory.get().binaryDecoder(avroBytes, avroDecoder);
        var row = avroReader.read(null, avroDecoder);
        out.reset();
        try (var generator = factory.createGenerator(out)) {
            generator.writeStartObject();
            for (var field : row.getSchema().getFields()) {
                generator.writeFieldName(field.name());
                Object value = row.get(field.pos());
                if (value instanceof Long number) {
                    generator.writeString(field.name().equals("updated_at")
                            ? time(Math.floorDiv(number, 1_000_000L),
                                    (int) Math.floorMod(number, 1_000_000L) * 1_000)
                            : number.toString());
                } else {
                    generator.writeString(String.valueOf(value));
                }
            }
            generator.writeEndObject();
        }
        return out.size();
    }

    @Benchmark
    public int protobufOurs() throws IOException, UnreadablePayload {
        return ours(protobuf, protobufBytes);
    }

    /** To a dynamic message, whose members are then written. */
    @Benchmark
    public int protobufBare() throws IOException {
        var row = DynamicMessage.parseFrom(protobufDescriptor, protobufBytes);
        out.reset();
        try (var generator = factory.createGenerator(out)) {
            generator.writeStartObject();
            for (var field : protobufDescriptor.getFields()) {
                generator.writeFieldName(field.getName());
                Object value = row.getField(field);
                if (value instanceof DynamicMessage time) {
                    var parts = time.getDescriptorForType().getFields();
                    generator.writeString(time((Long) time.getField(parts.get(0)),
                            (Integer) time.getField(parts.get(1))));
                } else {
                    generator.writeString(value.toString());
                }
            }
            generator.writeEndObject();
        }
        return out.size();
    }

    private int ours(Codec codec, byte[] payload) throws IOException, UnreadablePayload {
        var row = codec.decode(payload);
        out.reset();
        try (var generator = factory.createGenerator(out)) {
            JsonValues.write(generator, codec.type(), row);
        }
        return out.size();
    }

    private static String time(long second, int nano) {
        return TIME.format(Instant.ofEpochSecond(second, nano));
    }

    /** A message with the same field numbers and wire types; the timestamp is its seconds and nanos. */
    private static Descriptor sameWireForm() {
        var time = DescriptorProto.newBuilder().setName("Time")
                .addField(field("seconds", 1, FieldDescriptorProto.Type.TYPE_INT64))
                .addField(field("nanos", 2, FieldDescriptorProto.Type.TYPE_INT32));
        var shipment = DescriptorProto.newBuilder().setName("Shipment");
        int number = 1;
        for (var name : List.of("shipment_id", "status", "carrier", "origin", "destination",
                "weight_grams", "updated_at", "note")) {
            shipment.addField(switch (name) {
                case "weight_grams" -> field(name, number, FieldDescriptorProto.Type.TYPE_INT64);
                case "updated_at" -> field(name, number, FieldDescriptorProto.Type.TYPE_MESSAGE)
                        .setTypeName("Time");
                default -> field(name, number, FieldDescriptorProto.Type.TYPE_STRING);
            });
            number++;
        }
        var file = FileDescriptorProto.newBuilder().setName("shipment.proto").setSyntax("proto3")
                .addMessageType(time).addMessageType(shipment).build();
        try {
            return FileDescriptor.buildFrom(file, new FileDescriptor[0])
                    .findMessageTypeByName("Shipment");
        } catch (DescriptorValidationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static FieldDescriptorProto.Builder field(String name, int number,
            FieldDescriptorProto.Type type) {
        return FieldDescriptorProto.newBuilder().setName(name).setNumber(number).setType(type)
                .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL);
    }
}

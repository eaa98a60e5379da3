package io.tidegate.loadtests.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import io.tidegate.contract.ProductSchema;
import io.tidegate.schema.Codec;
import io.tidegate.schema.Row;
import io.tidegate.schema.UnreadablePayload;
import java.io.IOException;
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

/** A payload to a row through our codecs, and to the bare library's own form of a record. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecodeBench {
    private final ProductSchema jsonProduct = Shipments.product("json");
    private final Codec json = jsonProduct.changes().payload();
    private final byte[] jsonBytes = Shipments.payload(jsonProduct);
    private final ObjectMapper jackson = new ObjectMapper();

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
    public Row jsonOurs() throws UnreadablePayload {
        return json.decode(jsonBytes);
    }

    @Benchmark
    public JsonNode jsonJacksonTree() throws IOException {
        return jackson.readTree(jsonBytes);
    }

    @Benchmark
    public Row avroOurs() throws UnreadablePayload {
        return avro.decode(avroBytes);
    }

    @Benchmark
    public GenericRecord avroGenericRecord() throws IOException {
        avroDecoder = DecoderFactory.get().binaryDecoder(avroBytes, avroDecoder);
        return avroReader.read(null, avroDecoder);
    }

    @Benchmark
    public Row protobufOurs() throws UnreadablePayload {
        return protobuf.decode(protobufBytes);
    }

    @Benchmark
    public DynamicMessage protobufDynamicMessage() throws InvalidProtocolBufferException {
        return DynamicMessage.parseFrom(protobufDescriptor, protobufBytes);
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

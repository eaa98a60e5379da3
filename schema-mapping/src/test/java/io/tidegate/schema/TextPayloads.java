package io.tidegate.schema;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.TextFormat;
import com.google.protobuf.TypeRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/** Payloads that a test writes as text, made into bytes by each format's own library and not by ours. */
public final class TextPayloads {
    private TextPayloads() {
    }

    /** One payload a line, in Avro's JSON encoding. */
    public static List<byte[]> avro(SourceSchema source, Optional<String> payload,
            SchemaFiles files, String values) throws Exception {
        Schema schema = AvroSchemaText.parse(source, payload, files);
        var payloads = new ArrayList<byte[]>();
        for (String line : values.lines().filter(line -> !line.isBlank()).toList()) {
            Object value = new GenericDatumReader<>(schema).read(null,
                    DecoderFactory.get().jsonDecoder(schema, line));
            var bytes = new ByteArrayOutputStream();
            var out = EncoderFactory.get().directBinaryEncoder(bytes, null);
            new GenericDatumWriter<>(schema).write(value, out);
            payloads.add(bytes.toByteArray());
        }
        return payloads;
    }

    /** One payload a line. */
    public static List<byte[]> json(String values) {
        return values.lines().filter(line -> !line.isBlank())
                .map(line -> line.getBytes(StandardCharsets.UTF_8)).toList();
    }

    /** Payloads in Protobuf's text format, a line {@code ---} between them. */
    public static List<byte[]> protobuf(SourceSchema source, Optional<String> payload,
            List<SourceSchema> extensions, SchemaFiles files, String values) throws Exception {
        var compiled = new ProtoFiles(files);
        var main = compiled.compile(source);
        for (var extension : extensions) {
            compiled.compile(extension);
        }
        var registry = ExtensionRegistry.newInstance();
        var types = TypeRegistry.newBuilder();
        for (var file : compiled.all()) {
            register(file.getExtensions(), registry);
            for (Descriptor message : ProtoFiles.messages(file)) {
                register(message.getExtensions(), registry);
                types.add(message);
            }
        }
        Descriptor root = ProtoFiles.messages(main).stream()
                .filter(message -> payload.isEmpty() || message.getFullName().equals(payload.get())
                        || message.getFullName().endsWith("." + payload.get()))
                .findFirst().orElseThrow();
        var parser = TextFormat.Parser.newBuilder().setTypeRegistry(types.build()).build();
        var payloads = new ArrayList<byte[]>();
        for (String value : values.split("(?m)^---\\s*$", -1)) {
            var message = DynamicMessage.newBuilder(root);
            parser.merge(value, registry, message);
            payloads.add(message.buildPartial().toByteArray());
        }
        return payloads;
    }

    private static void register(
            List<com.google.protobuf.Descriptors.FieldDescriptor> extensions,
            ExtensionRegistry registry) throws IOException {
        for (var extension : extensions) {
            if (extension
                    .getJavaType() == com.google.protobuf.Descriptors.FieldDescriptor.JavaType.MESSAGE) {
                registry.add(extension,
                        DynamicMessage.getDefaultInstance(extension.getMessageType()));
            } else {
                registry.add(extension);
            }
        }
    }
}

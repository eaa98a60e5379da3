package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.tidegate.rowfile.RowFiles;
import io.tidegate.rowfile.RowRead;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Schemas and feeds of other projects, where they are at hand. */
class ProtobufSamplesTest {
    private static final Path SCHEMAS = Path.of("../../shared/data/schemas/protobuf");
    private static final Path FEEDS = Path.of("../../shared/data/events/gtfs-rt");

    private static Path here(Path folder) {
        Assumptions.assumeTrue(Files.isDirectory(folder),
                "sample files of other projects are not here");
        return folder;
    }

    private static SchemaFiles files() {
        return path -> Files.readString(SCHEMAS.resolve(path));
    }

    private static SourceSchema schema(Path file) throws IOException {
        return new SourceSchema(SchemaLanguage.PROTOBUF, Files.readString(file),
                SCHEMAS.relativize(file).toString());
    }

    @Test
    void every_schema_compiles_and_every_message_has_a_type_that_reads_and_writes()
            throws Exception {
        List<Path> protos;
        try (var walk = Files.walk(here(SCHEMAS))) {
            protos = walk.filter(file -> file.toString().endsWith(".proto")).sorted().toList();
        }
        assertThat(protos).isNotEmpty();
        int messages = 0;
        for (Path proto : protos) {
            FileDescriptor file = new ProtoFiles(files()).compile(schema(proto));
            for (Descriptor message : ProtoFiles.messages(file)) {
                Codec codec = ProtobufCodec.open(schema(proto),
                        Optional.of(message.getFullName()), List.of(), files(),
                        WriterSchemas.none());
                assertThat(codec.type().name()).isEqualTo(message.getFullName());
                if (DynamicMessage.newBuilder(message).isInitialized()) {
                    Row row = codec.decode(new byte[0]);
                    assertThat(codec.decode(codec.encode(row, Optional.of(1)))).isEqualTo(row);
                }
                messages++;
            }
        }
        assertThat(messages).isGreaterThanOrEqualTo(93);
    }

    private static Object get(Message message, String path) {
        Object value = message;
        for (String name : path.split("\\.")) {
            var holder = (Message) value;
            var field = holder.getDescriptorForType().findFieldByName(name);
            if (!field.isRepeated() && !holder.hasField(field)) {
                return null;
            }
            value = holder.getField(field);
        }
        // Text of proto2, which Protobuf does not verify, is read as bytes.
        return value instanceof ByteString bytes ? bytes.toStringUtf8() : value;
    }

    private static Object get(Row row, String path) {
        Object value = row;
        for (String name : path.split("\\.")) {
            value = value == null ? null : ((Row) value).get(name);
        }
        return value;
    }

    @Test
    void feeds_are_read_as_a_plain_walk_over_their_messages_reads_them() throws Exception {
        Path proto = here(SCHEMAS).resolve("gtfs-realtime.proto");
        Codec codec = ProtobufCodec.open(schema(proto), Optional.of("FeedMessage"), List.of(),
                files(), WriterSchemas.none());
        Codec entities = ProtobufCodec.open(schema(proto), Optional.of("FeedEntity"), List.of(),
                files(), WriterSchemas.none());
        Descriptor descriptor = new ProtoFiles(files()).compile(schema(proto))
                .findMessageTypeByName("FeedMessage");
        int feeds = 0;
        try (var folder = Files.newDirectoryStream(here(FEEDS), "*.pb")) {
            for (Path feed : folder) {
                byte[] bytes = Files.readAllBytes(feed);
                DynamicMessage plain = DynamicMessage.parseFrom(descriptor, bytes);
                Row row = codec.decode(bytes);

                assertThat(get(row, "header.timestamp").toString())
                        .isEqualTo(Long.toUnsignedString((Long) get(plain, "header.timestamp")));
                var expected = (List<?>) get(plain, "entity");
                var found = (List<?>) row.get("entity");
                assertThat(found).isNotEmpty().hasSameSizeAs(expected);
                for (int i = 0; i < found.size(); i++) {
                    assertSame((Row) found.get(i), (Message) expected.get(i));
                }
                assertThat(codec.decode(codec.encode(row, Optional.empty()))).isEqualTo(row);
                assertThat(ids(feed, entities)).isEqualTo(
                        found.stream().map(one -> ((Row) one).get("id")).toList());
                feeds++;
            }
        }
        assertThat(feeds).isEqualTo(4);
    }

    private static void assertSame(Row row, Message message) {
        assertThat(get(row, "id")).isEqualTo(get(message, "id"));
        assertThat(get(row, "vehicle.position.latitude"))
                .isEqualTo(get(message, "vehicle.position.latitude"));
        Object time = get(message, "vehicle.timestamp");
        assertThat(String.valueOf(get(row, "vehicle.timestamp"))).isEqualTo(String.valueOf(time));
        var stops = (List<?>) get(row, "trip_update.stop_time_update");
        var expected = (List<?>) get(message, "trip_update.stop_time_update");
        assertThat(stops == null ? 0 : stops.size()).isEqualTo(
                expected == null ? 0 : expected.size());
        for (int i = 0; stops != null && i < stops.size(); i++) {
            for (String path : List.of("stop_id", "arrival.time", "departure.time")) {
                assertThat(get((Row) stops.get(i), path))
                        .isEqualTo(get((Message) expected.get(i), path));
            }
        }
    }

    private static List<Object> ids(Path feed, Codec entities) throws IOException {
        var ids = new ArrayList<Object>();
        try (var file = RowFiles.open(feed.toString(), Files.newInputStream(feed),
                Envelopes.none(entities))) {
            for (var row = file.next(); row.isPresent(); row = file.next()) {
                ids.add(((RowRead.Good) row.get()).change().after().get("id"));
            }
        }
        return ids;
    }
}

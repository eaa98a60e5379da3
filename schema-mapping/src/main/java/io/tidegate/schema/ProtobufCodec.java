package io.tidegate.schema;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.InvalidProtocolBufferException;
import io.tidegate.schema.ProtoReading.Unfit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Payloads in Protobuf. Whatever version they were written with, the contract's own descriptor reads them: that is what
 * Protobuf's rules of evolution are made for. The registry is asked once for each writer, whether it kept these rules.
 */
final class ProtobufCodec implements ContainerCodec {
    private static final int FRAMED_HEADER = 5;
    private static final int INDEX_MAX = 32;
    private static final int NOTES_MAX = 100;
    /** Distinct writers of one topic; beyond that the answer is asked for each time. */
    private static final int WRITERS_MAX = 1_000;

    private final SourceSchema source;
    private final ProtoMessage root;
    private final ExtensionRegistry extensions;
    private final WriterSchemas writers;
    private final List<Integer> index;
    private final List<SchemaNote> notes;
    private final SchemaFiles files;
    /** Whether the contract has nothing but fields: other writers' fields are then found by their names. */
    private final boolean byNames;
    private final Map<Frame, Writer> known = new ConcurrentHashMap<>();

    private ProtobufCodec(SourceSchema source, ProtoMessage root, ExtensionRegistry extensions,
            WriterSchemas writers, SchemaFiles files, List<SchemaNote> notes, boolean byNames) {
        this.files = files;
        this.byNames = byNames;
        this.notes = notes;
        this.source = source;
        this.root = root;
        this.extensions = extensions;
        this.writers = writers;
        this.index = index(root.descriptor());
    }

    private record Frame(int id, List<Integer> index) {
        Frame {
            index = List.copyOf(index);
        }
    }

    /** How the payloads of one writer are read. */
    @FunctionalInterface
    private interface Writer {
        Row read(CodedInputStream in, Consumer<? super Misfit> misfits)
                throws IOException, UnreadablePayload;
    }

    static Codec open(SourceSchema schema, Optional<String> payload, List<SourceSchema> extensions,
            SchemaFiles files, WriterSchemas writers) throws SchemaProblem {
        var compiled = new ProtoFiles(files);
        FileDescriptor main = compiled.compile(schema);
        Descriptor message = payload(main, payload);
        for (SourceSchema extension : extensions) {
            try {
                compiled.compile(extension);
            } catch (SchemaProblem e) {
                throw new SchemaProblem("extensions in '" + extension.origin() + "'"
                        + (e.line() > 0 ? " at " + e.line() + ":" + e.column() : "") + ": "
                        + e.getMessage());
            }
        }
        var registry = ExtensionRegistry.newInstance();
        Map<String, List<FieldDescriptor>> extended = register(compiled.all(), registry);
        var messages = new HashMap<String, Descriptor>();
        compiled.all().forEach(file -> ProtoFiles.messages(file)
                .forEach(one -> messages.put(one.getFullName(), one)));
        var forms = new ProtoForms(
                new ProtoWellKnown(messages, registry, extended, compiled.unverified()),
                compiled.docs(), extended, compiled.unverified());
        ProtoMessage root = forms.natural(message);
        return new ProtobufCodec(schema, root, registry, writers, files,
                notes(compiled, forms.used(), extended), false);
    }

    private static List<SchemaNote> notes(ProtoFiles files, Collection<Descriptor> used,
            Map<String, List<FieldDescriptor>> extended) {
        var notes = new ArrayList<SchemaNote>();
        for (Descriptor message : used) {
            if (message.isExtendable() && !extended.containsKey(message.getFullName())) {
                notes.add(files.note(message.getFullName(), "the message '" + message.getFullName()
                        + "' has room for extensions, and no text listed under 'extensions' has"
                        + " any for it: what payloads carry there is lost"));
            }
        }
        return List.copyOf(notes.subList(0, Math.min(notes.size(), NOTES_MAX)));
    }

    static Codec fromFields(RecordType type, WriterSchemas writers) throws SchemaProblem {
        var schema = new SourceSchema(SchemaLanguage.PROTOBUF, ProtoSynthesis.text(type),
                "fields of the contract");
        FileDescriptor file = new ProtoFiles(schema.referencesAlone()).compile(schema);
        var nothing = ExtensionRegistry.getEmptyRegistry();
        var forms = new ProtoForms(new ProtoWellKnown(Map.of(), nothing, Map.of(), Set.of()),
                Map.of(), Map.of(), Set.of());
        return new ProtobufCodec(schema, forms.given(file.getMessageTypes().getFirst(), type),
                nothing, writers, schema.referencesAlone(), List.of(), true);
    }

    static Descriptor payload(FileDescriptor file, Optional<String> wanted)
            throws SchemaProblem {
        List<Descriptor> messages = ProtoFiles.messages(file);
        if (messages.isEmpty()) {
            throw new SchemaProblem("'" + file.getName() + "' defines no message, expected one that"
                    + " is the payload");
        }
        if (wanted.isEmpty()) {
            return messages.getFirst();
        }
        String name = wanted.get();
        var found = new ArrayList<Descriptor>();
        for (Descriptor message : messages) {
            if (message.getFullName().equals(name)) {
                return message;
            }
            if (message.getFullName().endsWith("." + name)) {
                found.add(message);
            }
        }
        if (found.size() == 1) {
            return found.getFirst();
        }
        List<String> names = (found.isEmpty() ? messages : found).stream()
                .map(Descriptor::getFullName).toList();
        throw new SchemaProblem(found.isEmpty()
                ? "the schema has no message '" + name + "'" + NearestName.hint(name, names)
                : "the name '" + name + "' could be any of " + names + "; say the full name");
    }

    private static Map<String, List<FieldDescriptor>> register(Collection<FileDescriptor> files,
            ExtensionRegistry registry) {
        var byMessage = new HashMap<String, List<FieldDescriptor>>();
        for (FileDescriptor file : files) {
            var all = new ArrayList<>(file.getExtensions());
            ProtoFiles.messages(file).forEach(message -> all.addAll(message.getExtensions()));
            for (FieldDescriptor extension : all) {
                if (extension.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                    registry.add(extension,
                            DynamicMessage.getDefaultInstance(extension.getMessageType()));
                } else {
                    registry.add(extension);
                }
                byMessage.computeIfAbsent(extension.getContainingType().getFullName(),
                        name -> new ArrayList<>()).add(extension);
            }
        }
        return byMessage;
    }

    @Override
    public RecordType type() {
        return root.type();
    }

    @Override
    public SourceSchema source() {
        return source;
    }

    @Override
    public Row decode(byte[] payload, Consumer<? super Misfit> misfits)
            throws UnreadablePayload {
        try {
            // No message starts with a zero byte (field number 0 is illegal), so a zero is always the registry's.
            return payload.length > 0 && payload[0] == 0
                    ? framed(payload, misfits)
                    : read(CodedInputStream.newInstance(payload), misfits);
        } catch (InvalidProtocolBufferException e) {
            throw new UnreadablePayload("not a '" + type().name() + "': " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("an array cannot fail to be read", e);
        }
    }

    private Row read(CodedInputStream in, Consumer<? super Misfit> misfits)
            throws IOException, UnreadablePayload {
        return read(root, in, misfits);
    }

    private Row read(ProtoMessage as, CodedInputStream in, Consumer<? super Misfit> misfits)
            throws IOException, UnreadablePayload {
        var message = DynamicMessage.newBuilder(as.descriptor()).mergeFrom(in, extensions);
        in.checkLastTagWas(0);
        try {
            return as.read(message.buildPartial(), new ProtoReading(misfits));
        } catch (Unfit e) {
            throw unreadable(e);
        }
    }

    private UnreadablePayload unreadable(Unfit nothingAboveMayBeNull) {
        return new UnreadablePayload(
                "not a '" + type().name() + "': " + nothingAboveMayBeNull.getMessage());
    }

    @Override
    public List<SchemaNote> notes() {
        return notes;
    }

    @Override
    public boolean fits(byte[] bytes) {
        try {
            var message = DynamicMessage.newBuilder(root.descriptor()).mergeFrom(bytes, extensions);
            return message.isInitialized() && message.getUnknownFields().asMap().isEmpty();
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
    }

    @Override
    public List<Change> contained(byte[] bytes) throws UnreadablePayload {
        for (Descriptor holder : ProtoFiles.messages(root.descriptor().getFile())) {
            for (FieldDescriptor field : holder.getFields()) {
                if (field.isRepeated() && !field.isMapField()
                        && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                        && field.getMessageType().equals(root.descriptor())) {
                    List<Change> rows = contained(bytes, holder, field);
                    if (!rows.isEmpty()) {
                        return rows;
                    }
                }
            }
        }
        return List.of();
    }

    private List<Change> contained(byte[] bytes, Descriptor holder, FieldDescriptor field)
            throws UnreadablePayload {
        DynamicMessage message;
        try {
            var builder = DynamicMessage.newBuilder(holder).mergeFrom(bytes, extensions);
            if (!builder.isInitialized() || !builder.getUnknownFields().asMap().isEmpty()) {
                return List.of();
            }
            message = builder.build();
        } catch (InvalidProtocolBufferException e) {
            return List.of();
        }
        var rows = new ArrayList<Change>();
        for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
            var misfits = new ArrayList<Misfit>(0);
            try {
                Row row = root.read((DynamicMessage) message.getRepeatedField(field, i),
                        new ProtoReading(misfits::add));
                rows.add(new Change(null, row, Optional.empty(), misfits));
            } catch (Unfit e) {
                throw unreadable(e);
            }
        }
        return rows;
    }

    private Row framed(byte[] payload, Consumer<? super Misfit> misfits)
            throws IOException, UnreadablePayload {
        if (payload.length < FRAMED_HEADER + 1) {
            throw new UnreadablePayload("the payload starts with a zero byte but is too short for a"
                    + " schema id and a message index");
        }
        int id = ByteBuffer.wrap(payload).getInt(1);
        var in = CodedInputStream.newInstance(payload, FRAMED_HEADER,
                payload.length - FRAMED_HEADER);
        int count = in.readSInt32();
        if (count < 0 || count > INDEX_MAX) {
            throw new UnreadablePayload("the message index of schema id " + id + " has " + count
                    + " parts; expected 0 to " + INDEX_MAX);
        }
        var path = new ArrayList<Integer>();
        for (int i = 0; i < count; i++) {
            path.add(in.readSInt32());
        }
        return writer(new Frame(id, path.isEmpty() ? List.of(0) : path)).read(in, misfits);
    }

    private Writer writer(Frame frame) throws UnreadablePayload {
        if (!writers.isConfigured() && frame.index().equals(index)) {
            return this::read;
        }
        var writer = known.get(frame);
        if (writer == null) {
            SourceSchema written;
            try {
                written = writers.byId(frame.id());
            } catch (UnresolvedSchema e) {
                // The wire can be read without its writer's schema; only what is incompatible would not be told.
                if (!byNames && frame.index().equals(index)) {
                    return this::read;
                }
                throw e;
            }
            writer = writer(frame, written);
            if (known.size() < WRITERS_MAX) {
                known.put(frame, writer);
            }
        }
        return writer;
    }

    private Writer writer(Frame frame, SourceSchema schema) {
        String id = "schema id " + frame.id();
        if (schema.language() != SchemaLanguage.PROTOBUF) {
            return refusing(id + " is of the language " + schema.language()
                    + "; expected PROTOBUF");
        }
        try {
            var compiled = new ProtoFiles(schema.and(files));
            var file = compiled.compile(schema);
            Descriptor message = message(file, frame.index());
            String name = message.getFullName();
            if (byNames) {
                return isSame(file) && frame.index().equals(index)
                        ? this::read
                        : byName(message, compiled);
            }
            if (!name.equals(root.descriptor().getFullName())) {
                return refusing("the payload is a '" + name + "' of " + id + "; expected a '"
                        + root.descriptor().getFullName() + "'");
            }
            var conflict = ProtoCompatibility.conflict(message, root.descriptor());
            if (conflict.isEmpty()) {
                return this::read;
            }
            String reason = id + " cannot be read as the contract's '" + name + "': "
                    + conflict.get();
            return (in, misfits) -> {
                throw new IncompatibleSchema(reason);
            };
        } catch (SchemaProblem e) {
            return refusing(id + ": " + e.getMessage());
        }
    }

    private static Writer refusing(String reason) {
        return (in, misfits) -> {
            throw new UnreadablePayload(reason);
        };
    }

    /** Whether a writer has the very schema that this codec made of the contract's fields. */
    private boolean isSame(FileDescriptor file) {
        return file.toProto().toBuilder().clearName().build().equals(
                root.descriptor().getFile().toProto().toBuilder().clearName().build());
    }

    private Writer byName(Descriptor message, ProtoFiles compiled) {
        var forms = new ProtoForms(
                new ProtoWellKnown(Map.of(), extensions, Map.of(), compiled.unverified()),
                Map.of(), Map.of(), compiled.unverified());
        ProtoMessage as = forms.natural(message);
        var projection = new RowProjection(as.type(), root.type());
        return (in, misfits) -> projection.apply(read(as, in, misfit -> {
            // What becomes of the writer's other fields is nobody's concern.
            if (root.type().position(misfit.path().split("[.\\[{]", 2)[0]).isPresent()) {
                misfits.accept(misfit);
            }
        }), misfits);
    }

    private static Descriptor message(FileDescriptor file, List<Integer> index)
            throws SchemaProblem {
        List<Descriptor> level = file.getMessageTypes();
        Descriptor message = null;
        for (int position : index) {
            List<Descriptor> written = written(level);
            if (position < 0 || position >= written.size()) {
                throw new SchemaProblem("the message index " + index
                        + " points at no message of the writer's schema");
            }
            message = written.get(position);
            level = message.getNestedTypes();
        }
        if (message == null) {
            throw new SchemaProblem("the message index is empty");
        }
        return message;
    }

    /** The message's place in its file, as the registry's framing says it. */
    private static List<Integer> index(Descriptor message) {
        var path = new ArrayList<Integer>();
        Descriptor inner = message;
        for (Descriptor outer = inner.getContainingType(); outer != null; outer = inner
                .getContainingType()) {
            path.addFirst(written(outer.getNestedTypes()).indexOf(inner));
            inner = outer;
        }
        path.addFirst(inner.getIndex());
        return List.copyOf(path);
    }

    private static List<Descriptor> written(List<Descriptor> nested) {
        return nested.stream().filter(one -> !one.getOptions().getMapEntry()).toList();
    }

    @Override
    public byte[] encode(Row row, Optional<Integer> framing) throws UnreadablePayload {
        DynamicMessage message = root.write(row);
        if (framing.isEmpty()) {
            return message.toByteArray();
        }
        boolean first = index.equals(List.of(0));
        int size = FRAMED_HEADER + message.getSerializedSize()
                + CodedOutputStream.computeSInt32SizeNoTag(first ? 0 : index.size());
        for (int position : first ? List.<Integer>of() : index) {
            size += CodedOutputStream.computeSInt32SizeNoTag(position);
        }
        byte[] payload = new byte[size];
        ByteBuffer.wrap(payload).putInt(1, framing.get());
        try {
            var out = CodedOutputStream.newInstance(payload, FRAMED_HEADER, size - FRAMED_HEADER);
            out.writeSInt32NoTag(first ? 0 : index.size());
            for (int position : first ? List.<Integer>of() : index) {
                out.writeSInt32NoTag(position);
            }
            message.writeTo(out);
            out.checkNoSpaceLeft();
        } catch (IOException e) {
            throw new UncheckedIOException("an array cannot fail to be written", e);
        }
        return payload;
    }
}

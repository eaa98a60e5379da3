package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ApiProto;
import com.google.protobuf.DescriptorProtos;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.StructProto;
import com.google.protobuf.TypeProto;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.WrappersProto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Our reader of .proto text against what Protobuf's own compiler made of the same texts. */
class ProtoTextTest {

    static Stream<FileDescriptor> files() {
        return Stream.of(DescriptorProtos.getDescriptor(), TypeProto.getDescriptor(),
                ApiProto.getDescriptor(), StructProto.getDescriptor(),
                WrappersProto.getDescriptor());
    }

    @ParameterizedTest
    @MethodSource("files")
    void reads_the_librarys_own_texts_as_its_compiler_does(FileDescriptor expected)
            throws Exception {
        String text;
        try (var in = ProtoTextTest.class.getResourceAsStream("/" + expected.getName())) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        var files = new ProtoFiles(path -> {
            throw new IOException(path);
        });
        var read = files.compile(new SourceSchema(SchemaLanguage.PROTOBUF, text,
                expected.getName())).toProto().toBuilder();
        files.unverified().forEach(name -> assertThat(name).startsWith("google.protobuf."));

        assertThat(comparable(read)).isEqualTo(comparable(expected.toProto().toBuilder()));
    }

    /** Without what both leave open: names in JSON that follow from the names, and custom options. */
    private static Message comparable(Message.Builder one) {
        for (var field : new ArrayList<>(one.getAllFields().keySet())) {
            if (field.isExtension()) {
                one.clearField(field);
            } else if (field
                    .getJavaType() == com.google.protobuf.Descriptors.FieldDescriptor.JavaType.MESSAGE) {
                for (int i = 0; field.isRepeated() && i < one.getRepeatedFieldCount(field); i++) {
                    one.setRepeatedField(field, i,
                            comparable(((Message) one.getRepeatedField(field, i)).toBuilder()));
                }
                if (!field.isRepeated()) {
                    Message inside = comparable(((Message) one.getField(field)).toBuilder());
                    boolean empty = inside.equals(inside.getDefaultInstanceForType());
                    if (empty) {
                        one.clearField(field);
                    } else {
                        one.setField(field, inside);
                    }
                }
            }
        }
        if (one instanceof DescriptorProtos.FieldDescriptorProto.Builder field) {
            field.clearJsonName();
            if (field.getType() == DescriptorProtos.FieldDescriptorProto.Type.TYPE_STRING) {
                // Ours says bytes where the library does not verify text.
                field.setType(DescriptorProtos.FieldDescriptorProto.Type.TYPE_BYTES);
            }
        }
        if (one instanceof DescriptorProtos.ExtensionRangeOptions.Builder range) {
            range.clearDeclaration().clearVerification();
        }
        if (one instanceof FileDescriptorProto.Builder file) {
            file.clearSourceCodeInfo().clearService();
            if (file.getSyntax().equals("proto2")) {
                file.clearSyntax();
            }
        }
        return one.setUnknownFields(UnknownFieldSet.getDefaultInstance()).build();
    }

    @ParameterizedTest
    @CsvSource({"double, 52e3, 52000", "double, -0.0, -0", "double, 1e300, 1e+300",
            "double, .1, 0.1", "double, 1.0000000000000002, 1.0000000000000002",
            "double, 0x10, 16", "double, -inf, -inf", "double, nan, nan", "float, 9e9, 9e+09",
            "float, 1.1, 1.1", "float, 16777217, 16777216", "float, 1e-7, 1e-07",
            "int32, -0x7f, -127", "uint64, 0xFFFFFFFFFFFFFFFF, 18446744073709551615",
            "sint32, 010, 8", "bool, true, true", "string, 'a\\x01\\n', 'a\u0001\n'",
            "bytes, 'a\\x01\\n\\377', 'a\\001\\n\\377'"})
    void defaults_have_the_compilers_form(String type, String written, String expected)
            throws Exception {
        boolean quoted = type.equals("string") || type.equals("bytes");
        var file = ProtoText.parse("d.proto", "syntax = \"proto2\"; message M { optional " + type
                + " f = 1 [default = " + (quoted ? "'" + written + "'" : written) + "]; }").file();

        assertThat(file.getMessageType(0).getField(0).getDefaultValue()).isEqualTo(
                expected.translateEscapes().equals(expected) || type.equals("bytes")
                        ? expected
                        : expected.translateEscapes());
    }

    @Test
    void bounds_of_reserved_and_extension_numbers_are_the_compilers() throws Exception {
        var file = ProtoText.parse("r.proto", """
                syntax = "proto2";
                message M { reserved 5, 7 to max; extensions 6; }
                message Set {
                  option message_set_wire_format = true;
                  extensions 4 to max [verification = UNVERIFIED];
                  extend Set { optional Set far = 2147483646; }
                }
                enum E { reserved -5 to -1, 3 to max; reserved "gone"; A = 0; }
                """).file();

        assertThat(file.getMessageType(0).getReservedRange(1).getEnd()).isEqualTo(1 << 29);
        assertThat(file.getMessageType(1).getExtensionRange(0).getEnd())
                .isEqualTo(Integer.MAX_VALUE);
        assertThat(file.getMessageType(1).getExtension(0).getNumber()).isEqualTo(2147483646);
        assertThat(file.getEnumType(0).getReservedRange(0).getStart()).isEqualTo(-5);
        assertThat(file.getEnumType(0).getReservedRange(1).getEnd()).isEqualTo(Integer.MAX_VALUE);
        assertThat(file.getEnumType(0).getReservedNameList()).containsExactly("gone");
    }
}

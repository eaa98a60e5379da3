package io.tidegate.schema;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.Edition;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.ExtensionRangeOptions;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MessageOptions;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.DescriptorProtos.SymbolVisibility;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.tidegate.schema.ProtoTokens.Kind;
import io.tidegate.schema.ProtoTokens.Token;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads .proto text, proto2, proto3 and editions, into Protobuf's own description of a file. Names of types stay as they
 * are written; {@link ProtoFiles} links them. Services and custom options are read over: they do not change payloads.
 */
final class ProtoText {
    /** Deeper than any message that people write, shallow enough for the stack. */
    private static final int NESTING_MAX = 32;
    private static final int FIELD_NUMBER_MAX = (1 << 29) - 1;
    private static final int EXTENSION_NUMBER_MAX = Integer.MAX_VALUE - 1;
    /** Of a whole number; those of 64 bits have 22 at most, in base 8. */
    private static final int DIGITS_MAX = 100;
    /** Stands for the end of a range until it is known. */
    private static final int MAX = -1;
    private static final Map<String, FieldDescriptorProto.Type> SCALARS = scalars();

    private final ProtoTokens tokens;
    private final FileDescriptorProto.Builder file = FileDescriptorProto.newBuilder();
    private final Map<String, String> docs = new HashMap<>();
    private final Map<String, Token> places = new HashMap<>();
    private Token token;
    private int lastLine;
    private boolean proto3;
    private boolean editions;

    private ProtoText(String text) throws SchemaProblem {
        this.tokens = new ProtoTokens(text);
        this.token = tokens.next();
    }

    /**
     * @param docs
     *            descriptions of messages, fields and enums by full name
     * @param places
     *            where messages, fields, enums and imports (by path) stand
     */
    record Parsed(FileDescriptorProto file, Map<String, String> docs, Map<String, Token> places) {

        SchemaProblem problem(String name, String message) {
            Token place = places.get(name);
            return place == null
                    ? new SchemaProblem(message)
                    : new SchemaProblem(message, place.line(), place.column());
        }
    }

    static Parsed parse(String name, String text) throws SchemaProblem {
        var parser = new ProtoText(text);
        parser.file.setName(name);
        parser.file();
        return new Parsed(parser.file.build(), parser.docs, parser.places);
    }

    private void file() throws SchemaProblem {
        syntax();
        while (token.kind() != Kind.END) {
            String doc = token.doc();
            if (accept("import")) {
                dependency();
            } else if (accept("package")) {
                file.setPackage(dotted());
                expect(";");
            } else if (accept("option")) {
                option(file.getOptionsBuilder());
                expect(";");
            } else if (accept("extend")) {
                file.addAllExtension(extend(file.getPackage(), file::addMessageType));
            } else if (accept("service")) {
                word("a service's name");
                skipBraces();
            } else if (!type(file.getPackage(), doc, 1, file::addMessageType, file::addEnumType)
                    && !accept(";")) {
                throw unexpected("'message', 'enum', 'import', 'option' or 'extend'");
            }
        }
    }

    private void syntax() throws SchemaProblem {
        Token first = token;
        if (accept("syntax")) {
            expect("=");
            String syntax = text();
            proto3 = syntax.equals("proto3");
            if (!proto3 && !syntax.equals("proto2")) {
                throw at(first, "expected syntax 'proto2' or 'proto3' but was '" + syntax + "'");
            }
            file.setSyntax(syntax);
            expect(";");
        } else if (accept("edition")) {
            expect("=");
            String edition = text();
            editions = true;
            file.setSyntax("editions");
            file.setEdition(switch (edition) {
                case "2023" -> Edition.EDITION_2023;
                case "2024" -> Edition.EDITION_2024;
                case "2026" -> Edition.EDITION_2026;
                default -> throw at(first, "expected edition '2023', '2024' or '2026' but was '"
                        + edition + "'");
            });
            expect(";");
        }
    }

    private void dependency() throws SchemaProblem {
        boolean visible = accept("public");
        boolean weak = !visible && accept("weak");
        if (!visible && !weak) {
            // Edition 2024: for options alone.
            if (accept("option")) {
                file.addOptionDependency(text());
                expect(";");
                return;
            }
        }
        Token place = token;
        String path = text();
        places.put(path, place);
        if (visible) {
            file.addPublicDependency(file.getDependencyCount());
        }
        if (weak) {
            file.addWeakDependency(file.getDependencyCount());
        }
        file.addDependency(path);
        expect(";");
    }

    /** False, and nothing is read, where no message and no enum begins. */
    private boolean type(String scope, String doc, int depth,
            Consumer<DescriptorProto.Builder> messages, Consumer<EnumDescriptorProto.Builder> enums)
            throws SchemaProblem {
        SymbolVisibility visibility = SymbolVisibility.VISIBILITY_UNSET;
        // Words of their own since edition 2024; before, and in front of a field's name, names of types.
        if (file.getEdition().getNumber() >= Edition.EDITION_2024_VALUE
                && (token.is("export") || token.is("local")) && tokens.isTypeNext()) {
            visibility = advance().is("export")
                    ? SymbolVisibility.VISIBILITY_EXPORT
                    : SymbolVisibility.VISIBILITY_LOCAL;
        }
        boolean said = visibility != SymbolVisibility.VISIBILITY_UNSET;
        if (accept("message")) {
            var message = message(scope, doc, depth);
            messages.accept(said ? message.setVisibility(visibility) : message);
            return true;
        }
        if (accept("enum")) {
            var type = enumeration(scope, doc);
            enums.accept(said ? type.setVisibility(visibility) : type);
            return true;
        }
        return false;
    }

    private DescriptorProto.Builder message(String scope, String doc, int depth)
            throws SchemaProblem {
        Token name = named(scope, doc, "a message's name");
        return messageBody(join(scope, name.text()), name, depth);
    }

    private DescriptorProto.Builder messageBody(String fullName, Token name, int depth)
            throws SchemaProblem {
        if (depth > NESTING_MAX) {
            throw at(name, "messages are nested deeper than " + NESTING_MAX);
        }
        var message = DescriptorProto.newBuilder().setName(name.text());
        expect("{");
        trailingDoc(fullName);
        while (!accept("}")) {
            String doc = token.doc();
            if (type(fullName, doc, depth + 1, message::addNestedType, message::addEnumType)) {
                continue;
            }
            if (accept("extend")) {
                message.addAllExtension(extend(fullName, message::addNestedType));
            } else if (accept("extensions")) {
                extensions(message);
            } else if (accept("reserved")) {
                reserved(message);
            } else if (accept("option")) {
                option(message.getOptionsBuilder());
                expect(";");
            } else if (accept("oneof")) {
                oneof(fullName, message, doc, depth);
            } else if (!accept(";")) {
                field(fullName, message, doc, -1, depth);
            }
        }
        syntheticOneofs(message);
        bound(message);
        check(fullName, message);
        return message;
    }

    /** Presence of a proto3 'optional' is described by a oneof of its own, behind the real ones. */
    private static void syntheticOneofs(DescriptorProto.Builder message) {
        if (message.getFieldList().stream().noneMatch(FieldDescriptorProto::getProto3Optional)) {
            return;
        }
        var taken = new HashSet<String>();
        message.getFieldList().forEach(field -> taken.add(field.getName()));
        message.getNestedTypeList().forEach(type -> taken.add(type.getName()));
        message.getEnumTypeList().forEach(type -> taken.add(type.getName()));
        message.getOneofDeclList().forEach(oneof -> taken.add(oneof.getName()));
        for (var field : message.getFieldBuilderList()) {
            if (field.getProto3Optional()) {
                String name = (field.getName().startsWith("_") ? "" : "_") + field.getName();
                while (!taken.add(name)) {
                    name = "X" + name;
                }
                field.setOneofIndex(message.getOneofDeclCount());
                message.addOneofDecl(OneofDescriptorProto.newBuilder().setName(name));
            }
        }
    }

    private void oneof(String scope, DescriptorProto.Builder message, String doc, int depth)
            throws SchemaProblem {
        Token name = named(scope, doc, "a oneof's name");
        int index = message.getOneofDeclCount();
        var oneof = message.addOneofDeclBuilder().setName(name.text());
        expect("{");
        int before = message.getFieldCount();
        while (!accept("}")) {
            String fieldDoc = token.doc();
            if (accept("option")) {
                option(oneof.getOptionsBuilder());
                expect(";");
            } else if (!accept(";")) {
                field(scope, message, fieldDoc, index, depth);
            }
        }
        if (message.getFieldCount() == before) {
            throw at(name, "the oneof '" + join(scope, name.text()) + "' has no fields");
        }
    }

    private void field(String scope, DescriptorProto.Builder message, String doc, int oneof,
            int depth) throws SchemaProblem {
        if (token.is("map")) {
            Token map = advance();
            if (accept("<")) {
                mapField(scope, message, doc, map);
                return;
            }
            message.addField(fieldAfterType(scope, message::addNestedType, doc, oneof, null,
                    map.text() + dottedRest(), map, depth));
            return;
        }
        Token first = token;
        Label label = label();
        String type = dotted();
        message.addField(fieldAfterType(scope, message::addNestedType, doc, oneof, label, type,
                first, depth));
    }

    private FieldDescriptorProto.Builder fieldAfterType(String scope,
            Consumer<DescriptorProto.Builder> groups, String doc, int oneof, @Nullable Label label,
            String type, Token typeToken, int depth) throws SchemaProblem {
        return fieldAfterType(scope, groups, doc, oneof, label, type, typeToken, depth,
                FIELD_NUMBER_MAX);
    }

    private FieldDescriptorProto.Builder fieldAfterType(String scope,
            Consumer<DescriptorProto.Builder> groups, String doc, int oneof, @Nullable Label label,
            String type, Token typeToken, int depth, int numberMax) throws SchemaProblem {
        boolean group = type.equals("group") && token.kind() == Kind.WORD && !proto3 && !editions;
        Token name = word("a field's name");
        String fieldName = group ? name.text().toLowerCase(Locale.ROOT) : name.text();
        String fullName = join(scope, fieldName);
        var field = FieldDescriptorProto.newBuilder().setName(fieldName);
        places.put(fullName, name);
        if (label == null && oneof < 0 && !proto3 && !editions) {
            throw at(typeToken, "the field '" + fullName
                    + "' needs 'optional', 'required' or 'repeated': the text is proto2");
        }
        field.setLabel(label == null ? Label.LABEL_OPTIONAL : label);
        if (oneof >= 0) {
            field.setOneofIndex(oneof);
        } else if (proto3 && label == Label.LABEL_OPTIONAL) {
            field.setProto3Optional(true);
        }
        expect("=");
        field.setNumber(fieldNumber(fullName, numberMax));
        type(field, type);
        if (token.is("[")) {
            fieldOptions(field);
        }
        if (group) {
            String groupName = join(scope, name.text());
            places.put(groupName, name);
            field.setType(FieldDescriptorProto.Type.TYPE_GROUP).setTypeName("." + groupName);
            groups.accept(messageBody(groupName, name, depth + 1));
            accept(";");
        } else {
            expect(";");
        }
        describe(fullName, doc);
        return field;
    }

    private void mapField(String scope, DescriptorProto.Builder message, String doc, Token map)
            throws SchemaProblem {
        String key = dotted();
        var keyType = SCALARS.get(key);
        if (keyType == null || List.of("float", "double", "bytes").contains(key)) {
            throw at(map, "expected an integer, bool or string as the map's key but was '" + key
                    + "'");
        }
        expect(",");
        String value = dotted();
        expect(">");
        Token name = word("a field's name");
        String fullName = join(scope, name.text());
        places.put(fullName, name);
        String entry = camel(name.text()) + "Entry";
        expect("=");
        var field = FieldDescriptorProto.newBuilder().setName(name.text())
                .setLabel(Label.LABEL_REPEATED).setNumber(fieldNumber(fullName, FIELD_NUMBER_MAX))
                .setType(FieldDescriptorProto.Type.TYPE_MESSAGE)
                .setTypeName("." + join(scope, entry));
        if (token.is("[")) {
            fieldOptions(field);
        }
        expect(";");
        var valueField = FieldDescriptorProto.newBuilder().setName("value").setNumber(2)
                .setLabel(Label.LABEL_OPTIONAL);
        type(valueField, value);
        places.put(join(join(scope, entry), "value"), name);
        message.addField(field);
        message.addNestedType(DescriptorProto.newBuilder().setName(entry)
                .setOptions(MessageOptions.newBuilder().setMapEntry(true))
                .addField(FieldDescriptorProto.newBuilder().setName("key").setNumber(1)
                        .setLabel(Label.LABEL_OPTIONAL).setType(keyType))
                .addField(valueField));
        describe(fullName, doc);
    }

    private List<FieldDescriptorProto> extend(String scope,
            Consumer<DescriptorProto.Builder> groups) throws SchemaProblem {
        Token place = token;
        String extendee = dotted();
        var fields = new ArrayList<FieldDescriptorProto>();
        expect("{");
        while (!accept("}")) {
            String doc = token.doc();
            if (accept(";")) {
                continue;
            }
            Token first = token;
            Label label = label();
            String type = dotted();
            var field = fieldAfterType(scope, groups, doc, -1, label, type, first, 1,
                    EXTENSION_NUMBER_MAX);
            if (label == null && !editions && !proto3) {
                throw at(place, "an extension needs 'optional' or 'repeated'");
            }
            fields.add(field.setExtendee(extendee).build());
        }
        return fields;
    }

    private EnumDescriptorProto.Builder enumeration(String scope, String doc)
            throws SchemaProblem {
        Token name = named(scope, doc, "an enum's name");
        String fullName = join(scope, name.text());
        var type = EnumDescriptorProto.newBuilder().setName(name.text());
        expect("{");
        trailingDoc(fullName);
        while (!accept("}")) {
            if (accept("option")) {
                option(type.getOptionsBuilder());
                expect(";");
            } else if (accept("reserved")) {
                reserved(type);
            } else if (!accept(";")) {
                Token symbol = word("an enum's symbol");
                places.put(join(scope, symbol.text()), symbol);
                expect("=");
                var value = EnumValueDescriptorProto.newBuilder().setName(symbol.text())
                        .setNumber((int) integer(Integer.MIN_VALUE, Integer.MAX_VALUE));
                if (token.is("[")) {
                    options(value.getOptionsBuilder());
                }
                expect(";");
                type.addValue(value);
            }
        }
        check(fullName, name, type);
        return type;
    }

    private void check(String fullName, Token name, EnumDescriptorProto.Builder type)
            throws SchemaProblem {
        if (type.getValueCount() == 0) {
            throw at(name, "the enum '" + fullName + "' has no symbols");
        }
        if (proto3 && type.getValue(0).getNumber() != 0) {
            throw at(name, "the first symbol of the enum '" + fullName + "' must be 0 in proto3");
        }
        var numbers = new HashSet<Integer>();
        for (var value : type.getValueList()) {
            if (!numbers.add(value.getNumber()) && !type.getOptions().getAllowAlias()) {
                throw at(name, "two symbols of the enum '" + fullName + "' have the number "
                        + value.getNumber() + "; say 'option allow_alias = true' if that is meant");
            }
        }
    }

    private void check(String fullName, DescriptorProto.Builder message) throws SchemaProblem {
        var numbers = new HashMap<Integer, String>();
        for (var field : message.getFieldList()) {
            String fieldName = join(fullName, field.getName());
            String other = numbers.put(field.getNumber(), field.getName());
            if (other != null) {
                throw problem(fieldName, "the fields '" + other + "' and '" + field.getName()
                        + "' of '" + fullName + "' both have the number " + field.getNumber());
            }
            if (message.getReservedNameList().contains(field.getName())) {
                throw problem(fieldName, "the field '" + fieldName + "' uses a reserved name");
            }
            for (var range : message.getReservedRangeList()) {
                if (field.getNumber() >= range.getStart() && field.getNumber() < range.getEnd()) {
                    throw problem(fieldName, "the field '" + fieldName
                            + "' uses the reserved number " + field.getNumber());
                }
            }
        }
    }

    private SchemaProblem problem(String name, String message) {
        Token place = places.get(name);
        return place == null ? new SchemaProblem(message) : at(place, message);
    }

    private void extensions(DescriptorProto.Builder message) throws SchemaProblem {
        int before = message.getExtensionRangeCount();
        do {
            int start = (int) integer(1, EXTENSION_NUMBER_MAX);
            int end = accept("to") ? extensionsEnd() : start;
            message.addExtensionRangeBuilder().setStart(start).setEnd(end == MAX ? end : end + 1);
        } while (accept(","));
        if (token.is("[")) {
            var options = ExtensionRangeOptions.newBuilder();
            options(options);
            for (int i = before; i < message.getExtensionRangeCount(); i++) {
                message.getExtensionRangeBuilder(i).setOptions(options);
            }
        }
        expect(";");
    }

    private int extensionsEnd() throws SchemaProblem {
        return accept("max") ? MAX : (int) integer(1, EXTENSION_NUMBER_MAX);
    }

    /** Fields of a message set, which may be declared behind its extensions, have numbers of 31 bits. */
    private static void bound(DescriptorProto.Builder message) {
        int max = message.getOptions().getMessageSetWireFormat()
                ? Integer.MAX_VALUE
                : FIELD_NUMBER_MAX + 1;
        for (var range : message.getExtensionRangeBuilderList()) {
            if (range.getEnd() == MAX) {
                range.setEnd(max);
            }
        }
    }

    private void reserved(DescriptorProto.Builder message) throws SchemaProblem {
        do {
            if (token.kind() == Kind.NUMBER) {
                int start = (int) integer(1, FIELD_NUMBER_MAX);
                int end = accept("to") ? rangeEnd() : start;
                message.addReservedRangeBuilder().setStart(start).setEnd(end + 1);
            } else {
                message.addReservedName(reservedName());
            }
        } while (accept(","));
        expect(";");
    }

    private void reserved(EnumDescriptorProto.Builder type) throws SchemaProblem {
        do {
            if (token.kind() == Kind.NUMBER || token.is("-")) {
                int start = (int) integer(Integer.MIN_VALUE, Integer.MAX_VALUE);
                int end = start;
                if (accept("to")) {
                    end = accept("max")
                            ? Integer.MAX_VALUE
                            : (int) integer(Integer.MIN_VALUE, Integer.MAX_VALUE);
                }
                type.addReservedRangeBuilder().setStart(start).setEnd(end);
            } else {
                type.addReservedName(reservedName());
            }
        } while (accept(","));
        expect(";");
    }

    private String reservedName() throws SchemaProblem {
        return token.kind() == Kind.TEXT ? text() : word("a reserved name").text();
    }

    private int rangeEnd() throws SchemaProblem {
        return accept("max") ? FIELD_NUMBER_MAX : (int) integer(1, FIELD_NUMBER_MAX);
    }

    private int fieldNumber(String fullName, int max) throws SchemaProblem {
        Token place = token;
        int number = (int) integer(1, max);
        if (number >= 19000 && number <= 19999) {
            throw at(place, "the number " + number + " of the field '" + fullName
                    + "' is reserved for Protobuf itself (19000 to 19999)");
        }
        return number;
    }

    private static void type(FieldDescriptorProto.Builder field, String type) {
        var scalar = SCALARS.get(type);
        if (scalar != null) {
            field.setType(scalar);
        } else {
            field.setTypeName(type);
        }
    }

    private @Nullable Label label() throws SchemaProblem {
        if (accept("optional")) {
            return Label.LABEL_OPTIONAL;
        }
        if (accept("repeated")) {
            return Label.LABEL_REPEATED;
        }
        return accept("required") ? Label.LABEL_REQUIRED : null;
    }

    private void fieldOptions(FieldDescriptorProto.Builder field) throws SchemaProblem {
        expect("[");
        do {
            if (accept("default")) {
                expect("=");
                field.setDefaultValue(defaultValue(field));
            } else if (accept("json_name")) {
                expect("=");
                field.setJsonName(text());
            } else {
                option(field.getOptionsBuilder());
            }
        } while (accept(","));
        expect("]");
    }

    private void options(Message.Builder options) throws SchemaProblem {
        expect("[");
        do {
            option(options);
        } while (accept(","));
        expect("]");
    }

    /** In the form that Protobuf's own compiler gives it. */
    private String defaultValue(FieldDescriptorProto.Builder field) throws SchemaProblem {
        if (token.kind() == Kind.TEXT) {
            ByteString value = bytes();
            return field.getType() == FieldDescriptorProto.Type.TYPE_BYTES
                    ? escaped(value)
                    : value.toStringUtf8();
        }
        Token place = token;
        String sign = accept("-") ? "-" : "";
        String value = sign + advance().text();
        if (!field.hasType()) {
            return value;
        }
        try {
            return switch (field.getType()) {
                case TYPE_FLOAT -> {
                    float number = Float.parseFloat(real(value));
                    String brief = shown(number, 6);
                    yield Float.parseFloat(real(brief)) == number ? brief : shown(number, 9);
                }
                case TYPE_DOUBLE -> {
                    double number = Double.parseDouble(real(value));
                    String brief = shown(number, 15);
                    yield Double.parseDouble(real(brief)) == number ? brief : shown(number, 17);
                }
                case TYPE_BOOL, TYPE_STRING, TYPE_BYTES, TYPE_ENUM, TYPE_MESSAGE, TYPE_GROUP ->
                    value;
                default -> whole(value).toString();
            };
        } catch (NumberFormatException e) {
            throw at(place, "the default of '" + field.getName() + "' cannot be '" + value + "'");
        }
    }

    /** Java's words for what is no number, and hexadecimal and octal numbers as decimal ones. */
    private static String real(String value) {
        String digits = value.startsWith("-") ? value.substring(1) : value;
        String sign = digits.equals(value) ? "" : "-";
        return sign + switch (digits) {
            case "inf" -> "Infinity";
            case "nan" -> "NaN";
            default -> digits.matches("0([xX][0-9a-fA-F]+|[0-7]+)")
                    ? whole(digits).toString()
                    : digits;
        };
    }

    /** As C writes it with {@code %g}. */
    private static String shown(double number, int digits) {
        if (!Double.isFinite(number)) {
            return Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0" : "0";
        }
        var rounded = new BigDecimal(number).round(new MathContext(digits)).stripTrailingZeros();
        int exponent = rounded.precision() - rounded.scale() - 1;
        if (exponent >= -4 && exponent < digits) {
            return rounded.toPlainString();
        }
        String mantissa = rounded.scaleByPowerOfTen(-exponent).toPlainString();
        return mantissa + (exponent < 0 ? "e-" : "e+") + (Math.abs(exponent) < 10 ? "0" : "")
                + Math.abs(exponent);
    }

    private static BigInteger whole(String value) {
        String digits = value.startsWith("-") ? value.substring(1) : value;
        if (digits.length() > DIGITS_MAX) {
            throw new NumberFormatException("longer than any number");
        }
        BigInteger number;
        if (digits.startsWith("0x") || digits.startsWith("0X")) {
            number = new BigInteger(digits.substring(2), 16);
        } else if (digits.length() > 1 && digits.startsWith("0")) {
            number = new BigInteger(digits, 8);
        } else {
            number = new BigInteger(digits);
        }
        return digits.equals(value) ? number : number.negate();
    }

    private static String escaped(ByteString bytes) {
        var text = new StringBuilder();
        for (byte one : bytes) {
            switch (one) {
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case '"', '\'', '\\' -> text.append('\\').append((char) one);
                default -> {
                    if (one >= ' ' && one < 0x7F) {
                        text.append((char) one);
                    } else {
                        text.append(String.format(Locale.ROOT, "\\%03o", one & 0xFF));
                    }
                }
            }
        }
        return text.toString();
    }

    /** Sets an option that Protobuf itself defines; reads over all others. */
    private void option(Message.Builder options) throws SchemaProblem {
        var path = new ArrayList<String>();
        boolean custom = false;
        do {
            if (accept("(")) {
                custom = true;
                accept(".");
                dotted();
                expect(")");
            } else {
                path.add(word("an option's name").text());
            }
        } while (accept("."));
        expect("=");
        Token place = token;
        String value = optionValue();
        if (!custom) {
            set(options, path, place, value);
        }
    }

    private void set(Message.Builder options, List<String> path, Token place, String value)
            throws SchemaProblem {
        Message.Builder target = options;
        FieldDescriptor field = null;
        for (int i = 0; i < path.size(); i++) {
            field = target.getDescriptorForType().findFieldByName(path.get(i));
            if (field == null) {
                return;
            }
            if (i < path.size() - 1) {
                if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE || field.isRepeated()) {
                    return;
                }
                target = target.getFieldBuilder(field);
            }
        }
        if (field == null) {
            return;
        }
        try {
            TextFormat.merge(field.getName() + ": " + value, target);
        } catch (TextFormat.ParseException e) {
            throw at(place, "the option '" + String.join(".", path) + "' cannot be " + value);
        }
    }

    /** The value in the text format of Protobuf, in which options are written anyway. */
    private String optionValue() throws SchemaProblem {
        if (token.is("{")) {
            int start = token.start();
            int end = skipBraces();
            return tokens.between(start, end);
        }
        if (token.kind() == Kind.TEXT) {
            return "\"" + TextFormat.escapeBytes(bytes()) + "\"";
        }
        String sign = accept("-") ? "-" : "";
        if (token.kind() != Kind.WORD && token.kind() != Kind.NUMBER) {
            throw unexpected("an option's value");
        }
        return sign + advance().text();
    }

    private int skipBraces() throws SchemaProblem {
        return skipNested("{", "}");
    }

    private int skipNested(String open, String close) throws SchemaProblem {
        Token first = token;
        expect(open);
        int depth = 1;
        int end = first.start();
        while (depth > 0) {
            if (token.kind() == Kind.END) {
                throw at(first, "'" + open + "' has no '" + close + "'");
            }
            depth += token.is(open) ? 1 : token.is(close) ? -1 : 0;
            end = token.start() + 1;
            advance();
        }
        return end;
    }

    private Token named(String scope, String doc, String what) throws SchemaProblem {
        Token name = word(what);
        String fullName = join(scope, name.text());
        places.put(fullName, name);
        if (!doc.isEmpty()) {
            docs.put(fullName, doc);
        }
        return name;
    }

    private void describe(String fullName, String doc) {
        if (!doc.isEmpty()) {
            docs.put(fullName, doc);
        } else {
            trailingDoc(fullName);
        }
    }

    private void trailingDoc(String fullName) {
        String trailing = token.trailingOf(lastLine);
        if (!trailing.isEmpty()) {
            docs.putIfAbsent(fullName, trailing);
        }
    }

    private String dotted() throws SchemaProblem {
        String start = accept(".") ? "." : "";
        return start + word("a name").text() + dottedRest();
    }

    private String dottedRest() throws SchemaProblem {
        var name = new StringBuilder();
        while (accept(".")) {
            name.append('.').append(word("a name").text());
        }
        return name.toString();
    }

    private Token word(String what) throws SchemaProblem {
        if (token.kind() != Kind.WORD) {
            throw unexpected(what);
        }
        return advance();
    }

    private String text() throws SchemaProblem {
        return bytes().toStringUtf8();
    }

    private ByteString bytes() throws SchemaProblem {
        if (token.kind() != Kind.TEXT) {
            throw unexpected("text in quotes");
        }
        ByteString value = ByteString.EMPTY;
        while (token.kind() == Kind.TEXT) {
            value = value.concat(ProtoTokens.unescape(token));
            advance();
        }
        return value;
    }

    private long integer(long min, long max) throws SchemaProblem {
        Token place = token;
        boolean negative = accept("-");
        if (token.kind() != Kind.NUMBER) {
            throw unexpected("a number");
        }
        String digits = advance().text();
        try {
            long value = Long.decode(digits);
            value = negative ? -value : value;
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw at(place, "expected a whole number but was '" + digits + "'");
        }
        throw at(place, "expected a number from " + min + " to " + max + " but was '"
                + (negative ? "-" : "") + digits + "'");
    }

    private boolean accept(String symbolOrWord) throws SchemaProblem {
        if (!token.is(symbolOrWord)) {
            return false;
        }
        advance();
        return true;
    }

    private void expect(String symbol) throws SchemaProblem {
        if (!accept(symbol)) {
            throw unexpected("'" + symbol + "'");
        }
    }

    private Token advance() throws SchemaProblem {
        Token old = token;
        lastLine = old.line();
        token = tokens.next();
        return old;
    }

    private SchemaProblem unexpected(String expected) {
        return at(token, "expected " + expected + " but was " + token.quoted());
    }

    private static SchemaProblem at(Token place, String message) {
        return new SchemaProblem(message, place.line(), place.column());
    }

    private static String join(String scope, String name) {
        return scope.isEmpty() ? name : scope + "." + name;
    }

    private static String camel(String name) {
        var camel = new StringBuilder();
        boolean upper = true;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '_') {
                upper = true;
            } else {
                camel.append(upper ? Character.toUpperCase(c) : c);
                upper = false;
            }
        }
        return camel.toString();
    }

    private static Map<String, FieldDescriptorProto.Type> scalars() {
        var scalars = new HashMap<String, FieldDescriptorProto.Type>();
        for (String name : List.of("double", "float", "int64", "uint64", "int32", "fixed64",
                "fixed32", "bool", "string", "bytes", "uint32", "sfixed32", "sfixed64", "sint32",
                "sint64")) {
            scalars.put(name,
                    FieldDescriptorProto.Type.valueOf("TYPE_" + name.toUpperCase(Locale.ROOT)));
        }
        return Map.copyOf(scalars);
    }
}

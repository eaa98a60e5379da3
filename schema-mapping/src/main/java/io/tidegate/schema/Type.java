package io.tidegate.schema;

import java.util.List;
import java.util.Objects;

/**
 * The type of a value, whatever language its schema was written in. Whether a value may be absent is not part of its
 * type: it belongs to the {@link Field}, list element or map value that holds it.
 *
 * <p>
 * {@link RecordType} is the one member with identity, so that a record can contain itself.
 */
public sealed interface Type {

    /**
     * A single value.
     *
     * @param kind
     *            what it is, and which Java class carries it
     * @param precision
     *            digits of a {@link ScalarKind#DECIMAL} (0 = unbounded); fraction digits of the second for times and
     *            timestamps (3, 6 or 9; 0 = as written); length of fixed bytes (0 = any)
     * @param scale
     *            digits after the point of a {@link ScalarKind#DECIMAL}; -1 = each value carries its own
     */
    record Scalar(ScalarKind kind, int precision, int scale) implements Type {
        public Scalar {
            Objects.requireNonNull(kind, "kind");
        }

        public static Scalar of(ScalarKind kind) {
            return new Scalar(kind, 0, kind == ScalarKind.DECIMAL ? -1 : 0);
        }
    }

    /**
     * One of a list of symbols, carried as {@link String}.
     *
     * @param name
     *            full name in its own schema language, dots between its parts
     * @param open
     *            whether the wire may carry a symbol that is not listed (Protobuf's open enums); such a value is carried
     *            as its number in decimal
     */
    record EnumOf(String name, String doc, List<String> symbols, boolean open) implements Type {
        public EnumOf {
            symbols = List.copyOf(symbols);
            if (symbols.isEmpty()) {
                throw new IllegalArgumentException("enum '" + name + "' has no symbols");
            }
        }
    }

    /** Values of one type in order, carried as {@link java.util.List}. */
    record ListOf(Type element, boolean elementNullable) implements Type {
    }

    /** Text keys to values of one type, carried as {@link java.util.Map} in the order of the wire. */
    record MapOf(Type value, boolean valueNullable) implements Type {
    }

    /** One of several records, carried as the {@link Row} of that record. */
    record Union(String name, List<RecordType> members) implements Type {
        public Union {
            members = List.copyOf(members);
        }
    }

    /**
     * Any JSON value, for what no type describes: carried as {@code null}, Boolean, String, Integer, Long, BigInteger,
     * Double, BigDecimal, List or Map.
     */
    record Json() implements Type {
    }

    /** Named fields in order, carried as {@link Row}. See {@link RecordType}. */
    sealed interface Named extends Type permits RecordType {
    }
}

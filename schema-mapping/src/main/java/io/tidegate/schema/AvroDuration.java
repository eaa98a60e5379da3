package io.tidegate.schema;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Avro's duration: months, days and milliseconds, each an unsigned 32-bit integer, little-endian. */
final class AvroDuration {
    private AvroDuration() {
    }

    static String text(byte[] twelve) {
        ByteBuffer parts = ByteBuffer.wrap(twelve).order(ByteOrder.LITTLE_ENDIAN);
        long months = Integer.toUnsignedLong(parts.getInt());
        long days = Integer.toUnsignedLong(parts.getInt());
        long millis = Integer.toUnsignedLong(parts.getInt());
        var text = new StringBuilder("P");
        if (months > 0) {
            text.append(months).append('M');
        }
        if (days > 0) {
            text.append(days).append('D');
        }
        if (millis > 0 || text.length() == 1) {
            text.append('T')
                    .append(BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString())
                    .append('S');
        }
        return text.toString();
    }

    static byte[] bytes(String text) throws AvroWriting.Unsayable {
        if (!TimeText.isDuration(text) || text.charAt(0) != 'P') {
            throw new AvroWriting.Unsayable("expected a positive ISO 8601 duration");
        }
        var parts = new BigDecimal[]{BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO};
        boolean inTime = false;
        int start = 1;
        for (int i = 1; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit == 'T') {
                inTime = true;
                start = i + 1;
            } else if (Character.isLetter(unit)) {
                add(parts, text.substring(start, i), inTime ? Character.toLowerCase(unit) : unit);
                start = i + 1;
            }
        }
        ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        for (BigDecimal part : parts) {
            if (part.signum() < 0 || part.compareTo(BigDecimal.valueOf(0xffff_ffffL)) > 0
                    || part.stripTrailingZeros().scale() > 0) {
                throw new AvroWriting.Unsayable(
                        "a duration whose months, days or milliseconds are no unsigned 32-bit integer");
            }
            bytes.putInt((int) part.longValue());
        }
        return bytes.array();
    }

    private static void add(BigDecimal[] parts, String number, char unit)
            throws AvroWriting.Unsayable {
        BigDecimal amount;
        try {
            amount = new BigDecimal(number.length() > 30 ? "" : number);
        } catch (NumberFormatException e) {
            throw new AvroWriting.Unsayable("expected a positive ISO 8601 duration");
        }
        int part = switch (unit) {
            case 'Y', 'M' -> 0;
            case 'W', 'D' -> 1;
            default -> 2;
        };
        long factor = switch (unit) {
            case 'Y' -> 12;
            case 'W' -> 7;
            case 'h' -> 3_600_000;
            case 'm' -> 60_000;
            case 's' -> 1_000;
            default -> 1;
        };
        parts[part] = parts[part].add(amount.multiply(BigDecimal.valueOf(factor)));
    }
}

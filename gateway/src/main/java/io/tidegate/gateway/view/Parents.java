package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.RowN;
import org.jooq.impl.DSL;

/** The columns by which rows belong to parents, for questions about several parents at once. */
final class Parents {
    private final List<Column> columns;

    /**
     * @throws Refusal.Thrown
     *             if a field has no column with single values
     */
    Parents(Columns all, List<FieldPath> fields) {
        columns = fields.stream().map(field -> all.of(field).filter(Column::isOrdered)
                .orElseThrow(() -> new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID,
                        "rows cannot be found by field '" + field.text()
                                + "', which is no single value"))))
                .toList();
    }

    List<Field<Object>> fields() {
        return columns.stream().map(Column::value).toList();
    }

    /** The same as text, to tell whose a row is. */
    List<Field<String>> texts() {
        return columns.stream().map(Column::asText).toList();
    }

    /** A parent as {@link #texts()} has it. */
    List<String> texts(List<Object> parent) {
        var texts = new ArrayList<String>();
        for (int i = 0; i < columns.size(); i++) {
            texts.add(columns.get(i).text(parent.get(i)));
        }
        return texts;
    }

    /** Whose a row of an answer is. */
    static List<String> of(Record record, int from, int size) {
        var texts = new ArrayList<String>();
        for (int i = from; i < from + size; i++) {
            texts.add(String.valueOf(record.get(i, String.class)));
        }
        return texts;
    }

    /** Which rows belong to one of some parents; at least one. */
    Condition isAny(List<List<Object>> parents) {
        if (columns.size() == 1) {
            var column = columns.getFirst();
            return column.isAny(parents.stream().map(List::getFirst).toList());
        }
        return DSL.row(fields()).in(parents.stream().map(this::row).toList());
    }

    private RowN row(List<Object> parent) {
        var values = new ArrayList<Field<Object>>();
        for (int i = 0; i < columns.size(); i++) {
            values.add(columns.get(i).parameter(columns.get(i).text(parent.get(i))));
        }
        return DSL.row(values);
    }
}

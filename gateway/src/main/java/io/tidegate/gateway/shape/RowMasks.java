package io.tidegate.gateway.shape;

import io.tidegate.schema.Row;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts what a caller is shown in place of what is so. Every shape passes rows and keys through it before it reads them. */
public interface RowMasks {

    /** The row as it is shown; the same object where nothing is masked. */
    Row row(Row row);

    /** The key as it is shown. */
    List<? extends @Nullable Object> key(List<Object> key);

    /** Nothing is masked. */
    RowMasks NONE = new RowMasks() {
        @Override
        public Row row(Row row) {
            return row;
        }

        @Override
        public List<? extends @Nullable Object> key(List<Object> key) {
            return key;
        }
    };
}

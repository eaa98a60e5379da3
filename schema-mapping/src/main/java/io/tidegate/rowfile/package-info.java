/**
 * Files of rows, as people have them: NDJSON, JSON, CSV, Avro containers, Protobuf messages. They are read as a stream and
 * fitted to a product's row type, one row at a time, with the place of each that does not fit.
 */
@NullMarked
package io.tidegate.rowfile;

import org.jspecify.annotations.NullMarked;

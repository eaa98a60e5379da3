/**
 * Schemas and payloads: Avro, JSON Schema and Protobuf become one neutral {@link io.tidegate.schema.Type} model, and
 * bytes become {@link io.tidegate.schema.Row}s. Pure: no I/O, no clock, no threads.
 */
@NullMarked
package io.tidegate.schema;

import org.jspecify.annotations.NullMarked;

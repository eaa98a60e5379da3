package io.tidegate.schema;

/**
 * Finds the schema that a framed payload was written with. The gateway asks the registry and caches; a codec calls this on
 * the thread that decodes, so an implementation may block but must be bounded.
 */
@FunctionalInterface
public interface WriterSchemas {

    /**
     * @throws UnresolvedSchema
     *             if the registry does not answer in time
     * @throws UnreadablePayload
     *             if the registry has no such id
     */
    SourceSchema byId(int id) throws UnreadablePayload;

    /** Whether there is anybody to ask. */
    default boolean isConfigured() {
        return true;
    }

    /** For products whose payloads are never framed. */
    static WriterSchemas none() {
        return new WriterSchemas() {
            @Override
            public SourceSchema byId(int id) throws UnreadablePayload {
                throw new UnreadablePayload(
                        "the payload names schema id " + id + ", but no registry is configured");
            }

            @Override
            public boolean isConfigured() {
                return false;
            }
        };
    }
}

package io.tidegate.contract;

import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.SourceSchema;
import java.io.IOException;

/** Asks a schema registry for the schema that a contract names. */
@FunctionalInterface
public interface RegistryLookup {

    /**
     * @param addressOrSubject
     *            as the contract has it: an address, or a subject of the gateway's own registry
     * @throws IOException
     *             if the registry does not answer in time or has no such schema; the message says which
     */
    SourceSchema find(SchemaLanguage language, String addressOrSubject) throws IOException;

    /** For where no registry is at hand, such as a check of files. */
    static RegistryLookup none() {
        return (language, addressOrSubject) -> {
            throw new IOException("no registry is configured");
        };
    }
}

package io.tidegate.schema;

import java.io.IOException;

/**
 * The files beside a contract: its schema and what that imports. Whoever implements it keeps every path inside the
 * contract's folder and bounds the size.
 */
@FunctionalInterface
public interface SchemaFiles {

    /**
     * @param path
     *            relative to the contract's folder, forward slashes
     * @throws IOException
     *             if there is no such file, it lies outside of the folder, or it is too large; the message says which
     */
    String read(String path) throws IOException;
}

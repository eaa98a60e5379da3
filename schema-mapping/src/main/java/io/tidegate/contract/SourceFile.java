package io.tidegate.contract;

/**
 * A file as it was found.
 *
 * @param path
 *            as its user names it, forward slashes
 */
public record SourceFile(String path, String text) {
    /** The part of the path behind the last slash. */
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}

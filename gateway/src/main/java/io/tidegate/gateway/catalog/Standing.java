package io.tidegate.gateway.catalog;

/** What a change of the catalog means for one open stream. */
public enum Standing {
    /** Nothing has changed that the reader could notice. */
    UNTOUCHED,
    /** New readers get another generation of the product; this stream goes on with its own. */
    FORMER,
    /** What the reader would get now is something else; it comes back with its cursor. */
    CHANGED,
    /** The caller may not read the product any more. */
    FORBIDDEN,
    /** The product is not served any more. */
    REMOVED
}

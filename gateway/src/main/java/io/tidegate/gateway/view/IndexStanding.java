package io.tidegate.gateway.view;

/**
 * An index of a view, for operators.
 *
 * @param index
 *            what is equal in its pages, and what they are ordered by
 * @param isBuilt
 *            whether it serves
 * @param bytes
 *            about how much it takes on disk and in memory
 */
public record IndexStanding(String index, boolean isBuilt, long bytes) {
}

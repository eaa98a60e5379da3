package io.tidegate.gateway.view;

/**
 * Bounds of the indexes that views make for pages which are asked for often.
 *
 * @param perProduct
 *            at most; 0 = none
 * @param after
 *            so many pages of one kind, within an hour or so, make an index worth its while
 */
public record IndexLimits(int perProduct, int after) {
    /** 4, after 20 pages. */
    public static final IndexLimits DEFAULT = new IndexLimits(4, 20);

    public IndexLimits {
        if (perProduct < 0 || after < 1) {
            throw new IllegalArgumentException("0 indexes or more, after 1 page or more");
        }
    }
}

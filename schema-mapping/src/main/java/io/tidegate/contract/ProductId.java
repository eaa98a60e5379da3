package io.tidegate.contract;

/**
 * A data product in one of its major versions: what a URL, a scope and a cursor name.
 *
 * @param domain
 *            kebab-case, {@code [a-z][a-z0-9-]*}
 * @param product
 *            kebab-case, {@code [a-z][a-z0-9-]*}
 */
public record ProductId(String domain, String product, int major) implements Comparable<ProductId> {

    /** Any text as the name of a domain or product that it would be; empty if nothing of it can stay. */
    public static String nameOf(String text) {
        return Names.kebab(text);
    }

    /** {@code logistics/shipment-events/v2}, as in the paths of the gateway. */
    public String path() {
        return domain + "/" + product + "/v" + major;
    }

    /** {@code logistics.shipment-events}: what scopes are named after; the same for every major. */
    public String qualifiedName() {
        return domain + "." + product;
    }

    @Override
    public int compareTo(ProductId other) {
        return path().compareTo(other.path());
    }

    /** {@code logistics/shipment-events/v2}. */
    @Override
    public String toString() {
        return path();
    }
}

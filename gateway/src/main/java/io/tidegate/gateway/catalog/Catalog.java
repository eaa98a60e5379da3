package io.tidegate.gateway.catalog;

import io.tidegate.contract.ProductId;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.access.Decision;
import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.refusal.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The products that are live. A snapshot: whoever holds one sees the same products until it asks again. */
public record Catalog(List<LiveProduct> products) {
    public Catalog {
        products = products.stream().sorted(Comparator.comparing(LiveProduct::id)).toList();
    }

    public Optional<LiveProduct> product(ProductId id) {
        return products.stream().filter(product -> product.id().equals(id)).findFirst();
    }

    /** A product as one caller may read it. */
    public record Granted(LiveProduct product, Permit permit) {
    }

    /**
     * The product, if it exists and the caller may read it; one refusal for both if not.
     *
     * @throws Refusal.Thrown
     *             otherwise
     */
    public Granted granted(ProductId id, Caller caller, Instant now) {
        var product = product(id).orElseThrow(() -> new Refusal.Thrown(AccessRules.absent(id)));
        return switch (product.rules().decide(caller, now)) {
            case Decision.Granted(var permit) -> new Granted(product, permit);
            case Decision.Refused(var refusal) -> throw new Refusal.Thrown(refusal);
        };
    }

    /**
     * Where an open stream stands now.
     *
     * @param opened
     *            the product as it was when the stream was opened
     */
    public Standing standing(LiveProduct opened, Caller caller, Instant now) {
        var found = product(opened.id());
        if (found.isEmpty()) {
            return Standing.REMOVED;
        }
        var live = found.get();
        if (live.equals(opened)) {
            return Standing.UNTOUCHED;
        }
        boolean isSame = live.feed() == opened.feed();
        var generation = isSame
                ? found
                : live.former().map(LiveProduct.Former::product)
                        .filter(former -> former.feed() == opened.feed());
        var after = generation.orElse(live).rules().decide(caller, now);
        if (after instanceof Decision.Refused) {
            return Standing.FORBIDDEN;
        }
        // Both at one time, or a rule that speaks of now would seem to have changed.
        if (generation.isEmpty() || !after.equals(opened.rules().decide(caller, now))) {
            return Standing.CHANGED;
        }
        return isSame ? Standing.UNTOUCHED : Standing.FORMER;
    }

    /** Everything the caller may read. */
    public List<Granted> granted(Caller caller, Instant now) {
        var all = new ArrayList<Granted>();
        for (var product : products) {
            if (product.rules().decide(caller, now) instanceof Decision.Granted(var permit)) {
                all.add(new Granted(product, permit));
            }
        }
        return all;
    }
}

package io.tidegate.gateway;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.Status;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.quality.Quality;
import io.tidegate.mapping.ProductApi;
import io.tidegate.problem.Problem;
import java.util.ArrayList;
import java.util.List;

/**
 * What a contract has to meet beyond being readable before it can be served, told alike to those who write contracts and to
 * those who run the gateway. Whether the gateway has the cluster that a contract names is known to the gateway alone.
 */
final class ContractChecks {
    private ContractChecks() {
    }

    /** Whether a product of this status is served. */
    static boolean isServed(DataProduct product) {
        return product.status() != Status.DRAFT && product.status() != Status.RETIRED;
    }

    /** What is wrong with the grants and the rules of one contract. */
    static List<Problem> of(ProductSchema schema) {
        var problems = new ArrayList<>(AccessRules.check(schema));
        problems.addAll(Quality.check(schema));
        return problems;
    }

    /**
     * What is wrong with contracts that belong together: of each by itself, and of two that need one GraphQL name the later
     * one. Whatever their status: a draft is to be served one day.
     */
    static List<Problem> of(List<ProductSchema> schemas) {
        var problems = new ArrayList<Problem>();
        schemas.forEach(schema -> problems.addAll(of(schema)));
        var taken = new ArrayList<ProductApi>();
        for (var schema : schemas) {
            var api = ProductApi.of(schema);
            taken.stream().filter(other -> !other.conflicts(api).isEmpty()).findFirst()
                    .ifPresentOrElse(rival -> problems.add(nameTaken(api, rival)),
                            () -> taken.add(api));
        }
        return problems;
    }

    /** That a product needs a GraphQL name which another one has. */
    static Problem nameTaken(ProductApi api, ProductApi rival) {
        var names = rival.conflicts(api);
        return Problem.error(api.schema().product().place(), "graphql-name",
                "the GraphQL name '" + names.iterator().next() + "'"
                        + (names.size() > 1 ? " and " + (names.size() - 1) + " more" : "")
                        + (names.size() > 1 ? " are" : " is") + " already taken by '"
                        + rival.id() + "': give one of the two a 'graphql: {name: …}' of its own");
    }
}

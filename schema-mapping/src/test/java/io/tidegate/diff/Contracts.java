package io.tidegate.diff;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidegate.contract.ContractReader;
import io.tidegate.contract.LockedNames;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.problem.Problem;
import io.tidegate.schema.Evolution;
import io.tidegate.schema.SchemaProblem;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/** Contracts with their schema behind a line of dashes, read as the command reads them. */
final class Contracts {
    static final LocalDate TODAY = LocalDate.of(2026, 6, 1);

    private Contracts() {
    }

    static ProductSchema schema(String text) {
        return schema(text, LockedNames.NONE);
    }

    static ProductSchema schema(String text, LockedNames names) {
        var parts = text.split("(?m)^-----\n");
        var read = ContractReader.read("contracts/orders.yaml", parts[0]);
        if (read.problems().stream().anyMatch(Problem::isError)) {
            throw new IllegalArgumentException(read.problems().toString());
        }
        var found = ProductSchemas.resolve(read.product().orElseThrow(), path -> {
            if (parts.length < 2) {
                throw new IOException("there is no '" + path + "'");
            }
            return parts[1];
        }, RegistryLookup.none(), WriterSchemas.none());
        return found.schema()
                .orElseThrow(() -> new IllegalArgumentException(found.problems().toString()))
                .locked(names);
    }

    static ContractDiff diff(ProductSchema before, ProductSchema after) {
        return diff(List.of(before), List.of(after), Usage.UNKNOWN, Compatibility.NONE);
    }

    static ContractDiff diff(List<ProductSchema> before, List<ProductSchema> after, Usage usage,
            Compatibility compatibility) {
        return ContractDiff.of(before, after, new ContractDiff.Terms(TODAY, usage,
                schema -> JsonNodeFactory.instance.objectNode(), compatibility,
                Contracts::objections));
    }

    private static List<String> objections(ProductSchema reader, ProductSchema writer) {
        try {
            return Evolution.objections(version(reader), version(writer));
        } catch (SchemaProblem e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Evolution.Version version(ProductSchema schema) {
        return new Evolution.Version(schema.changes().payload().source(), Optional.empty(),
                path -> {
                    throw new IOException("nothing is imported");
                });
    }

    /** {@code rule path}, for rules of all faces but the schema's. */
    static List<String> rules(ContractDiff diff) {
        return diff.differences().stream().filter(found -> found.face() != Face.SCHEMA)
                .map(found -> (found.rule().id() + " " + found.path()).strip()).toList();
    }
}

package io.tidegate.gateway.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The contracts of the sandbox's own products, and the files that they name. */
final class SampleContracts {
    private static final String FOLDER = "/sandbox/contracts/";
    private static final List<String> FILES = List.of("governance.yaml", "crm/governance.yaml",
            "billing/invoices.yaml", "billing/invoice.schema.json",
            "crm/customers.yaml", "crm/customer.proto",
            "execution/stock-trades.yaml", "execution/trade.avsc",
            "inventory/stock-levels.yaml",
            "logistics/shipment-events.yaml", "logistics/shipment.avsc");

    private SampleContracts() {
    }

    /** Writes them into a folder where they can be read, changed and reloaded; a file that is there already stays. */
    static void writeTo(Path folder) throws IOException {
        for (String file : FILES) {
            Path target = folder.resolve(file);
            if (Files.exists(target)) {
                continue;
            }
            Files.createDirectories(target.getParent());
            try (var resource = SampleContracts.class.getResourceAsStream(FOLDER + file)) {
                if (resource == null) {
                    throw new IOException(
                            "the sample contract " + file + " is missing from this build");
                }
                Files.copy(resource, target);
            }
        }
    }
}

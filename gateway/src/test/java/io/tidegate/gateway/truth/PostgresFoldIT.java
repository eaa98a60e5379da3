package io.tidegate.gateway.truth;

import io.tidegate.gateway.view.Postgres;

/** The same of a gateway whose views are in PostgreSQL. */
class PostgresFoldIT extends FoldIT {
    private final String address = Postgres.database();

    @Override
    int rounds() {
        return 1;
    }

    @Override
    int answers() {
        return 50;
    }

    @Override
    String views() {
        return "store: \"" + address + '"';
    }
}

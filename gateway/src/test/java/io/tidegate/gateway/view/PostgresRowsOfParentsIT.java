package io.tidegate.gateway.view;

import java.time.Clock;

/** The same of a PostgreSQL. */
class PostgresRowsOfParentsIT extends RowsOfParentsTest {
    @Override
    ViewStore store() {
        return Postgres.store(Postgres.tables(), Clock.systemUTC());
    }
}

package io.tidegate.gateway.view;

import java.time.Clock;

/** The same of a PostgreSQL. */
class PostgresEventsIT extends EventsTest {
    @Override
    ViewStore store(Clock clock) {
        return Postgres.store(Postgres.tables(), clock);
    }
}

package io.tidegate.gateway.view;

import java.time.Clock;
import java.time.Duration;

/** What every view does, of a PostgreSQL. */
class PostgresViewIT extends ViewContract {
    private final String address = Postgres.tables();

    @Override
    ViewStore store(Clock clock) {
        return Postgres.store(address, clock);
    }

    @Override
    ViewStore narrow() {
        return Postgres.store(address, new PostgresViewStore.Limits(2, 2, 1, 1,
                Duration.ofSeconds(1), Duration.ofDays(7)), Clock.systemUTC());
    }
}

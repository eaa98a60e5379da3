package io.tidegate.gateway;

import io.tidegate.gateway.view.Postgres;
import org.junit.jupiter.api.AfterAll;

/** The same of a gateway whose views are in PostgreSQL. */
class PostgresHostileIT extends HostileIT {
    private Sandboxed own;

    @Override
    int requests() {
        return 150;
    }

    @Override
    int dataValues() {
        return 5;
    }

    @Override
    Sandboxed lab() throws Exception {
        own = Sandboxed.of(Vault.contracts(), Postgres.database());
        return own;
    }

    @AfterAll
    void end() {
        if (own != null) {
            own.close();
        }
    }
}

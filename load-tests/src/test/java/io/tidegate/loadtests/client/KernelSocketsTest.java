package io.tidegate.loadtests.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelSocketsTest {
    private static final List<String> TABLE = List.of(
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid",
            "   0: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0",
            "   1: 0100007F:1F91 0100007F:9C41 01 00000000:00002A10 02:00000000 00000000     0",
            "   2: 0100007F:1F92 0100007F:9C42 01 00000000:00000001 00:00000000 00000000     0");

    @Test
    void counts_sockets_of_these_ports_that_have_bytes_to_read() {
        assertThat(KernelSockets.unread(TABLE, Set.of(0x1F90, 0x1F91))).isEqualTo(1);
        assertThat(KernelSockets.unread(TABLE, Set.of(0x1F91, 0x1F92))).isEqualTo(2);
        assertThat(KernelSockets.unread(TABLE, Set.of(80))).isZero();
    }
}

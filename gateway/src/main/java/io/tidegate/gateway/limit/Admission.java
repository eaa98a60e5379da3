package io.tidegate.gateway.limit;

/** Whether a partner may open one more connection or subscription. */
public sealed interface Admission {
    /** It may; the lease must be closed when that ends. */
    record Admitted(Lease lease) implements Admission {
    }

    /** It may not, and nothing was counted. */
    record Full(Verdict.Denied denied) implements Admission {
    }
}

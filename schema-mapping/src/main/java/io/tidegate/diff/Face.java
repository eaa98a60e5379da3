package io.tidegate.diff;

/** Through what a consumer meets a product. */
public enum Face {
    // @formatter:off
    GRAPHQL("GraphQL"),
    STREAM("stream"),
    ASYNCAPI("AsyncAPI"),
    ACCESS("access"),
    SLA("SLA"),
    LIFECYCLE("lifecycle"),
    NAMES("names"),
    SCHEMA("schema");
    // @formatter:on

    private final String title;

    Face(String title) {
        this.title = title;
    }

    /** As reports spell it. */
    @Override
    public String toString() {
        return title;
    }
}

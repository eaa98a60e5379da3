package io.tidegate.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** Our documents, read by the parser that most consumers use. */
class AsyncApiParserIT {
    @Test
    void the_parser_of_asyncapi_finds_nothing_wrong() throws Exception {
        var folder = NodeScripts.folder();
        Files.writeString(folder.resolve("one.yaml"),
                AsyncApiDocuments.toYaml(AsyncApiDocumentsTest.SHIPMENTS));
        Files.writeString(folder.resolve("all.json"),
                AsyncApiDocuments.toJson(AsyncApiDocumentsTest.ALL));

        assertThat(NodeScripts.run("check.cjs", "one.yaml", "all.json")).startsWith("0\n");
    }
}

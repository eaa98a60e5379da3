package io.tidegate.gateway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.catalog.SchemaRegistry;
import io.tidegate.gateway.files.ContractFiles;
import io.tidegate.schema.SchemaFiles;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.Schemas;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The same contract against Apicurio Registry, and the sandbox's own schemas in it. */
@EnabledIfSystemProperty(named = "tidegate.apicurio", matches = ".+", disabledReason = "Apicurio Registry is fetched and started by the Maven profile 'apicurio' only")
class ApicurioRegistryIT extends RegistryContract {
    private static Apicurio apicurio;

    @BeforeAll
    static void start() throws Exception {
        apicurio = Apicurio.start(Path.of(System.getProperty("tidegate.apicurio")));
    }

    @AfterAll
    static void stop() throws Exception {
        if (apicurio != null) {
            apicurio.close();
        }
    }

    @Override
    String url() {
        return apicurio.url();
    }

    @Test
    void takes_the_sandboxs_schemas_and_our_client_reads_them_by_id_and_by_subject(
            @TempDir Path folder) throws Exception {
        SampleContracts.writeTo(folder);
        var products = ContractFiles.read(List.of(folder)).products();
        assertThat(products).hasSizeGreaterThan(4);
        var registry = new SchemaRegistry(Optional.of(url()));
        for (ProductSchema product : products) {
            var source = product.changes().payload().source();
            var subject = subject(product.product().stream().topics().getFirst());
            var body = schema(source.text());
            if (source.language() != SchemaLanguage.AVRO) {
                body.put("schemaType", source.language().name());
            }
            int id = post(versions(subject), body).id();

            for (var read : List.of(registry.byId(id), registry.find(source.language(), subject),
                    registry.find(source.language(), url() + versions(subject) + "/1"))) {
                assertThat(read.language()).isEqualTo(source.language());
                var codec = Schemas.open(read, Optional.empty(), List.of(), noFiles(),
                        WriterSchemas.none());
                assertThat(codec.type().name()).isEqualTo(
                        Schemas.open(source, Optional.empty(), List.of(), noFiles(),
                                WriterSchemas.none()).type().name());
                assertThat(codec.type().fields()).extracting(field -> field.name())
                        .isEqualTo(product.changes().payload().type().fields().stream()
                                .map(field -> field.name()).toList());
            }
        }
        assertThat(products).extracting(each -> each.changes().payload().source().language())
                .contains(SchemaLanguage.values());
    }

    private static SchemaFiles noFiles() {
        return path -> {
            throw new IOException("'" + path + "' is not expected");
        };
    }
}

package io.tidegate.gateway.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.contract.SourceFile;
import io.tidegate.schema.SchemaFiles;
import io.tidegate.yaml.YamlFile;
import io.tidegate.yaml.YamlNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** What a product is made of, as a number: what its contract says, and each schema text that was read for it. */
final class Fingerprint {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final SourceFile contract;
    /** In the order of their names, since a schema's imports may be asked for in any. */
    private final Map<String, String> texts = new TreeMap<>();

    Fingerprint(SourceFile contract) {
        this.contract = contract;
    }

    /** The same files; what is read of them counts from now on. */
    SchemaFiles including(SchemaFiles files) {
        return path -> {
            var text = files.read(path);
            texts.put("file " + path, text);
            return text;
        };
    }

    /** The same registry; what it answers counts from now on. */
    RegistryLookup including(RegistryLookup registry) {
        return (language, where) -> {
            var found = registry.find(language, where);
            texts.put("registry " + where, found.text());
            return found;
        };
    }

    /** SHA-256. */
    String hexadecimal() {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            // The values alone: comments and layout are no part of them. Governance judges a product and does not make it.
            var said = YamlFile.parseMapping(contract.path(), contract.text(), new ArrayList<>())
                    .map(root -> {
                        var entries = new LinkedHashMap<>(root.entries());
                        entries.remove("governance");
                        return new YamlNode.Mapping(root.place(), entries)
                                .plain();
                    });
            add(digest, JSON.writeValueAsString(said.orElse("")));
            texts.forEach((name, text) -> {
                add(digest, name);
                add(digest, text);
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException | JsonProcessingException e) {
            throw new IllegalStateException(
                    "every Java has SHA-256, and lists and maps of text can always be written", e);
        }
    }

    private static void add(MessageDigest digest, String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
        digest.update(bytes);
    }
}

package io.tidegate.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The keys that sign cursors and hash masked values: from the configuration, or made once and kept where the views are, so
 * that a gateway of one node needs no setting for them.
 */
record SecretKeys(byte[] cursor, byte[] mask) {
    private static final int KEY_BYTES = 32;

    static SecretKeys of(GatewayConfig.Secrets configured, Path folder) throws GatewayFailure {
        return new SecretKeys(key("cursor", configured.cursor(), folder),
                key("mask", configured.mask(), folder));
    }

    private static byte[] key(String name, Optional<String> configured, Path folder)
            throws GatewayFailure {
        if (configured.isPresent()) {
            var bytes = configured.get().getBytes(StandardCharsets.UTF_8);
            if (bytes.length < 16) {
                throw new GatewayFailure("secrets." + name + ": needs at least 16 characters",
                        null);
            }
            return bytes;
        }
        var file = folder.resolve("secret-" + name);
        try {
            if (!Files.exists(file)) {
                Files.createDirectories(folder);
                var fresh = new byte[KEY_BYTES];
                new SecureRandom().nextBytes(fresh);
                Files.writeString(file, HexFormat.of().formatHex(fresh));
                if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
                    Files.setPosixFilePermissions(file,
                            PosixFilePermissions.fromString("rw-------"));
                }
            }
            return Files.readString(file).strip().getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new GatewayFailure(
                    "views.path: '" + folder + "' cannot be written to: " + e.getMessage()
                            + "; free space or choose another folder",
                    e);
        }
    }

    @Override
    public String toString() {
        return "SecretKeys[***]";
    }
}

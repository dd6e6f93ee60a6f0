package io.github.redisfanout;

import static java.util.Objects.requireNonNullElse;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who this node is.
 *
 * @param id the host's name if the environment has one, and random digits
 * @param version of this library
 */
record ThisNode(String id, Instant since, String version) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int MAX_HOST_LENGTH = 64;

  /** Set by shells, Docker and Kubernetes, and by Windows. */
  private static final String[] HOST_NAMES = {"HOSTNAME", "COMPUTERNAME"};

  static ThisNode now() {
    return new ThisNode(newId(System.getenv()), Instant.now(), version(ThisNode.class));
  }

  static String newId(Map<String, String> environment) {
    byte[] random = new byte[4];
    RANDOM.nextBytes(random);
    return host(environment) + "-" + HexFormat.of().formatHex(random);
  }

  private static String host(Map<String, String> environment) {
    for (String name : HOST_NAMES) {
      String host = environment.getOrDefault(name, "").replaceAll("[^A-Za-z0-9._-]", "");
      if (!host.isEmpty()) {
        return host.substring(0, Math.min(host.length(), MAX_HOST_LENGTH));
      }
    }
    return "node";
  }

  /** The version in the manifest of the jar that has this class. */
  static String version(Class<?> type) {
    Package itsPackage = type.getPackage();
    @Nullable String version = itsPackage == null ? null : itsPackage.getImplementationVersion();
    return requireNonNullElse(version, "unknown");
  }
}

package io.github.redisfanout.testkit;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import redis.embedded.RedisServer;

/**
 * The Redis server executable: one of your own, or the embedded-redis jar's.
 *
 * <p>Thread-safe. The jar's is extracted once per JVM and deleted when the JVM exits.
 */
final class RedisBinary {
  /** The system property that names an executable of your own. */
  static final String PROPERTY = "testkit.redis.binary";

  private static final String PREFIX = "redis-server-7.0.15-";
  private static final Set<String> PLATFORMS =
      Set.of("linux-amd64", "linux-arm64", "linux-386", "darwin-amd64", "darwin-arm64");

  private static @Nullable Path extracted;

  private RedisBinary() {}

  /**
   * Returns the executable that the system property names, or else the jar's.
   *
   * @throws IllegalStateException if there is no such executable
   * @throws UncheckedIOException if the jar's cannot be written to the directory for temporary
   *     files
   */
  static Path executable() {
    String own = System.getProperty(PROPERTY, "");
    return own.isEmpty() ? extract() : own(own);
  }

  /** Returns the executable at this path, which may be relative to the working directory. */
  static Path own(String path) {
    Path file = Path.of(path).toAbsolutePath();
    if (!Files.isRegularFile(file) || !Files.isExecutable(file)) {
      throw new IllegalStateException(PROPERTY + " must name an executable file: " + path);
    }
    return file;
  }

  /**
   * Returns the jar's executable for this machine.
   *
   * @throws IllegalStateException if the jar has none for this operating system and processor
   * @throws UncheckedIOException if it cannot be written to the directory for temporary files
   */
  static synchronized Path extract() {
    Path known = extracted;
    if (known != null && Files.isExecutable(known)) {
      return known;
    }
    String resource = resourceFor(System.getProperty("os.name"), System.getProperty("os.arch"));
    try {
      Path file = Files.createTempFile("redis-server-", "");
      file.toFile().deleteOnExit();
      try (InputStream in = open(resource)) {
        Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      }
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
      extracted = file;
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot extract " + resource, e);
    }
  }

  /** Returns the name of the executable's resource for the values of os.name and os.arch. */
  static String resourceFor(String osName, String osArch) {
    String platform = system(osName) + "-" + processor(osArch);
    if (!PLATFORMS.contains(platform)) {
      throw new IllegalStateException(
          "embedded-redis has no Redis for os.name=" + osName + ", os.arch=" + osArch);
    }
    return PREFIX + platform;
  }

  private static String system(String osName) {
    String name = osName.toLowerCase(Locale.ROOT);
    if (name.startsWith("mac") || name.startsWith("darwin")) {
      return "darwin";
    }
    return name;
  }

  private static String processor(String osArch) {
    String arch = osArch.toLowerCase(Locale.ROOT);
    return switch (arch) {
      case "x86_64", "x64" -> "amd64";
      case "aarch64" -> "arm64";
      case "x86", "i386", "i486", "i586", "i686" -> "386";
      default -> arch;
    };
  }

  private static InputStream open(String resource) throws IOException {
    InputStream in = RedisServer.class.getResourceAsStream("/" + resource);
    if (in == null) {
      throw new FileNotFoundException(resource + " is not on the class path");
    }
    return in;
  }
}

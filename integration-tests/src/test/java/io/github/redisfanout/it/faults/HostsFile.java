package io.github.redisfanout.it.faults;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/**
 * Says which addresses a host name has, for the whole JVM.
 *
 * <p>For that the JVM is started with a file instead of the network's name service, and without a
 * cache: see the arguments of this module's tests in its pom.xml.
 */
final class HostsFile implements AutoCloseable {
  static final String HOST = "redis.test";

  private final Path file;
  private final String original;

  HostsFile() throws IOException {
    String path =
        requireNonNull(
            System.getProperty("jdk.net.hosts.file"),
            "the JVM was not started with -Djdk.net.hosts.file, as this module's pom.xml says");
    file = Path.of(path);
    original = Files.readString(file);
  }

  /** From now on {@link #HOST} has these addresses; none means that it is unknown. */
  void point(String... addresses) throws IOException {
    StringBuilder content = new StringBuilder(original);
    Stream.of(addresses).forEach(address -> content.append(address + " " + HOST + "\n"));
    replace(content.toString());
  }

  /** In one step: a lookup sees all of the old file or all of the new one. */
  private void replace(String content) throws IOException {
    Path next = Files.writeString(file.resolveSibling("hosts.next"), content);
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() throws IOException {
    replace(original);
  }
}

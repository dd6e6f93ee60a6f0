package io.github.redisfanout.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The temporary directory of one server: its data, its output and its pid file.
 *
 * <p>Thread-safe, as it holds nothing but the path.
 */
final class ServerDirectory {
  private static final int TAIL_CHARS = 4_000;

  private final Path path;

  private ServerDirectory(Path path) {
    this.path = path;
  }

  /** Creates an empty directory below the one for temporary files. */
  static ServerDirectory create() {
    try {
      return new ServerDirectory(Files.createTempDirectory("redis-process-"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create a directory for Redis", e);
    }
  }

  Path path() {
    return path;
  }

  /** Returns the file that takes what the server prints; a file never makes it wait. */
  Path output() {
    return path.resolve("output.log");
  }

  /** Writes a configuration file, which a sentinel rewrites, and returns its path. */
  String configuration(List<String> lines) {
    try {
      return Files.write(path.resolve("redis.conf"), lines).toString();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write a configuration for Redis", e);
    }
  }

  /** Returns the file that Redis writes as soon as it listens, and not before. */
  Path pidFile() {
    return path.resolve("redis.pid");
  }

  /** Returns the end of what the server printed since its last start. */
  String outputTail() {
    try {
      String text = new String(Files.readAllBytes(output()), UTF_8);
      return text.substring(Math.max(0, text.length() - TAIL_CHARS));
    } catch (IOException e) {
      return "(output cannot be read: " + e + ")";
    }
  }

  /** Deletes the directory with all that is in it, as far as that is possible. */
  void delete() {
    try {
      Files.walkFileTree(path, new Deletion());
    } catch (IOException e) {
      path.toFile().deleteOnExit();
    }
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
        throws IOException {
      Files.deleteIfExists(directory);
      return FileVisitResult.CONTINUE;
    }
  }
}

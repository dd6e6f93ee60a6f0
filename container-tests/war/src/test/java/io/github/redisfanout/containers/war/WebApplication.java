package io.github.redisfanout.containers.war;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Packs this module's classes with the library and what it needs, as a build would. */
final class WebApplication {
  private static final Pattern CLASSES =
      Pattern.compile(".*/(redis-fanout-core|redis-fanout-jakarta|war)/target/classes");
  private static final Pattern LIBRARIES =
      Pattern.compile(
          "(redis-fanout-(core|jakarta)|jedis|redis-authx|commons-pool2|gson|json|jackson|slf4j)-.*\\.jar");

  private WebApplication() {}

  /** A directory with {@code WEB-INF}. */
  static void exploded(Path directory) throws IOException {
    Path classes = Files.createDirectories(directory.resolve("WEB-INF/classes"));
    Path libraries = Files.createDirectories(directory.resolve("WEB-INF/lib"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(entry);
      if (CLASSES.matcher(entry).matches()) {
        copy(path, classes);
      } else if (LIBRARIES.matcher(path.getFileName().toString()).matches()) {
        Files.copy(path, libraries.resolve(path.getFileName().toString()));
      }
    }
  }

  /** A file to be dropped into a container. */
  static void war(Path file, Path directory) throws IOException {
    exploded(directory);
    try (FileSystem war =
        FileSystems.newFileSystem(URI.create("jar:" + file.toUri()), Map.of("create", "true"))) {
      copy(directory, war.getPath("/"));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    List<Path> paths;
    try (Stream<Path> tree = Files.walk(from)) {
      paths = tree.toList();
    }
    for (Path path : paths) {
      Path copy = to.resolve(from.relativize(path).toString());
      if (Files.isDirectory(path)) {
        Files.createDirectories(copy);
      } else {
        Files.copy(path, copy, StandardCopyOption.REPLACE_EXISTING); // each has a licence
      }
    }
  }

  /** All that a process has logged. */
  static String text(Path log) {
    try {
      return Files.exists(log) ? Files.readString(log) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

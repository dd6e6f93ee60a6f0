package io.github.redisfanout.benchmarks.containers;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A container, by the name of its module in {@code container-tests}. */
public record Container(String name) {
  private static final List<String> ALL =
      List.of("tomcat11", "tomcat10", "jetty", "undertow", "tyrus");

  /** Where the modules are, if not beside the one that this class was built in. */
  private static final String DIRECTORY = "redisfanout.containers";

  public Container {
    if (!ALL.contains(name)) {
      throw new IllegalArgumentException("a container is one of " + ALL + ": " + name);
    }
  }

  /** All that there are, separated by commas. */
  public static String names() {
    return String.join(",", ALL);
  }

  /** The containers whose names are given, separated by commas. */
  public static List<Container> named(String names) {
    return Arrays.stream(names.split(",")).map(Container::new).toList();
  }

  /**
   * Whether it frees a socket whose client does not read; the API gives the adapter no means of its
   * own, see docs/containers.md.
   */
  public boolean canFreeSockets() {
    return !name.equals("tyrus");
  }

  String serverClass() {
    String product = name.replaceFirst("[0-9]+$", ""); // versions share their class
    return "io.github.redisfanout.containers."
        + Character.toUpperCase(product.charAt(0))
        + product.substring(1)
        + "Server";
  }

  /**
   * What its node needs on the class path.
   *
   * @throws IllegalStateException if the module has not been built
   */
  String classPath() throws IOException {
    Path target = directory().resolve(name).resolve("target");
    Path dependencies = target.resolve("classpath.txt");
    if (!Files.exists(dependencies)) {
      throw new IllegalStateException(
          dependencies
              + " is missing: build the containers with mvn -DskipTests package, or say where they"
              + " are with -D"
              + DIRECTORY
              + "=DIR");
    }
    List<String> entries = new ArrayList<>();
    entries.add(target.resolve("classes").toString());
    entries.add(Files.readString(dependencies).trim());
    return String.join(System.getProperty("path.separator"), entries);
  }

  private static Path directory() {
    String given = System.getProperty(DIRECTORY);
    if (given != null) {
      return Path.of(given);
    }
    try {
      // benchmarks/target/benchmarks.jar, or benchmarks/target/classes
      Path built =
          Path.of(Container.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return built.resolve("../../../container-tests").normalize();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("say where the containers are with -D" + DIRECTORY, e);
    }
  }
}

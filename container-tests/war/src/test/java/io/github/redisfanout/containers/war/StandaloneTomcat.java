package io.github.redisfanout.containers.war;

import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RecordingClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Tomcat as it is downloaded, in a process of its own, with the WAR in its {@code webapps}. */
final class StandaloneTomcat implements AutoCloseable {
  private static final Pattern PORT =
      Pattern.compile("Starting ProtocolHandler \\[\"http-nio-127.0.0.1-auto-\\d+-(\\d+)\"]");

  private final Process process;
  private final Path log;
  private final int port;

  /**
   * Returns when it serves.
   *
   * @param version such as {@code 11.0}
   * @param base an empty directory
   */
  static StandaloneTomcat start(String version, String redisUri, Path base) throws IOException {
    Path home = home(version);
    Path conf = Files.createDirectories(base.resolve("conf"));
    Path webapps = Files.createDirectories(base.resolve("webapps"));
    Files.createDirectories(base.resolve("temp"));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(home.resolve("conf"), "*.*")) {
      for (Path file : files) {
        Files.copy(file, conf.resolve(file.getFileName().toString()));
      }
    }
    Path server = conf.resolve("server.xml");
    Files.writeString(
        server,
        Files.readString(server)
            .replace("port=\"8005\"", "port=\"-1\"")
            .replace("port=\"8080\"", "port=\"0\" address=\"127.0.0.1\""));
    WebApplication.war(webapps.resolve("ROOT.war"), base.resolve("exploded"));
    return new StandaloneTomcat(home, base, redisUri);
  }

  private static Path home(String version) throws IOException {
    Path archives = Path.of(System.getProperty("tomcats"));
    try (DirectoryStream<Path> homes =
        Files.newDirectoryStream(archives, "apache-tomcat-" + version + "*")) {
      return homes.iterator().next();
    }
  }

  private StandaloneTomcat(Path home, Path base, String redisUri) throws IOException {
    log = base.resolve("log.txt");
    ProcessBuilder builder =
        new ProcessBuilder("sh", home.resolve("bin/catalina.sh").toString(), "run")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "JAVA_HOME", System.getProperty("java.home"),
                "CATALINA_HOME", home.toString(),
                "CATALINA_BASE", base.toString(),
                "CATALINA_OPTS", "-Xmx128m -XX:TieredStopAtLevel=1 -Dredis.url=" + redisUri));
    process = builder.start();
    try {
      await()
          .alias("a Tomcat that serves")
          .atMost(Duration.ofSeconds(60))
          .until(() -> PORT.matcher(log()).find());
    } catch (RuntimeException e) {
      close();
      throw new IllegalStateException("Tomcat did not start: " + log(), e);
    }
    Matcher started = PORT.matcher(log());
    port = started.find() ? Integer.parseInt(started.group(1)) : 0;
  }

  /** All that it has logged. */
  String log() {
    return WebApplication.text(log);
  }

  /** The address of an endpoint, such as {@code /ws/chat?user=alice}. */
  URI webSocket(String path) {
    return URI.create("ws://127.0.0.1:" + port + path);
  }

  RecordingClient connect(String path) {
    return RecordingClient.connect(webSocket(path));
  }

  /** The address of a page. */
  URI page(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** Stops it as Ctrl-C does. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}

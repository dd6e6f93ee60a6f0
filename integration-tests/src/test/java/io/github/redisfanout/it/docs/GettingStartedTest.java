package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.jakarta.JakartaFanout;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The files of docs/getting-started.md are compiled and run, and print what the page says.
 *
 * <p>{@code .ci/getting-started} runs the page's own commands, with Maven and in processes.
 */
class GettingStartedTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Pattern DEPENDENCY =
      Pattern.compile(
          "<groupId>([^<]+)</groupId>\\s*<artifactId>([^<]+)</artifactId>\\s*"
              + "<version>([^<]+)</version>\\s*</dependency>");

  @TempDir Path directory;
  private final Document page = read();

  private static Document read() {
    try {
      return Document.read("docs/getting-started.md");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void messageOfOneNodeIsReceivedOnTheOther() throws Exception {
    ClassLoader classes = new SnippetCompiler(directory).compile(sources());
    Method start = classes.loadClass("demo.Main").getMethod("start", int.class);
    Tomcat first = (Tomcat) start.invoke(null, 0);
    Tomcat second = (Tomcat) start.invoke(null, 0);
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(printed, true));
      listen(classes, first, "listen");
      awaitPrinted(printed, "connected\n");

      String answer = publish(second, "publish");

      assertThat(answer).isEqualTo(page.snippet("published"));
      awaitPrinted(printed, page.snippet("received"));
      first.stop();
      awaitPrinted(printed, page.snippet("closed"));
    } finally {
      System.setOut(out);
      first.stop();
      second.stop();
    }
  }

  @Test
  void annotatedEndpointAndOwnTransportReceiveToo() throws Exception {
    Map<String, String> sources = sources();
    page.additions()
        .forEach((path, lines) -> sources.computeIfPresent(path, (p, text) -> add(lines, text)));
    ClassLoader classes = new SnippetCompiler(directory).compile(sources);
    Method start = classes.loadClass("demo.Main").getMethod("start", int.class);
    Tomcat tomcat = (Tomcat) start.invoke(null, 0);
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(printed, true));
      listen(classes, tomcat, "listen-annotated");
      awaitPrinted(printed, "connected\n");

      publish(tomcat, "publish");
      awaitPrinted(printed, page.snippet("received"));
      publish(tomcat, "publish-console");
      awaitPrinted(printed, page.snippet("received-console"));
    } finally {
      System.setOut(out);
      tomcat.stop();
    }
  }

  private static String add(String lines, String text) {
    String place = "      // Steps 8 and 9 add a line here.\n";
    assertThat(text).containsOnlyOnce(place);
    return text.replace(place, lines);
  }

  /** All Java of the page, with this test's Redis. */
  private Map<String, String> sources() {
    Map<String, String> sources = new LinkedHashMap<>(page.files());
    assertThat(sources.remove("pom.xml")).isNotNull();
    sources.replaceAll((path, text) -> text.replace("redis://localhost:6379", redis.uri()));
    assertThat(sources.get("src/main/java/demo/ChatStart.java")).contains(redis.uri());
    return sources;
  }

  /** Runs the page's client with the page's argument, but for the port. */
  private void listen(ClassLoader classes, Tomcat tomcat, String snippet) throws Exception {
    String uri = page.snippet(snippet).replaceAll("(?s)^.*'(.*)'.*$", "$1");
    assertThat(uri).startsWith("ws://localhost:8081/");
    String[] arguments = {uri.replace("8081", port(tomcat))};
    Method main = classes.loadClass("Listen").getMethod("main", String[].class);
    Thread client =
        new Thread(
            () -> {
              try {
                main.invoke(null, (Object) arguments);
              } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
              }
            },
            "listen");
    client.setDaemon(true);
    client.start();
  }

  private static String port(Tomcat tomcat) {
    return Integer.toString(tomcat.getConnector().getLocalPort());
  }

  private static void awaitPrinted(ByteArrayOutputStream printed, String end) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(printed.toString()).endsWith(end));
  }

  /** Posts what the page's curl does. */
  private String publish(Tomcat tomcat, String snippet) throws Exception {
    String form =
        Pattern.compile("-d (\\S+)")
            .matcher(page.snippet(snippet))
            .results()
            .map(argument -> argument.group(1))
            .collect(Collectors.joining("&"));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port(tomcat) + "/messages"))
            .header("Content-Type", "application/x-www-form-urlencoded") // as curl -d does
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  @Test
  void endpointWithConstructorArgumentsIsRegisteredAsThePageSays() throws Exception {
    String source =
        """
        public class Supply {
          @ServerEndpoint(value = "/ws", configurator = FanoutConfigurator.class)
          public static class ChatSocket {
            public ChatSocket(JakartaFanout sockets, String history) {}
          }

          public static void run(JakartaFanout sockets) {
            String history = "";
            %s
          }
        }
        """
            .formatted(page.snippet("supply"));
    try (InMemoryBackplane backplane = new InMemoryBackplane()) {
      RedisFanout fanout = RedisFanout.builder(backplane, FanoutConfig.of("demo")).build();

      new SnippetCompiler(directory)
          .load("Supply", source)
          .getMethod("run", JakartaFanout.class)
          .invoke(null, new JakartaFanout(fanout));
    }
  }

  @Test
  void dependenciesOfThePageAreThoseOfTheBuild() throws Exception {
    String parent = Files.readString(Path.of("../pom.xml"));
    Matcher dependency = DEPENDENCY.matcher(page.files().get("pom.xml"));
    int count = 0;
    while (dependency.find()) {
      count++;
      String version = dependency.group(3);
      if (dependency.group(1).equals("io.github.redisfanout")) {
        assertThat(parent).contains("<version>" + version + "</version>");
      } else {
        assertThat(System.getProperty("java.class.path"))
            .contains(dependency.group(2) + "-" + version + ".jar");
      }
    }
    assertThat(count).isEqualTo(3);
  }
}

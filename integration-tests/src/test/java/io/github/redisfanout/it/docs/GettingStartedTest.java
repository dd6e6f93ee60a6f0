package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RedisProcess;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
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
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a reader of docs/getting-started.md writes is compiled and run, and says what is said there.
 *
 * <p>Word for word, with Maven and in processes, {@code .ci/getting-started} does it.
 */
class GettingStartedTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Pattern DEPENDENCY =
      Pattern.compile(
          "<groupId>([^<]+)</groupId>\\s*<artifactId>([^<]+)</artifactId>\\s*"
              + "<version>([^<]+)</version>\\s*</dependency>");

  @TempDir Path directory;

  @Test
  void messageOfOneNodeIsHeardOnTheOther() throws Exception {
    Document page = Document.read("docs/getting-started.md");
    ClassLoader classes = new SnippetCompiler(directory).compile(sources(page));
    Method start = classes.loadClass("demo.Main").getMethod("start", int.class);
    Tomcat first = (Tomcat) start.invoke(null, 0);
    Tomcat second = (Tomcat) start.invoke(null, 0);
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(printed, true));
      listen(classes, first.getConnector().getLocalPort());
      awaitPrinted(printed, "connected as alice\n");

      String answer = publish(second.getConnector().getLocalPort());

      assertThat(answer).isEqualTo(page.snippet("published"));
      awaitPrinted(printed, page.snippet("heard"));
      first.stop();
      awaitPrinted(printed, page.snippet("closed"));
    } finally {
      System.setOut(out);
      first.stop();
      second.stop();
    }
  }

  /** All Java of the page, with this test's Redis. */
  private static Map<String, String> sources(Document page) {
    Map<String, String> sources = new LinkedHashMap<>(page.files());
    assertThat(sources.remove("pom.xml")).isNotNull();
    sources.replaceAll((path, text) -> text.replace("redis://localhost:6379", redis.uri()));
    assertThat(sources.get("src/main/java/demo/ChatStart.java")).contains(redis.uri());
    return sources;
  }

  private static void listen(ClassLoader classes, int port) throws Exception {
    Method main = classes.loadClass("Listen").getMethod("main", String[].class);
    Thread client =
        new Thread(
            () -> {
              try {
                main.invoke(null, (Object) new String[] {Integer.toString(port), "alice"});
              } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
              }
            },
            "listen");
    client.setDaemon(true);
    client.start();
  }

  private static void awaitPrinted(ByteArrayOutputStream printed, String end) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(printed.toString()).endsWith(end));
  }

  private static String publish(int port) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/messages"))
            .header("Content-Type", "application/x-www-form-urlencoded") // as curl -d does
            .POST(HttpRequest.BodyPublishers.ofString("to=alice&text=hello"))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  @Test
  void dependenciesOfThePageAreThoseOfTheBuild() throws Exception {
    String parent = Files.readString(Path.of("../pom.xml"));
    Matcher dependency =
        DEPENDENCY.matcher(Document.read("docs/getting-started.md").files().get("pom.xml"));
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

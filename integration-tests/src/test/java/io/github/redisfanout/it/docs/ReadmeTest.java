package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Transport;
import io.github.redisfanout.it.WebServer;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The code of the README and of docs/core.md, taken out of them, compiled and run. */
class ReadmeTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  @TempDir Path directory;

  @Test
  void coreSnippetDelivers() throws Exception {
    ClassLoader classes =
        new SnippetCompiler(directory).compile(Map.of("Hello.java", readme("core")));
    InputStream in = System.in;
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    InputStream enter =
        new InputStream() {
          @Override
          public int read() {
            await().until(() -> printed.toString().contains("alice receives"));
            return '\n';
          }
        };
    try {
      System.setIn(enter);
      System.setOut(new PrintStream(printed, true));
      classes
          .loadClass("Hello")
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[0]);
    } finally {
      System.setIn(in);
      System.setOut(out);
    }
    assertThat(printed.toString().lines())
        .containsExactly(
            "alice receives {\"text\":\"hello\"}",
            "alice is disconnected: " + Disconnect.GOING_AWAY);
  }

  @Test
  void nodesSnippetPrintsTheNodesAndThoseThatAreMissing() throws Exception {
    Class<?> asking =
        compile(
            "Asking",
            "public class Asking { public static void run(RedisFanout fanout) {\n"
                + core("nodes")
                + "}}");
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (RedisFanout fanout = RedisFanout.connect(redis.uri(), "my-app")) {
      assertThat(fanout.awaitReady(Duration.ofSeconds(10))).isTrue();
      String id = fanout.nodeId();
      await().until(() -> redis.command("EXISTS", "my-app:redis-fanout:node:" + id).contains("1"));
      redis.command("ZADD", "my-app:redis-fanout:nodes", "1e15", "frozen-1");
      System.setOut(new PrintStream(printed, true));
      asking.getMethod("run", RedisFanout.class).invoke(null, fanout);
      // The version is known when the library is in a jar.
      assertThat(printed.toString().replaceAll(" (unknown|[0-9]\\S+) UP", " VERSION UP").lines())
          .containsExactly(
              "0 sessions on 1 nodes", id + " VERSION UP []", "no answer of [frozen-1]");
    } finally {
      System.setOut(out);
      redis.command("DEL", "my-app:redis-fanout:nodes");
    }
  }

  @Test
  void transportAndBuilderSnippetsWork() throws Exception {
    Class<?> builder =
        compile(
            "Building",
            """
            public class Building {
              static void askClientsToReload(Gap gap) {}
              public static Transport transport() { return new Printing("alice"); }
              public static RedisFanout run(ObjectMapper myObjectMapper) {
            """
                + core("builder")
                + "return fanout; } public static RedisFanout publishOnly() {\n"
                + core("publish-only")
                + "return fanout; }\n"
                + core("transport")
                + "}");
    Transport printing = (Transport) builder.getMethod("transport").invoke(null);
    try (RedisFanout fanout =
            (RedisFanout)
                builder.getMethod("run", ObjectMapper.class).invoke(null, new ObjectMapper());
        RedisFanout publishing = (RedisFanout) builder.getMethod("publishOnly").invoke(null)) {
      assertThat(fanout.config().channel()).isEqualTo("my-app");
      assertThat(fanout.awaitReady(Duration.ofSeconds(10))).isTrue();
      fanout.open("alice", printing);

      publishing.publisher().publish(List.of("alice"), "hello");

      await().until(() -> fanout.counters().delivered() == 1);
    }
  }

  @Test
  void jakartaSnippetDeliversToATomcatSocket() throws Exception {
    String start = readme("jakarta").replace("userOf(request)", "request.getParameter(\"user\")");
    Class<?> listener = compile("ChatStart", start);
    try (WebServer server = WebServer.start(directory, listener);
        RedisFanout publishing = RedisFanout.connect(redis.uri(), "chat")) {
      List<String> texts = new CopyOnWriteArrayList<>();
      connect(server.port(), texts);

      await()
          .until(
              () -> {
                publishing.publisher().publish(List.of("alice"), "hello"); // until it is connected
                return texts.contains("\"hello\"");
              });
    }
  }

  private static void connect(int port, List<String> texts) throws Exception {
    HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .buildAsync(
            URI.create("ws://127.0.0.1:" + port + "/ws?user=alice"),
            new WebSocket.Listener() {
              @Override
              public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
                texts.add(data.toString());
                return null;
              }
            })
        .get(10, TimeUnit.SECONDS);
  }

  private static String readme(String snippet) throws Exception {
    return here(Document.read("README.md").snippet(snippet));
  }

  private static String core(String snippet) throws Exception {
    return here(Document.read("docs/core.md").snippet(snippet));
  }

  private static String here(String code) {
    return code.replace("redis://localhost:6379", redis.uri());
  }

  private Class<?> compile(String className, String source) throws Exception {
    return new SnippetCompiler(directory).load(className, source);
  }
}

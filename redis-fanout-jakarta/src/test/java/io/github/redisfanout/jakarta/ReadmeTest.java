package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Transport;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.server.ServerContainer;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The README's code, taken out of it, compiled and run. */
class ReadmeTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final String IMPORTS =
      """
      import io.github.redisfanout.*;
      import io.github.redisfanout.jakarta.*;
      import jakarta.servlet.*;
      import jakarta.servlet.http.*;
      import jakarta.websocket.*;
      import jakarta.websocket.server.*;
      import java.util.*;
      """;

  @TempDir Path directory;

  @Test
  void coreSnippetPublishes() throws Exception {
    String source =
        IMPORTS
            + """
            public class Core {
              public static List<Object> outcomes = new ArrayList<>();
              static void log(Receipt receipt, Throwable failure) {
                outcomes.add(failure == null ? receipt : failure);
              }
              public static void run(String uri, Transport transport) throws Exception {
            """
            + snippet("core").replace("\"redis://localhost:6379\"", "uri")
            + "}}";
    Class<?> core = compile("Core", source);

    core.getMethod("run", String.class, Transport.class)
        .invoke(null, redis.uri(), new RecordingTransport());

    assertThat((List<?>) core.getField("outcomes").get(null))
        .singleElement()
        .isInstanceOf(Receipt.class);
  }

  @Test
  void jakartaSnippetsDeliverToATomcatSocket() throws Exception {
    Class<?> socket = compile("ChatSocket", IMPORTS + snippet("jakarta"));
    Class<?> start =
        compile(
            "Start",
            IMPORTS
                + """
                public class Start {
                  static String userOf(HttpServletRequest request) {
                    return request.getParameter("user");
                  }
                  public static void run(RedisFanout fanout, ServletContext servletContext) {
                """
                + snippet("jakarta-start")
                + "}}");
    try (RedisFanout fanout = RedisFanout.connect(redis.uri())) {
      Tomcat tomcat = tomcat(fanout, start, socket);
      try {
        List<String> texts = new CopyOnWriteArrayList<>();
        connect(tomcat.getConnector().getLocalPort(), texts);
        await().until(() -> fanout.registry().sessionCount() == 1);
        assertThat(fanout.awaitReady(Duration.ofSeconds(10))).isTrue();

        fanout.publisher().publish(List.of("alice"), "hello");

        await().until(() -> texts.equals(List.of("\"hello\"")));
      } finally {
        tomcat.stop();
        tomcat.destroy();
      }
    }
  }

  private Tomcat tomcat(RedisFanout fanout, Class<?> start, Class<?> socket) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(directory.resolve("tomcat").toString());
    Connector connector = new Connector();
    connector.setProperty("address", "127.0.0.1");
    connector.setPort(0);
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "default", new HttpServlet() {}); // as every web application has
    context.addServletMappingDecoded("/", "default");
    context.addServletContainerInitializer(new WsSci(), null);
    context.addServletContainerInitializer(
        (types, servlets) -> {
          try {
            start
                .getMethod("run", RedisFanout.class, ServletContext.class)
                .invoke(null, fanout, servlets);
            ((ServerContainer) servlets.getAttribute(ServerContainer.class.getName()))
                .addEndpoint(socket);
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        },
        null);
    tomcat.start();
    return tomcat;
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

  private static String snippet(String name) throws Exception {
    String readme = Files.readString(Path.of("..", "README.md"));
    Matcher matcher =
        Pattern.compile("<!-- snippet: " + name + " -->\n```java\n(.*?)```", Pattern.DOTALL)
            .matcher(readme);
    assertThat(matcher.find()).as("README has a snippet named " + name).isTrue();
    return matcher.group(1);
  }

  private Class<?> compile(String className, String source) throws Exception {
    Path file = directory.resolve(className + ".java");
    Files.writeString(file, source);
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                System.err,
                "-proc:none",
                "-d",
                directory.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                file.toString());
    assertThat(result).as("compiler's exit code").isZero();
    URLClassLoader loader =
        new URLClassLoader(new URL[] {directory.toUri().toURL()}, getClass().getClassLoader());
    return loader.loadClass(className);
  }
}

package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Transport;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.DeploymentException;
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
      import com.fasterxml.jackson.databind.ObjectMapper;
      import io.github.redisfanout.*;
      import io.github.redisfanout.backplane.*;
      import io.github.redisfanout.backplane.redis.*;
      import io.github.redisfanout.jakarta.*;
      import jakarta.servlet.*;
      import jakarta.servlet.annotation.*;
      import jakarta.servlet.http.*;
      import jakarta.websocket.*;
      import jakarta.websocket.server.*;
      import java.time.*;
      import java.util.*;
      """;

  @TempDir Path directory;

  @Test
  void coreSnippetDelivers() throws Exception {
    Class<?> core =
        compile(
            "Core",
            """
            public class Core {
              public static RedisFanout run(Transport transport) throws Exception {
            """
                + snippet("core")
                + "return fanout; }}");
    RecordingTransport transport = new RecordingTransport();

    try (RedisFanout fanout =
        (RedisFanout) core.getMethod("run", Transport.class).invoke(null, transport)) {
      transport.awaitText("{\"text\":\"hello\"}");
      await().until(() -> fanout.counters().published() == 1);
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
                + snippet("builder")
                + "return fanout; }\n"
                + snippet("transport")
                + "}");
    Transport printing = (Transport) builder.getMethod("transport").invoke(null);
    try (RedisFanout fanout =
        (RedisFanout)
            builder.getMethod("run", ObjectMapper.class).invoke(null, new ObjectMapper())) {
      assertThat(fanout.config().channel()).isEqualTo("my-app");
      assertThat(fanout.awaitReady(Duration.ofSeconds(10))).isTrue();
      fanout.open("alice", printing);

      fanout.publisher().publish(List.of("alice"), "hello");

      await().until(() -> fanout.counters().delivered() == 1);
    }
  }

  @Test
  void jakartaSnippetsDeliverToATomcatSocket() throws Exception {
    Class<?> socket = compile("ChatSocket", snippet("jakarta"));
    String start =
        snippet("jakarta-start").replace("userOf(request)", "request.getParameter(\"user\")");
    Class<?> listener = compile("ChatStart", start);
    Tomcat tomcat = tomcat(listener, socket);
    try (Publisher publisher = RedisFanout.publisher(redis.uri(), FanoutConfig.defaults())) {
      List<String> texts = new CopyOnWriteArrayList<>();
      connect(tomcat.getConnector().getLocalPort(), texts);

      await()
          .until(
              () -> {
                publisher.publish(List.of("alice"), "hello"); // until the session is open
                return texts.contains("\"hello\"");
              });
    } finally {
      tomcat.stop();
      tomcat.destroy();
    }
  }

  private Tomcat tomcat(Class<?> listener, Class<?> socket) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(directory.resolve("tomcat").toString());
    Connector connector = new Connector();
    connector.setProperty("address", "127.0.0.1");
    connector.setPort(0);
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", null);
    context.setParentClassLoader(listener.getClassLoader());
    context.addApplicationListener(listener.getName()); // as the annotation does in a WAR
    Tomcat.addServlet(context, "default", new HttpServlet() {}); // as every web application has
    context.addServletMappingDecoded("/", "default");
    context.addServletContainerInitializer(new WsSci(), null);
    context.addServletContainerInitializer(
        (types, servlets) -> {
          try {
            ((ServerContainer) servlets.getAttribute(ServerContainer.class.getName()))
                .addEndpoint(socket);
          } catch (DeploymentException e) {
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
    return matcher.group(1).replace("redis://localhost:6379", redis.uri());
  }

  private Class<?> compile(String className, String source) throws Exception {
    Path file = directory.resolve(className + ".java");
    Files.writeString(file, IMPORTS + source);
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

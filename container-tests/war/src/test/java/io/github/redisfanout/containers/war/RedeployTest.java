package io.github.redisfanout.containers.war;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.scan.StandardJarScanner;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** An application that is reloaded again and again leaves no classes and no threads behind. */
class RedeployTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final int RELOADS = 20;

  /** Where Tomcat says what an application has left; kept, or the handler is lost. */
  private static final Logger LEAKS =
      Logger.getLogger("org.apache.catalina.loader.WebappClassLoaderBase");

  private final Queue<String> warnings = new ConcurrentLinkedQueue<>();
  private final Handler handler = new Warnings();
  private final Tomcat tomcat = new Tomcat();
  private Context context;
  private Logger log; // kept, or the level is lost

  private final class Warnings extends Handler {
    @Override
    public void publish(LogRecord entry) {
      warnings.add(new SimpleFormatter().formatMessage(entry));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void start(@TempDir Path directory) throws Exception {
    System.setProperty("redis.url", redis.uri());
    LEAKS.addHandler(handler);
    Path application = directory.resolve("application");
    WebApplication.exploded(application);
    tomcat.setBaseDir(directory.toString());
    Connector connector = new Connector();
    connector.setProperty("address", "127.0.0.1");
    connector.setPort(0);
    tomcat.setConnector(connector);
    context = tomcat.addWebapp("", application.toString());
    ((StandardJarScanner) context.getJarScanner()).setScanClassPath(false); // the test's own
    log = Logger.getLogger(context.getLogName());
    log.setLevel(Level.OFF); // there is no servlet for JSP
    tomcat.start();
  }

  @AfterEach
  void stop() throws Exception {
    tomcat.stop();
    tomcat.destroy();
    LEAKS.removeHandler(handler);
  }

  @Test
  void reloadedApplicationsLeaveNoClassLoaderAndNoThread() throws Exception {
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    for (int i = 0; i < RELOADS; i++) {
      useRequestThreadAndWebSocket();
      loaders.add(new WeakReference<>(context.getLoader().getClassLoader()));
      context.reload();
    }

    assertThat(warnings).isEmpty();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(loaders.stream().filter(loader -> loader.get() != null)).isEmpty();
            });
  }

  private void useRequestThreadAndWebSocket() throws Exception {
    String host = "127.0.0.1:" + tomcat.getConnector().getLocalPort();
    try (RecordingClient alice =
        RecordingClient.connect(URI.create("ws://" + host + "/ws/chat?user=alice"))) {
      alice.send("hello");
      assertThat(alice.next()).isEqualTo("{\"note\":\"hello\"}");
      HttpRequest post =
          HttpRequest.newBuilder(URI.create("http://" + host + "/messages?to=alice&text=hi"))
              .POST(HttpRequest.BodyPublishers.noBody())
              .build();
      HttpResponse<Void> answer =
          HttpClient.newHttpClient().send(post, HttpResponse.BodyHandlers.discarding());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(alice.next()).isEqualTo("{\"text\":\"hi\"}");
    }
  }
}

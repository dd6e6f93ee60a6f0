package io.github.redisfanout.containers.war;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A WAR on a Tomcat from Maven Central's archive, which finds the endpoints by itself. */
@ParameterizedClass
@ValueSource(strings = {"10.1", "11.0"})
class StandaloneTomcatTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  @Parameter String version;
  private StandaloneTomcat tomcat;

  @BeforeEach
  void start(@TempDir Path base) throws Exception {
    tomcat = StandaloneTomcat.start(version, redis.uri(), base);
  }

  @AfterEach
  void stop() {
    if (tomcat != null) {
      tomcat.close();
    }
  }

  private void publish(String text) throws Exception {
    HttpRequest post =
        HttpRequest.newBuilder(tomcat.page("/messages?to=alice&text=" + text))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    assertThat(
            HttpClient.newHttpClient()
                .send(post, HttpResponse.BodyHandlers.discarding())
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void scannedEndpointsAreMadeByTheirSuppliersOrTheMistakeIsSaid() throws Exception {
    for (String path : new String[] {"/ws/chat", "/ws/added"}) {
      try (RecordingClient alice = tomcat.connect(path + "?user=alice")) {
        alice.send("hello");
        assertThat(alice.next()).as(path).isEqualTo("{\"note\":\"hello\"}");
        publish("hi");
        assertThat(alice.next()).as(path).isEqualTo("{\"text\":\"hi\"}");
      }
    }

    try (RecordingClient bob = tomcat.connect("/ws/forgotten?user=bob")) {
      assertThat(bob.awaitClosed()).startsWith("1006");
    }
    await()
        .untilAsserted(
            () ->
                assertThat(tomcat.log())
                    .contains(
                        ForgottenSocket.class.getName() + " cannot be made",
                        "supplyEndpoints(ForgottenSocket.class"));

    try (RecordingClient carol = tomcat.connect("/ws/chat?user=carol")) {
      carol.send("still here");
      assertThat(carol.next()).isEqualTo("{\"note\":\"still here\"}");
      tomcat.close();
      assertThat(carol.awaitClosed()).startsWith("1001");
    }
    assertThat(tomcat.log()).doesNotContain("The web application [");
  }
}

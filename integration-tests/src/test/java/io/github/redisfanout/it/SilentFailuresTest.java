package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Address;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.InMemorySessionRegistry;
import io.github.redisfanout.Payload;
import io.github.redisfanout.PublishException;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.SessionRegistry;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteCallback;
import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.RecordingTransport;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What fails without anybody waiting for it is in the log, with its cause. */
class SilentFailuresTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final CapturedLog log = CapturedLog.open();
  private final Backplane backplane = new InMemoryBackplane();

  @AfterEach
  void close() {
    backplane.close(Duration.ZERO);
    log.close();
  }

  private RedisFanout start(FanoutConfig.Builder config) {
    return RedisFanout.builder(backplane, config.build()).start();
  }

  private static FanoutConfig.Builder config() {
    return FanoutConfig.builder(Nodes.CHANNEL);
  }

  private void awaitLog(String... parts) {
    await().atMost(LIMIT).untilAsserted(() -> assertThat(log.everything()).contains(parts));
  }

  /** A transport that fails as the test says; named in the log. */
  private static class FailingTransport implements Transport {
    @Override
    public void write(Payload payload, WriteCallback callback) throws Exception {
      callback.ok();
    }

    @Override
    public void close(Disconnect why, boolean force) {}
  }

  @Test
  void causeOfAWriteThatThrows() {
    try (RedisFanout node = start(config())) {
      RecordingTransport transport = new RecordingTransport();
      transport.failWith(new IOException("the pipe is broken"));
      node.open("alice", transport).send(1);

      awaitLog("1011 write failed", "the pipe is broken");
      assertThat(log.warnings()).anyMatch(line -> line.contains("1011 write failed"));
    }
  }

  @Test
  void causeThatATransportReports() {
    try (RedisFanout node = start(config())) {
      RecordingTransport transport = new RecordingTransport();
      transport.hold();
      node.open("alice", transport).send(1);
      await().until(() -> transport.held().size() == 1);
      transport.held().get(0).failed(new NoSuchMethodError("an old container"));

      awaitLog("1011 write failed", "an old container");
    }
  }

  @Test
  void errorThatAWriteThrows() {
    try (RedisFanout node = start(config())) {
      node.open(
              "alice",
              new FailingTransport() {
                @Override
                public void write(Payload payload, WriteCallback callback) {
                  throw new NoClassDefFoundError("a class that is missing");
                }
              })
          .send(1);

      awaitLog("1011 write failed", "a class that is missing");
    }
  }

  @Test
  void closeThatThrows() {
    try (RedisFanout node = start(config())) {
      node.open(
              "alice",
              new FailingTransport() {
                @Override
                public void close(Disconnect why, boolean force) {
                  throw new IllegalStateException("it cannot close");
                }
              })
          .disconnect(Disconnect.FAILED);

      awaitLog("it cannot close");
      await()
          .atMost(LIMIT)
          .until(() -> log.warnings().anyMatch(line -> line.endsWith("threw when it was closed")));
    }
  }

  @Test
  void pingThatThrows() {
    try (RedisFanout node = start(config().pingInterval(Duration.ofMillis(50)))) {
      node.open(
          "alice",
          new FailingTransport() {
            @Override
            public boolean ping() throws Exception {
              throw new IOException("it cannot ping");
            }
          });

      awaitLog("it cannot ping");
      assertThat(log.warnings()).anyMatch(line -> line.endsWith("threw when it pinged"));
    }
  }

  @Test
  @Tag("full") // it takes seconds
  void writeThatBlocks() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    try (RedisFanout node = start(config())) {
      FanoutSession session =
          node.open(
              "alice",
              new FailingTransport() {
                @Override
                public void write(Payload payload, WriteCallback callback) throws Exception {
                  awaitTheTest(release);
                  callback.ok();
                }
              });
      session.send(1);

      awaitLog("is blocked in " + SilentFailuresTest.class.getName(), "awaitTheTest");
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DEGRADED);
      assertThat(node.health().reason())
          .contains("is blocked in " + SilentFailuresTest.class.getName());
      assertThat(node.counters().blockedWrites()).isEqualTo(1);
      release.countDown();
      await().atMost(LIMIT).until(() -> node.health().status() == FanoutHealth.Status.UP);
    }
  }

  @Test
  @Tag("full") // it takes seconds
  void registryThatBlocks() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    SessionRegistry registry =
        new SessionRegistry() {
          private final SessionRegistry sessions = new InMemorySessionRegistry();

          @Override
          public boolean add(Address address, FanoutSession session) {
            return sessions.add(address, session);
          }

          @Override
          public boolean remove(Address address, FanoutSession session) {
            return sessions.remove(address, session);
          }

          @Override
          public Collection<FanoutSession> sessions(Address address) {
            try {
              awaitTheTest(release);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return sessions.sessions(address);
          }

          @Override
          public int sessionCount() {
            return sessions.sessionCount();
          }
        };
    try (RedisFanout node =
        RedisFanout.builder(backplane, config().build()).registry(registry).start()) {
      RecordingTransport transport = new RecordingTransport();
      node.open("alice", transport);
      node.publisher().publish(List.of("alice"), 1);

      awaitLog("receiving is blocked in " + SilentFailuresTest.class.getName(), "awaitTheTest");
      assertThat(node.health().reason()).contains("receiving is blocked in");
      release.countDown();
      transport.awaitText("1");
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
    }
  }

  private static void awaitTheTest(CountDownLatch latch) throws InterruptedException {
    latch.await();
  }

  @Test
  void adapterThatReportsNoWrite() {
    try (RedisFanout node = start(config().writeTimeout(Duration.ofMillis(100)))) {
      RecordingTransport transport = new RecordingTransport();
      transport.hold();
      node.open("alice", transport).send(1);
      node.open("alice", transport).send(1);

      awaitLog("has never reported the end of a write");
      await().atMost(LIMIT).until(() -> node.counters().sessions() == 0);
      assertThat(log.warnings().filter(line -> line.startsWith("The adapter with"))).hasSize(1);
    }
  }

  @Test
  void adapterThatNeverTouches() {
    FanoutConfig.Builder impatient =
        config().pingInterval(Duration.ofMillis(20)).silenceLimit(Duration.ofMillis(50));
    try (RedisFanout node = start(impatient)) {
      node.open(
          "alice",
          new FailingTransport() {
            @Override
            public boolean ping() {
              return true;
            }
          });

      awaitLog("touch of FanoutSession was never called");
    }
  }

  @Test
  void adapterThatDoesNotNoticeThatClientsLeave() {
    try (RedisFanout node = start(config())) {
      for (int i = 0; i < 100; i++) {
        RecordingTransport transport = new RecordingTransport();
        transport.failWith(new IOException("the client has gone"));
        node.open("alice", transport).send(1);
      }

      awaitLog("has never reported that a client has gone");
    }
  }

  @Test
  void publishesThatExpireUnheard() {
    try (RedisFanout node = withoutRedis()) {
      for (int i = 0; i < 10; i++) {
        node.publisher().publish(List.of("alice"), i);
      }

      await().atMost(LIMIT).until(() -> node.counters().publishExpired() == 10);
      node.close();

      assertThat(log.warnings())
          .filteredOn(line -> line.startsWith("Publishes failed"))
          .isNotEmpty()
          .allMatch(line -> line.contains("EXPIRED="))
          .anyMatch(line -> line.contains("; not publishing: "));
    }
  }

  @Test
  void expiredPublishSaysWhyItWasNotSent() {
    try (RedisFanout node = withoutRedis()) {
      assertThatThrownBy(
              () -> node.publisher().publishAndWait(List.of("alice"), 1, Duration.ofMillis(50)))
          .isInstanceOf(PublishException.class)
          .hasMessageStartingWith("publish EXPIRED: no outcome within PT0.05S; not publishing: ");
      assertThat(node.publisher().publish(List.of("alice"), 1).handle((receipt, e) -> e))
          .succeedsWithin(LIMIT)
          .asString()
          .contains("EXPIRED: not sent within publishTimeout PT0.2S; not publishing: ");
    }
    assertThat(log.warnings()).noneMatch(line -> line.startsWith("Publishes failed"));
  }

  @Test
  void publishAfterTheCloseIsRejectedAndLogged() {
    RedisFanout node = start(config());
    node.close();

    node.publisher().publish(List.of("alice"), 1);

    assertThat(log.warnings())
        .contains("A message was published after the node was closed: it is rejected");
  }

  /** Nothing listens on port 1. */
  private static RedisFanout withoutRedis() {
    return RedisFanout.builder(RedisEndpoint.of("redis://127.0.0.1:1"), config().build())
        .redis(RedisConfig.builder().publishTimeout(Duration.ofMillis(200)).build())
        .start();
  }
}

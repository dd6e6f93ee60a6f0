package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.BlockingTransport;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.DropReason;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Payload;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteCallback;
import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.testkit.TransportContract;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A transport whose connection can only block, on real sockets. */
class BlockingTransportTest extends TransportContract {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String LARGE = "\"" + "x".repeat(512 << 10) + "\"";

  private final ThreadPoolExecutor writers = (ThreadPoolExecutor) Executors.newCachedThreadPool();
  private final Backplane backplane = new InMemoryBackplane();
  private final List<LineConnection> connections = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (LineConnection connection : connections) {
      connection.close();
    }
    backplane.close(Duration.ZERO);
    writers.shutdownNow();
  }

  private LineConnection open() throws IOException {
    LineConnection connection = new LineConnection();
    connections.add(connection);
    return connection;
  }

  @Override
  protected Connected connect() throws IOException {
    LineConnection connection = open().reading();
    Transport transport = new BlockingTransport(connection, writers);
    return new Connected() {
      @Override
      public Transport transport() {
        return transport;
      }

      @Override
      public List<String> received() {
        return connection.received();
      }

      @Override
      public Integer closeCode() {
        return connection.closeCode();
      }

      @Override
      public void close() throws IOException {
        connection.close();
      }
    };
  }

  @Test
  void clientsThatDoNotReadDelayNobodyAndFreeTheirThreads() throws Exception {
    FanoutConfig config =
        FanoutConfig.builder(Nodes.CHANNEL).writeTimeout(Duration.ofSeconds(3)).build();
    try (RedisFanout node = RedisFanout.builder(backplane, config).start()) {
      List<FanoutSession> stuck = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        stuck.add(node.open("stuck", new BlockingTransport(open(), writers)));
      }
      List<LineConnection> readers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        readers.add(open().reading());
        node.open("reader", new BlockingTransport(readers.get(i), writers));
      }
      for (int i = 0; i < 20; i++) { // more than a socket's buffers take
        node.publisher().publishJson(List.of("stuck"), LARGE).join();
      }
      node.publisher().publish(List.of("reader"), "now").join();

      for (LineConnection reader : readers) {
        await().atMost(LIMIT).until(() -> reader.received().equals(List.of("\"now\"")));
      }
      assertThat(node.counters().blockedWrites()).isZero();
      await().atMost(LIMIT).until(() -> stuck.stream().noneMatch(FanoutSession::isOpen));
      assertThat(node.counters().sessions()).isEqualTo(8);
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
      await().atMost(LIMIT).until(() -> writers.getActiveCount() == 0);
    }
  }

  @Test
  void writeThatIsStuckIsInterruptedByAForcedClose() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    Transport transport =
        new BlockingTransport(
            new BlockingTransport.Connection() {
              @Override
              public void write(Payload payload) throws Exception {
                entered.countDown();
                new CountDownLatch(1).await();
              }

              @Override
              public void close(Disconnect why, boolean force) {}
            },
            writers);
    FanoutConfig config =
        FanoutConfig.builder(Nodes.CHANNEL).writeTimeout(Duration.ofMillis(200)).build();
    try (RedisFanout node = RedisFanout.builder(backplane, config).start()) {
      node.open("alice", transport).send(1);
      assertThat(entered.await(30, TimeUnit.SECONDS)).isTrue();

      await().atMost(LIMIT).until(() -> writers.getActiveCount() == 0);
      assertThat(node.counters().disconnects()).containsOnlyKeys(Disconnect.WRITE_TIMEOUT.code());
    }
  }

  @Test
  void writeThatTheExecutorRefusesHasFailed() throws Exception {
    ExecutorService closed = Executors.newCachedThreadPool();
    closed.shutdown();
    Transport transport = new BlockingTransport(open(), closed);

    assertThatThrownBy(() -> transport.write(null, new NoCallback()))
        .isInstanceOf(RejectedExecutionException.class);
    try (RedisFanout node =
        RedisFanout.builder(backplane, FanoutConfig.of(Nodes.CHANNEL)).start()) {
      node.open("alice", transport).send(1);

      await()
          .atMost(LIMIT)
          .until(() -> node.counters().dropped().get(DropReason.WRITE_FAILED) == 1);
    }
  }

  private static final class NoCallback implements WriteCallback {
    @Override
    public void ok() {}

    @Override
    public void failed(Throwable cause) {}
  }
}

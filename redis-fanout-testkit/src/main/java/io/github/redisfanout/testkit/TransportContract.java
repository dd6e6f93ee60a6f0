package io.github.redisfanout.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Payload;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteCallback;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Transport} must do, with a real client at the other end; extend it in the tests
 * of an adapter.
 *
 * <p>Each test connects its own client and closes it. It waits up to 10 s for each result, and
 * calls the transport as a node does: one write at a time, and no write after a failed one. Write
 * your own tests for what is special about your transport, above all for a client that does not
 * read.
 */
public abstract class TransportContract {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /**
   * A transport and the client it writes to; for one test.
   *
   * <p>The test polls it, so no method may block.
   */
  protected interface Connected extends AutoCloseable {

    /** The transport under test, which writes to that client; no node has a session with it. */
    Transport transport();

    /** The texts that the client has received so far, whole and in order; a snapshot. */
    List<String> received();

    /**
     * The code of the close that the client has seen; null while it has seen none.
     *
     * <p>For a connection that ended without a close frame, any number such as 1006.
     */
    @Nullable Integer closeCode();

    /** Frees the client, and the server if it was started for this test. */
    @Override
    void close() throws Exception;
  }

  /** Connects a new client over a real connection; returns when writes can begin. */
  protected abstract Connected connect() throws Exception;

  @Test
  void clientReceivesThePayloadsOwnText() throws Exception {
    try (Connected connected = connect()) {
      String text = "{\"b\" : 1, \"a\":\"xin chào \\u00e9 😀\"}";

      assertThat(write(connected.transport(), text)).isTrue();

      awaitReceived(connected, 1);
      assertThat(connected.received()).containsExactly(text);
    }
  }

  @Test
  void writesArriveInOrder() throws Exception {
    try (Connected connected = connect()) {
      List<String> texts = IntStream.range(0, 500).mapToObj(i -> "[" + i + "]").toList();

      for (String text : texts) {
        assertThat(write(connected.transport(), text)).isTrue();
      }

      awaitReceived(connected, texts.size());
      assertThat(connected.received()).isEqualTo(texts);
    }
  }

  @Test
  void largePayloadArrivesWhole() throws Exception {
    try (Connected connected = connect()) {
      String text = "\"" + "é".repeat(300_000) + "\"";

      assertThat(write(connected.transport(), text)).isTrue();

      awaitReceived(connected, 1);
      assertThat(connected.received()).containsExactly(text);
    }
  }

  @Test
  void closeReachesTheClientWithItsCode() throws Exception {
    try (Connected connected = connect()) {
      connected.transport().close(new Disconnect(4001, "tried out"), false);

      await().atMost(LIMIT).until(() -> connected.closeCode() != null);
      assertThat(connected.closeCode()).isEqualTo(4001);
    }
  }

  @Test
  void forcedCloseOfAHealthyClientReachesItToo() throws Exception {
    try (Connected connected = connect()) {
      connected.transport().close(Disconnect.SLOW_CLIENT, true);

      await().atMost(LIMIT).until(() -> connected.closeCode() != null);
    }
  }

  @Test
  void writeAfterCloseFailsAndDoesNotHang() throws Exception {
    try (Connected connected = connect()) {
      connected.transport().close(Disconnect.GOING_AWAY, false);
      await().atMost(LIMIT).until(() -> connected.closeCode() != null);

      assertThat(write(connected.transport(), "[]")).isFalse();
    }
  }

  @Test
  void pingOfAHealthyClientDoesNotThrow() throws Exception {
    try (Connected connected = connect()) {
      assertThatCode(() -> connected.transport().ping()).doesNotThrowAnyException();
    }
  }

  /** Writes one text and waits for the report; false if it threw or was reported as failed. */
  private static boolean write(Transport transport, String text) throws InterruptedException {
    Report report = new Report();
    try {
      transport.write(new Text(text), report);
    } catch (Exception e) {
      return false; // the same as failed
    }
    assertThat(report.reported.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).as("reported").isTrue();
    return report.failures.get() == 0;
  }

  private static void awaitReceived(Connected connected, int count) {
    await().atMost(LIMIT).until(() -> connected.received().size() >= count);
  }

  private record Text(String text) implements Payload {
    @Override
    public ByteBuffer utf8() {
      return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)).asReadOnlyBuffer();
    }
  }

  private static final class Report implements WriteCallback {
    final CountDownLatch reported = new CountDownLatch(1);
    final AtomicInteger failures = new AtomicInteger();

    @Override
    public void ok() {
      reported.countDown();
    }

    @Override
    public void failed(Throwable cause) {
      failures.incrementAndGet();
      reported.countDown();
    }
  }
}

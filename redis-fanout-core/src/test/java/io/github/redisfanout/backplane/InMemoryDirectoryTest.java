package io.github.redisfanout.backplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.Directory.Announced;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When an announcement expires, and when a node is forgotten; the rest is in the contract. */
class InMemoryDirectoryTest {
  private static final Duration TTL = Duration.ofSeconds(15);

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000); // it overflows
  private final InMemoryBackplane backplane =
      new InMemoryBackplane(new InMemoryBackplane.Hub(nanos::get));
  private final Directory directory = backplane.directory().orElseThrow();

  @BeforeEach
  void startAndAnnounce() {
    backplane.startPublishing();
    directory.announce("chat", "node-1", TTL).toCompletableFuture().join();
  }

  @AfterEach
  void close() {
    backplane.close();
  }

  @Test
  void announcementExpiresAfterItsTime() {
    pass(TTL.minusNanos(1));
    assertThat(read().live()).containsExactly("node-1");

    pass(Duration.ofNanos(1));
    assertThat(read().live()).isEmpty();
    assertThat(read().lost()).containsExactly("node-1");
  }

  @Test
  void lostNodeIsForgottenFiveMinutesAfterItsLastAnnouncement() {
    pass(Duration.ofMinutes(5));
    assertThat(read().lost()).containsExactly("node-1");

    pass(Duration.ofNanos(1));
    assertThat(read().lost()).isEmpty();
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private Announced read() {
    return directory.read("chat").toCompletableFuture().join();
  }
}

package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Code that depends on a publish: where it runs, and what it can block. */
class CallbacksTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final int CALLBACK_THREADS = 256;
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final List<String> ALICE = List.of("alice");

  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void release() {
    release.countDown();
    Leftovers.assertNone(redis);
  }

  @Test
  void callbacksRunOnTheCallbackThreadsOrTheCallersAndOnNoOther() throws Exception {
    Set<String> names = ConcurrentHashMap.newKeySet();
    List<CompletableFuture<?>> ended = new ArrayList<>();
    try (Nodes nodes = new Nodes(redis.uri(), FanoutConfig.of(Nodes.CHANNEL))) {
      RedisFanout node = nodes.start();
      for (int i = 0; i < 1_000; i++) {
        ended.add(nameOf(node.publisher().publish(ALICE, i), names));
      }
      node.close();
      ended.add(nameOf(node.publisher().publish(ALICE, "late"), names));
    }
    for (CompletableFuture<?> future : ended) {
      future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
    names.remove(Thread.currentThread().getName()); // it had ended before thenRun
    assertThat(names).isNotEmpty().allMatch(name -> name.startsWith("redis-fanout-callback"));
  }

  private static CompletableFuture<?> nameOf(
      CompletableFuture<Receipt> published, Set<String> names) {
    return published.handle((receipt, failure) -> names.add(Thread.currentThread().getName()));
  }

  @Test
  void callbacksThatNeverReturnBlockNothingElse() throws Exception {
    try (Nodes nodes = new Nodes(redis.uri(), FanoutConfig.of(Nodes.CHANNEL))) {
      RedisFanout node = nodes.start();
      RedisFanout other = nodes.start();
      RecordingTransport alice = new RecordingTransport();
      other.open("alice", alice);
      block(node.publisher(), CALLBACK_THREADS - 1);

      for (int i = 0; i < 100; i++) {
        publishWithCallback(node.publisher()).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      }
      CompletableFuture<?> last = publishWithCallback(node.publisher());
      last.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      node.publisher().publishAndWait(ALICE, "end", LIMIT);
      alice.awaitText("\"end\"");
      long before = System.nanoTime();
      node.close();

      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(LIMIT);
    }
  }

  @Test
  void whenAllCallbackThreadsAreBlockedOnlyOtherCallbacksWait() throws Exception {
    try (Nodes nodes = new Nodes(redis.uri(), FanoutConfig.of(Nodes.CHANNEL))) {
      RedisFanout node = nodes.start();
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);
      block(node.publisher(), CALLBACK_THREADS);

      CompletableFuture<?> waiting = publishWithCallback(node.publisher());
      node.publisher().publishAndWait(ALICE, "end", LIMIT);

      alice.awaitText("\"end\"");
      assertThat(waiting).isNotDone();
      release.countDown();
      waiting.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static CompletableFuture<?> publishWithCallback(Publisher publisher) {
    return publisher.publish(ALICE, 1).thenRun(() -> {});
  }

  private void block(Publisher publisher, int callbacks) {
    Set<Thread> blocked = ConcurrentHashMap.newKeySet();
    while (blocked.size() < callbacks) {
      int before = blocked.size();
      Thread caller = Thread.currentThread();
      CompletableFuture<?> unused =
          publisher
              .publish(ALICE, 0)
              .thenRun(
                  () -> {
                    // If it had ended before thenRun, this is the test's own thread.
                    if (Thread.currentThread() != caller) {
                      blocked.add(Thread.currentThread());
                      awaitRelease();
                    }
                  });
      await()
          .atMost(LIMIT)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> blocked.size() > before || unused.isDone());
    }
  }

  private void awaitRelease() {
    try {
      assertThat(release.await(120, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

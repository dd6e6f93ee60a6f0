package io.github.redisfanout.it.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.CommonReason;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A program that knows the common channel only comes and goes while messages are targeted. */
@Timeout(120)
class OtherListenerTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  /** As the Python back end listens, without its libraries: prints what it read, a line each. */
  private static final String PYTHON =
      """
      import json, socket, sys
      s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
      f = s.makefile("rb")
      s.sendall(b"SUBSCRIBE " + sys.argv[2].encode() + b"\\r\\n")
      def reply():
          line = f.readline()
          if not line:
              sys.exit()
          n = line[1:-2]
          if line[:1] == b"*":
              return [reply() for _ in range(int(n))]
          return f.read(int(n) + 2)[:-2] if line[:1] == b"$" else n
      reply()
      print("subscribed", flush=True)
      while True:
          m = json.loads(reply()[2])
          print(json.dumps([m["target_user_ids"], m["payload"]]), flush=True)
      """;

  private final RecordingTransport alice = new RecordingTransport();
  private volatile int started;
  private int tried;
  private final AtomicInteger acknowledged = new AtomicInteger();
  private volatile boolean publishing = true;

  /** Listens, and says what it has read so far. */
  private interface Listener extends AutoCloseable {
    List<String> lines();

    @Override
    void close();
  }

  private static Listener plain() {
    ChannelReader reader = new ChannelReader(redis, true, Nodes.CHANNEL);
    return new Listener() {
      @Override
      public List<String> lines() {
        return reader.messages();
      }

      @Override
      public void close() {
        reader.close();
      }
    };
  }

  private static Listener python() throws IOException {
    Process process =
        new ProcessBuilder("python3", "-c", PYTHON, String.valueOf(redis.port()), Nodes.CHANNEL)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    assertThat(out.readLine()).isEqualTo("subscribed");
    List<String> lines = Collections.synchronizedList(new ArrayList<>());
    Thread thread = new Thread(() -> readAll(out, lines), "python-listener");
    thread.setDaemon(true);
    thread.start();
    return new Listener() {
      @Override
      public List<String> lines() {
        return lines;
      }

      @Override
      public void close() {
        process.destroyForcibly();
      }
    };
  }

  private static void readAll(BufferedReader out, List<String> lines) {
    try {
      out.lines().forEach(lines::add);
    } catch (UncheckedIOException e) {
      // The end of the test.
    }
  }

  private static boolean hasPython() throws InterruptedException {
    try {
      return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void anotherListenerMissesNothingFromItsSubscriptionOn() throws Exception {
    check(OtherListenerTest::plain, n -> "{\"target_user_ids\":[\"alice\"],\"payload\":" + n + "}");
  }

  @Test
  void aPythonListenerMissesNothingFromItsSubscriptionOn() throws Exception {
    assumeThat(hasPython()).as("python3 is on the PATH").isTrue();
    check(OtherListenerTest::python, n -> "[[\"alice\"], " + n + "]");
  }

  private interface Starting {
    Listener start() throws Exception;
  }

  private void check(Starting listening, IntFunction<String> line) throws Exception {
    try (RoutedNodes nodes = new RoutedNodes(redis, 3, Optional.empty())) {
      RoutedNodes.ready(nodes.get(1).open("alice", alice));
      nodes.awaitTargeted();
      Thread publisher = new Thread(() -> publish(nodes), "publisher");
      publisher.start();
      try {
        awaitMore(() -> nodes.targeted(), 100);
        try (Listener listener = listening.start()) {
          int first = started; // those before may have been published before it subscribed
          awaitMore(() -> nodes.common(CommonReason.OTHER_SUBSCRIBERS), 300);
          int last = acknowledged.get() - 1;
          await()
              .atMost(Duration.ofSeconds(30))
              .until(() -> List.copyOf(listener.lines()).contains(line.apply(last)));
          List<String> expected = IntStream.rangeClosed(first, last).mapToObj(line).toList();
          List<String> lines = List.copyOf(listener.lines());
          int from = lines.indexOf(line.apply(first));
          assertThat(from).as("the first one").isNotNegative();
          assertThat(lines.subList(from, from + expected.size())).isEqualTo(expected);
          tryToTarget(nodes, listener, line);
        }
        awaitMore(() -> nodes.targeted(), 100);
      } finally {
        publishing = false;
        publisher.join(TimeUnit.SECONDS.toMillis(30));
      }
      int all = started + tried;
      await().atMost(Duration.ofSeconds(30)).until(() -> alice.texts().size() >= all);
      assertThat(alice.texts()).filteredOn(text -> Integer.parseInt(text) < 0).hasSize(tried);
      assertThat(alice.texts())
          .filteredOn(text -> Integer.parseInt(text) >= 0)
          .isEqualTo(IntStream.range(0, started).mapToObj(String::valueOf).toList());
    }
  }

  /** Messages of publishers that have not learned yet that there is a listener. */
  private void tryToTarget(RoutedNodes nodes, Listener listener, IntFunction<String> line)
      throws Exception {
    for (int i = 0; i < 3; i++) {
      Publisher publisher = nodes.newPublisher();
      publisher.publishAndWait(List.of("nobody"), 0, Duration.ofSeconds(30)); // knows the nodes now
      int number = - ++tried;
      publisher.publishAndWait(List.of("alice"), number, Duration.ofSeconds(30));
      assertThat(publisher.counters().common())
          .containsEntry(CommonReason.OTHER_SUBSCRIBERS, 1L)
          .containsEntry(CommonReason.NODES_UNKNOWN, 1L);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> List.copyOf(listener.lines()).contains(line.apply(number)));
    }
  }

  private interface Count {
    long now();
  }

  private static void awaitMore(Count count, int by) {
    long before = count.now();
    await().atMost(Duration.ofSeconds(30)).until(() -> count.now() >= before + by);
  }

  /** A few at a time, so that there are always some under way. */
  private void publish(RoutedNodes nodes) {
    Semaphore underWay = new Semaphore(20);
    for (int i = 0; publishing; i++) {
      underWay.acquireUninterruptibly();
      started = i + 1;
      nodes
          .publisher()
          .publish(List.of("alice"), i)
          .thenRun(acknowledged::incrementAndGet)
          .thenRun(underWay::release);
    }
  }
}

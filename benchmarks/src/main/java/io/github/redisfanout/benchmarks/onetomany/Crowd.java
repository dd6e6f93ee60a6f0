package io.github.redisfanout.benchmarks.onetomany;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.Payload;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteDone;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A node and the clients on it, who all get every message. Not thread-safe. */
final class Crowd implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final RedisFanout node;
  private final List<String> userIds;
  private final String json;
  private final List<Client> clients = new ArrayList<>();
  private final Completer completer = new Completer();
  private volatile @Nullable Sink sink; // null before the first message
  private volatile boolean inline;

  /** One client. Counts what it gets; a session writes one message at a time. */
  private final class Client implements Transport {
    private int written;

    @Override
    public void write(Payload payload, WriteDone done) {
      written++;
      Sink target = sink;
      if (target == null) {
        throw new IllegalStateException("nothing was published");
      }
      target.written(payload);
      if (inline) {
        target.complete(done);
      } else {
        completer.complete(target, done);
      }
    }

    @Override
    public void close(Disconnect why, boolean force) {}
  }

  /**
   * How one message went, in ns since it was published.
   *
   * @param handedIn when {@code publish} had returned
   * @param first when it was at the first client
   * @param last when it was at the last
   * @param distinct how many payload objects, or texts, the clients saw
   */
  record Times(long handedIn, long first, long last, int distinct) {}

  Crowd(
      String redisUri, List<String> userIds, int sessionsPerUser, int maxMessageBytes, String json)
      throws InterruptedException {
    this.userIds = userIds;
    this.json = json;
    node =
        RedisFanout.connect(
            redisUri, FanoutConfig.builder().maxMessageBytes(maxMessageBytes).build());
    if (!node.awaitReady(LIMIT)) {
      throw new IllegalStateException("the node is not ready within " + LIMIT);
    }
    for (String userId : userIds) {
      for (int i = 0; i < sessionsPerUser; i++) {
        Client client = new Client();
        clients.add(client);
        node.open(userId, client);
      }
    }
  }

  /** Publishes one message and waits until everybody has it. */
  Times publish(boolean completeInline) throws InterruptedException {
    Sink target = new Sink(clients.size());
    sink = target;
    inline = completeInline;
    long start = System.nanoTime();
    node.publisher().publishJson(userIds, json);
    long handedIn = System.nanoTime();
    target.await(LIMIT);
    return new Times(
        handedIn - start,
        target.firstNanos() - start,
        target.lastNanos() - start,
        target.distinct());
  }

  /** Whether everybody got every message, once, and nothing was lost or refused. */
  boolean allHave(int messages) {
    return clients.stream().allMatch(client -> client.written == messages)
        && node.counters().dropped().values().stream().allMatch(count -> count == 0);
  }

  @Override
  public void close() {
    node.close();
    completer.close();
  }
}

package io.github.redisfanout;

import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.Gap;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The sessions of a node and what delivers to them, without a backplane. */
final class SessionRig implements AutoCloseable {
  final Counters counters = new Counters();
  final List<Disconnect> told = new CopyOnWriteArrayList<>();
  final List<Gap> gaps = new CopyOnWriteArrayList<>();
  final SessionRegistry registry;
  final Sessions sessions;
  private final Notifier notifier;
  private final Deliverer deliverer;

  SessionRig() {
    this(config().build());
  }

  SessionRig(FanoutConfig config) {
    this(config, new InMemorySessionRegistry());
  }

  SessionRig(FanoutConfig config, SessionRegistry registry) {
    this(config, registry, new FanoutListener() {});
  }

  SessionRig(FanoutConfig config, SessionRegistry registry, FanoutListener also) {
    this.registry = registry;
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onDisconnect(FanoutSession session, Disconnect why) {
            told.add(why);
            also.onDisconnect(session, why);
          }

          @Override
          public void onGap(Gap gap) {
            gaps.add(gap);
          }
        };
    notifier = new Notifier(listener, counters);
    EnvelopeCodec codec = new EnvelopeCodec(config.maxMessageBytes(), config.maxDepth());
    PayloadWriter payloads = new PayloadWriter(new JacksonPayloadEncoder(), codec);
    sessions = new Sessions(config, registry, payloads, counters, notifier);
    deliverer =
        new Deliverer(
            registry,
            sessions,
            new Propagation(null, counters),
            counters,
            new RateLimit(Duration.ofSeconds(10)));
    sessions.start();
  }

  /** One lane, so that a test knows which thread does what. */
  static FanoutConfig.Builder config() {
    return FanoutConfig.builder().lanes(1);
  }

  FanoutSession open(Transport transport) {
    return sessions.open("alice", transport);
  }

  /** Opens a session and waits until a first message is being written, and held. */
  FanoutSession openWriting(FakeTransport holding) {
    FanoutSession session = open(holding);
    session.send(0);
    await().pollInterval(Duration.ofMillis(1)).until(() -> holding.held.size() == 1);
    return session;
  }

  void deliver(List<String> userIds, String json) {
    deliver(userIds, new TextPayload(json, json.getBytes(StandardCharsets.UTF_8).length));
  }

  void deliver(List<String> userIds, TextPayload payload) {
    deliverer.deliver(new Envelope(userIds, payload));
  }

  void deliver(List<Envelope> burst) {
    deliverer.deliver(burst);
  }

  FanoutCounters counts() {
    return counters.snapshot(0);
  }

  long dropped(DropReason reason) {
    return counts().dropped().get(reason);
  }

  void awaitLanes() {
    for (Lane lane : sessions.lanes()) {
      lane.awaitIdle(System.nanoTime() + Duration.ofSeconds(10).toNanos());
    }
  }

  void close(Duration limit) {
    sessions.close(System.nanoTime() + limit.toNanos());
    notifier.close(Duration.ofSeconds(1));
  }

  @Override
  public void close() {
    close(Duration.ZERO);
  }
}

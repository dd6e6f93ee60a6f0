package io.github.redisfanout;

import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.internal.CallbackThreads;
import io.github.redisfanout.internal.Threads;
import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.MalformedMessageException;
import io.github.redisfanout.internal.wire.NameFilter;
import io.github.redisfanout.internal.wire.Target;
import io.github.redisfanout.internal.wire.UndeliverableMessageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** The delivery of a node, on a backplane that the test controls. */
final class SessionRig implements AutoCloseable {
  private static final EnvelopeCodec CODEC = new EnvelopeCodec(Integer.MAX_VALUE, false);

  final Counters counters = new Counters();
  final List<Disconnect> disconnects = new CopyOnWriteArrayList<>();
  final List<Gap> gaps = new CopyOnWriteArrayList<>();
  final SessionRegistry registry;
  final FakeBackplane backplane = new FakeBackplane();
  final LocalChannels channels;
  final Delivery delivery;
  private final CallbackThreads callbacks = new CallbackThreads(8, Threads.daemons("callback"));
  private final Notifier notifier;

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
            disconnects.add(why);
            also.onDisconnect(session, why);
          }

          @Override
          public void onGap(Gap gap) {
            gaps.add(gap);
          }
        };
    notifier = new Notifier(listener, counters);
    EnvelopeCodec codec = new EnvelopeCodec(config.maxMessageBytes(), false);
    PayloadWriter payloads = new PayloadWriter(new JacksonPayloadEncoder(), codec);
    channels = new LocalChannels(backplane, config);
    delivery = new Delivery(config, registry, payloads, channels, callbacks, counters, notifier);
    delivery.start();
    channels.start();
  }

  /** One lane, so that a test knows which thread does what. */
  static FanoutConfig.Builder config() {
    return FanoutConfig.builder("chat").lanes(1);
  }

  FanoutSession open(Transport transport) {
    return open("alice", transport);
  }

  FanoutSession open(String userId, Transport transport) {
    return delivery.open(userId, transport);
  }

  /** Opens a session and waits until a first message is being written, and held. */
  FanoutSession openWriting(FakeTransport holding) {
    FanoutSession session = open(holding);
    session.send(0);
    await().pollInterval(Duration.ofMillis(1)).until(() -> holding.held.size() == 1);
    return session;
  }

  /** As a message is received, with this JSON as its payload. */
  static Envelope message(List<String> userIds, String json) {
    byte[] payload = json.getBytes(StandardCharsets.UTF_8);
    try {
      return CODEC.decode(
          CODEC.encode(Target.users(userIds), Map.of(), payload, null),
          NameFilter.ALL,
          NameFilter.ALL);
    } catch (MalformedMessageException | UndeliverableMessageException e) {
      throw new AssertionError(e);
    }
  }

  void deliver(List<String> userIds, String json) {
    deliver(List.of(message(userIds, json)));
  }

  void deliver(List<Envelope> burst) {
    delivery.deliver(burst);
  }

  FanoutCounters counts() {
    return new FanoutCounters(counters, 0, Map.of());
  }

  long dropped(DropReason reason) {
    return counts().dropped().get(reason);
  }

  void awaitLanes() {
    for (Lane lane : delivery.lanes.all()) {
      lane.thread().awaitIdle(System.nanoTime() + Duration.ofSeconds(10).toNanos());
    }
  }

  void close(Duration limit) {
    channels.close();
    delivery.close(System.nanoTime() + limit.toNanos());
    notifier.close(Duration.ofSeconds(1));
    callbacks.close(Duration.ofSeconds(1));
  }

  @Override
  public void close() {
    close(Duration.ZERO);
  }
}

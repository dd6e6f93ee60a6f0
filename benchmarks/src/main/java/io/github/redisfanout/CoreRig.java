package io.github.redisfanout;

import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.benchmarks.CountingTransport;
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

/** The sessions of a node and what delivers to them, without a backplane; for one thread. */
final class CoreRig {
  private final Notifier notifier;
  private final EnvelopeCodec codec = codec();
  private final Delivery delivery;

  CoreRig(int lanes) {
    FanoutConfig config = FanoutConfig.builder("benchmark").lanes(lanes).build();
    Counters counters = new Counters();
    notifier = new Notifier(new FanoutListener() {}, counters);
    PayloadWriter payloads = new PayloadWriter(new JacksonPayloadEncoder(), codec);
    LocalChannels channels = new LocalChannels(new InMemoryBackplane(), config);
    SessionRegistry registry = new InMemorySessionRegistry();
    delivery =
        new Delivery(config, registry, payloads, channels, Runnable::run, counters, notifier);
    delivery.start();
  }

  /** With the default limits. */
  static EnvelopeCodec codec() {
    return new EnvelopeCodec(FanoutConfig.of("benchmark").maxMessageBytes(), false);
  }

  static byte[] encode(EnvelopeCodec codec, List<String> userIds, byte[] payload) {
    return codec.encode(Target.users(userIds), Map.of(), payload, null);
  }

  FanoutSession open(String userId, Transport transport) {
    return delivery.open(userId, transport);
  }

  /** What a message becomes when it is read. */
  Envelope envelope(List<String> userIds, String json) {
    try {
      byte[] encoded = encode(codec, userIds, json.getBytes(StandardCharsets.UTF_8));
      return codec.decode(encoded, NameFilter.ALL, NameFilter.ALL);
    } catch (MalformedMessageException | UndeliverableMessageException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Hands a message to the lanes. */
  void handOver(Envelope envelope) {
    delivery.deliver(List.of(envelope));
  }

  /** Gives a message to one session, as its lane does, on the caller's thread. */
  void deliver(FanoutSession session, TextPayload payload) {
    session.deliver(payload);
  }

  /** Waits, without sleeping, until this many messages were written. */
  static void spinUntilWritten(CountingTransport transport, long count) {
    while (transport.written() < count) {
      Thread.onSpinWait();
    }
  }

  void close() {
    delivery.close(System.nanoTime());
    notifier.close(Duration.ofSeconds(1));
  }
}

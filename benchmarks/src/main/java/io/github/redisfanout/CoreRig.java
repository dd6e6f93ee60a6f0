package io.github.redisfanout;

import io.github.redisfanout.benchmarks.CountingTransport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** The sessions of a node and what delivers to them, without a backplane; for one thread. */
final class CoreRig {
  private final Notifier notifier;
  private final EnvelopeCodec codec;
  private final Sessions sessions;
  private final Deliverer deliverer;
  private long message;

  CoreRig(int lanes) {
    FanoutConfig config = FanoutConfig.builder().lanes(lanes).build();
    Counters counters = new Counters();
    notifier = new Notifier(new FanoutListener() {}, counters);
    codec = codec();
    PayloadWriter payloads = new PayloadWriter(new JacksonPayloadEncoder(), codec);
    SessionRegistry registry = new InMemorySessionRegistry();
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

  /** With the default limits. */
  static EnvelopeCodec codec() {
    FanoutConfig config = FanoutConfig.defaults();
    return new EnvelopeCodec(config.maxMessageBytes(), config.maxDepth());
  }

  FanoutSession open(String userId, Transport transport) {
    return sessions.open(userId, transport);
  }

  /** What a message becomes when it is read. */
  Envelope envelope(List<String> userIds, String json) {
    try {
      return codec.decode(codec.encode(userIds, json.getBytes(StandardCharsets.UTF_8)));
    } catch (MalformedMessageException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Hands a message to the lanes. */
  void handOver(Envelope envelope) {
    deliverer.deliver(envelope);
  }

  /** Gives a message to one session, as its lane does, on the caller's thread. */
  void deliver(FanoutSession session, Envelope envelope) {
    session.deliver(++message, envelope.payload());
  }

  /** Waits, without sleeping, until this many messages were written. */
  static void spinUntilWritten(CountingTransport transport, long count) {
    while (transport.written() < count) {
      Thread.onSpinWait();
    }
  }

  void close() {
    sessions.close(System.nanoTime());
    notifier.close(Duration.ofSeconds(1));
  }
}

package io.github.redisfanout;

import static io.github.redisfanout.internal.Log.log;

import io.github.redisfanout.internal.RateLimit;
import io.github.redisfanout.internal.wire.Envelope;
import java.time.Duration;

/** Counts and reports messages that cannot reach all that they were meant for. Thread-safe. */
final class Addressing {
  private final String channel;
  private final Counters counters;
  private final Notifier notifier;
  private final RateLimit wrongIds = new RateLimit(Duration.ofSeconds(10));
  private final RuleLimit undeliverable = new RuleLimit();
  private final RateLimit absentIds = new RateLimit(Duration.ofSeconds(10));

  Addressing(String channel, Counters counters, Notifier notifier) {
    this.channel = channel;
    this.counters = counters;
    this.notifier = notifier;
  }

  void check(Envelope envelope) {
    if (envelope.named() <= 0) { // excepts do not matter
      counters.addressedToNobody.increment();
      // An empty array may be meant: somebody who publishes for a group without members.
      if (envelope.named() < 0 && absentIds.allows()) {
        report("it has no target_user_ids and no to");
      }
    } else if (envelope.undeliverable() > 0) {
      counters.undeliverableIds.add(envelope.undeliverable());
      if (wrongIds.allows()) {
        report(
            "%s of the %s elements of target_user_ids and to are no id"
                .formatted(envelope.undeliverable(), envelope.named()));
      }
    }
  }

  /** The audience is not understood, so nobody gets the message. */
  void undeliverable(String rule) {
    counters.undeliverableMessages.increment();
    if (undeliverable.allows(rule)) {
      report(rule);
    }
  }

  private void report(String rule) {
    notifier.report(listener -> listener.onUndeliverable(rule));
    log.warn("Message on channel {} does not reach all that it was meant for: {}", channel, rule);
  }
}

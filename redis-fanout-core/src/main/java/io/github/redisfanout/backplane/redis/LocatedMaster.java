package io.github.redisfanout.backplane.redis;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * What is known of the master after a look-up; immutable.
 *
 * @param master null while no sentinel has named one
 * @param confirmation the last one of this master; null before the first
 * @param doubt why it may be the wrong one; null if the look-up confirmed it
 */
record LocatedMaster(
    @Nullable Master master, @Nullable Confirmation confirmation, @Nullable String doubt) {
  /**
   * How long a new master may be known only to sentinels that have not answered: they exchange
   * their state every 2 s.
   */
  private static final Duration SPREADING = Duration.ofSeconds(2);

  static final LocatedMaster NONE =
      new LocatedMaster(null, null, "the sentinels have not been asked yet");

  /** A confirmation; compared by {@code nanos}, because the clock may be set back. */
  record Confirmation(Instant instant, long nanos) {
    private static Confirmation later(@Nullable Confirmation one, Confirmation other) {
      return one == null || other.nanos - one.nanos > 0 ? other : one;
    }

    private Confirmation minus(Duration duration) {
      return new Confirmation(instant.minus(duration), nanos - duration.toNanos());
    }
  }

  boolean isConfirmed() {
    return doubt == null;
  }

  boolean isAt(HostAndPort address) {
    return master != null && master.address().equals(address);
  }

  @Nullable Instant confirmedUntil() {
    return confirmation == null ? null : confirmation.instant();
  }

  /** What is known after this look-up, which was sent at {@code sent}. */
  LocatedMaster after(Sentinels.Answers answers, Confirmation sent, String masterName) {
    Opinions opinions = answers.opinions();
    Master now = opinions.winner(master);
    if (now == null) {
      return new LocatedMaster(null, null, doubt(null, null, answers, masterName));
    }
    Confirmation last = isReplacedBy(now) ? null : confirmation;
    if (!opinions.confirm(now)) {
      return new LocatedMaster(now, last, doubt(now, last, answers, masterName));
    }
    Confirmation confirmed = opinions.areUnanimousFor(now) ? sent : sent.minus(SPREADING);
    return new LocatedMaster(now, Confirmation.later(last, confirmed), null);
  }

  /** Whether this is another master than the one known before, if there was one. */
  boolean replaces(LocatedMaster before) {
    return master != null && before.isReplacedBy(master);
  }

  private boolean isReplacedBy(Master now) {
    if (master == null) {
      return false;
    }
    boolean otherProcess =
        !master.runId().isEmpty() && !now.runId().isEmpty() && !master.runId().equals(now.runId());
    // Another one was the master in between. Unless this one was never confirmed: then there is no
    // time of which it was said that nothing was missed.
    boolean laterEpoch =
        confirmation != null && master.hasEpoch() && now.configEpoch() > master.configEpoch();
    return !master.hasAddressOf(now) || otherProcess || laterEpoch;
  }

  private static String doubt(
      @Nullable Master now,
      @Nullable Confirmation last,
      Sentinels.Answers answers,
      String masterName) {
    String reasons = String.join(", ", answers.reasons(now));
    String what =
        now == null
            ? "no sentinel names a master \"%s\"".formatted(masterName)
            : "no majority of the sentinels has confirmed %s %s (%d of %d do now)"
                .formatted(
                    now.address(),
                    last == null ? "yet" : "since " + last.instant(),
                    answers.opinions().votesFor(now),
                    answers.opinions().total());
    return reasons.isEmpty() ? what : what + ": " + reasons;
  }
}

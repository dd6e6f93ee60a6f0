package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.exceptions.JedisDataException;

/** One probe after the other, its way stepped by hand. */
class ProbeTest {
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

  private record Published(Outgoing message, PublishCallback callback) {}

  private final List<Published> published = new ArrayList<>();
  private int heartbeats;
  private int reads;
  private final Probe probe = probe(INTERVAL);

  private Probe probe(Duration interval) {
    return new Probe(
        "chat:probe:1",
        "",
        interval,
        interval,
        Clock.fixed(NOW, ZoneOffset.UTC),
        (message, callback) -> published.add(new Published(message, callback)),
        () -> heartbeats++);
  }

  private static long after(Duration time) {
    return System.nanoTime() + time.toNanos();
  }

  private static String text(Published probe) {
    return new String(probe.message().bytes(), StandardCharsets.US_ASCII);
  }

  private Published write() {
    Published last = published.get(published.size() - 1);
    assertThat(last.callback().claim()).isTrue();
    return last;
  }

  @Test
  void firstProbeIsSentAtOnceToItsChannel() {
    probe.begin(Duration.ZERO);

    assertThat(published).hasSize(1);
    assertThat(published.get(0).message().channel()).isEqualTo("chat:probe:1");
  }

  @Test
  void probeThatComesBackIsAProofWithItsTimes() {
    probe.begin(Duration.ZERO);
    Published first = write();
    assertThat(probe.proof().receivedUntil()).isEmpty();

    assertThat(probe.onMessage(text(first))).isEqualTo(NOW);

    assertThat(probe.proof().receivedUntil()).contains(NOW);
    assertThat(probe.proof().roundTrip()).isPresent();
    assertThat(probe.proof().interval()).isEqualTo(INTERVAL);
  }

  @Test
  void nextProbeIsSentAfterTheIntervalAndNotWhileOneIsUnderWay() {
    probe.begin(Duration.ZERO);
    probe.tick(after(INTERVAL), 0);
    assertThat(published).hasSize(1);

    probe.onMessage(text(write()));

    probe.tick(after(INTERVAL.dividedBy(2)), 0);
    assertThat(published).hasSize(1);
    probe.tick(after(INTERVAL), 0);
    assertThat(published).hasSize(2);
    assertThat(published.get(1).message().bytes()).isNotEqualTo(published.get(0).message().bytes());
  }

  @Test
  void takenProbeIsMissingUntilItIsBackAndAHeartbeatIsRequestedOnce() {
    probe.begin(Duration.ZERO);
    Published first = write();
    assertThat(probe.isDeadAfter(probe.mark())).isFalse();

    take(first);
    assertThat(heartbeats).as("it may be back already").isZero();
    tick();
    tick();

    assertThat(heartbeats).isOne();
    probe.onMessage(text(first));
    assertThat(probe.isDeadAfter(probe.mark())).isFalse();
    assertThat(probe.death()).isNull();
  }

  @Test
  void probeThatIsOnlyLateIsForgivenAndFollowedByAnotherAtOnce() {
    probe.begin(Duration.ZERO);
    Published first = write();
    take(first);
    tick();

    assertThat(probe.isDeadAfter(probe.mark())).isFalse();
    tick();
    assertThat(published).as("another one at once").hasSize(2);
    take(write());
    probe.onMessage(text(first));
    probe.onMessage(text(published.get(1)));
    tickFor(INTERVAL);

    assertThat(heartbeats).isOne();
    assertThat(probe.isDeadAfter(probe.mark())).isFalse();
    assertThat(probe.proof().receivedUntil()).contains(NOW);
  }

  @Test
  void subscriptionIsDeadIfTwoProbesAreMissingAfterHalfAnIntervalAndAnotherHeartbeat() {
    probe.begin(Duration.ZERO);
    take(write());
    tick();
    Probe.Mark early = probe.mark();
    assertThat(probe.isDeadAfter(early)).isFalse();
    tick();
    take(write());
    assertThat(probe.isDeadAfter(probe.mark())).as("not yet half an interval").isFalse();
    assertThat(heartbeats).isOne();

    tickFor(INTERVAL.dividedBy(2));

    assertThat(heartbeats).isEqualTo(2);
    assertThat(probe.isDeadAfter(early)).as("written before").isFalse();
    assertThat(probe.isDeadAfter(probe.mark())).isTrue();
    assertThat(probe.death()).isEqualTo("Redis took two probes, which did not come back");
  }

  @Test
  void probeThatWasBackBeforeRedisAnsweredNeedsNoHeartbeat() {
    probe.begin(Duration.ZERO);
    Published first = write();
    probe.onMessage(text(first));

    take(first);
    tick();

    assertThat(heartbeats).isZero();
    assertThat(probe.isDeadAfter(probe.mark())).isFalse();
  }

  private static void take(Published probe) {
    probe.callback().published(PublishAnswer.ofNodes(1));
  }

  /** What the timer does, and reads that show that the connection lives. */
  private void tick() {
    probe.tick(System.nanoTime(), ++reads);
  }

  private void tickFor(Duration time) {
    long now = System.nanoTime();
    for (int i = 0; i <= time.toMillis() / 100 + 1; i++) {
      probe.tick(now + TimeUnit.MILLISECONDS.toNanos(100L * i), ++reads);
    }
  }

  @Test
  void silenceForAnIntervalAfterATakenProbeShowsADeadSubscription() {
    probe.begin(Duration.ZERO);
    write().callback().published(PublishAnswer.ofNodes(1));

    assertThat(silentTicks(INTERVAL.plusMillis(100))).isEqualTo(51);
    assertThat(probe.death()).isEqualTo("Redis took a probe, and nothing has come since");
  }

  @Test
  void silenceBeforeRedisTookAProbeDoesNotCount() {
    probe.begin(Duration.ZERO);
    write();

    assertThat(silentTicks(INTERVAL.multipliedBy(3))).isEqualTo(-1);
  }

  @Test
  void readingAnythingEndsTheSilence() {
    probe.begin(Duration.ZERO);
    write().callback().published(PublishAnswer.ofNodes(1));
    long now = System.nanoTime();

    for (int i = 1; i <= 200; i++) {
      now += TimeUnit.MILLISECONDS.toNanos(100);
      assertThat(probe.tick(now, i)).isFalse();
    }
  }

  @Test
  void pauseOfThisProcessDoesNotCountAsSilence() {
    probe.begin(Duration.ZERO);
    write().callback().published(PublishAnswer.ofNodes(1));
    long now = System.nanoTime();
    probe.tick(now, 0);

    assertThat(probe.tick(now + Duration.ofMinutes(1).toNanos(), 0)).isFalse();
  }

  /** The first tick, 100 ms apart, at which the connection is given up; -1 if at none. */
  private int silentTicks(Duration time) {
    long now = System.nanoTime();
    for (int i = 0; i <= time.toMillis() / 100; i++) {
      if (probe.tick(now + TimeUnit.MILLISECONDS.toNanos(100L * i), 7)) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void refusedProbeIsSentAgainAfterTheIntervalAndOneWithoutAnAnswerAtOnce() {
    probe.begin(Duration.ZERO);
    write().callback().failed(PublishFailure.REJECTED, new JedisDataException("BUSY script"));
    probe.tick(System.nanoTime(), 0);
    assertThat(published).hasSize(1);
    assertThat(probe.isProvable()).isTrue();

    probe.tick(after(INTERVAL), 0);
    assertThat(published).hasSize(2);
    write().callback().failed(PublishFailure.UNKNOWN, new IllegalStateException("cut"));
    probe.tick(System.nanoTime(), 0);
    assertThat(published).hasSize(3);
  }

  @Test
  void lateFailureOfAProbeThatCameBackDoesNotTouchTheNextOne() {
    probe.begin(Duration.ZERO);
    Published first = write();
    probe.onMessage(text(first));
    probe.tick(after(INTERVAL), 0);
    Published second = write();

    first.callback().failed(PublishFailure.UNKNOWN, new IllegalStateException("cut"));
    probe.tick(after(INTERVAL), 0);

    assertThat(published).as("the second one is still under way").hasSize(2);
    assertThat(probe.onMessage(text(second))).isEqualTo(NOW);
  }

  @Test
  void probeThatTheUserMayNotPublishProvesNothingUntilOneIsTaken() {
    probe.begin(Duration.ZERO);
    write().callback().failed(PublishFailure.REJECTED, new JedisDataException("NOPERM no"));
    assertThat(probe.isProvable()).isFalse();

    probe.tick(after(INTERVAL), 0);
    write().callback().published(PublishAnswer.ofNodes(1));
    assertThat(probe.isProvable()).isTrue();
  }

  @Test
  void anyOtherMessageProvesNothing() {
    assertThat(probe.onMessage("1")).isNull();
    probe.begin(Duration.ZERO);
    assertThat(probe.onMessage(text(published.get(0)))).as("not written").isNull();
    Published first = write();

    assertThat(probe.onMessage("2")).isNull();
    assertThat(probe.onMessage(text(first))).isNotNull();
    assertThat(probe.onMessage(text(first))).as("twice").isNull();
  }

  @Test
  void afterTheEndOfTheConnectionNothingIsSentOrWritten() {
    probe.begin(Duration.ZERO);
    probe.end();

    assertThat(published.get(0).callback().claim()).isFalse();
    probe.tick(after(INTERVAL), 0);
    assertThat(published).hasSize(1);
  }

  @Test
  void withoutAnIntervalNothingIsSent() {
    Probe unwanted = probe(Duration.ZERO);

    unwanted.begin(Duration.ZERO);
    unwanted.tick(after(INTERVAL), 0);

    assertThat(unwanted.isWanted()).isFalse();
    assertThat(unwanted.isProvable()).isFalse();
    assertThat(published).isEmpty();
  }
}

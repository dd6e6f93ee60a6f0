package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
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
  private final Probe probe = probe(INTERVAL);

  private Probe probe(Duration interval) {
    return new Probe(
        "chat",
        interval,
        Clock.fixed(NOW, ZoneOffset.UTC),
        (message, callback) -> published.add(new Published(message, callback)),
        () -> heartbeats++);
  }

  private static long after(Duration time) {
    return System.nanoTime() + time.toNanos();
  }

  private Published write() {
    Published last = published.get(published.size() - 1);
    assertThat(last.callback().claim()).isTrue();
    return last;
  }

  @Test
  void firstProbeIsSentAtOnceToItsOwnChannel() {
    probe.begin();

    assertThat(published).hasSize(1);
    assertThat(published.get(0).message().channel())
        .isEqualTo(probe.channel())
        .matches("chat:probe:[0-9a-f]{16}");
    assertThat(probe(INTERVAL).channel()).isNotEqualTo(probe.channel());
  }

  @Test
  void probeThatComesBackIsAProofWithItsTimes() {
    probe.begin();
    Published first = write();
    assertThat(probe.proof().receivedUntil()).isEmpty();

    assertThat(probe.onMessage(first.message().bytes())).isEqualTo(NOW);

    assertThat(probe.proof().receivedUntil()).contains(NOW);
    assertThat(probe.proof().roundTrip()).isPresent();
    assertThat(probe.proof().interval()).isEqualTo(INTERVAL);
  }

  @Test
  void nextProbeIsSentAfterTheIntervalAndNotWhileOneIsUnderWay() {
    probe.begin();
    probe.tick(after(INTERVAL), 0);
    assertThat(published).hasSize(1);

    probe.onMessage(write().message().bytes());

    probe.tick(after(INTERVAL.dividedBy(2)), 0);
    assertThat(published).hasSize(1);
    probe.tick(after(INTERVAL), 0);
    assertThat(published).hasSize(2);
    assertThat(published.get(1).message().bytes()).isNotEqualTo(published.get(0).message().bytes());
  }

  @Test
  void takenProbeIsMissingUntilItIsBackAndAHeartbeatIsRequested() {
    probe.begin();
    Published first = write();
    assertThat(probe.isDeadAfter(probe.taken())).isFalse();

    first.callback().published(PublishAnswer.ofNodes(1));

    assertThat(heartbeats).isOne();
    assertThat(probe.taken()).isOne();
    probe.onMessage(first.message().bytes());
    assertThat(probe.isDeadAfter(probe.taken())).isFalse();
    assertThat(probe.death()).isNull();
  }

  @Test
  void heartbeatAnsweredWithoutTheTakenProbeShowsADeadSubscription() {
    probe.begin();
    write().callback().published(PublishAnswer.ofNodes(1));

    assertThat(probe.isDeadAfter(0)).as("written before Redis took the probe").isFalse();
    assertThat(probe.death()).isNull();
    assertThat(probe.isDeadAfter(probe.taken())).isTrue();
    assertThat(probe.death()).isEqualTo("Redis took a probe, which did not come back");
  }

  @Test
  void probeThatWasBackBeforeRedisAnsweredNeedsNoHeartbeat() {
    probe.begin();
    Published first = write();
    probe.onMessage(first.message().bytes());

    first.callback().published(PublishAnswer.ofNodes(1));

    assertThat(heartbeats).isZero();
    assertThat(probe.isDeadAfter(probe.taken())).isFalse();
  }

  @Test
  void silenceForAnIntervalAfterATakenProbeShowsADeadSubscription() {
    probe.begin();
    write().callback().published(PublishAnswer.ofNodes(1));

    assertThat(silentTicks(INTERVAL.plusMillis(100))).isEqualTo(51);
    assertThat(probe.death()).isEqualTo("Redis took a probe, and nothing has come since");
  }

  @Test
  void silenceBeforeRedisTookAProbeDoesNotCount() {
    probe.begin();
    write();

    assertThat(silentTicks(INTERVAL.multipliedBy(3))).isEqualTo(-1);
  }

  @Test
  void readingAnythingEndsTheSilence() {
    probe.begin();
    write().callback().published(PublishAnswer.ofNodes(1));
    long now = System.nanoTime();

    for (int i = 1; i <= 200; i++) {
      now += TimeUnit.MILLISECONDS.toNanos(100);
      assertThat(probe.tick(now, i)).isFalse();
    }
  }

  @Test
  void pauseOfThisProcessDoesNotCountAsSilence() {
    probe.begin();
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
    probe.begin();
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
    probe.begin();
    Published first = write();
    probe.onMessage(first.message().bytes());
    probe.tick(after(INTERVAL), 0);
    Published second = write();

    first.callback().failed(PublishFailure.UNKNOWN, new IllegalStateException("cut"));
    probe.tick(after(INTERVAL), 0);

    assertThat(published).as("the second one is still under way").hasSize(2);
    assertThat(probe.onMessage(second.message().bytes())).isEqualTo(NOW);
  }

  @Test
  void probeThatTheUserMayNotPublishProvesNothingUntilOneIsTaken() {
    probe.begin();
    write().callback().failed(PublishFailure.REJECTED, new JedisDataException("NOPERM no"));
    assertThat(probe.isProvable()).isFalse();

    probe.tick(after(INTERVAL), 0);
    write().callback().published(PublishAnswer.ofNodes(1));
    assertThat(probe.isProvable()).isTrue();
  }

  @Test
  void anyOtherMessageProvesNothing() {
    assertThat(probe.onMessage("1".getBytes(java.nio.charset.StandardCharsets.US_ASCII))).isNull();
    probe.begin();
    assertThat(probe.onMessage(published.get(0).message().bytes())).as("not written").isNull();
    Published first = write();

    assertThat(probe.onMessage(new byte[] {'2'})).isNull();
    assertThat(probe.onMessage(first.message().bytes())).isNotNull();
    assertThat(probe.onMessage(first.message().bytes())).as("twice").isNull();
  }

  @Test
  void afterTheEndOfTheConnectionNothingIsSentOrWritten() {
    probe.begin();
    probe.end();

    assertThat(published.get(0).callback().claim()).isFalse();
    probe.tick(after(INTERVAL), 0);
    assertThat(published).hasSize(1);
  }

  @Test
  void withoutAnIntervalNothingIsSent() {
    Probe unwanted = probe(Duration.ZERO);

    unwanted.begin();
    unwanted.tick(after(INTERVAL), 0);

    assertThat(unwanted.isWanted()).isFalse();
    assertThat(unwanted.isProvable()).isFalse();
    assertThat(published).isEmpty();
  }
}

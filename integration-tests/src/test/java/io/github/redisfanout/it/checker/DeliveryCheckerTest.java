package io.github.redisfanout.it.checker;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.Gap;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeliveryCheckerTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Slots SLOTS = new Slots(2, 2);
  private static final int HERE = SLOTS.slot(0, 0);
  private static final int THERE = SLOTS.slot(0, 1);

  private final Findings findings = new Findings();
  private final DeliveryChecker checker =
      new DeliveryChecker(2, SLOTS, findings, (from, until) -> "; near");
  private SessionRecord here = checker.session(HERE);
  private final SessionRecord there = checker.session(THERE);

  @BeforeEach
  void open() {
    here.opened(at(0));
    there.opened(at(0));
  }

  private static Instant at(long millis) {
    return START.plusMillis(millis);
  }

  /** A message for user 0, called at this time and ended one millisecond later. */
  private long publish(long millis, Outcome outcome) {
    long number = checker.begin(0, SLOTS.ofUser(0), at(millis));
    checker.ended(0, number, outcome, at(millis + 1));
    return number;
  }

  private long published(long millis, SessionRecord... by) {
    long number = publish(millis, Outcome.PUBLISHED);
    Arrays.stream(by).forEach(session -> checker.received(session, 0, number));
    return number;
  }

  private static Gap gap(long from, long until, Gap.Cause cause) {
    return new Gap(Set.of(), at(from), at(until), cause);
  }

  private void assertOnly(Finding finding, long count) {
    checker.close();
    for (Finding any : Finding.values()) {
      assertThat(findings.count(any)).as("%s", any).isEqualTo(any == finding ? count : 0);
    }
    assertThat(findings.offenders()).isNotEmpty();
  }

  private void assertNothing() {
    checker.close();
    assertThat(findings.offenders()).isEmpty();
    assertThat(findings.isEmpty()).isTrue();
  }

  @Test
  void whatEveryClientReceivesIsFine() {
    published(10, here, there);
    published(20, there, here);
    assertNothing();
    assertThat(checker.received()).isEqualTo(4);
    assertThat(checker.totals().ended(Outcome.PUBLISHED)).isEqualTo(2);
    assertThat(checker.totals().receivedBy(0)).isEqualTo(2);
  }

  @Test
  void aLostMessageIsFound() {
    published(10, here, there);
    published(20, here);
    published(30, here, there);
    assertOnly(Finding.UNEXPLAINED_LOSSES, 1);
    assertThat(findings.offenders().get(0)).contains("0#1", "user 0 on node 1", "; near");
  }

  @Test
  void theLastMessageIsFoundMissingToo() {
    published(10, here);
    assertOnly(Finding.UNEXPLAINED_LOSSES, 1);
  }

  @Test
  void aDuplicateIsFound() {
    published(10, here, there, here);
    assertOnly(Finding.DUPLICATES, 1);
  }

  @Test
  void duplicateAcrossTwoSessionsOfASlotIsFound() {
    long number = published(10, here, there);
    here.ended(at(20));
    SessionRecord again = checker.session(HERE);
    again.opened(at(21));
    checker.received(again, 0, number);
    assertOnly(Finding.DUPLICATES, 1);
  }

  @Test
  void aMessageBehindALaterOneIsFound() {
    long first = publish(10, Outcome.PUBLISHED);
    published(20, here, there);
    checker.received(here, 0, first);
    checker.received(there, 0, first);
    assertOnly(Finding.REORDERED, 2);
  }

  @Test
  void twoPublishersHaveNoCommonOrder() {
    long first = checker.begin(1, SLOTS.ofUser(0), at(10));
    checker.ended(1, first, Outcome.PUBLISHED, at(11));
    published(20, here, there);
    checker.received(here, 1, first);
    checker.received(there, 1, first);
    assertNothing();
  }

  @Test
  void whatMayNotHaveLeftMayComeLateButNotTwice() {
    long unknown = publish(10, Outcome.UNKNOWN);
    published(20, here, there);
    checker.received(here, 0, unknown);
    assertNothing();
    assertThat(checker.totals().lateUnknown()).isEqualTo(1);
  }

  @Test
  void aSecondCopyOfWhatIsUnknownIsFound() {
    long unknown = publish(10, Outcome.UNKNOWN);
    checker.received(here, 0, unknown);
    checker.received(here, 0, unknown);
    assertOnly(Finding.DUPLICATES, 1);
  }

  @Test
  void copyThatComesAfterTheMessageWasJudgedIsFound() {
    long number = published(10, here, there);
    published(20, here, there);
    checker.settle(at(100));
    checker.received(here, 0, number);
    assertOnly(Finding.REORDERED, 1);
  }

  @Test
  void aSecondOutcomeIsFound() {
    long number = published(10, here, there);
    checker.ended(0, number, Outcome.UNKNOWN, at(12));
    assertOnly(Finding.DUPLICATES, 1);
  }

  @Test
  void aMissingOutcomeIsFound() {
    long number = checker.begin(0, SLOTS.ofUser(0), at(10));
    assertThat(checker.open(0)).isOne();
    checker.received(here, 0, number);
    assertOnly(Finding.WITHOUT_OUTCOME, 1);
  }

  @Test
  void failedPublishMustReachNoClient() {
    for (Outcome outcome : List.of(Outcome.REJECTED, Outcome.EXPIRED, Outcome.CANCELLED)) {
      checker.received(here, 0, publish(10, outcome));
    }
    assertOnly(Finding.WRONGLY_RECEIVED, 3);
  }

  @Test
  void messageForAnotherUserIsFound() {
    SessionRecord other = checker.session(SLOTS.slot(1, 0));
    other.opened(at(0));
    published(10, here, there, other);
    assertOnly(Finding.WRONGLY_RECEIVED, 1);
  }

  // ---- explained

  @Test
  void gapThatIsReportedLaterExplainsALoss() {
    published(20, here);
    checker.settle(at(15_000));
    assertThat(checker.suspects()).isOne();
    checker.gap(1, gap(15, 40, Gap.Cause.CONNECTION_LOST));
    assertNothing();
    assertThat(checker.totals().explained(Explanation.GAP)).isEqualTo(1);
  }

  @Test
  void aGapOfAnotherNodeExplainsNothing() {
    published(20, here);
    checker.gap(0, gap(15, 40, Gap.Cause.CONNECTION_LOST));
    assertOnly(Finding.UNEXPLAINED_LOSSES, 1);
  }

  @Test
  void aGapMustOverlapThePublish() {
    published(20, here); // until 21
    checker.gap(1, gap(22, 40, Gap.Cause.CONNECTION_LOST));
    checker.gap(1, gap(0, 19, Gap.Cause.CONNECTION_LOST));
    assertOnly(Finding.UNEXPLAINED_LOSSES, 1);
  }

  @Test
  void overloadCountsFromWhenMessagesArrive() {
    published(20, here);
    checker.gap(1, gap(900, 1_000, Gap.Cause.OVERLOAD));
    assertNothing();
    assertThat(checker.totals().explained(1, Explanation.DROPPED)).isEqualTo(1);
    assertThat(checker.totals().explained(0, Explanation.DROPPED)).isZero();
  }

  @Test
  void aFullQueueExplainsALossOfItsSlotOnly() {
    published(20, there);
    published(30, here);
    published(40, here, there);
    checker.full(HERE, at(10), at(35));
    assertOnly(Finding.UNEXPLAINED_LOSSES, 1);
    assertThat(checker.totals().explained(Explanation.DROPPED)).isEqualTo(1);
  }

  @Test
  void aSessionThatEndsMayMissWhatCameLast() {
    published(10, here, there);
    published(20, there);
    here.ended(at(30));
    assertNothing();
    assertThat(checker.totals().explained(Explanation.SESSION_ENDED)).isEqualTo(1);
  }

  @Test
  void aSessionThatEndsMustNotMissWhatCameBefore() {
    published(10, there);
    published(20, here, there);
    here.ended(at(30));
    assertOnly(Finding.UNEXPLAINED_LOSSES, 1);
  }

  @Test
  void aSessionThatEndsMuchLaterExplainsNothing() {
    published(10, there);
    here.ended(at(Duration.ofMinutes(1).toMillis()));
    assertOnly(Finding.UNEXPLAINED_LOSSES, 1);
  }

  @Test
  void clientThatIsAwayMissesNothing() {
    here.ended(at(30));
    published(40, there);
    here = checker.session(HERE);
    here.opened(at(50));
    published(60, here, there);
    assertNothing();
  }

  @Test
  void clientThatCameBackMustMissNothing() {
    here.ended(at(30));
    here = checker.session(HERE);
    here.opened(at(50));
    published(60, there);
    published(70, here, there);
    assertOnly(Finding.UNEXPLAINED_LOSSES, 1);
  }

  @Test
  void judgedMessagesAreForgotten() {
    for (int i = 0; i < 100_000; i++) {
      published(i, here, there);
      if (i % 1_000 == 0) {
        checker.settle(at(i - 500));
      }
    }
    assertThat(checker.totals().ended(Outcome.PUBLISHED)).isGreaterThan(98_000);
    assertNothing();
    assertThat(checker.totals().ended(Outcome.PUBLISHED)).isEqualTo(100_000);
  }
}

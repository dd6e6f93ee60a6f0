package io.github.redisfanout.benchmarks.soak.books;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.Gap;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BooksTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Seats SEATS = new Seats(2, 2);
  private static final int HERE = SEATS.seat(0, 0);
  private static final int THERE = SEATS.seat(0, 1);

  private final Findings findings = new Findings();
  private final Books books = new Books(2, SEATS, findings, (from, until) -> "; near");
  private Visit here = books.visit(HERE);
  private final Visit there = books.visit(THERE);

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
    long number = books.begin(0, SEATS.ofUser(0), at(millis));
    books.ended(0, number, outcome, at(millis + 1));
    return number;
  }

  private long published(long millis, Visit... by) {
    long number = publish(millis, Outcome.PUBLISHED);
    Arrays.stream(by).forEach(visit -> books.received(visit, 0, number));
    return number;
  }

  private static Gap gap(long from, long until, Gap.Cause cause) {
    return new Gap(Set.of(), at(from), at(until), cause);
  }

  private void assertOnly(Finding finding, long count) {
    books.close();
    for (Finding any : Finding.values()) {
      assertThat(findings.count(any)).as("%s", any).isEqualTo(any == finding ? count : 0);
    }
    assertThat(findings.offenders()).isNotEmpty();
  }

  private void assertNothing() {
    books.close();
    assertThat(findings.offenders()).isEmpty();
    assertThat(findings.isEmpty()).isTrue();
  }

  @Test
  void whatEverybodyReceivesIsFine() {
    published(10, here, there);
    published(20, there, here);
    assertNothing();
    assertThat(books.received()).isEqualTo(4);
    assertThat(books.totals().ended(Outcome.PUBLISHED)).isEqualTo(2);
    assertThat(books.totals().heardBy(0)).isEqualTo(2);
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
  void aDuplicateAcrossTwoVisitsOfASeatIsFound() {
    long number = published(10, here, there);
    here.ended(at(20));
    Visit again = books.visit(HERE);
    again.opened(at(21));
    books.received(again, 0, number);
    assertOnly(Finding.DUPLICATES, 1);
  }

  @Test
  void aMessageBehindALaterOneIsFound() {
    long first = publish(10, Outcome.PUBLISHED);
    published(20, here, there);
    books.received(here, 0, first);
    books.received(there, 0, first);
    assertOnly(Finding.REORDERED, 2);
  }

  @Test
  void twoPublishersHaveNoCommonOrder() {
    long first = books.begin(1, SEATS.ofUser(0), at(10));
    books.ended(1, first, Outcome.PUBLISHED, at(11));
    published(20, here, there);
    books.received(here, 1, first);
    books.received(there, 1, first);
    assertNothing();
  }

  @Test
  void whatMayNotHaveLeftMayComeLateButNotTwice() {
    long unknown = publish(10, Outcome.UNKNOWN);
    published(20, here, there);
    books.received(here, 0, unknown);
    assertNothing();
    assertThat(books.totals().lateUnknown()).isEqualTo(1);
  }

  @Test
  void aSecondCopyOfWhatIsUnknownIsFound() {
    long unknown = publish(10, Outcome.UNKNOWN);
    books.received(here, 0, unknown);
    books.received(here, 0, unknown);
    assertOnly(Finding.DUPLICATES, 1);
  }

  @Test
  void aCopyThatComesWhenTheBooksAreClosedIsFound() {
    long number = published(10, here, there);
    published(20, here, there);
    books.settle(at(100));
    books.received(here, 0, number);
    assertOnly(Finding.REORDERED, 1);
  }

  @Test
  void aSecondOutcomeIsFound() {
    long number = published(10, here, there);
    books.ended(0, number, Outcome.UNKNOWN, at(12));
    assertOnly(Finding.DUPLICATES, 1);
  }

  @Test
  void aMissingOutcomeIsFound() {
    long number = books.begin(0, SEATS.ofUser(0), at(10));
    assertThat(books.open(0)).isOne();
    books.received(here, 0, number);
    assertOnly(Finding.WITHOUT_OUTCOME, 1);
  }

  @Test
  void whatReachesNobodyMustReachNobody() {
    for (Outcome outcome : List.of(Outcome.REJECTED, Outcome.EXPIRED, Outcome.TAKEN_BACK)) {
      books.received(here, 0, publish(10, outcome));
    }
    assertOnly(Finding.WRONGLY_RECEIVED, 3);
  }

  @Test
  void whatIsForSomebodyElseIsFound() {
    Visit other = books.visit(SEATS.seat(1, 0));
    other.opened(at(0));
    published(10, here, there, other);
    assertOnly(Finding.WRONGLY_RECEIVED, 1);
  }

  // ---- explained

  @Test
  void aGapThatIsToldAfterwardsExplainsALoss() {
    published(20, here);
    books.settle(at(15_000));
    assertThat(books.suspects()).isOne();
    books.gap(1, gap(15, 40, Gap.Cause.CONNECTION_LOST));
    assertNothing();
    assertThat(books.totals().inGap()).isEqualTo(1);
  }

  @Test
  void aGapOfAnotherNodeExplainsNothing() {
    published(20, here);
    books.gap(0, gap(15, 40, Gap.Cause.CONNECTION_LOST));
    assertOnly(Finding.UNEXPLAINED_LOSSES, 1);
  }

  @Test
  void aGapMustOverlapThePublish() {
    published(20, here); // until 21
    books.gap(1, gap(22, 40, Gap.Cause.CONNECTION_LOST));
    books.gap(1, gap(0, 19, Gap.Cause.CONNECTION_LOST));
    assertOnly(Finding.UNEXPLAINED_LOSSES, 1);
  }

  @Test
  void anOverloadIsToldByWhenMessagesArrive() {
    published(20, here);
    books.gap(1, gap(900, 1_000, Gap.Cause.OVERLOAD));
    assertNothing();
    assertThat(books.totals().droppedBy(1)).isEqualTo(1);
    assertThat(books.totals().droppedBy(0)).isZero();
  }

  @Test
  void aFullQueueExplainsALossOnItsSeatOnly() {
    published(20, there);
    published(30, here);
    published(40, here, there);
    books.full(HERE, at(10), at(35));
    assertOnly(Finding.UNEXPLAINED_LOSSES, 1);
    assertThat(books.totals().dropped()).isEqualTo(1);
  }

  @Test
  void aSessionThatEndsMayMissWhatCameLast() {
    published(10, here, there);
    published(20, there);
    here.ended(at(30));
    assertNothing();
    assertThat(books.totals().sessionEnded()).isEqualTo(1);
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
  void nobodyMissesAnythingWhileHeIsNotThere() {
    here.ended(at(30));
    published(40, there);
    here = books.visit(HERE);
    here.opened(at(50));
    published(60, here, there);
    assertNothing();
  }

  @Test
  void whoCameBackMissesNothing() {
    here.ended(at(30));
    here = books.visit(HERE);
    here.opened(at(50));
    published(60, there);
    published(70, here, there);
    assertOnly(Finding.UNEXPLAINED_LOSSES, 1);
  }

  @Test
  void millionsOfMessagesAreForgottenAsTheyAreSettled() {
    for (int i = 0; i < 100_000; i++) {
      published(i, here, there);
      if (i % 1_000 == 0) {
        books.settle(at(i - 500));
      }
    }
    assertThat(books.totals().ended(Outcome.PUBLISHED)).isGreaterThan(98_000);
    assertNothing();
    assertThat(books.totals().ended(Outcome.PUBLISHED)).isEqualTo(100_000);
  }
}

package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.PresenceTable.Change;
import io.github.redisfanout.backplane.PresenceTable.Kind;
import io.github.redisfanout.backplane.PresenceTable.Known;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What a node writes of its users, by a clock that the test sets. */
class TrackedUsersTest {
  private static final Change CAME = new Change(Kind.CAME, "alice");
  private static final Change STAYED = new Change(Kind.STAYED, "alice");
  private static final Change LEFT = new Change(Kind.LEFT, "alice");

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000); // it overflows
  private final TrackedUsers users = new TrackedUsers(nanos::get);

  private List<Change> take() {
    return users.take(100);
  }

  private void write(Change... expected) {
    List<Change> changes = take();
    assertThat(changes).containsExactly(expected);
    users.written(changes);
  }

  private void passDebounce() {
    nanos.addAndGet(TrackedUsers.DEBOUNCE.toNanos());
  }

  @Test
  void leaveIsWrittenTenSecondsLater() {
    assertThat(users.came("alice")).isTrue();
    write(CAME);

    assertThat(users.left("alice")).isTrue();
    nanos.addAndGet(TrackedUsers.DEBOUNCE.toNanos() - 1);
    write();
    assertThat(users.nextLeave()).hasValue(1);

    nanos.addAndGet(1);
    write(LEFT);
    write();
    assertThat(users.nextLeave()).isEmpty();
  }

  @Test
  void userWhoComesBackInTimeWasNeverAway() {
    users.came("alice");
    write(CAME);
    users.left("alice");

    assertThat(users.came("alice")).isFalse();

    passDebounce();
    write();
  }

  @Test
  void timeBeginsAgainWithEachLeave() {
    users.came("alice");
    write(CAME);
    users.left("alice");
    nanos.addAndGet(TrackedUsers.DEBOUNCE.toNanos() / 2);
    users.came("alice");
    users.left("alice");

    nanos.addAndGet(TrackedUsers.DEBOUNCE.toNanos() / 2);
    write();
    nanos.addAndGet(TrackedUsers.DEBOUNCE.toNanos() / 2);
    write(LEFT);
  }

  @Test
  void userWhoCameAndWentBeforeTheWriteCostsNothing() {
    users.came("alice");
    assertThat(users.left("alice")).isFalse();

    write();
    passDebounce();
    write();
  }

  @Test
  void userWhoLeavesDuringTheWriteIsRemovedLater() {
    users.came("alice");
    List<Change> changes = take();
    users.left("alice");
    users.written(changes);

    passDebounce();
    write(LEFT);
  }

  @Test
  void userWhoComesWhileItsAbsenceIsWrittenIsWrittenAgain() {
    users.came("alice");
    write(CAME);
    users.left("alice");
    passDebounce();
    List<Change> changes = take();
    users.came("alice");
    users.written(changes);

    write(CAME);
  }

  @Test
  void onlyTheFirstAndTheLastSessionMatter() {
    users.came("alice");
    write(CAME);
    assertThat(users.came("alice")).isFalse();
    assertThat(users.left("alice")).isFalse();
    passDebounce();
    write();

    users.left("alice");
    passDebounce();
    write(LEFT);
  }

  @Test
  void failedWriteIsRepeated() {
    users.came("alice");
    users.failed(take());
    write(CAME);
    users.left("alice");
    passDebounce();
    users.failed(take());
    write(LEFT);

    users.came("alice");
    write(CAME);
  }

  /** The failed write may have told all nodes that alice is away. */
  @Test
  void userWhoComesAfterAFailedLeaveIsTold() {
    users.came("alice");
    write(CAME);
    users.left("alice");
    passDebounce();
    users.failed(take());
    users.came("alice");

    write(CAME);
  }

  @Test
  void newLeaseWritesAllWithoutTellingAgain() {
    users.came("alice");
    write(CAME);
    users.came("bob");

    users.rewrite(Known.LOST);

    List<Change> changes = take();
    assertThat(changes).containsExactlyInAnyOrder(STAYED, new Change(Kind.CAME, "bob"));
  }

  @Test
  void usersThatOthersHaveRemovedAreToldAgain() {
    users.came("alice");
    write(CAME);

    users.rewrite(Known.SWEPT);

    write(CAME);
  }

  /** The lease before is swept, and with it who has left. */
  @Test
  void userWhoHasLeftIsNotWrittenUnderANewLease() {
    users.came("alice");
    write(CAME);
    users.left("alice");

    users.rewrite(Known.YES);

    write();
    passDebounce();
    write();
    users.came("alice");
    write(CAME);
  }

  @Test
  void onlySomeAreTakenAtATime() {
    users.came("alice");
    users.came("bob");

    assertThat(users.take(1)).containsExactly(CAME);
    assertThat(users.take(1)).containsExactly(new Change(Kind.CAME, "bob"));
    assertThat(users.take(1)).isEmpty();
  }
}

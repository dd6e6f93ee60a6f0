package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.PresenceTable.Change;
import io.github.redisfanout.backplane.PresenceTable.Kind;
import io.github.redisfanout.backplane.PresenceTable.Known;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * The users of this node, and what is still to be written of them. Thread-safe; never waits.
 *
 * <p>That a user left is written {@link #DEBOUNCE} later, if the user has not come back. A user who
 * comes and goes before anything was written costs nothing.
 */
final class TrackedUsers {
  /** A page that is loaded again, or a short loss of the network, is no absence. */
  static final Duration DEBOUNCE = Duration.ofSeconds(10);

  private static final class User {
    int sessions;

    /** It was written, or is being written, under the present lease. */
    boolean inTable;

    /** It is known to be written, so that all nodes were told. */
    boolean told;

    boolean queued;
    long leftNanos; // of no meaning while it has sessions
  }

  private record Left(String id, long atNanos) {}

  private final LongSupplier nanoTime;

  @GuardedBy("this")
  private final Map<String, User> users = new HashMap<>();

  /** To be looked at by {@link #take}. */
  @GuardedBy("this")
  private final ArrayDeque<String> queue = new ArrayDeque<>();

  /** In the order of their times. */
  @GuardedBy("this")
  private final ArrayDeque<Left> leaving = new ArrayDeque<>();

  /** {@code nanoTime} is read as {@link System#nanoTime} is. */
  TrackedUsers(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** A session of the user was opened. True if something is to be written. */
  synchronized boolean came(String id) {
    User user = users.computeIfAbsent(id, i -> new User());
    user.sessions++;
    return !user.inTable && enqueue(id, user);
  }

  /** A session of the user has ended. True if something is to be written later. */
  synchronized boolean left(String id) {
    User user = users.computeIfAbsent(id, i -> new User());
    user.sessions--;
    if (user.sessions == 0 && user.inTable) {
      user.leftNanos = nanoTime.getAsLong();
      leaving.add(new Left(id, user.leftNanos));
      return true;
    }
    forgetIfAbsent(id, user);
    return false;
  }

  @GuardedBy("this")
  private boolean enqueue(String id, User user) {
    if (!user.queued) {
      user.queued = true;
      queue.add(id);
    }
    return true;
  }

  @GuardedBy("this")
  private void forgetIfAbsent(String id, User user) {
    if (user.sessions == 0 && !user.inTable && !user.queued) {
      users.remove(id);
    }
  }

  /** What is to be written next; then either {@link #written} or {@link #failed} is called. */
  synchronized List<Change> take(int max) {
    releaseLeaving();
    List<Change> changes = new ArrayList<>();
    while (changes.size() < max && !queue.isEmpty()) {
      String id = queue.remove();
      User user = users.get(id);
      if (user == null) {
        continue;
      }
      user.queued = false;
      if (user.sessions > 0) {
        user.inTable = true;
        changes.add(new Change(user.told ? Kind.STAYED : Kind.CAME, id));
      } else if (user.inTable) {
        user.told = false;
        changes.add(new Change(Kind.LEFT, id));
      } else {
        forgetIfAbsent(id, user);
      }
    }
    return changes;
  }

  @GuardedBy("this")
  private void releaseLeaving() {
    long now = nanoTime.getAsLong();
    while (!leaving.isEmpty() && now - leaving.peek().atNanos >= DEBOUNCE.toNanos()) {
      Left left = leaving.remove();
      User user = users.get(left.id);
      // It may have come back, and perhaps left again.
      if (user != null && user.sessions == 0 && user.inTable && user.leftNanos == left.atNanos) {
        enqueue(left.id, user);
      }
    }
  }

  /** When the next user's absence is to be written, in nanoseconds; empty if nobody leaves. */
  synchronized OptionalLong nextLeave() {
    return leaving.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(
            Math.max(0, leaving.peek().atNanos + DEBOUNCE.toNanos() - nanoTime.getAsLong()));
  }

  /** What {@link #take} has returned was written. */
  synchronized void written(List<Change> changes) {
    for (Change change : changes) {
      User user = users.get(change.userId());
      if (user == null) {
        continue;
      }
      if (change.kind() != Kind.LEFT) {
        user.told = true;
      } else if (user.sessions > 0) { // it came meanwhile
        user.inTable = false;
        enqueue(change.userId(), user);
      } else {
        user.inTable = false;
        forgetIfAbsent(change.userId(), user);
      }
    }
  }

  /** It was perhaps not written, and is to be written again. */
  synchronized void failed(List<Change> changes) {
    for (Change change : changes) {
      User user = users.get(change.userId());
      if (user != null) {
        enqueue(change.userId(), user);
      }
    }
  }

  /**
   * All is to be written under a new lease.
   *
   * @param before what became of the lease before
   */
  synchronized void rewrite(Known before) {
    queue.clear();
    leaving.clear(); // what the lease before has written is removed with it
    users
        .entrySet()
        .removeIf(
            entry -> {
              User user = entry.getValue();
              user.inTable = false;
              user.queued = false;
              user.told &= before != Known.SWEPT;
              return user.sessions == 0;
            });
    users.forEach(
        (id, user) -> {
          if (user.sessions > 0) {
            enqueue(id, user);
          }
        });
  }
}

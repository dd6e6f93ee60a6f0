package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.redis.SubscriberCommand.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Channels and those who wait for them, against a model of Redis. */
class ChannelTableTest {
  private final ChannelTable table = new ChannelTable();
  private final ChannelWaiters waiters = new ChannelWaiters(table);

  private static List<String> names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "u" + i).toList();
  }

  private SubscriberCommand next() {
    SubscriberCommand next = table.next();
    assertThat(next).isNotNull();
    return next;
  }

  @Test
  void noMoreThanFiveThousandHaveNoAnswer() {
    table.subscribe(names(20_000));
    SubscriberCommand first = table.begin(null);
    for (int i = 1; i < 10; i++) {
      assertThat(next().channels()).hasSize(500);
    }

    assertThat(table.next()).isNull();

    table.answered(first);
    assertThat(next().channels()).hasSize(500);
    assertThat(table.next()).isNull();
  }

  @Test
  void subscribesAndUnsubscribesTakeTurns() {
    table.subscribe(List.of("common"));
    table.answered(table.begin(null));
    table.subscribe(names(1_000));
    table.answered(next());
    table.answered(next());
    table.unsubscribe(names(1_000));
    table.subscribe(IntStream.range(0, 1_000).mapToObj(i -> "v" + i).toList());

    assertThat(List.of(next().kind(), next().kind())).doesNotHaveDuplicates();
    assertThat(List.of(next().kind(), next().kind())).doesNotHaveDuplicates();
    assertThat(table.next()).isNull();
  }

  @Test
  void channelThatIsNeitherWantedNorSubscribedIsForgotten() {
    table.subscribe(List.of("common", "a"));
    table.answered(table.begin(null));
    table.unsubscribe(List.of("a"));
    assertThat(table.isGone("a")).isFalse();

    table.answered(next());

    assertThat(table.isGone("a")).isTrue();
    assertThat(table.next()).isNull();
  }

  @Test
  void callsThatWereCancelledAreNotKept() {
    table.subscribe(List.of("common"));
    for (int i = 0; i < 10_000; i++) {
      waiters.await(List.of("common"), true, false).cancel(false);
    }

    waiters.failSubscribes(new IllegalStateException("closed by the test"));

    assertThat(waiters.takeDue()).hasSizeLessThan(100);
  }

  /** Redis executes commands in the order in which they were written. */
  @Test
  void channelsEndAsTheLastCallsSay() {
    for (int seed = 0; seed < 300; seed++) {
      Churn churn = new Churn(new Random(seed));
      for (int step = 0; step < 500; step++) {
        churn.step();
      }
      churn.settle();
      assertThat(churn.redis).as("seed %d", seed).isEqualTo(churn.wanted);
      assertThat(churn.calls).as("seed %d", seed).allMatch(CompletableFuture::isDone);
    }
  }

  private static final class Churn {
    private final ChannelTable table = new ChannelTable();
    private final ChannelWaiters waiters = new ChannelWaiters(table);
    private final Random random;
    private final Set<String> wanted = new TreeSet<>(Set.of("common"));
    private final Set<String> redis = new TreeSet<>();
    private final Queue<SubscriberCommand> unanswered = new ArrayDeque<>();
    private final List<CompletableFuture<@Nullable Void>> calls = new ArrayList<>();
    private boolean writable; // the first command was answered
    private boolean complete;

    Churn(Random random) {
      this.random = random;
      table.subscribe(List.of("common"));
      write(table.begin(null));
    }

    private void write(@Nullable SubscriberCommand command) {
      if (command == null) {
        return;
      }
      unanswered.add(command);
      if (command.kind() == Kind.UNSUBSCRIBE) {
        command.channels().forEach(redis::remove);
      } else {
        redis.addAll(command.channels());
      }
    }

    void step() {
      List<String> names = List.of("u" + random.nextInt(6), "u" + random.nextInt(6));
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3, 4, 5 -> {
          wanted.addAll(names);
          table.subscribe(names);
          called(names, true);
        }
        case 6, 7, 8, 9, 10, 11 -> {
          names.forEach(wanted::remove);
          table.unsubscribe(names);
          called(names, false);
        }
        case 12, 13, 14 -> write(writable ? table.next() : null);
        case 15, 16, 17 -> answer();
        case 18 -> heartbeat();
        default -> reconnect();
      }
    }

    private void called(List<String> names, boolean subscribes) {
      names.forEach(name -> waiters.recheck(name, complete));
      calls.add(waiters.await(names, subscribes, complete));
    }

    private void heartbeat() {
      String channel = complete ? table.heartbeatChannel() : null;
      write(channel == null ? null : SubscriberCommand.heartbeat(channel, false));
    }

    private void answer() {
      SubscriberCommand answered = unanswered.poll();
      if (answered == null) {
        return;
      }
      writable = true;
      if (answered.kind() != Kind.HEARTBEAT) {
        table.answered(answered);
        answered.channels().forEach(name -> waiters.recheck(name, complete));
      }
      if (answered.completes()) {
        complete = true;
        recheckAll();
      }
    }

    private void reconnect() {
      table.end();
      writable = false;
      complete = false;
      unanswered.clear();
      redis.clear();
      recheckAll();
      write(table.begin(null));
    }

    private void recheckAll() {
      waiters.recheckAll();
      while (waiters.recheckSome(complete)) {}
    }

    void settle() {
      do {
        answer();
        write(writable ? table.next() : null);
      } while (!unanswered.isEmpty());
      waiters.takeDue().forEach(Runnable::run);
    }
  }
}

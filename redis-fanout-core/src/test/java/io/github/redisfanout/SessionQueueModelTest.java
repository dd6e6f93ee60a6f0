package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The session's queue against the rule in its plainest form, over thousands of random stories. */
class SessionQueueModelTest {
  private static final int STORIES = Effort.of(3_000);
  private static final int STEPS = 30;

  /** One message on its way, and behind it a limited number of messages and bytes. */
  private static final class Model {
    final OverflowPolicy policy;
    final int maxMessages;
    final int maxBytes;
    final List<String> onItsWay = new ArrayList<>();
    final List<String> waiting = new ArrayList<>();
    final List<String> written = new ArrayList<>();
    int dropped;
    boolean open = true;

    Model(OverflowPolicy policy, int maxMessages, int maxBytes) {
      this.policy = policy;
      this.maxMessages = maxMessages;
      this.maxBytes = maxBytes;
    }

    boolean send(String json) {
      if (!open) {
        return false;
      }
      if (onItsWay.isEmpty()) {
        onItsWay.add(json);
        return true;
      }
      waiting.add(json);
      while (bytes(waiting) > maxBytes || waiting.size() > maxMessages) {
        if (policy == OverflowPolicy.DROP_OLDEST && json.length() <= maxBytes) {
          waiting.remove(0);
          dropped++;
        } else {
          waiting.remove(json);
          dropped++;
          open = policy != OverflowPolicy.DISCONNECT;
          return false;
        }
      }
      return true;
    }

    void done() {
      written.add(onItsWay.remove(0));
      if (!waiting.isEmpty()) {
        onItsWay.add(waiting.remove(0));
      }
    }

    static int bytes(List<String> messages) {
      return messages.stream().mapToInt(String::length).sum();
    }
  }

  /** A lane that has its turn when the story says so. */
  private static final class SteppedLane extends LaneThread {
    final Queue<Runnable> tasks = new ArrayDeque<>();

    SteppedLane() {
      super(0, 1, Clock.systemUTC(), new HighWater());
    }

    @Override
    void execute(Runnable task) {
      tasks.add(task);
    }

    void turn() {
      while (!tasks.isEmpty()) {
        tasks.remove().run();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void queueDoesWhatTheRuleSaysWheneverTheLaneHasItsTurn(OverflowPolicy policy) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int overflows = 0;
    for (int limits = 0; limits < 40; limits++) {
      int maxMessages = 1 + random.nextInt(4);
      int maxBytes = 1 + random.nextInt(30);
      FanoutConfig config =
          SessionRig.config()
              .overflowPolicy(policy)
              .sessionQueueMessages(maxMessages)
              .sessionQueueBytes(maxBytes)
              .build();
      CallerOwner owner = new CallerOwner(config);
      for (int story = 0; story < STORIES / 40; story++) {
        Model model = new Model(policy, maxMessages, maxBytes);
        play("seed " + seed + ", limits " + limits + ", story " + story, random, model, owner);
        overflows += model.dropped;
      }
    }
    assertThat(overflows)
        .as("a rule that is never needed is not tested")
        .isGreaterThan(STORIES / 2);
  }

  private static void play(String what, Random random, Model model, CallerOwner owner) {
    FakeTransport transport = FakeTransport.holding();
    SteppedLane lane = new SteppedLane();
    FanoutSession session = owner.session(transport, lane);
    long droppedBefore = owner.counts().dropped().get(DropReason.QUEUE_FULL);
    int reported = 0;
    for (int step = 0; step < STEPS; step++) {
      switch (random.nextInt(4)) {
        case 0 -> lane.turn();
        case 1 -> {
          if (transport.held.size() > reported && model.open) {
            transport.held.get(reported++).ok();
            model.done();
          }
        }
        default -> {
          int number = step + (int) Math.pow(10, 2 + random.nextInt(8));
          boolean accepted = session.send(number);
          assertThat(accepted).as(what).isEqualTo(model.send("" + number));
        }
      }
      assertThat(session.isOpen()).as(what).isEqualTo(model.open);
      assertThat(owner.counts().dropped().get(DropReason.QUEUE_FULL) - droppedBefore)
          .as(what)
          .isEqualTo(model.dropped);
    }
    while (model.open && !model.onItsWay.isEmpty()) {
      lane.turn();
      transport.held.get(reported++).ok();
      model.done();
    }
    lane.turn();
    assertThat(transport.texts().subList(0, reported)).as(what).isEqualTo(model.written);
    session.clientLeft();
    assertThat(owner.counts().pending()).as(what).isZero();
  }
}

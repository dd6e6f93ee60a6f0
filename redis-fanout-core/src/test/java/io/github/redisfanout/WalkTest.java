package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Messages for so many sessions of one lane that they are delivered in slices. */
class WalkTest {
  private static final Target EVERYONE = Target.EVERYONE;

  private static void publish(SessionRig rig, Target target, String json) {
    rig.deliver(List.of(AudienceModel.envelope(target, null, json)));
  }

  private static void control(SessionRig rig, Target target, Control control) {
    rig.deliver(List.of(AudienceModel.envelope(target, control, "{}")));
  }

  private static Target group(String name) {
    return new Target(List.of(), List.of(name), false, Set.of(), Set.of());
  }

  /** Takes numbers that must rise. */
  private static final class RisingTransport implements Transport {
    private int last = -1; // confined to the lane
    private int count;
    private volatile boolean fell;
    private volatile boolean closed;

    @Override
    public void write(Payload payload, WriteCallback callback) {
      int number = Integer.parseInt(payload.text());
      fell |= number <= last;
      last = number;
      count++;
      callback.ok();
    }

    @Override
    public void close(Disconnect why, boolean force) {
      closed = true;
    }
  }

  private static void checkStorm(int sessions, int rounds) {
    // The buffer holds all, so that what is counted is what was published.
    FanoutConfig config = SessionRig.config().deliveryBufferBytes(1L << 30).build();
    List<RisingTransport> transports = new ArrayList<>();
    try (SessionRig rig = new SessionRig(config)) {
      for (int i = 0; i < sessions; i++) {
        transports.add(new RisingTransport());
        rig.open("user" + i, transports.get(i)).join("all");
      }
      int[] expected = new int[sessions];
      BitSet left = new BitSet();
      BitSet gone = new BitSet();
      int number = 0;
      for (int round = 0; round < rounds; round++) {
        int named = (int) (round * 7919L % sessions); // spread over the order in which a lane walks
        int leaving = (int) ((round * 104_729L + 1) % sessions);
        int going = (int) ((round * 15_485_863L + 2) % sessions);

        publish(rig, round % 2 == 0 ? EVERYONE : group("all"), String.valueOf(number++));
        for (int i = 0; i < sessions; i++) {
          expected[i] += !gone.get(i) && (round % 2 == 0 || !left.get(i)) ? 1 : 0;
        }
        publish(rig, Target.users(List.of("user" + named)), String.valueOf(number++));
        expected[named] += gone.get(named) ? 0 : 1;
        control(rig, Target.users(List.of("user" + leaving)), new Control.Leave("all"));
        left.set(leaving);
        control(rig, Target.users(List.of("user" + going)), new Control.Disconnect(4403, "test"));
        gone.set(going);
      }
      rig.delivery.lanes.get(0).thread().awaitIdle(System.nanoTime() + TimeUnit.MINUTES.toNanos(5));

      for (int i = 0; i < sessions; i++) {
        assertThat(transports.get(i).fell).isFalse();
        assertThat(transports.get(i).count).as("session %s", i).isEqualTo(expected[i]);
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> gone.stream().allMatch(i -> transports.get(i).closed));
      assertThat(rig.counts().sessions()).isEqualTo(sessions - gone.cardinality());
      assertThat(rig.counts().pending()).isZero();
    }
  }

  @Test
  void directMessageLeaveAndDisconnectNeverOvertakeAWalk() {
    checkStorm(2_000, Effort.of(100));
  }

  @Test
  @Tag("full")
  void directMessageLeaveAndDisconnectNeverOvertakeAWalkOf20_000Sessions() {
    checkStorm(20_000, 1_000);
  }

  @Test
  void whoOpensAfterAMessageForEveryoneDoesNotGetIt() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (SessionRig rig = new SessionRig()) {
      rig.open("stuck", FakeTransport.blocking(writing, release));
      rig.deliver(List.of("stuck"), "0");
      assertThat(writing.await(10, TimeUnit.SECONDS)).isTrue();
      publish(rig, EVERYONE, "1");
      SequenceTransport late = new SequenceTransport();

      FanoutSession session = rig.open("late", late);
      session.join("room");
      publish(rig, group("room"), "2");
      release.countDown();
      rig.awaitLanes();

      assertThat(late.texts()).containsExactly("2");
      assertThat(rig.counts().pending()).isZero();
    } finally {
      release.countDown();
    }
  }

  @Test
  void messageForOneSessionWaitsForNoMoreThanASlice() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger written = new AtomicInteger();
    AtomicInteger before = new AtomicInteger(-1);
    int sessions = 20 * LaneDelivery.SLICE;
    try (SessionRig rig = new SessionRig()) {
      for (int i = 0; i < sessions; i++) {
        rig.open("user" + i, counting(written));
      }
      rig.open("stuck", FakeTransport.blocking(writing, release));
      rig.open("alice", onWrite(text -> noteIf(text.equals("2"), before, written)));
      rig.deliver(List.of("stuck"), "0");
      assertThat(writing.await(10, TimeUnit.SECONDS)).isTrue();
      publish(rig, EVERYONE, "1");
      rig.deliver(List.of("alice"), "2");

      release.countDown();
      rig.awaitLanes();

      assertThat(written).hasValue(sessions);
      assertThat(before.get()).isBetween(1, 2 * LaneDelivery.SLICE);
    } finally {
      release.countDown();
    }
  }

  @Test
  void oneTextServesAllSessions() {
    Set<Payload> payloads = Collections.newSetFromMap(new ConcurrentHashMap<>());
    try (SessionRig rig = new SessionRig(FanoutConfig.builder("chat").lanes(2).build())) {
      for (int i = 0; i < 3 * LaneDelivery.SLICE; i++) {
        rig.open(
            "user" + i,
            new Transport() {
              @Override
              public void write(Payload payload, WriteCallback callback) {
                payloads.add(payload); // which has no equals of its own
                callback.ok();
              }

              @Override
              public void close(Disconnect why, boolean force) {}
            });
      }

      publish(rig, EVERYONE, "1");
      rig.awaitLanes();

      assertThat(rig.counts().delivered()).isEqualTo(3 * LaneDelivery.SLICE);
      assertThat(payloads).hasSize(1);
    }
  }

  /** Its members get first what came for everyone, which must not make the slice longer. */
  @Test
  void messageForOneSessionWaitsForNoMoreThanASliceOfALateGroup() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger written = new AtomicInteger();
    AtomicInteger group = new AtomicInteger(-1);
    AtomicInteger alice = new AtomicInteger(-1);
    int forEveryone = LaneDelivery.SLICE;
    try (SessionRig rig = new SessionRig()) {
      for (int i = 0; i < 16 * LaneDelivery.SLICE; i++) {
        FanoutSession session =
            rig.open(
                "user" + i,
                onWrite(
                    text -> {
                      written.incrementAndGet();
                      if (text.equals("3")) {
                        group.compareAndSet(-1, written.get());
                      }
                    }));
        if (i % 8 == 0) {
          session.join("room");
        }
      }
      rig.open("stuck", FakeTransport.blocking(writing, release));
      rig.open("alice", onWrite(text -> noteIf(text.equals("2"), alice, written)));
      rig.deliver(List.of("stuck"), "0");
      assertThat(writing.await(10, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < forEveryone; i++) {
        publish(rig, EVERYONE, "1");
      }
      publish(rig, group("room"), "3");
      rig.deliver(List.of("alice"), "2");

      release.countDown();
      rig.awaitLanes();

      assertThat(group.get()).isPositive();
      assertThat(alice.get() - group.get()).isBetween(0, 6 * LaneDelivery.SLICE);
    } finally {
      release.countDown();
    }
  }

  private static void noteIf(boolean due, AtomicInteger note, AtomicInteger written) {
    if (due) {
      note.set(written.get());
    }
  }

  private static Transport counting(AtomicInteger written) {
    return onWrite(text -> written.incrementAndGet());
  }

  private static Transport onWrite(Consumer<String> action) {
    return new Transport() {
      @Override
      public void write(Payload payload, WriteCallback callback) {
        action.accept(payload.text());
        callback.ok();
      }

      @Override
      public void close(Disconnect why, boolean force) {}
    };
  }
}

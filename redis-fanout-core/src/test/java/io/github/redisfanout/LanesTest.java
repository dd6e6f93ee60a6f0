package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How the lanes of a node share its limits. */
class LanesTest {
  private static Lanes lanes(int lanes, long bytes) {
    FanoutConfig config =
        FanoutConfig.builder("chat").lanes(lanes).deliveryBufferBytes(bytes).build();
    return new Lanes(config, new Counters());
  }

  @Test
  void eachLaneHasItsShareOfTheBytes() {
    assertThat(lanes(2, 100).all()).hasSize(2).allMatch(lane -> lane.thread().maxBytes() == 50);
  }

  @Test
  void fewerBytesThanLanesLeaveOneForEach() {
    assertThat(lanes(2, 1).all()).hasSize(2).allMatch(lane -> lane.thread().maxBytes() == 1);
  }

  @Test
  void laneIsFillingWhenMoreThanHalfOfItIsTaken() {
    Lanes lanes = lanes(2, 200);
    LaneThread second = lanes.get(1).thread(); // not started: what it takes stays

    second.offer(() -> {}, 50);
    assertThat(lanes.trouble()).isNull();
    second.offer(() -> {}, 1);
    assertThat(lanes.trouble()).isEqualTo("lane 1 is filling: 51 of 100 bytes");
  }

  @Test
  void sessionsAreThoseOfAllLanes() {
    Lanes lanes = lanes(2, 100);
    CallerOwner owner = new CallerOwner(FanoutConfig.of("chat"));
    FanoutSession first = owner.session(new FakeTransport(), lanes.get(0).thread());
    FanoutSession second = owner.session(new FakeTransport(), lanes.get(1).thread());
    assertThat(lanes.hasSessions()).isFalse();

    lanes.get(0).add(first);
    lanes.get(1).add(second);

    assertThat(lanes.hasSessions()).isTrue();
    assertThat(lanes.sessions()).containsExactly(first, second);
    assertThat(lanes.get(1).remove(second)).isTrue();
    assertThat(lanes.get(1).remove(second)).isFalse();
    assertThat(lanes.sessions()).containsExactly(first);
  }
}

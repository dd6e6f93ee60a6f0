package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.Recipients;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchLimitTest {
  private final BatchLimit limit = new BatchLimit(100, 10_000);

  private static QueuedPublish queued(Outgoing message) {
    return new QueuedPublish(message, new FakeCallback(), 0);
  }

  private static Outgoing plain(String channel) {
    return new Outgoing(channel, new byte[10]);
  }

  private static Outgoing targeted(String channel, String marker, int recipients) {
    return plain(channel).to(new Recipients(marker, names(recipients), null, true));
  }

  private static List<String> names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "u" + i).toList();
  }

  private boolean takes(Outgoing message) {
    return limit.takes(queued(message));
  }

  @Test
  void publishesOfAllMessagesAreLimited() {
    assertThat(takes(targeted("c", "m", 1_500))).isTrue();
    assertThat(takes(targeted("c", "m", 501))).isFalse();
  }

  @Test
  void publishesUpToTheLimitFit() {
    assertThat(takes(targeted("c", "m", 1_500))).isTrue();
    assertThat(takes(targeted("c", "m", 499))).isTrue();
    assertThat(takes(plain("c"))).isTrue();
    assertThat(takes(plain("c"))).isFalse();
  }

  @Test
  void countingCostsAQuarterOfPublishing() {
    assertThat(takes(plain("c").to(new Recipients("m", names(7_996), null, false)))).isTrue();
    assertThat(takes(plain("c"))).isFalse();
  }

  @Test
  void firstMessageFitsWhateverItsSize() {
    assertThat(takes(targeted("c", "m", 5_000))).isTrue();
    assertThat(takes(plain("c"))).isFalse();
  }

  @Test
  void copiesCountAsBytes() {
    List<byte[]> copies = Collections.nCopies(9, new byte[1_000]);
    Outgoing copied = plain("c").to(new Recipients("m", names(9), copies, true));
    assertThat(queued(copied).bytes()).isEqualTo(9_010);
    assertThat(takes(copied)).isTrue();
    assertThat(takes(new Outgoing("c", new byte[991]))).isFalse();
  }

  @Test
  void plainMessagesOfSeveralChannelsGoTogether() {
    assertThat(takes(plain("c"))).isTrue();
    assertThat(takes(plain("d"))).isTrue();
    assertThat(takes(targeted("d", "m", 1))).as("a script has one channel").isFalse();
  }

  @Test
  void scriptHasOneCommonChannelAndOneMarker() {
    assertThat(takes(plain("c").withDetour("g"))).isTrue();
    assertThat(takes(targeted("c", "m", 1))).isTrue();
    assertThat(takes(plain("c"))).isTrue();
    assertThat(takes(plain("d"))).isFalse();
  }

  @Test
  void otherMarkerDoesNotFit() {
    assertThat(takes(targeted("c", "m", 1))).isTrue();
    assertThat(takes(targeted("c", "n", 1))).isFalse();
  }
}

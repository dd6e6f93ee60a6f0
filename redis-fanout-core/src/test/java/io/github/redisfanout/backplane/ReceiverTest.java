package io.github.redisfanout.backplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a receiver does that was written before there were bursts. */
class ReceiverTest {
  private final List<String> channels = new ArrayList<>();
  private final List<RuntimeException> thrown = new ArrayList<>();
  private final Receiver receiver =
      new Receiver() {
        @Override
        public void onMessage(Incoming message) {
          channels.add(message.channel());
          if (message.channel().equals("2") || message.channel().equals("4")) {
            thrown.add(new IllegalStateException("for " + message.channel()));
            throw thrown.get(thrown.size() - 1);
          }
          if (message.channel().equals("error")) {
            throw new AssertionError("by the test");
          }
        }

        @Override
        public void onGap(Gap gap) {}

        @Override
        public void onStatus(BackplaneStatus status) {}
      };

  private static List<Incoming> burst(String... channels) {
    return List.of(channels).stream().map(name -> new Incoming(name, new byte[0])).toList();
  }

  @Test
  void burstIsOneMessageAfterTheOther() {
    String[] numbers = IntStream.range(10, 30).mapToObj(Integer::toString).toArray(String[]::new);

    receiver.onMessages(burst(numbers));

    assertThat(channels).containsExactly(numbers);
  }

  @Test
  void whatIsThrownForOneMessageDoesNotCostTheOthers() {
    assertThatThrownBy(() -> receiver.onMessages(burst("1", "2", "3", "4", "5")))
        .hasMessage("for 2");

    assertThat(channels).containsExactly("1", "2", "3", "4", "5");
  }

  @Test
  void errorForOneMessageDoesNotCostTheOthersEither() {
    assertThatThrownBy(() -> receiver.onMessages(burst("error", "1")))
        .isInstanceOf(AssertionError.class);

    assertThat(channels).containsExactly("error", "1");
  }

  @Test
  void checkpointIsReachedAtOnce() {
    receiver.onCheckpoint(() -> channels.add("reached"));

    assertThat(channels).containsExactly("reached");
  }
}

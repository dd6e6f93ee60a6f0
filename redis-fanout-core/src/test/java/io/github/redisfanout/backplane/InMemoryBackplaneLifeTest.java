package io.github.redisfanout.backplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.BackplaneStatus.State;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the contract of all backplanes does not ask for. */
class InMemoryBackplaneLifeTest {
  private static class Hearing implements Receiver {
    final List<String> heard = new CopyOnWriteArrayList<>();

    @Override
    public void onMessage(Incoming message) {
      heard.add(message.channel());
    }

    @Override
    public void onGap(Gap gap) {}

    @Override
    public void onStatus(BackplaneStatus status) {
      throw new IllegalStateException("by the test");
    }
  }

  private static void publish(Backplane backplane, String channel) {
    backplane.publish(
        new Outgoing(channel, new byte[0]),
        new PublishCallback() {
          @Override
          public boolean claim() {
            return true;
          }

          @Override
          public void published(long receivers) {}

          @Override
          public void failed(PublishOutcome outcome, Throwable cause) {
            throw new AssertionError(outcome + ": " + cause);
          }
        });
  }

  @Test
  void receiverThatThrowsWhenToldTheStatusStopsNeitherStartNorClose() {
    InMemoryBackplane backplane = new InMemoryBackplane();

    assertThatCode(() -> backplane.start(new Hearing())).doesNotThrowAnyException();
    assertThatCode(backplane::close).doesNotThrowAnyException();

    assertThat(backplane.status().receiving().state()).isEqualTo(State.CLOSED);
  }

  @Test
  void messageThatWaitsWhenItsChannelIsUnsubscribedIsNotHeard() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Hearing slow =
        new Hearing() {
          @Override
          public void onMessage(Incoming message) {
            super.onMessage(message);
            busy.countDown();
            try {
              assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          }
        };
    try (InMemoryBackplane backplane = new InMemoryBackplane()) {
      backplane.start(slow);
      backplane.subscribe(Set.of("left", "kept"));
      publish(backplane, "kept");
      assertThat(busy.await(10, TimeUnit.SECONDS)).isTrue();
      publish(backplane, "left");
      publish(backplane, "kept");

      backplane.unsubscribe(Set.of("left"));
      release.countDown();

      await().until(() -> slow.heard.size() >= 2);
      assertThat(slow.heard).containsExactly("kept", "kept");
    }
  }
}

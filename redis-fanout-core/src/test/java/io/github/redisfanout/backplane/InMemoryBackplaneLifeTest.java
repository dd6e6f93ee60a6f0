package io.github.redisfanout.backplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What the contract of all backplanes does not ask for. */
class InMemoryBackplaneLifeTest {
  private static class RecordingNames implements Receiver {
    final List<String> received = new CopyOnWriteArrayList<>();

    @Override
    public void onMessages(List<Incoming> burst) {
      burst.forEach(message -> received.add(message.channel()));
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
          public void published(PublishAnswer answer) {}

          @Override
          public void failed(PublishFailure failure, Throwable cause) {
            throw new AssertionError(failure + ": " + cause);
          }
        });
  }

  @Test
  void receiverThatThrowsOnAStatusStopsNeitherStartNorClose() {
    InMemoryBackplane backplane = new InMemoryBackplane();

    assertThatCode(() -> backplane.start(new RecordingNames())).doesNotThrowAnyException();
    assertThatCode(backplane::close).doesNotThrowAnyException();

    assertThat(backplane.status().receiving().state()).isEqualTo(ConnectionState.CLOSED);
  }

  @Test
  void messageThatWaitsWhenItsChannelIsUnsubscribedIsNotDelivered() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    RecordingNames slow =
        new RecordingNames() {
          @Override
          public void onMessages(List<Incoming> burst) {
            super.onMessages(burst);
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

      await().until(() -> slow.received.size() >= 2);
      assertThat(slow.received).containsExactly("kept", "kept");
    }
  }

  @Test
  void detourEndsByItselfAndASecondOneProlongsIt() {
    AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1); // a clock may go over its end
    try (InMemoryBackplane backplane =
        new InMemoryBackplane(new InMemoryBackplane.Hub(nanos::get))) {
      backplane.startPublishing();
      Outgoing join = new Outgoing("c", new byte[0]).withDetour("c:g:x");
      Outgoing message =
          new Outgoing("c", new byte[0]).to(new Recipients("m", List.of("c:g:x"), null, true));

      route(backplane, join);
      nanos.addAndGet(Recipients.DETOUR.toNanos() - 1);
      assertThat(route(backplane, message)).isEqualTo(PublishAnswer.Route.DETOUR);
      route(backplane, join);
      nanos.addAndGet(Recipients.DETOUR.toNanos() - 1);
      assertThat(route(backplane, message)).isEqualTo(PublishAnswer.Route.DETOUR);
      nanos.incrementAndGet();
      assertThat(route(backplane, message)).isEqualTo(PublishAnswer.Route.TARGETED);
    }
  }

  private static PublishAnswer.Route route(Backplane backplane, Outgoing message) {
    AtomicReference<PublishAnswer.Route> route = new AtomicReference<>();
    backplane.publish(
        message,
        new PublishCallback() {
          @Override
          public boolean claim() {
            return true;
          }

          @Override
          public void published(PublishAnswer answer) {
            route.set(answer.route());
          }

          @Override
          public void failed(PublishFailure failure, Throwable cause) {
            throw new AssertionError(failure + ": " + cause);
          }
        });
    return route.get();
  }
}

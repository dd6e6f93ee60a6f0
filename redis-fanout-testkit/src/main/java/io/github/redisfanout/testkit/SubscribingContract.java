package io.github.redisfanout.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.redisfanout.backplane.Backplane;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What subscribing must do, also of many channels: a part of {@link BackplaneContract}. */
abstract class SubscribingContract extends PresenceContract {

  private List<String> channels(int count) {
    return IntStream.range(0, count).mapToObj(i -> channel + ":u:" + i).toList();
  }

  private Backplane started(RecordingReceiver receiver) {
    Backplane backplane = track(create());
    backplane.start(receiver);
    return backplane;
  }

  @Test
  void subscribeOfChannelsThatAreSubscribedIsDoneAtOnce() throws Exception {
    Backplane backplane = started(new RecordingReceiver());
    subscribe(backplane, channel, channel + "-other");

    assertThat(backplane.subscribe(List.of(channel)).toCompletableFuture()).isCompleted();
    assertThat(backplane.subscribe(List.of(channel + "-other", channel)).toCompletableFuture())
        .isCompleted();
    assertThat(backplane.subscribe(List.of()).toCompletableFuture()).isCompleted();
  }

  @Test
  void subscribeFailsAfterTheEnd() {
    Backplane backplane = started(new RecordingReceiver());
    backplane.close();

    assertThatThrownBy(() -> get(backplane.subscribe(List.of(channel))))
        .hasCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void manyChannelsAreReceivedOnceTheyAreConfirmed() throws Exception {
    RecordingReceiver receiver = new RecordingReceiver();
    Backplane backplane = started(receiver);
    List<String> channels = channels(3_000);

    get(backplane.subscribe(channels));
    Backplane publisher = publishing();
    for (int i = 0; i < 3_000; i += 100) {
      publish(publisher, channels.get(i), "to " + i);
    }

    receiver.awaitText("to 2900");
    assertThat(receiver.texts())
        .isEqualTo(IntStream.range(0, 30).mapToObj(i -> "to " + 100 * i).toList());
  }

  @Test
  void ofManyChannelsOnlyThoseThatAreLeftAreNotReceived() throws Exception {
    RecordingReceiver receiver = new RecordingReceiver();
    Backplane backplane = started(receiver);
    List<String> channels = channels(3_000);
    get(backplane.subscribe(channels));

    get(backplane.unsubscribe(channels.subList(0, 1_500)));
    Backplane publisher = publishing();
    for (int i = 0; i < 3_000; i += 300) {
      publish(publisher, channels.get(i), "to " + i);
    }

    receiver.awaitText("to 2700");
    assertThat(receiver.texts())
        .containsExactly("to 1500", "to 1800", "to 2100", "to 2400", "to 2700");
  }

  @Test
  void messagesThatArriveWhileManyChannelsAreSubscribedKeepTheirOrder() throws Exception {
    RecordingReceiver receiver = new RecordingReceiver();
    Backplane backplane = started(receiver);
    subscribe(backplane, channel);
    Backplane publisher = publishing();
    List<CompletionStage<Void>> confirmations = new ArrayList<>();

    channels(2_000)
        .forEach(
            name -> {
              confirmations.add(backplane.subscribe(List.of(channel, name)));
              publish(publisher, channel, name);
            });

    for (CompletionStage<Void> confirmation : confirmations) {
      get(confirmation);
    }
    receiver.awaitText(channel + ":u:1999");
    assertThat(receiver.texts()).isEqualTo(channels(2_000));
    assertThat(receiver.gaps()).isEmpty();
  }

  @Test
  void lastCallDecidesWhateverWasCalledBefore() throws Exception {
    RecordingReceiver receiver = new RecordingReceiver();
    Backplane backplane = started(receiver);
    subscribe(backplane, channel);
    List<String> channels = channels(8);

    CompletableFuture.allOf(
            IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.runAsync(() -> comeAndGo(backplane, i)))
                .toArray(CompletableFuture<?>[]::new))
        .join();
    get(backplane.unsubscribe(channels.subList(0, 4)));
    get(backplane.subscribe(channels.subList(4, 8)));

    Backplane publisher = publishing();
    channels.forEach(name -> publish(publisher, name, name));
    publish(publisher, channel, "end");
    receiver.awaitText("end");
    assertThat(receiver.texts().subList(0, receiver.texts().size() - 1))
        .isEqualTo(channels.subList(4, 8));
  }

  private void comeAndGo(Backplane backplane, int seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      List<String> names = List.of(channel + ":u:" + random.nextInt(8));
      CompletionStage<Void> unused =
          random.nextBoolean() ? backplane.subscribe(names) : backplane.unsubscribe(names);
    }
  }
}

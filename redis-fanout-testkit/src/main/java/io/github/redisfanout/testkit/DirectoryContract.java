package io.github.redisfanout.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.Directory;
import io.github.redisfanout.backplane.Directory.Announced;
import io.github.redisfanout.backplane.Outgoing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a directory must do, of backplanes that have one: a part of {@link BackplaneContract}. */
abstract class DirectoryContract extends NodesContract {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  final String channel = "contract-" + UUID.randomUUID();
  private final Deque<Backplane> open = new ArrayDeque<>();

  @AfterEach
  void closeAll() {
    open.forEach(Backplane::close);
  }

  @Test
  void announcedNodeIsLiveForAllBackplanes() throws Exception {
    Directory first = directory(publishing());
    Directory second = directory(publishing());

    get(first.announce(channel, "node-1", LIMIT));
    get(second.announce(channel, "node-2", LIMIT));
    get(second.announce(channel, "node-2", LIMIT)); // again

    for (Directory directory : List.of(first, second)) {
      Announced announced = get(directory.read(channel));
      assertThat(announced.live()).containsExactlyInAnyOrder("node-1", "node-2");
      assertThat(announced.lost()).isEmpty();
    }
  }

  @Test
  void nodeWhoseAnnouncementExpiresIsLostUntilItIsAnnouncedAgain() throws Exception {
    Directory directory = directory(publishing());
    get(directory.announce(channel, "steady", LIMIT.multipliedBy(2)));
    get(directory.announce(channel, "silent", Duration.ofMillis(50)));

    await().atMost(LIMIT).until(() -> get(directory.read(channel)).lost().contains("silent"));
    assertThat(get(directory.read(channel)).live()).containsExactly("steady");

    get(directory.announce(channel, "silent", LIMIT));
    assertThat(get(directory.read(channel)).live()).containsExactlyInAnyOrder("steady", "silent");
    assertThat(get(directory.read(channel)).lost()).isEmpty();
  }

  @Test
  void withdrawnNodeIsNeitherLiveNorLost() throws Exception {
    Directory directory = directory(publishing());
    get(directory.announce(channel, "stays", LIMIT));
    get(directory.announce(channel, "ends", LIMIT));

    get(directory.withdraw(channel, "ends"));
    get(directory.withdraw(channel, "was never there"));

    Announced announced = get(directory.read(channel));
    assertThat(announced.live()).containsExactly("stays");
    assertThat(announced.lost()).isEmpty();
  }

  @Test
  void channelsHaveTheirOwnNodes() throws Exception {
    Directory directory = directory(publishing());

    get(directory.announce(channel, "node", LIMIT));

    assertThat(get(directory.read(channel + "s")).live()).isEmpty();
    assertThat(get(directory.read(channel)).live()).containsExactly("node");
  }

  @Test
  void subscribersAreCountedInTheOrderOfTheChannels() throws Exception {
    Directory directory = directory(publishing());
    Backplane first = track(create());
    first.start(new RecordingReceiver());
    Backplane second = track(create());
    second.start(new RecordingReceiver());
    subscribe(first, channel, channel + ":u:alice");
    subscribe(second, channel);

    long[] counts =
        get(
            directory.subscribers(
                List.of(channel + ":u:alice", channel + ":u:bob", channel, channel)));

    assertThat(counts).containsExactly(1, 0, 2, 2);
    assertThat(get(directory.subscribers(List.of()))).isEmpty();
    get(first.unsubscribe(Set.of(channel + ":u:alice")));
    assertThat(get(directory.subscribers(List.of(channel + ":u:alice")))).containsExactly(0);
  }

  @Test
  void subscribersOfThousandsOfChannelsAreCounted() throws Exception {
    Directory directory = directory(publishing());
    Backplane backplane = track(create());
    backplane.start(new RecordingReceiver());
    List<String> all = IntStream.range(0, 12_345).mapToObj(i -> channel + ":u:" + i).toList();
    subscribe(backplane, all.get(0), all.get(499), all.get(500), all.get(12_344));

    long[] counts = get(directory.subscribers(all));

    assertThat(counts).hasSize(12_345);
    assertThat(IntStream.range(0, 12_345).filter(i -> counts[i] == 1))
        .containsExactly(0, 499, 500, 12_344);
  }

  @Test
  void closeWithdrawsWhatWasToBeWithdrawn() throws Exception {
    Directory directory = directory(publishing());
    Backplane leaving = publishing();
    get(directory(leaving).announce(channel, "node", LIMIT));

    CompletionStage<Void> withdrawn = directory(leaving).withdraw(channel, "node");
    leaving.close(LIMIT);

    get(withdrawn);
    assertThat(get(directory.read(channel)).live()).isEmpty();
  }

  @Test
  void directoryFailsBeforeTheStartAndAfterTheEnd() {
    Backplane backplane = track(create());
    Directory directory = directory(backplane);
    assertFails(directory.announce(channel, "early", LIMIT));
    assertFails(directory.read(channel));
    assertFails(directory.subscribers(List.of(channel)));

    backplane.startPublishing();
    backplane.close();

    assertFails(directory.announce(channel, "late", LIMIT));
    assertFails(directory.withdraw(channel, "late"));
    assertFails(directory.read(channel));
  }

  static void assertFails(CompletionStage<?> stage) {
    assertThatThrownBy(() -> get(stage)).hasCauseInstanceOf(IllegalStateException.class);
  }

  static Directory directory(Backplane backplane) {
    Optional<Directory> directory = backplane.directory();
    assumeTrue(directory.isPresent(), "the backplane has no directory");
    return directory.get();
  }

  RecordingReceiver receiving(String name) throws Exception {
    Backplane backplane = track(create());
    RecordingReceiver receiver = new RecordingReceiver();
    backplane.start(receiver);
    subscribe(backplane, name);
    return receiver;
  }

  Backplane publishing() {
    Backplane backplane = track(create());
    backplane.startPublishing();
    return backplane;
  }

  Backplane track(Backplane backplane) {
    open.add(backplane);
    return backplane;
  }

  static void subscribe(Backplane backplane, String... channels) throws Exception {
    get(backplane.subscribe(Set.of(channels)));
  }

  static RecordingCallback publish(Backplane backplane, String channel, String text) {
    RecordingCallback callback = new RecordingCallback();
    backplane.publish(outgoing(channel, text), callback);
    return callback;
  }

  static Outgoing outgoing(String channel, String text) {
    return new Outgoing(channel, text.getBytes(StandardCharsets.UTF_8));
  }

  @CanIgnoreReturnValue
  static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }
}

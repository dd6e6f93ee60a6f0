package io.github.redisfanout.testkit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishAnswer.Route;
import io.github.redisfanout.backplane.Recipients;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How messages with recipients are published: a part of {@link BackplaneContract}. */
abstract class RoutedPublishContract extends SubscribingContract {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final String marker = channel + ":redis-fanout:routed";

  @Test
  void targetedMessageGoesToItsRecipientsOnly() throws Exception {
    RecordingReceiver alice = node(user("alice"));
    RecordingReceiver bob = node(user("bob"));
    RecordingReceiver neither = node();
    Backplane publisher = publishing();

    PublishAnswer answer =
        answer(publisher, message("hello", targeted(user("alice"), user("carol"))));
    publish(publisher, channel, "end").awaitPublished();

    assertThat(answer.route()).isEqualTo(Route.TARGETED);
    assertThat(answer.nodes()).isEqualTo(1);
    assertThat(answer.routed()).isEqualTo(3);
    assertThat(subscribers(answer, 2)).containsExactly(1, 0);
    for (RecordingReceiver receiver : List.of(alice, bob, neither)) {
      receiver.awaitText("end");
    }
    assertThat(on(alice)).containsExactly(user("alice") + " hello", channel + " end");
    assertThat(on(bob)).containsExactly(channel + " end");
    assertThat(on(neither)).containsExactly(channel + " end");
  }

  @Test
  void recipientOnTwoNodesAndTwoOnOneAreAllReached() throws Exception {
    RecordingReceiver both = node(user("alice"), user("bob"));
    RecordingReceiver alice = node(user("alice"));

    PublishAnswer answer =
        answer(publishing(), message("hello", targeted(user("alice"), user("bob"))));

    assertThat(subscribers(answer, 2)).containsExactly(2, 1);
    assertThat(answer.nodes()).isEqualTo(3);
    await().atMost(LIMIT).until(() -> both.messages().size() == 2);
    await().atMost(LIMIT).until(() -> alice.messages().size() == 1);
    assertThat(on(both))
        .containsExactlyInAnyOrder(user("alice") + " hello", user("bob") + " hello");
  }

  @Test
  void otherSubscriberMakesMessagesGoOnTheCommonChannelUntilItIsGone() throws Exception {
    RecordingReceiver alice = node(user("alice"));
    Backplane publisher = publishing();
    Outgoing message = message("hello", targeted(user("alice")));
    assertThat(answer(publisher, message).route()).isEqualTo(Route.TARGETED);

    Backplane other = track(create());
    RecordingReceiver received = new RecordingReceiver();
    other.start(received);
    subscribe(other, channel);
    PublishAnswer answer = answer(publisher, message);
    received.awaitText("hello");

    assertThat(answer.route()).isEqualTo(Route.OTHER_SUBSCRIBERS);
    assertThat(answer.nodes()).isEqualTo(2);
    assertThat(answer.routed()).isEqualTo(1);
    assertThat(answer.knowsSubscribers()).isFalse();

    other.close();
    await().atMost(LIMIT).until(() -> answer(publisher, message).route() == Route.TARGETED);
    answer(publisher, message("again", targeted(user("alice"))));
    alice.awaitText("again");
  }

  @Test
  void detourMakesMessagesOfThisGroupOnlyGoOnTheCommonChannel() throws Exception {
    String room = group("room");
    RecordingReceiver member = node(room, group("other"), user("alice"));
    Backplane publisher = publishing();
    assertThat(answer(publisher, message("1", targeted(room))).route()).isEqualTo(Route.TARGETED);

    PublishAnswer join = answer(publisher, outgoing(channel, "join").withDetour(room));

    assertThat(join.route()).isEqualTo(Route.COMMON);
    assertThat(join.nodes()).isEqualTo(1);
    PublishAnswer detour = answer(publishing(), message("2", targeted(room)));
    assertThat(detour.route()).isEqualTo(Route.DETOUR);
    assertThat(detour.nodes()).isEqualTo(1);
    assertThat(detour.routed()).isEqualTo(1);
    assertThat(detour.knowsSubscribers()).isFalse();
    for (String free : List.of(group("other"), user("alice"))) {
      assertThat(answer(publisher, message("3", targeted(free))).route()).isEqualTo(Route.TARGETED);
    }
    member.awaitText("3");
    await().atMost(LIMIT).until(() -> member.messages().size() == 5);
    assertThat(on(member))
        .containsExactly(
            room + " 1",
            channel + " join",
            channel + " 2",
            group("other") + " 3",
            user("alice") + " 3");
  }

  @Test
  void messageThatOnlyCountsGoesOnTheCommonChannel() throws Exception {
    RecordingReceiver first = node(user("alice"), group("room"));
    RecordingReceiver second = node(user("alice"));
    Backplane publisher = publishing();
    List<String> many =
        IntStream.range(0, 2_500)
            .mapToObj(i -> i == 1_700 ? user("alice") : user("nobody " + i))
            .toList();

    PublishAnswer answer =
        answer(publisher, message("hello", new Recipients(marker, many, null, false)));

    assertThat(answer.route()).isEqualTo(Route.COMMON);
    assertThat(answer.nodes()).isEqualTo(2);
    assertThat(answer.routed()).isEqualTo(2);
    for (int i = 0; i < many.size(); i++) {
      assertThat(answer.subscribers(i)).as(many.get(i)).isEqualTo(i == 1_700 ? 2 : 0);
    }
    first.awaitText("hello");
    second.awaitText("hello");
    assertThat(on(first)).containsExactly(channel + " hello");

    subscribe(track(started()), channel);
    PublishAnswer unknown =
        answer(publisher, message("end", new Recipients(marker, many, null, false)));
    assertThat(unknown.route()).isEqualTo(Route.COMMON);
    assertThat(unknown.nodes()).isEqualTo(3);
    assertThat(unknown.knowsSubscribers()).as("others may be online there").isFalse();
  }

  @Test
  void eachChannelGetsItsCopyAndTheCommonOneTheMessage() throws Exception {
    RecordingReceiver node = node(user("alice"), user("bob"), group("room"));
    Backplane publisher = publishing();

    answer(
        publisher,
        message("common", copies(List.of(user("bob"), user("alice")), "for bob", "for alice")));
    answer(publisher, outgoing(channel, "join").withDetour(group("room")));
    answer(publisher, message("common", copies(List.of(group("room")), "for the room")));
    answer(publisher, message("end", targeted(user("bob"))));

    node.awaitText("end");
    assertThat(on(node))
        .containsExactly(
            user("bob") + " for bob",
            user("alice") + " for alice",
            channel + " join",
            channel + " common",
            user("bob") + " end");
  }

  @Test
  void orderHoldsAcrossBothWays() throws Exception {
    RecordingReceiver node = node(user("a"), user("b"), group("g"));
    Backplane publisher = publishing();
    List<RecordingCallback> callbacks = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      RecordingCallback callback = new RecordingCallback();
      callbacks.add(callback);
      String text = "m" + i;
      Outgoing message =
          switch (i % 5) {
            case 0 -> outgoing(channel, text);
            case 1 -> message(text, targeted(user("a")));
            case 2 -> message(text, targeted(group("g")));
            case 3 -> message(text, new Recipients(marker, List.of("x"), null, false));
            default -> message(text, targeted(user("b"), user("a")));
          };
      publisher.publish(message, callback);
      expected.add(text);
      if (i % 5 == 4) {
        expected.add(text);
      }
    }

    node.awaitText("m4999");
    for (int i = 0; i < callbacks.size(); i++) {
      callbacks.get(i).awaitPublished();
      assertThat(requireNonNull(callbacks.get(i).answer()).route())
          .isEqualTo(i % 5 == 0 || i % 5 == 3 ? Route.COMMON : Route.TARGETED);
    }
    await().atMost(LIMIT).until(() -> node.messages().size() == expected.size());
    assertThat(node.texts()).isEqualTo(expected);
  }

  @Test
  void answersAreThoseOfTheMessageInABatchOfAllKinds() throws Exception {
    node(user("a"));
    node(user("a"), user("b"));
    Backplane publisher = publishing();
    List<RecordingCallback> callbacks = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      Outgoing message =
          switch (i % 3) {
            case 0 -> outgoing(channel, "x");
            case 1 -> message("x", targeted(user("c"), user("b"), user("a")));
            default -> message("x", new Recipients(marker, List.of(user("b"), "x"), null, false));
          };
      RecordingCallback callback = new RecordingCallback();
      callbacks.add(callback);
      publisher.publish(message, callback);
    }
    for (int i = 0; i < 300; i++) {
      callbacks.get(i).awaitPublished();
      PublishAnswer answer = requireNonNull(callbacks.get(i).answer());
      switch (i % 3) {
        case 0 -> {
          assertThat(answer.nodes()).isEqualTo(2);
          assertThat(answer.knowsSubscribers()).isFalse();
        }
        case 1 -> {
          assertThat(answer.nodes()).isEqualTo(3);
          assertThat(subscribers(answer, 3)).containsExactly(0, 1, 2);
        }
        default -> {
          assertThat(answer.nodes()).isEqualTo(2);
          assertThat(subscribers(answer, 2)).containsExactly(1, 0);
        }
      }
      assertThat(callbacks.get(i).reports()).isEqualTo(1);
    }
  }

  private String user(String id) {
    return channel + ":u:" + id;
  }

  private String group(String name) {
    return channel + ":g:" + name;
  }

  /** A node that takes targeted messages on these channels. */
  private RecordingReceiver node(String... channels) throws Exception {
    Backplane backplane = track(create());
    RecordingReceiver receiver = new RecordingReceiver();
    backplane.start(receiver);
    subscribe(backplane, channel, marker);
    if (channels.length > 0) {
      subscribe(backplane, channels);
    }
    return receiver;
  }

  private Backplane started() {
    Backplane backplane = create();
    backplane.start(new RecordingReceiver());
    return backplane;
  }

  private Outgoing message(String text, Recipients recipients) {
    return outgoing(channel, text).to(recipients);
  }

  private Recipients targeted(String... channels) {
    return new Recipients(marker, List.of(channels), null, true);
  }

  private Recipients copies(List<String> channels, String... copies) {
    List<byte[]> bytes =
        List.of(copies).stream().map(copy -> copy.getBytes(StandardCharsets.UTF_8)).toList();
    return new Recipients(marker, channels, bytes, true);
  }

  private static PublishAnswer answer(Backplane publisher, Outgoing message) throws Exception {
    RecordingCallback callback = new RecordingCallback();
    publisher.publish(message, callback);
    callback.awaitPublished();
    return requireNonNull(callback.answer());
  }

  private static long[] subscribers(PublishAnswer answer, int channels) {
    return IntStream.range(0, channels).mapToLong(answer::subscribers).toArray();
  }

  /** What was received, each message behind its channel. */
  private static List<String> on(RecordingReceiver receiver) {
    return receiver.messages().stream().map(RoutedPublishContract::onChannel).toList();
  }

  private static String onChannel(Incoming message) {
    return message.channel() + " " + new String(message.bytes(), StandardCharsets.UTF_8);
  }
}

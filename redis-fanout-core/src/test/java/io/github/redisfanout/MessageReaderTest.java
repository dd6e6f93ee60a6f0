package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.NameFilter;
import io.github.redisfanout.internal.wire.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which controls a node takes, from whom, and what is counted and told of the others. */
class MessageReaderTest {
  private static final Audience ALICE = Audience.user("alice");
  private static final Disconnect BANNED = new Disconnect(4403, "banned");
  private static final MessageAuthentication KEY = MessageAuthentication.hmacSha256(new byte[32]);

  private final Counters counters = new Counters();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final List<Object> nodeMessages = new ArrayList<>();
  private final Notifier notifier =
      new Notifier(
          new FanoutListener() {
            @Override
            public void onControlRefused(String rule) {
              told.add("refused: " + rule);
            }

            @Override
            public void onMalformedMessage(String rule) {
              told.add("malformed: " + rule);
            }

            @Override
            public void onUndeliverable(String rule) {
              told.add("undeliverable: " + rule);
            }

            @Override
            public void onUnauthenticatedMessage(String rule) {
              told.add("unauthenticated: " + rule);
            }
          },
          counters);

  @AfterEach
  void close() {
    notifier.close(Duration.ZERO);
  }

  private static FanoutConfig config() {
    return FanoutConfig.of("chat");
  }

  private static FanoutConfig config(MessageAuthentication how) {
    return FanoutConfig.builder("chat").authentication(how).build();
  }

  private MessageReader reader(FanoutConfig config) {
    return reader(config, NameFilter.ALL, NameFilter.ALL);
  }

  private MessageReader reader(FanoutConfig config, NameFilter users, NameFilter groups) {
    NodeMessages nodes =
        new NodeMessages() {
          @Override
          public void asked(String id) {
            nodeMessages.add(id);
          }

          @Override
          public void answered(Control.Answer answer) {
            nodeMessages.add(answer);
          }
        };
    EnvelopeCodec codec = new EnvelopeCodec(config.maxMessageBytes(), false);
    return new MessageReader(config, codec, users, groups, nodes, counters, notifier);
  }

  private static byte[] published(FanoutConfig by, Consumer<Publisher> call) {
    PublishRecorder recorder = new PublishRecorder();
    call.accept(recorder.publisher(by));
    return recorder.published.get(0).bytes();
  }

  private static byte[] disconnect(FanoutConfig by) {
    return published(by, publisher -> publisher.disconnect(ALICE, BANNED));
  }

  private static @Nullable Control controlIn(@Nullable Envelope envelope) {
    return envelope == null ? null : envelope.control();
  }

  private void assertCounted(int taken, int refused, int malformed) {
    assertThat(counters.controlTaken.sum()).as("taken").isEqualTo(taken);
    assertThat(counters.controlRefused.sum()).as("refused").isEqualTo(refused);
    assertThat(counters.malformed.sum()).as("malformed").isEqualTo(malformed);
    assertThat(counters.addressedToNobody.sum()).isZero();
  }

  private void assertTold(String... expected) {
    await().untilAsserted(() -> assertThat(told).containsExactly(expected));
  }

  // ---- taken

  @Test
  void controlsOfOtherNodesAreTaken() {
    MessageReader reader = reader(config());

    assertThat(controlIn(reader.read("chat", disconnect(config()))))
        .isEqualTo(new Control.Disconnect(4403, "banned"));
    assertThat(controlIn(reader.read("chat", published(config(), p -> p.join(ALICE, "g")))))
        .isEqualTo(new Control.Join("g"));
    assertThat(controlIn(reader.read("chat", published(config(), p -> p.leave(ALICE, "g")))))
        .isEqualTo(new Control.Leave("g"));
    assertCounted(3, 0, 0);
    assertThat(told).isEmpty();
  }

  @Test
  void aControlForNobodyHereIsTakenAndNotPassedOn() {
    MessageReader reader = reader(config(), new NameFilter(), new NameFilter());
    byte[] message = // plain messages leave out those who are not here, this one need not
        "{\"to\":{\"users\":[]},\"control\":{\"join\":{\"group\":\"g\"}}}".getBytes(UTF_8);

    assertThat(reader.read("chat", message)).isNull();
    assertCounted(1, 0, 0);
  }

  // ---- signatures

  @Test
  void aNodeWithAKeyTakesSignedControl() {
    MessageReader reader = reader(config(KEY));

    assertThat(controlIn(reader.read("chat", disconnect(config(KEY)))))
        .isEqualTo(new Control.Disconnect(4403, "banned"));
    assertCounted(1, 0, 0);
  }

  @Test
  void aNodeWithAKeyRefusesUnsignedControlLikeAnyMessage() {
    MessageReader reader = reader(config(KEY));

    assertThat(reader.read("chat", disconnect(config()))).isNull();
    assertCounted(0, 0, 0);
    assertThat(counters.unauthenticated.sum()).isEqualTo(1);
    assertTold("unauthenticated: it has no signature");
  }

  @Test
  void unsignedControlIsRefusedAlsoWhileUnsignedMessagesAreAccepted() {
    FanoutConfig config = config(KEY.acceptingUnsigned());
    MessageReader reader = reader(config);

    assertThat(reader.read("chat", disconnect(config()))).isNull();
    for (String asked :
        List.of(
            "{\"join\":{\"group\":\"g\"}}",
            "{\"leave\":{\"group\":\"g\"}}",
            "{\"ask\":{\"id\":\"q\"}}",
            "{\"later\":{}}")) {
      assertThat(
              reader.read(
                  "chat",
                  ("{\"to\":{\"everyone\":true},\"control\":" + asked + "}").getBytes(UTF_8)))
          .isNull();
    }
    assertThat(nodeMessages).isEmpty();
    assertCounted(0, 5, 0);
    assertTold("refused: control is not signed");

    Envelope payload = reader.read("chat", published(config(), p -> p.publish(ALICE, 1)));
    assertThat(payload).isNotNull();
    assertThat(controlIn(reader.read("chat", disconnect(config))))
        .isEqualTo(new Control.Disconnect(4403, "banned"));
    assertCounted(1, 5, 0);
    assertThat(counters.unauthenticated.sum()).isZero();
  }

  @Test
  void aNodeWithoutAKeyTakesSignedControl() {
    assertThat(controlIn(reader(config()).read("chat", disconnect(config(KEY))))).isNotNull();
    assertCounted(1, 0, 0);
  }

  // ---- switched off

  @Test
  void aNodeThatAcceptsNoControlIgnoresItAndStillDelivers() {
    FanoutConfig config = FanoutConfig.builder("chat").acceptControl(false).build();
    MessageReader reader = reader(config);

    assertThat(reader.read("chat", disconnect(config()))).isNull();
    assertThat(reader.read("chat", published(config(), p -> p.join(ALICE, "g")))).isNull();
    assertThat(reader.read("chat", published(config(), p -> p.leave(ALICE, "g")))).isNull();
    assertThat(reader.read("chat", published(config(), p -> p.publish(ALICE, 1)))).isNotNull();

    assertCounted(0, 3, 0);
    assertTold("refused: acceptControl is false");
  }

  @Test
  void nodesAnswerEachOtherAlsoWithoutControl() {
    FanoutConfig config = FanoutConfig.builder("chat").acceptControl(false).build();
    Control.Answer answer = new Control.Answer("q", "n", 1, 2, 3, "v", "UP", List.of("r"));
    MessageReader reader = reader(config);

    for (Control control : List.of(new Control.Ask("q"), answer)) {
      byte[] message =
          published(config(), publisher -> publisher.publishControl(Target.EVERYONE, control));
      assertThat(reader.read("chat", message)).isNull();
    }

    assertThat(nodeMessages).containsExactly("q", answer);
    assertCounted(0, 0, 0);
  }

  // ---- what this version does not know, and what is wrong

  @Test
  void anUnknownControlIsCountedAndSkipped() {
    MessageReader reader = reader(config());

    for (String asked : List.of("{\"later\":{}}", "{}", "{\"join\":{\"group\":\"g\"},\"x\":1}")) {
      String message = "{\"to\":{\"users\":[\"alice\"]},\"control\":" + asked + "}";
      assertThat(reader.read("chat", message.getBytes(UTF_8))).isNull();
    }

    assertCounted(0, 3, 0);
    assertTold("refused: control is not known to this version");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"disconnect\":{\"code\":1005,\"reason\":\"\"}}",
        "{\"disconnect\":{\"code\":0,\"reason\":\"\"}}",
        "{\"disconnect\":{\"code\":5000}}",
        "{\"disconnect\":{\"code\":4403,\"reason\":\"%s\"}}",
        "{\"join\":{\"group\":\"\"}}",
        "{\"leave\":{\"group\":\"\"}}",
        "{\"join\":{}}",
        "{\"ask\":{}}"
      })
  void aControlThatThisSideCouldNotPublishIsMalformed(String asked) {
    String control = asked.formatted("é".repeat(62)); // 124 bytes

    assertThat(
            reader(config())
                .read(
                    "chat",
                    ("{\"to\":{\"users\":[\"alice\"]},\"control\":" + control + "}")
                        .getBytes(UTF_8)))
        .isNull();

    assertCounted(0, 0, 1);
    await().until(() -> told.size() == 1);
    assertThat(told.get(0)).startsWith("malformed: control").doesNotContain("é");
  }

  @Test
  void whatIsNoIdInAControlIsCountedAndToldAsInAMessage() {
    String to = "{\"users\":[\"\",\"alice\",1.5],\"groups\":[null]}";
    String control = "{\"disconnect\":{\"code\":4403}}";

    Envelope taken =
        reader(config())
            .read("chat", ("{\"to\":" + to + ",\"control\":" + control + "}").getBytes(UTF_8));

    assertThat(controlIn(taken)).isEqualTo(new Control.Disconnect(4403, ""));
    assertCounted(1, 0, 0);
    assertThat(counters.undeliverableIds.sum()).isEqualTo(3);
    assertTold("undeliverable: 3 of the 4 elements of target_user_ids and to are no id");
  }

  @Test
  void anAudienceThatIsNotUnderstoodIsCountedOnceAndTold() {
    MessageReader reader = reader(config());

    for (String to : List.of("{\"roles\":[\"admin\"]}", "{\"teams\":[]}", "null")) {
      String message = "{\"target_user_ids\":[\"alice\"],\"to\":" + to + ",\"payload\":1}";
      assertThat(reader.read("chat", message.getBytes(UTF_8))).isNull();
    }

    assertCounted(0, 0, 0);
    assertThat(counters.undeliverableMessages.sum()).isEqualTo(3);
    assertThat(counters.undeliverableIds.sum()).isZero();
    assertTold(
        "undeliverable: to has a member that this version does not know",
        "undeliverable: to is not an object");
  }

  // ---- the channels of users and groups

  private static final String NARROW =
      "{\"target_user_ids\":[\"alice\",\"bob\"],\"to\":{\"users\":[\"carol\"],\"groups\":[\"g\",\"h\"],"
          + "\"everyone\":true,\"except\":{\"users\":[\"eve\"],\"sessions\":[\"s\"]}},\"payload\":1}";

  private final MessageReader one = reader(config());

  private @Nullable Envelope read(String channel, String message) {
    return one.read(channel, message.getBytes(UTF_8));
  }

  @Test
  void whatCameOnAUsersChannelIsForThisUserOnly() {
    for (String user : List.of("alice", "bob", "carol")) {
      Envelope read = read("chat:u:" + user, NARROW);

      assertThat(read).isNotNull();
      assertThat(read.payload()).isEqualTo("1");
      assertThat(read.target())
          .isEqualTo(new Target(List.of(user), List.of(), false, Set.of("eve"), Set.of("s")));
    }
    assertThat(counters.undeliverableMessages.sum()).isZero();
  }

  @Test
  void whatCameOnAGroupsChannelIsForThisGroupOnly() {
    Envelope read = read("chat:g:h", NARROW);

    assertThat(read).isNotNull();
    assertThat(read.target())
        .isEqualTo(new Target(List.of(), List.of("h"), false, Set.of("eve"), Set.of("s")));
  }

  @Test
  void whatCameOnTheChannelOfSomebodyWhomItDoesNotNameReachesNobody() {
    assertThat(read("chat:u:dave", NARROW)).isNull();
    assertThat(read("chat:g:alice", NARROW)).isNull();
    assertThat(read("chat:u:g", NARROW)).isNull();
    assertThat(read("chat:u:alice", "{\"target_user_ids\":[\"Alice\"],\"payload\":1}")).isNull();
    assertThat(read("chat:u:alice", "{\"payload\":1}")).isNull();

    assertThat(counters.undeliverableMessages.sum()).isEqualTo(5);
    assertThat(counters.addressedToNobody.sum()).isZero();
    assertTold("undeliverable: it came on the channel of a user or group that it does not name");
  }

  @Test
  void idsOnChannelsAreComparedAsTheyAre() {
    for (String user : List.of("7", "a:u:b", ":g:x", "kênh \"1\"", "*")) {
      byte[] message = published(config(), publisher -> publisher.publish(List.of(user, "x"), 1));
      Envelope read = reader(config()).read("chat:u:" + user, message);

      assertThat(read).as(user).isNotNull();
      assertThat(read.target()).isEqualTo(Target.users(List.of(user)));
    }
    assertThat(read("chat:u:7", "{\"target_user_ids\":[7],\"payload\":1}")).isNotNull();
  }

  @Test
  void otherChannelsAreMalformed() {
    for (String channel :
        List.of("chat:redis-fanout:routed", "chat:u:", "chat:x:alice", "chat2", "other:u:alice")) {
      assertThat(read(channel, NARROW)).as(channel).isNull();
    }
    assertCounted(0, 0, 5);
    assertTold("malformed: it came on a channel that is no user's and no group's");
  }

  @Test
  void controlIsTakenFromTheCommonChannelOnly() {
    MessageReader reader = reader(config());

    assertThat(reader.read("chat:u:alice", disconnect(config()))).isNull();
    assertCounted(0, 1, 0);
    assertTold("refused: control came on the channel of a user or group");
  }

  @Test
  void aSignedCopyIsTakenFromItsOwnChannelOnly() {
    FanoutConfig config = config(KEY);
    byte[] message = published(config, publisher -> publisher.publish(ALICE, 1));
    byte[] copy = KEY.newSigner("chat").copyFor("chat:u:alice", message);
    MessageReader reader = reader(config);

    assertThat(reader.read("chat", copy)).isNull();
    assertThat(reader.read("chat:u:bob", copy)).isNull();
    assertThat(reader.read("chat:u:alice", message)).as("of the common channel").isNull();
    assertThat(counters.unauthenticated.sum()).isEqualTo(3);
    assertTold("unauthenticated: its signature is wrong");

    assertThat(reader.read("chat:u:alice", copy)).isNotNull();
    assertThat(reader.read("chat:u:alice", copy)).as("once more").isNull();
    assertThat(reader.read("chat", message)).isNotNull();
  }
}

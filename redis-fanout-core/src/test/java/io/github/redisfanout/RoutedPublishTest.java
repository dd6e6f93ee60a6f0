package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishAnswer.Route;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.Recipients;
import io.github.redisfanout.internal.wire.UnauthenticatedMessageException;
import io.github.redisfanout.internal.wire.Verifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a publisher with adaptive routing hands to its backplane, and what its receipts say. */
class RoutedPublishTest {
  private static final MessageAuthentication KEY = MessageAuthentication.hmacSha256(new byte[32]);
  private static final List<String> TWO = List.of("alice", "bob");
  private static final PublishOption KNOW_OFFLINE = PublishOption.KNOW_OFFLINE;

  private final FakeBackplane backplane = new FakeBackplane();

  private Publisher publisher(Routing routing, @Nullable MessageAuthentication key) {
    FanoutConfig.Builder config = FanoutConfig.builder("chat").routing(routing);
    if (key != null) {
      config.authentication(key);
    }
    return new Publisher(backplane, new JacksonPayloadEncoder(), config.build(), Runnable::run);
  }

  /** One that knows of 64 nodes. */
  private Publisher publisher(@Nullable MessageAuthentication key) {
    Publisher publisher = publisher(Routing.ADAPTIVE, key);
    CompletableFuture<Receipt> first = publisher.publish(Audience.everyone(), 0);
    answer(PublishAnswer.ofNodes(64));
    assertThat(first).isCompleted();
    return publisher;
  }

  private void answer(PublishAnswer answer) {
    PublishCallback last = backplane.callbacks.get(backplane.callbacks.size() - 1);
    last.claim();
    last.published(answer);
  }

  private Outgoing last() {
    return backplane.published.get(backplane.published.size() - 1);
  }

  private Recipients recipients() {
    Recipients recipients = last().recipients();
    if (recipients == null) {
      throw new AssertionError("the message has no recipients");
    }
    return recipients;
  }

  // ---- the ways

  @Test
  void everyPublishOfPayloadsIsTargeted() throws Exception {
    backplane.onPublish = callback -> answer(PublishAnswer.of(Route.TARGETED, 2, 64, 1, 1));
    Publisher publisher = publisher(Routing.ADAPTIVE, null);
    publisher.publish(TWO, 0).join();

    publisher.publish(TWO, 1).join();
    assertThat(recipients().channels()).containsExactly("chat:u:alice", "chat:u:bob");
    publisher.publish(Audience.user("alice"), 1).join();
    assertThat(recipients().channels()).containsExactly("chat:u:alice");
    publisher.publishJson(List.of("bob"), "1").join();
    assertThat(recipients().channels()).containsExactly("chat:u:bob");
    publisher.publishJson(Audience.group("g"), "1").join();
    assertThat(recipients().channels()).containsExactly("chat:g:g");
    publisher.publishAndWait(Audience.users(TWO).exceptUsers("bob"), 1, Duration.ofSeconds(30));
    assertThat(recipients().channels()).containsExactly("chat:u:alice");

    assertThat(publisher.counters().targeted()).isEqualTo(6);
    assertThat(publisher.counters().published()).isEqualTo(6);
  }

  @Test
  void whatIsAskedOfSessionsTakesTheCommonChannel() {
    Publisher publisher = publisher(null);

    publisher.disconnect(Audience.user("alice"), new Disconnect(4403, ""));
    assertThat(last().recipients()).isNull();
    publisher.leave(Audience.user("alice"), "g");
    assertThat(last().recipients()).isNull();
    assertThat(last().detour()).isNull();
    answer(PublishAnswer.ofNodes(64));

    assertThat(publisher.counters().common()).containsEntry(CommonReason.AUDIENCE, 2L);
  }

  @Test
  void aJoinHasTheMessagesForTheGroupMakeADetour() {
    publisher(null).join(Audience.user("alice"), "g");

    assertThat(last().recipients()).isNull();
    assertThat(last().detour()).isEqualTo("chat:g:g");
  }

  @Test
  void broadcastAsksNothingOfTheBackplaneAndCountsNothing() {
    Publisher publisher = publisher(Routing.BROADCAST, null);
    for (int i = 0; i < 2; i++) {
      publisher.publish(List.of("alice"), 1);
      assertThat(last()).isEqualTo(new Outgoing("chat", last().bytes()));
      answer(PublishAnswer.ofNodes(64));
    }
    publisher.join(Audience.user("alice"), "g");
    assertThat(last()).isEqualTo(new Outgoing("chat", last().bytes()));
    answer(PublishAnswer.ofNodes(64));

    assertThat(publisher.counters().published()).isEqualTo(3);
    assertThat(publisher.counters().targeted()).isZero();
    assertThat(publisher.counters().common().values()).containsOnly(0L);
  }

  @Test
  void theMessageIsTheSameOnBothWays() {
    publisher(Routing.BROADCAST, null).publish(TWO, 1);
    byte[] broadcast = last().bytes();
    publisher(null).publish(TWO, 1);

    assertThat(last().bytes()).isEqualTo(broadcast);
    assertThat(recipients().copies()).isNull();
  }

  // ---- signatures

  @Test
  void eachCopyIsSignedForItsOwnChannel() throws Exception {
    publisher(KEY).publish(TWO, 1);
    List<byte[]> copies = recipients().copies();
    assertThat(copies).hasSize(2);
    List<byte[]> all = new ArrayList<>(copies);
    all.add(last().bytes());
    List<String> channels = List.of("chat:u:alice", "chat:u:bob", "chat");

    Verifier verifier = KEY.newVerifier(); // one node, where all of them are
    for (int i = 0; i < all.size(); i++) {
      for (String channel : channels) {
        byte[] message = all.get(i);
        if (channel.equals(channels.get(i))) {
          assertThat(verifier.verify(channel, message)).isTrue();
        } else {
          assertThatThrownBy(() -> verifier.verify(channel, message))
              .isInstanceOf(UnauthenticatedMessageException.class)
              .hasMessage("its signature is wrong");
        }
      }
    }
    for (byte[] message : all) {
      assertThat(new String(message, UTF_8))
          .startsWith("{\"target_user_ids\":[\"alice\",\"bob\"],\"payload\":1,\"auth\":\"1.");
    }
  }

  @Test
  void nothingIsSignedForChannelsThatAreOnlyAskedAbout() {
    Publisher publisher = publisher(Routing.ADAPTIVE, KEY);

    publisher.publish(TWO, 1, KNOW_OFFLINE);

    assertThat(recipients().targeted()).isFalse();
    assertThat(recipients().copies()).isNull();
  }

  // ---- receipts

  @Test
  void receiptsOfTargetedMessagesKnowWhoIsOffline() {
    CompletableFuture<Receipt> future = publisher(null).publish(TWO, 1);
    answer(PublishAnswer.of(Route.TARGETED, 2, 64, 2, 0));

    Receipt receipt = future.join();
    assertThat(receipt.knowsOffline()).isTrue();
    assertThat(receipt.offlineUsers()).containsExactly("bob");
    assertThat(receipt.nodes()).isEqualTo(2);
    assertThat(receipt.nodesExact()).isFalse();
    assertThat(receipt).hasToString("Receipt(2 recipients, at most 2 nodes, 1 users offline)");
    Set<String> offline = receipt.offlineUsers();
    assertThatThrownBy(() -> offline.add("x")).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void nodesOfOneChannelAreExact() {
    Publisher publisher = publisher(null);
    CompletableFuture<Receipt> one = publisher.publish(List.of("alice"), 1);
    answer(PublishAnswer.of(Route.TARGETED, 2, 64, 2));
    CompletableFuture<Receipt> group = publisher.publish(Audience.group("g"), 1);
    answer(PublishAnswer.of(Route.TARGETED, 3, 64, 3));
    CompletableFuture<Receipt> common = publisher.publish(TWO, 1);
    answer(PublishAnswer.of(Route.OTHER_SUBSCRIBERS, 65, 64));

    for (CompletableFuture<Receipt> future : List.of(one, group, common)) {
      assertThat(future.join().nodesExact()).isTrue();
    }
    assertThat(one.join().knowsOffline()).isTrue();
    assertThat(group.join().knowsOffline()).as("who would be a member").isFalse();
    assertThat(common.join().knowsOffline()).as("perhaps they are there").isFalse();
    assertThat(common.join().offlineUsers()).isEmpty();
  }

  @Test
  void whoDemandsToKnowIsToldOnTheCommonChannelToo() {
    Publisher publisher = publisher(Routing.ADAPTIVE, null); // knows of no nodes
    Audience audience =
        Audience.users("alice", "bob", "carol").exceptUsers("carol").and(Audience.group("g"));
    CompletableFuture<Receipt> future = publisher.publish(audience, 1, KNOW_OFFLINE);

    assertThat(recipients())
        .isEqualTo(
            new Recipients(
                "chat:redis-fanout:routed", List.of("chat:u:alice", "chat:u:bob"), null, false));
    answer(PublishAnswer.of(Route.COMMON, 3, 3, 0, 1));
    assertThat(future.join().knowsOffline()).isTrue();
    assertThat(future.join().offlineUsers()).containsExactly("alice");
    assertThat(publisher.counters().common()).containsEntry(CommonReason.AUDIENCE, 1L);
  }

  @Test
  void aLargeAudienceIsAskedAboutOnDemandOnly() {
    Publisher publisher = publisher(null);
    List<String> many = IntStream.range(0, 100).mapToObj(i -> "u" + i).toList();

    publisher.publish(many, 1);
    assertThat(last().recipients()).isNull();
    publisher.publish(many, 1, KNOW_OFFLINE);
    assertThat(recipients().targeted()).isFalse();
    assertThat(recipients().channels()).hasSize(100);
  }

  @Test
  void theDemandNeedsAdaptiveRoutingAndUsers() {
    Publisher broadcast = publisher(Routing.BROADCAST, null);
    assertThatIllegalStateException()
        .isThrownBy(() -> broadcast.publishJson(TWO, "1", KNOW_OFFLINE))
        .withMessage("KNOW_OFFLINE needs Routing.ADAPTIVE: FanoutConfig.routing");
    Publisher adaptive = publisher(Routing.ADAPTIVE, null);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                adaptive.publishAndWait(
                    Audience.group("g"), 1, Duration.ofSeconds(30), KNOW_OFFLINE))
        .withMessage("KNOW_OFFLINE needs an audience that names users");
    List<String> tooMany = IntStream.rangeClosed(0, 10_000).mapToObj(i -> "user-" + i).toList();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> adaptive.publishJson(tooMany, "1", KNOW_OFFLINE))
        .withMessage("KNOW_OFFLINE asks about at most 10000 users: 10001");
    assertThat(backplane.published).isEmpty();

    Receipt nobody = adaptive.publish(List.of(), 1, KNOW_OFFLINE).join();
    assertThat(nobody.recipients()).isZero();
    assertThat(nobody.knowsOffline()).isFalse();
  }
}

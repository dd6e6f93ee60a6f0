package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.NameFilter;
import io.github.redisfanout.internal.wire.UnauthenticatedMessageException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** A node that wants signatures: what it takes, counts and reports, and the settings it refuses. */
class MessageAuthenticationTest {
  private static final String CHANNEL = "chat";
  private static final byte[] KEY = "a key of thirty-two bytes or more".getBytes(UTF_8);

  private static FanoutConfig config() {
    return config(MessageAuthentication.hmacSha256(KEY));
  }

  private static FanoutConfig config(MessageAuthentication how) {
    return FanoutConfig.builder(CHANNEL).lanes(1).authentication(how).build();
  }

  private static String published(FanoutConfig config) {
    PublishRecorder recorder = new PublishRecorder();
    recorder.publisher(config).publishJson(List.of("alice"), "1");
    return new String(recorder.published.get(0).bytes(), UTF_8);
  }

  @Test
  void nodeTakesWhatItsFellowsPublishAndNothingElse() {
    FakeBackplane backplane = new FakeBackplane();
    List<String> told = new CopyOnWriteArrayList<>();
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onUnauthenticatedMessage(String rule) {
            told.add(rule);
          }
        };
    Subscriber subscriber =
        new Subscriber(
            backplane,
            new InMemorySessionRegistry(),
            new JacksonPayloadEncoder(),
            config(),
            listener);
    subscriber.start();
    backplane.receivingIs(ConnectionState.UP, "");
    FakeTransport alice = new FakeTransport();
    subscriber.open("alice", alice);
    String signed = published(config());

    backplane.receive("{\"target_user_ids\":[\"alice\"],\"payload\":2}");
    backplane.receive("{");
    backplane.receive(signed.replace("\"payload\":1", "\"payload\":3"));
    backplane.receive(signed);
    backplane.receive(signed);
    backplane.receive(published(config()));

    await().until(() -> alice.texts().equals(List.of("1", "1")));
    assertThat(subscriber.counters().received()).isEqualTo(6);
    assertThat(subscriber.counters().unauthenticated()).isEqualTo(4);
    assertThat(subscriber.counters().malformed()).isZero();
    await().until(() -> told.equals(List.of("it has no signature"))); // the others: counted only
    subscriber.close(Duration.ZERO);
  }

  @Test
  void nodeWithoutAKeyReadsSignedMessages() throws Exception {
    byte[] message = published(config()).getBytes(UTF_8);
    Envelope read =
        new EnvelopeCodec(1 << 20, false).decode(message, NameFilter.ALL, NameFilter.ALL);

    assertThat(read.target().users()).containsExactly("alice");
    assertThat(read.payload()).isEqualTo("1");
  }

  @Test
  void publishersAreDifferentSenders() {
    assertThat(published(config()).substring(60)).isNotEqualTo(published(config()).substring(60));
  }

  @Test
  void keyIsAtLeastAsLongAsTheHash() {
    assertThatThrownBy(() -> MessageAuthentication.hmacSha256(new byte[31]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("key must be at least 32 bytes: 31");
    assertThatThrownBy(() -> MessageAuthentication.hmacSha256(KEY).accepting(new byte[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("key must be at least 32 bytes: 0");
  }

  @Test
  void keysAreCopied() throws Exception {
    byte[] key = KEY.clone();
    byte[] accepted = new byte[32];
    MessageAuthentication how = MessageAuthentication.hmacSha256(key).accepting(accepted);
    key[0]++;
    accepted[0]++;

    // Each throws unless the keys are the ones that were given.
    MessageAuthentication.hmacSha256(KEY)
        .newVerifier()
        .verify(CHANNEL, published(config(how)).getBytes(UTF_8));
    how.newVerifier()
        .verify(
            CHANNEL,
            published(config(MessageAuthentication.hmacSha256(new byte[32]))).getBytes(UTF_8));
  }

  @Test
  void acceptedKeyDoesNotSign() {
    byte[] accepted = new byte[32];
    MessageAuthentication how = MessageAuthentication.hmacSha256(KEY).accepting(accepted);

    assertThatThrownBy(
            () ->
                MessageAuthentication.hmacSha256(accepted)
                    .newVerifier()
                    .verify(CHANNEL, published(config(how)).getBytes(UTF_8)))
        .isInstanceOf(UnauthenticatedMessageException.class)
        .hasMessage("its signature is wrong");
  }

  @Test
  void signatureIsForTheConfiguredChannel() {
    byte[] message = published(config()).getBytes(UTF_8);

    assertThatThrownBy(
            () -> MessageAuthentication.hmacSha256(KEY).newVerifier().verify("chat2", message))
        .isInstanceOf(UnauthenticatedMessageException.class)
        .hasMessage("its signature is wrong");
  }

  @Test
  void toleranceIsASecondToAnHour() {
    MessageAuthentication how = MessageAuthentication.hmacSha256(KEY);

    assertThatThrownBy(() -> how.tolerance(Duration.ofMillis(999)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tolerance must be 1 s to 1 h: PT0.999S");
    assertThatThrownBy(() -> how.tolerance(Duration.ofMillis(3_600_001)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tolerance must be 1 s to 1 h: PT1H0.001S");
    assertThat(how.tolerance(Duration.ofSeconds(1))).asString().contains("tolerance PT1S");
    assertThat(how.tolerance(Duration.ofHours(1))).asString().contains("tolerance PT1H");
  }

  @Test
  void toleranceIsLongerThanAMessageMayWait() {
    FanoutConfig config =
        config(MessageAuthentication.hmacSha256(KEY).tolerance(Duration.ofSeconds(6)));
    Backplane backplane = mock(Backplane.class);
    when(backplane.publishTimeout()).thenReturn(Duration.ofSeconds(6));
    RedisFanout.Builder node =
        RedisFanout.builder(RedisEndpoint.of("redis://127.0.0.1:6379"), config)
            .redis(RedisConfig.builder().publishTimeout(Duration.ofSeconds(6)).build());

    for (ThrowingCallable built :
        List.<ThrowingCallable>of(
            () -> new Publisher(backplane, new JacksonPayloadEncoder(), config, Runnable::run),
            node::build)) {
      assertThatThrownBy(built)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "the authentication's tolerance must be longer than publishTimeout: PT6S <= PT6S");
    }
    when(backplane.publishTimeout()).thenReturn(Duration.ofMillis(5_999));
    assertThat(new Publisher(backplane, new JacksonPayloadEncoder(), config, Runnable::run))
        .hasToString("Publisher(channel chat)");
  }

  @Test
  void noKeyIsShown() {
    assertThat(MessageAuthentication.hmacSha256(KEY).accepting(new byte[32]).acceptingUnsigned())
        .hasToString("HMAC-SHA256 with 2 keys, tolerance PT1M, unsigned messages taken");
    assertThat(MessageAuthentication.hmacSha256(KEY))
        .hasToString("HMAC-SHA256 with 1 key, tolerance PT1M");
  }
}

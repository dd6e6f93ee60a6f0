package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.backplane.BackplaneStatus.State;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/**
 * A node that wants signatures: what it takes, counts and tells, and what it refuses to be given.
 */
class MessageAuthenticationTest {
  private static final byte[] KEY = "a key of thirty-two bytes or more".getBytes(UTF_8);

  private static FanoutConfig config() {
    return FanoutConfig.builder()
        .lanes(1)
        .authentication(MessageAuthentication.hmacSha256(KEY))
        .build();
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
    backplane.receivingIs(State.UP, "");
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
    Envelope read =
        new EnvelopeCodec(FanoutConfig.defaults()).decode(published(config()).getBytes(UTF_8));

    assertThat(read.userIds()).containsExactly("alice");
    assertThat(read.payload().text()).isEqualTo("1");
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
  void keyIsCopied() {
    byte[] key = KEY.clone();
    MessageAuthentication how = MessageAuthentication.hmacSha256(key);
    key[0]++;

    assertThat(how.keys().get(0).getEncoded()).isEqualTo(KEY);
  }

  @Test
  void toleranceIsASecondToAnHourAndLongerThanAMessageMayWait() {
    MessageAuthentication how = MessageAuthentication.hmacSha256(KEY);

    assertThatThrownBy(() -> how.tolerance(Duration.ofMillis(999)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tolerance must be 1 s to 1 h: PT0.999S");
    assertThatThrownBy(() -> how.tolerance(Duration.ofMillis(3_600_001)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tolerance must be 1 s to 1 h: PT1H0.001S");
    FanoutConfig.Builder builder =
        FanoutConfig.builder()
            .authentication(how.tolerance(Duration.ofSeconds(6)))
            .backplane(BackplaneConfig.builder().publishTimeout(Duration.ofSeconds(6)).build());
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the authentication's tolerance must be longer than publishTimeout: PT6S <= PT6S");
  }

  @Test
  void noKeyIsShown() {
    assertThat(MessageAuthentication.hmacSha256(KEY).accepting(new byte[32]).acceptingUnsigned())
        .hasToString("HMAC-SHA256 with 2 keys, tolerance PT1M, unsigned messages taken");
    assertThat(MessageAuthentication.hmacSha256(KEY))
        .hasToString("HMAC-SHA256 with 1 key, tolerance PT1M");
  }
}

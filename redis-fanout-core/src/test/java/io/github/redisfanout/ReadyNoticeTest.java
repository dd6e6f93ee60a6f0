package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client is told from when on it receives. */
class ReadyNoticeTest {
  private static final String READY = "{\"type\":\"ready\"}";

  private static final FanoutConfig CONFIG =
      FanoutConfig.builder("chat").lanes(3).readyNotice(READY).build();

  private SessionRig rig = new SessionRig(CONFIG);

  @AfterEach
  void close() {
    rig.close();
  }

  private FakeTransport open() {
    FakeTransport client = new FakeTransport();
    rig.open(client);
    return client;
  }

  /** After all that a confirmation causes, which is done on the timer. */
  private List<String> texts(FakeTransport client) {
    CompletableFuture.runAsync(() -> {}, rig.delivery.timer).join();
    rig.awaitLanes();
    return client.texts();
  }

  @Test
  void sessionOfANodeThatReceivesGetsItBeforeWhatIsPublishedAfterwards() {
    rig.backplane.confirm();

    FakeTransport client = open();
    rig.deliver(List.of("alice"), "1");

    assertThat(texts(client)).containsExactly(READY, "1");
  }

  @Test
  void sessionThatWasOpenedBeforeTheNodeReceivesGetsItThen() {
    rig.backplane.disconnect();
    FakeTransport early = open();
    assertThat(texts(early)).isEmpty();

    rig.backplane.confirm();

    assertThat(texts(early)).containsExactly(READY);
  }

  @Test
  void itIsSentOnceHoweverOftenTheNodeComesBack() {
    rig.backplane.confirm();
    FakeTransport client = open();

    rig.backplane.confirm();
    rig.backplane.disconnect();
    FakeTransport during = open();
    rig.backplane.confirm();
    rig.backplane.disconnect();
    rig.backplane.confirm();

    assertThat(texts(client)).containsExactly(READY);
    assertThat(texts(during)).containsExactly(READY);
  }

  /** It could miss what is published between the notice and its registration. */
  @Test
  void sessionThatIsNotRegisteredYetDoesNotGetItBefore() {
    FakeTransport client = new FakeTransport();
    List<String> before = new ArrayList<>();
    SessionRegistry slow =
        new ForwardingRegistry() {
          @Override
          public boolean add(Address address, FanoutSession session) {
            rig.backplane.confirm();
            before.addAll(texts(client));
            return super.add(address, session);
          }
        };
    rig.close();
    rig = new SessionRig(CONFIG, slow);

    rig.open(client);

    assertThat(before).isEmpty();
    assertThat(texts(client)).containsExactly(READY);
  }

  @Test
  void sessionThatWasRefusedIsSentNothingAndNothingOfItCountsAsDropped() {
    rig.close();
    rig =
        new SessionRig(
            FanoutConfig.builder("chat")
                .maxSessions(1)
                .readyNotice(READY)
                .outageNotice("\"out\"")
                .build());
    rig.backplane.confirm();
    open();
    open();
    rig.backplane.disconnect();
    open();
    rig.awaitLanes();

    await().until(() -> rig.disconnects.size() == 2);
    assertThat(rig.dropped(DropReason.SESSION_CLOSED)).isZero();
  }

  @Test
  void noticeIsOneJsonValue() {
    FanoutConfig config = FanoutConfig.builder("chat").readyNotice("ready").build();

    assertThatThrownBy(() -> new SessionRig(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("readyNotice: ");
  }
}

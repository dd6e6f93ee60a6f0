package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.InMemoryBackplane;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

class JakartaFanoutTest {
  private static final CloseReason LEFT = new CloseReason(CloseCodes.NORMAL_CLOSURE, "");
  private final InMemoryBackplane backplane = new InMemoryBackplane();
  private final RedisFanout node =
      RedisFanout.builder(backplane, FanoutConfig.of("jakarta-tests")).start();
  private final JakartaFanout sockets =
      new JakartaFanout(node, JakartaConfig.builder().inboundTextLimitBytes(1234).build());

  @AfterEach
  void close() {
    node.close();
    backplane.close(Duration.ZERO);
  }

  private static Session connected() {
    Session session = mock(Session.class);
    when(session.getAsyncRemote()).thenReturn(mock(RemoteEndpoint.Async.class));
    when(session.getUserProperties()).thenReturn(new HashMap<>());
    return session;
  }

  private static MessageHandler.Whole<PongMessage> anyPongHandler() {
    return any();
  }

  @Test
  void openingSetsTheLimitTakesPongsAndSwitchesTheIdleTimeoutOff() {
    Session session = connected();

    FanoutSession opened = sockets.onOpen(session, "alice");

    verify(session).setMaxTextMessageBufferSize(1234);
    verify(session).setMaxIdleTimeout(0);
    verify(session).addMessageHandler(eq(PongMessage.class), anyPongHandler());
    assertThat(opened.userId()).isEqualTo("alice");
    assertThat(sockets.session(session)).isSameAs(opened);
    assertThat(node.counters().sessions()).isOne();
  }

  @Test
  void anApplicationsOwnPongHandlerIsNoObstacle() {
    Session session = connected();
    doThrow(new IllegalStateException("only one"))
        .when(session)
        .addMessageHandler(eq(PongMessage.class), anyPongHandler());

    assertThat(sockets.onOpen(session, "alice").isOpen()).isTrue();
  }

  @Test
  void openingTwiceIsRefusedAndTheFirstSessionStays() {
    Session session = connected();
    FanoutSession first = sockets.onOpen(session, "alice");

    assertThatThrownBy(() -> sockets.onOpen(session, "alice"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the session is open already");

    assertThat(sockets.session(session)).isSameAs(first);
    assertThat(node.counters().sessions()).isOne();
  }

  @Test
  void anInvalidUserIdIsRefusedAndNothingIsOpened() {
    Session session = connected();

    assertThatThrownBy(() -> sockets.onOpen(session, ""))
        .isInstanceOf(IllegalArgumentException.class);

    assertThat(sockets.session(session)).isNull();
    assertThat(node.counters().sessions()).isZero();
  }

  @Test
  void textsWithinTheLimitsAreAdmitted() {
    Session session = connected();
    FanoutSession opened = sockets.onOpen(session, "alice");

    assertThat(sockets.onText(session, "é".repeat(617))).isTrue(); // 1,234 bytes
    assertThat(sockets.onText(session, "é".repeat(617) + "x")).isFalse();

    assertThat(opened.isOpen()).isFalse();
    assertThat(node.counters().disconnects()).containsEntry(4413, 1L);
    assertThat(sockets.onText(session, "x")).as("it is closed").isFalse();
    assertThat(sockets.onText(connected(), "x")).as("never opened").isFalse();
  }

  @Test
  void aClientThatSendsTooFastIsDisconnected() {
    JakartaFanout limited =
        new JakartaFanout(node, JakartaConfig.builder().inboundRate(1, 3).build());
    Session session = connected();
    FanoutSession opened = limited.onOpen(session, "alice");
    Session other = connected();
    limited.onOpen(other, "bob");

    for (int i = 0; i < 3; i++) {
      assertThat(limited.onText(session, "x")).isTrue();
    }
    assertThat(limited.onText(session, "x")).isFalse();

    assertThat(opened.isOpen()).isFalse();
    assertThat(node.counters().disconnects()).containsEntry(4429, 1L);
    assertThat(limited.onText(other, "x")).as("others have their own").isTrue();
  }

  @Test
  void withoutARateClientsMaySendAsMuchAsTheyLike() {
    Session session = connected();
    sockets.onOpen(session, "alice");

    for (int i = 0; i < 100_000; i++) {
      assertThat(sockets.onText(session, "x")).isTrue();
    }
  }

  @Test
  void aRateBelowOneIsRefused() {
    for (int[] bad : new int[][] {{0, 1}, {1, 0}, {-1, -1}}) {
      assertThatThrownBy(() -> JakartaConfig.builder().inboundRate(bad[0], bad[1]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "inboundRate must be at least 1 message per second and a burst of 1: "
                  + bad[0]
                  + ", "
                  + bad[1]);
    }
  }

  @Test
  void closedMayComeAgainAndForSessionsNeverOpened() throws IOException {
    Session session = connected();
    FanoutSession opened = sockets.onOpen(session, "alice");

    sockets.onClose(session, LEFT);
    sockets.onClose(session, LEFT);
    sockets.onClose(connected(), LEFT);
    sockets.touch(session);

    assertThat(opened.isOpen()).isFalse();
    assertThat(sockets.session(session)).isNull();
    assertThat(node.counters().sessions()).isZero();
    verify(session, never()).close(any());
  }

  @Test
  void failedClosesTheWebSocketToo() throws IOException {
    Session session = connected();
    FanoutSession opened = sockets.onOpen(session, "alice");
    doThrow(new IllegalStateException("closed")).when(session).close(any());

    sockets.onError(session, new IOException("reset"));
    sockets.onError(session, new IOException("reset"));

    assertThat(opened.isOpen()).isFalse();
    assertThat(node.counters().sessions()).isZero();
    assertThat(node.counters().disconnects()).isEmpty();
    verify(session, times(2)).close(any());

    Session unknown = connected();
    assertThatCode(() -> sockets.onError(unknown, new IOException())).doesNotThrowAnyException();
    verify(unknown).close(any());
  }

  @Test
  void anErrorOnThisSideIsADisconnectThatIsCounted() throws IOException {
    Session session = connected();
    FanoutSession opened = sockets.onOpen(session, "alice");

    sockets.onError(session, new IllegalStateException("a bug"));
    sockets.onError(session, new IllegalStateException("a bug"));

    assertThat(opened.isOpen()).isFalse();
    assertThat(node.counters().disconnects()).isEqualTo(Map.of(1011, 1L));
    ArgumentCaptor<CloseReason> reason = ArgumentCaptor.forClass(CloseReason.class);
    verify(session, timeout(10_000).atLeastOnce()).close(reason.capture());
    assertThat(reason.getValue().getCloseCode().getCode()).isEqualTo(1011);
  }

  @Test
  void aDisconnectByTheNodeForgetsTheSessionEvenIfTheContainerNeverSaysThatItClosed()
      throws IOException {
    Session session = connected();
    FanoutSession opened = sockets.onOpen(session, "alice");

    opened.disconnect(new Disconnect(4001, "enough"));

    verify(session, timeout(10_000)).close(any());
    assertThat(sockets.session(session)).isNull();
  }

  @Test
  void aSessionOfAClosedNodeIsNotKept() throws IOException {
    node.close();
    Session session = connected();

    FanoutSession opened = sockets.onOpen(session, "alice");

    assertThat(opened.isOpen()).isFalse();
    verify(session, timeout(10_000)).close(any());
    assertThat(sockets.session(session)).isNull();
  }

  @Test
  void anotherAdapterInTheSameJvmKnowsNothingOfASession() {
    Session session = connected();
    FanoutSession opened = sockets.onOpen(session, "alice");
    JakartaFanout other = new JakartaFanout(node);

    other.onClose(session, LEFT);

    assertThat(other.session(session)).isNull();
    assertThat(sockets.session(session)).isSameAs(opened);
    assertThat(opened.isOpen()).isTrue();
  }

  @Test
  void withoutHandshakeThereIsAnAdapterThatClosesTheSessionAndDoesNothingElse() throws IOException {
    Session session = connected();
    when(session.getUserProperties()).thenThrow(new IllegalStateException("closed"));

    for (Session unserved : List.of(session, connected())) {
      JakartaFanout none = JakartaFanout.of(unserved);
      none.onError(unserved, new IOException("reset"));
      assertThat(none.onText(unserved, "x")).isFalse();
      verify(unserved, never()).close(any());

      assertThat(none.onOpen(unserved)).isNull();
      assertThat(none.onOpen(unserved, "alice")).isNull();

      verify(unserved, times(2)).close(failed());
      none.touch(unserved);
      none.onClose(unserved, LEFT);
      assertThat(none.session(unserved)).isNull();
      assertThat(none).hasToString("JakartaFanout(without a node)");
      assertThatThrownBy(none::fanout)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith(
              "no JakartaFanout came with the handshake: map a HandshakeFilter to the endpoint's"
                  + " path");
    }
  }

  private static CloseReason failed() {
    return argThat(reason -> reason.getCloseCode().getCode() == 1011);
  }

  @Test
  void adapterAndSettingsSayWhatTheyAre() {
    sockets.onOpen(connected(), "alice");

    assertThat(sockets)
        .hasToString(
            "JakartaFanout("
                + node
                + ", JakartaConfig(inboundTextLimitBytes 1234, inboundRate without limit, openWhenReady false),"
                + " sessions 1)");
    assertThat(JakartaConfig.builder().inboundRate(5, 20).build())
        .hasToString(
            "JakartaConfig(inboundTextLimitBytes 65536, inboundRate 5 a second, burst 20, openWhenReady false)");
  }

  @Test
  void theInboundLimitMustBePositive() {
    assertThatThrownBy(() -> JakartaConfig.builder().inboundTextLimitBytes(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("inboundTextLimitBytes must be at least 1: 0");
    assertThat(JakartaConfig.defaults().inboundTextLimitBytes()).isEqualTo(65_536);
  }
}

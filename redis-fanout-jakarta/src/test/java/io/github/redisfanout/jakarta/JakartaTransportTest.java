package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.when;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Payload;
import io.github.redisfanout.WriteCallback;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;
import org.mockito.InOrder;

class JakartaTransportTest {
  private final Session session = mock(Session.class);
  private final RemoteEndpoint.Async remote = mock(RemoteEndpoint.Async.class);
  private final WriteCallback callback = mock(WriteCallback.class);
  private final AtomicInteger closes = new AtomicInteger();
  private final AtomicInteger unnoticedEnds = new AtomicInteger();
  private JakartaTransport transport;

  @BeforeEach
  void connect() {
    when(session.getAsyncRemote()).thenReturn(remote);
    transport =
        new JakartaTransport(
            session, new TomcatThreads(), closes::incrementAndGet, unnoticedEnds::incrementAndGet);
  }

  private SendHandler write() {
    Payload payload = mock(Payload.class);
    when(payload.text()).thenReturn("[1]");
    transport.write(payload, callback);
    ArgumentCaptor<SendHandler> handler = ArgumentCaptor.forClass(SendHandler.class);
    verify(remote).sendText(eq("[1]"), handler.capture());
    return handler.getValue();
  }

  private CloseReason closedWith() throws IOException {
    ArgumentCaptor<CloseReason> reason = ArgumentCaptor.forClass(CloseReason.class);
    verify(session).close(reason.capture());
    return reason.getValue();
  }

  @Test
  void aWriteIsDoneWhenTheContainerSaysSo() {
    SendHandler handler = write();
    verifyNoInteractions(callback);

    handler.onResult(new SendResult());

    verify(callback).ok();
  }

  @Test
  void aFailedResultIsAFailedWrite() {
    IOException cause = new IOException("broken pipe");

    write().onResult(new SendResult(cause));

    verify(callback).failed(cause);
  }

  @Test
  void aFailedResultWithoutACauseIsAFailedWrite() {
    SendResult result = mock(SendResult.class);

    write().onResult(result);

    verify(callback).failed(any(IOException.class));
  }

  @Test
  void aForcedCloseSetsAShortIdleTimeoutFirst() throws IOException {
    transport.close(Disconnect.WRITE_TIMEOUT, true);

    InOrder order = inOrder(session);
    order.verify(session).setMaxIdleTimeout(1_000);
    order.verify(session).close(any());
    assertThat(closedWith().getCloseCode()).isEqualTo(CloseCodes.TRY_AGAIN_LATER);
    assertThat(closedWith().getReasonPhrase()).isEqualTo("write timed out");
    assertThat(closes).hasValue(1);
  }

  @Test
  void aForcedCloseNeverUsesCode1000() throws IOException {
    transport.close(new Disconnect(1000, "bye"), true);

    assertThat(closedWith().getCloseCode()).isEqualTo(CloseCodes.UNEXPECTED_CONDITION);
  }

  @Test
  void anOrderlyCloseKeepsItsCodeAndEndsTheTimeWithoutAnIdleTimeout() throws IOException {
    transport.close(new Disconnect(1000, "bye"), false);

    verify(session).setMaxIdleTimeout(10_000);
    assertThat(closedWith().getCloseCode()).isEqualTo(CloseCodes.NORMAL_CLOSURE);
    assertThat(closedWith().getReasonPhrase()).isEqualTo("bye");
  }

  @Test
  void itIsClosingUntilTheContainerHasReportedTheWrite() {
    SendHandler handler = write();
    assertThat(transport.isClosing()).isTrue();

    handler.onResult(new SendResult(new IOException("reset")));

    assertThat(transport.isClosing()).isFalse();
  }

  @Test
  void itIsClosingWhileTheContainerSaysThatTheSessionIsOpen() {
    when(session.isOpen()).thenReturn(true, false);

    assertThat(transport.isClosing()).isTrue();
    assertThat(transport.isClosing()).isFalse();
  }

  @Test
  void aWriteThatCouldNotStartIsNotInFlight() {
    doThrow(new IllegalStateException("closed")).when(remote).sendText(any(), any());
    assertThatThrownBy(() -> transport.write(mock(Payload.class), callback))
        .isInstanceOf(IllegalStateException.class);

    assertThat(transport.isClosing()).isFalse();
  }

  @Test
  void aContainerThatThrowsOnEverythingDoesNotStopTheClose() throws IOException {
    doThrow(new IllegalStateException("closed")).when(session).setMaxIdleTimeout(anyLong());
    doThrow(new IOException("closed")).when(session).close(any());

    assertThatCode(() -> transport.close(Disconnect.SILENT, true)).doesNotThrowAnyException();

    verify(session).close(any());
  }

  @Test
  void sessionThatTwoPingsFindClosedHasEndedUnnoticed() throws IOException {
    when(session.isOpen()).thenReturn(true);
    assertThat(transport.ping()).isTrue();
    verify(remote).sendPing(any());

    when(session.isOpen()).thenReturn(false);
    assertThat(transport.ping()).isTrue();
    assertThat(unnoticedEnds).hasValue(0); // the container may be about to say it
    assertThat(transport.ping()).isTrue();

    assertThat(unnoticedEnds).hasValue(1);
    verify(remote).sendPing(any());
  }
}

package io.github.redisfanout.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.WebSocketHandshakeException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a server that sends what the test says, frame by frame. */
@Timeout(60)
class RecordingClientTest {
  private static final Pattern KEY = Pattern.compile("(?i)Sec-WebSocket-Key: (\\S+)");
  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, 1.3
  private static final int TEXT = 0x01;
  private static final int CONTINUATION = 0x00;
  private static final int CLOSE = 0x08;
  private static final int PING = 0x09;
  private static final int FINAL = 0x80;

  private ServerSocket listening;
  private Socket accepted;
  private String request;

  @BeforeEach
  void listen() throws IOException {
    listening = new ServerSocket(0, 1, LoopbackPorts.loopback());
  }

  @AfterEach
  void close() throws IOException {
    listening.close();
    if (accepted != null) {
      accepted.close();
    }
  }

  private URI uri() {
    return URI.create("ws://127.0.0.1:" + listening.getLocalPort() + "/ws");
  }

  private RecordingClient connect(String... headers) throws Exception {
    CompletableFuture<RecordingClient> client =
        CompletableFuture.supplyAsync(() -> RecordingClient.connect(uri(), headers));
    answer("101 Switching Protocols");
    return client.get();
  }

  private void answer(String status) throws Exception {
    accepted = listening.accept();
    InputStream in = accepted.getInputStream();
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(US_ASCII).endsWith("\r\n\r\n")) {
      head.write(in.read());
    }
    request = head.toString(US_ASCII);
    Matcher key = KEY.matcher(request);
    assertThat(key.find()).isTrue();
    byte[] digest =
        MessageDigest.getInstance("SHA-1").digest((key.group(1) + MAGIC).getBytes(US_ASCII));
    String answer =
        "HTTP/1.1 "
            + status
            + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n"
            + "Sec-WebSocket-Accept: "
            + Base64.getEncoder().encodeToString(digest)
            + "\r\n\r\n";
    accepted.getOutputStream().write(answer.getBytes(US_ASCII));
  }

  private void frame(int opcode, String content) throws IOException {
    byte[] bytes = content.getBytes(UTF_8);
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(opcode);
    frame.write(bytes.length); // not masked: it is the server's
    frame.writeBytes(bytes);
    accepted.getOutputStream().write(frame.toByteArray());
  }

  @Test
  void textsAreKeptInOrderUntilTheyAreAskedFor() throws Exception {
    try (RecordingClient client = connect("Origin", "https://example.org")) {
      assertThat(request).contains("Origin: https://example.org\r\n");
      frame(FINAL | TEXT, "one");
      frame(TEXT, "tw");
      frame(FINAL | PING, "");
      frame(FINAL | CONTINUATION, "o");
      frame(FINAL | TEXT, "three");

      assertThat(client.next()).isEqualTo("one");
      assertThat(client.next(2)).containsExactly("two", "three");
      assertThat(client.waiting()).isEmpty();
      assertThat(client.pings()).isEqualTo(1);

      frame(FINAL | TEXT, "four");
      await().until(() -> !client.waiting().isEmpty());
      assertThat(client.waiting()).containsExactly("four");
      assertThat(client.isClosed()).isFalse();
    }
  }

  @Test
  void closeOfTheServerIsRememberedWithItsCodeAndReason() throws Exception {
    try (RecordingClient client = connect()) {
      accepted
          .getOutputStream()
          .write(new byte[] {(byte) (FINAL | CLOSE), 5, 0x03, (byte) 0xE9, 'b', 'y', 'e'});
      assertThat(client.awaitClosed()).isEqualTo("1001 bye");
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void connectionThatEndsWithoutACloseIs1006() throws Exception {
    try (RecordingClient client = connect()) {
      accepted.close();
      assertThat(client.awaitClosed()).startsWith("1006 ");
    }
    try (RecordingClient client = connect()) {
      accepted.setSoLinger(true, 0); // the close resets the connection
      accepted.close();
      assertThat(client.awaitClosed()).startsWith("1006 ");
    }
  }

  @Test
  void refusedHandshakeShowsItsStatus() throws Exception {
    CompletableFuture<Integer> status =
        CompletableFuture.supplyAsync(() -> RecordingClient.handshakeStatus(uri()));
    answer("403 Forbidden");
    assertThat(status.get()).isEqualTo(403);

    CompletableFuture<RecordingClient> client =
        CompletableFuture.supplyAsync(() -> RecordingClient.connect(uri()));
    answer("401 Unauthorized");
    assertThatThrownBy(client::join).hasCauseInstanceOf(WebSocketHandshakeException.class);
  }

  @Test
  void acceptedHandshakeThatIsOnlyLookedAtIsCut() throws Exception {
    CompletableFuture<Integer> status =
        CompletableFuture.supplyAsync(() -> RecordingClient.handshakeStatus(uri()));
    answer("101 Switching Protocols");
    assertThat(status.get()).isEqualTo(101);
    assertThat(accepted.getInputStream().read()).isNegative();
  }

  @Test
  void serverThatIsNotThereIsNoStatus() throws Exception {
    listening.close();
    assertThatThrownBy(() -> RecordingClient.handshakeStatus(uri()))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(ConnectException.class);
  }

  @Test
  void headerWithoutAValueIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecordingClient.connect(uri(), "Origin"))
        .withMessage("headers must be names and values in turn: 1 words");
  }
}

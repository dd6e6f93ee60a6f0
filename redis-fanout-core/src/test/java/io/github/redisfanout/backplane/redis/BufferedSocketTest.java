package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.InOrder;

/** On loopback, read and written by the test's thread unless it says otherwise. */
@Timeout(20)
class BufferedSocketTest {
  private final AtomicInteger announced = new AtomicInteger();
  private final ServerSocket server = listen();
  private Socket client = new Socket();
  private Socket peer = new Socket();
  private BufferedSocket socket = connect();

  private static ServerSocket listen() {
    try {
      return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private BufferedSocket connect() {
    try {
      client = new Socket(server.getInetAddress(), server.getLocalPort());
      peer = server.accept();
      return new BufferedSocket(client, announced::incrementAndGet);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void doNotWaitForEver() throws Exception {
    client.setSoTimeout(10_000);
  }

  @AfterEach
  void close() throws Exception {
    client.close();
    peer.close();
    server.close();
  }

  private void peerWrites(String text) throws IOException {
    peer.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Waits until this much has arrived, so that one read takes it all. */
  private void awaitArrived(int bytes) {
    await().until(() -> client.getInputStream().available() >= bytes);
  }

  private String read(int length) throws IOException {
    byte[] bytes = new byte[length];
    int read = socket.getInputStream().read(bytes, 0, length);
    return read < 0 ? "the end" : new String(bytes, 0, read, StandardCharsets.UTF_8);
  }

  @Test
  void readingIsAnnouncedOnceForAllThatIsAtHandAfterwards() throws Exception {
    peerWrites("abcdef");
    awaitArrived(6);

    assertThat(read(2)).isEqualTo("ab");
    assertThat(announced).hasValue(1);
    assertThat(read(3)).isEqualTo("cde");
    assertThat(read(9)).as("no more than is at hand").isEqualTo("f");
    assertThat(announced).hasValue(1);

    peerWrites("g");
    assertThat(read(1)).isEqualTo("g");
    assertThat(announced).hasValue(2);
  }

  @Test
  void readingIsAnnouncedBeforeItWaitsAndOnTheThreadThatReads() throws Exception {
    CompletableFuture<Thread> announcedOn = new CompletableFuture<>();
    BufferedSocket waiting =
        new BufferedSocket(client, () -> announcedOn.complete(Thread.currentThread()));
    CompletableFuture<Integer> read = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                read.complete(waiting.getInputStream().read());
              } catch (IOException e) {
                read.completeExceptionally(e);
              }
            });
    reader.start();

    assertThat(announcedOn.get(10, TimeUnit.SECONDS)).isSameAs(reader);
    assertThat(read).isNotDone();

    peerWrites("x");
    assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo('x');
  }

  @Test
  void whatTheAnnouncementThrowsIsThrownAndNothingIsRead() throws Exception {
    peerWrites("x");
    BufferedSocket throwing =
        new BufferedSocket(
            client,
            () -> {
              throw new IllegalStateException("by the test");
            });

    assertThatThrownBy(() -> throwing.getInputStream().read()).hasMessage("by the test");

    assertThat(read(1)).isEqualTo("x");
  }

  @Test
  void singleBytesAreReadAsNumbersFromZeroOn() throws Exception {
    peer.getOutputStream().write(new byte[] {0, 127, -128, -1});
    awaitArrived(4);

    InputStream in = socket.getInputStream();
    assertThat(new int[] {in.read(), in.read(), in.read(), in.read()})
        .containsExactly(0, 127, 128, 255);
    assertThat(announced).hasValue(1);
  }

  @Test
  void partOfAnArrayIsReadAndTheRestIsLeftAlone() throws Exception {
    peerWrites("abc");
    awaitArrived(3);
    byte[] bytes = new byte[5];

    assertThat(socket.getInputStream().read(bytes, 1, 2)).isEqualTo(2);

    assertThat(bytes).containsExactly(0, 'a', 'b', 0, 0);
    assertThat(socket.getInputStream().read(bytes)).isEqualTo(1);
    assertThat(bytes).containsExactly('c', 'a', 'b', 0, 0);
  }

  @Test
  void endIsToldAfterAllThatCameBeforeAndAgain() throws Exception {
    peerWrites("ab");
    peer.shutdownOutput();

    assertThat(socket.getInputStream().readAllBytes()).containsExactly('a', 'b');
    assertThat(read(1)).isEqualTo("the end");
    assertThat(socket.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void moreThanTheBufferHoldsArrivesWhole() throws Exception {
    byte[] sent = new byte[1 << 20];
    for (int i = 0; i < sent.length; i++) {
      sent[i] = (byte) (i * 31 >> 8);
    }
    Thread writer =
        new Thread(
            () -> {
              try (OutputStream out = peer.getOutputStream()) {
                out.write(sent);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    writer.start();

    byte[] read = new byte[8192];
    int at = 0;
    int count = socket.getInputStream().read(read, 0, read.length);
    while (count >= 0) {
      assertThat(Arrays.equals(sent, at, at + count, read, 0, count)).as("at %s", at).isTrue();
      at += count;
      count = socket.getInputStream().read(read, 0, read.length);
    }

    assertThat(at).isEqualTo(sent.length);
    assertThat(announced.get()).isGreaterThanOrEqualTo(sent.length / (64 << 10));
  }

  @Test
  void bufferIsFilledWithAsMuchAsItHolds() throws Exception {
    Socket inner = mock(Socket.class);
    when(inner.getInputStream()).thenReturn(new ByteArrayInputStream(new byte[200_000]));
    when(inner.getOutputStream()).thenReturn(OutputStream.nullOutputStream());
    BufferedSocket full = new BufferedSocket(inner, announced::incrementAndGet);

    assertThat(full.getInputStream().readAllBytes()).hasSize(200_000);

    assertThat(announced).hasValue(4 + 1); // the last one finds the end
  }

  @Test
  void timeoutOfTheSocketCountsAndReadingGoesOnAfterwards() throws Exception {
    socket.setSoTimeout(1);
    assertThat(client.getSoTimeout()).isEqualTo(1);
    assertThat(socket.getSoTimeout()).isEqualTo(1);

    assertThatThrownBy(() -> read(1)).isInstanceOf(SocketTimeoutException.class);

    socket.setSoTimeout(10_000);
    peerWrites("x");
    assertThat(read(1)).isEqualTo("x");
  }

  @Test
  void availableIsWhatIsAtHandAndWhatHasArrived() throws Exception {
    peerWrites("abc");
    awaitArrived(3);
    assertThat(socket.getInputStream().available()).isEqualTo(3);
    assertThat(read(1)).isEqualTo("a");
    peerWrites("de");
    awaitArrived(2);

    assertThat(socket.getInputStream().available()).isEqualTo(4);
  }

  @Test
  void whatIsWrittenWaitsForAFlushOrAFullBuffer() throws Exception {
    OutputStream out = socket.getOutputStream();
    out.write(new byte[] {1, 2});
    assertThat(peer.getInputStream().available()).isZero();

    out.flush();

    assertThat(peer.getInputStream().readNBytes(2)).containsExactly(1, 2);
    out.write(new byte[(64 << 10) + 1]);
    assertThat(peer.getInputStream().readNBytes(64 << 10)).hasSize(64 << 10);
  }

  @Test
  void streamsStayTheSame() throws Exception {
    assertThat(socket.getInputStream()).isSameAs(socket.getInputStream());
    assertThat(socket.getOutputStream()).isSameAs(socket.getOutputStream());
  }

  @Test
  void statesAndAddressesAreThoseOfTheSocketBehindIt() throws Exception {
    assertThat(socket.getRemoteSocketAddress()).isEqualTo(peer.getLocalSocketAddress());
    assertThat(socket.getLocalSocketAddress()).isEqualTo(peer.getRemoteSocketAddress());
    assertThat(socket.isBound()).isTrue();
    assertThat(socket.isConnected()).isTrue();
    assertThat(socket.isClosed()).isFalse();
    assertThat(socket.isInputShutdown()).isFalse();
    assertThat(socket.isOutputShutdown()).isFalse();

    client.shutdownInput();
    client.shutdownOutput();

    assertThat(socket.isInputShutdown()).isTrue();
    assertThat(socket.isOutputShutdown()).isTrue();
  }

  @Test
  void closeEndsAReadOfAnotherThread() throws Exception {
    client.setSoTimeout(0);
    CompletableFuture<Integer> read = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                read.complete(socket.getInputStream().read());
              } catch (IOException e) {
                read.completeExceptionally(e);
              }
            });
    reader.start();
    await().until(() -> announced.get() == 1);

    socket.close();

    assertThatThrownBy(() -> read.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(SocketException.class);
    assertThat(client.isClosed()).isTrue();
    assertThat(socket.isClosed()).isTrue();
  }

  @Test
  void closingTheInputClosesTheSocket() throws Exception {
    Socket inner = mock(Socket.class);
    InputStream in = mock(InputStream.class);
    when(inner.getInputStream()).thenReturn(in);
    when(inner.getOutputStream()).thenReturn(OutputStream.nullOutputStream());

    new BufferedSocket(inner, () -> {}).getInputStream().close();

    verify(in).close(); // which closes the socket that it is of
  }

  @Test
  void closeDoesNotWaitForWhatAnInnerTlsSocketWouldStillRead() throws Exception {
    Socket inner = mock(Socket.class);

    new BufferedSocket(inner, () -> {}).close();

    InOrder inOrder = inOrder(inner);
    inOrder.verify(inner).setSoTimeout(1);
    inOrder.verify(inner).close();
  }

  @Test
  void innerSocketThatTakesNoTimeoutIsClosedAllTheSame() throws Exception {
    Socket inner = mock(Socket.class);
    doThrow(new SocketException("Socket is closed")).when(inner).setSoTimeout(1);

    new BufferedSocket(inner, () -> {}).close();

    verify(inner).close();
  }
}

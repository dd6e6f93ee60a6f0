package io.github.redisfanout.benchmarks.sockets;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * How many frames the load generator can read: a plain server writes ready-made ones at full speed.
 *
 * <p>With one frame a write the plain server is the slower one: its figure is what this machine can
 * write to sockets on one thread, and the generator's limit is that by its share of a core. With
 * many frames a write the generator reads many at once, which is its best case.
 */
final class SelfTest {
  static final int FRAMES_PER_LARGE_WRITE = 16;

  private static final long WARM_UP_NANOS = 500_000_000;
  private static final long NANOS = 1_000_000_000;

  private final List<Socket> sockets;
  private final byte[] frames;
  private final int framesPerWrite;

  private SelfTest(List<Socket> sockets, int payloadChars, int framesPerWrite) {
    this.sockets = sockets;
    this.framesPerWrite = framesPerWrite;
    ByteBuffer frame = ByteBuffer.allocate(payloadChars + 4);
    frame.put((byte) 0x81);
    if (payloadChars < 126) {
      frame.put((byte) payloadChars);
    } else {
      frame.put((byte) 126).putShort((short) payloadChars);
    }
    int length = frame.position() + payloadChars;
    Arrays.fill(frame.array(), frame.position(), length, (byte) 'x');
    frames = new byte[length * framesPerWrite];
    for (int i = 0; i < framesPerWrite; i++) {
      System.arraycopy(frame.array(), 0, frames, i * length, length);
    }
  }

  /** Frames per second, and how busy the generator was, as a share of one core. */
  record Result(double framesPerSecond, double generatorShare) {

    /** What the generator reads in a second of CPU time. */
    double perCore() {
      return framesPerSecond / generatorShare;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%,.0f frames/s, generator %.2f, so %,.0f a core",
          framesPerSecond,
          generatorShare,
          perCore());
    }
  }

  static Result run(SocketsPlan plan, LoadGenerator generator, CpuUse.Meter cpu, int framesPerWrite)
      throws Exception {
    List<Socket> sockets = new ArrayList<>();
    generator.ask("pause", plan.pauseMicros());
    try (ServerSocket server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
      server.setSoTimeout(10_000);
      CompletableFuture<Void> accepted =
          CompletableFuture.runAsync(() -> accept(server, plan.clients(), sockets));
      generator.ask("raw", server.getLocalPort(), plan.clients());
      accepted.get();
      SelfTest test = new SelfTest(sockets, plan.payloadChars(), framesPerWrite);
      test.measure(generator, cpu, WARM_UP_NANOS);
      Result result = test.measure(generator, cpu, NANOS);
      generator.ask("drop");
      return result;
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static void accept(ServerSocket server, int count, List<Socket> sockets) {
    try {
      while (sockets.size() < count) {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        sockets.add(socket);
      }
    } catch (IOException e) {
      throw new IllegalStateException("the load generator does not connect", e);
    }
  }

  private Result measure(LoadGenerator generator, CpuUse.Meter cpu, long nanos) throws Exception {
    generator.ask("count", 0);
    cpu.start();
    long start = System.nanoTime();
    long written = 0;
    while (System.nanoTime() - start < nanos) {
      for (Socket socket : sockets) {
        socket.getOutputStream().write(frames);
      }
      written += (long) framesPerWrite * sockets.size();
    }
    generator.progress().awaitTotal(written);
    long elapsed = System.nanoTime() - start;
    if (!generator.ask("check", written / sockets.size()).equals("0 0")) {
      throw new IllegalStateException("the load generator miscounts");
    }
    CpuUse used = cpu.stop();
    return new Result(written * 1e9 / elapsed, used.generator().share(used.nanos()));
  }
}

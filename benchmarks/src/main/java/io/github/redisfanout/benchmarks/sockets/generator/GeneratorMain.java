package io.github.redisfanout.benchmarks.sockets.generator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** The load generator's process: one thread and one selector for all clients. */
public final class GeneratorMain {
  /** The shortest time between two progress reports. */
  private static final long REPORT_NANOS = 2_000_000;

  private final Selector selector = Selector.open();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 << 10);
  private final Clients clients = new Clients(selector);
  private final Control control = new Control(selector);
  private final Histogram latencies = new Histogram(60_000_000_000L, 3);

  private boolean stamped;
  private boolean endsAllowed;
  private long ended;
  private long pauseNanos;
  private long total;
  private long reported;
  private long lastReport;

  private GeneratorMain() throws IOException {}

  public static void main(String[] arguments) throws IOException {
    try {
      new GeneratorMain().run();
    } catch (IOException | RuntimeException e) {
      Control.send("failed " + e.toString().replace('\n', ' '));
    }
  }

  private void run() throws IOException {
    while (control.isOpen()) {
      if (total == reported) {
        selector.select(this::ready);
      } else {
        selector.select(this::ready, 1 + REPORT_NANOS / 1_000_000);
      }
      control.obey(this::obey);
      if (total != reported && System.nanoTime() - lastReport >= REPORT_NANOS) {
        report();
      }
      if (pauseNanos > 0) {
        LockSupport.parkNanos(pauseNanos); // so that the next reads find more than one frame
      }
    }
  }

  private void ready(SelectionKey key) {
    Client client = (Client) key.attachment();
    try {
      total += client.read(buffer, stamped ? latencies : null);
    } catch (IOException e) {
      if (!endsAllowed) {
        throw new UncheckedIOException(e);
      }
      ended++;
      close(key);
    }
  }

  private static void close(SelectionKey key) {
    try {
      key.channel().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void report() {
    reported = total;
    lastReport = System.nanoTime();
    Control.send("progress " + total + " " + clients.fewest());
  }

  /** Each command is answered by one line that starts with the same word. */
  private String obey(Command command) throws IOException {
    return switch (command.name()) {
      case "clock" -> "clock " + System.nanoTime();
      case "open" -> {
        clients.open(command.numbers(0), command.words(1));
        yield "open " + clients.size();
      }
      case "open-stuck" ->
          "open-stuck "
              + clients.openStuck(command.number(0), command.words(1)).stream()
                  .map(String::valueOf)
                  .collect(Collectors.joining(","));
      case "drop-stuck" -> {
        clients.dropStuck();
        yield "drop-stuck";
      }
      case "allow-ends" -> {
        endsAllowed = true;
        yield "allow-ends";
      }
      case "ended" -> "ended " + ended;
      case "pause" -> {
        pauseNanos = command.number(0) * 1_000L;
        yield "pause";
      }
      case "count" -> {
        clients.startCounting();
        latencies.reset();
        stamped = command.number(0) == 1;
        total = 0;
        report(); // before the answer: no older report comes after it
        yield "count";
      }
      case "check" ->
          "check " + clients.missing(command.number(0)) + " " + clients.surplus(command.number(0));
      case "latency" -> {
        StringBuilder answer = new StringBuilder("latency " + latencies.getTotalCount());
        for (double percentile : new double[] {50, 99, 99.9, 100}) {
          answer.append(' ').append(latencies.getValueAtPercentile(percentile));
        }
        yield answer.toString();
      }
      default -> throw new IOException("there is no command " + command.name());
    };
  }
}

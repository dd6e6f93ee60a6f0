package io.github.redisfanout.benchmarks.onetomany;

import io.github.redisfanout.WriteDone;
import java.util.concurrent.LinkedBlockingQueue;

/** A thread that reports writes as done, as a container's threads do. */
final class Completer implements AutoCloseable {
  private record Report(Sink sink, WriteDone done) {}

  private final LinkedBlockingQueue<Report> reports = new LinkedBlockingQueue<>();
  private final Thread thread = new Thread(this::run, "benchmark-completer");

  Completer() {
    thread.setDaemon(true);
    thread.start();
  }

  void complete(Sink sink, WriteDone done) {
    reports.add(new Report(sink, done));
  }

  private void run() {
    try {
      while (true) {
        Report report = reports.take();
        report.sink.complete(report.done);
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}

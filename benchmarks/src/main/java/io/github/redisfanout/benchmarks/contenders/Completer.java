package io.github.redisfanout.benchmarks.contenders;

import java.util.ArrayList;
import java.util.List;

/**
 * One thread that reports writes as done, all there are each time it looks: as a container's poller
 * does, which finds many sockets ready at once. Thread-safe.
 */
final class Completer implements AutoCloseable {
  private final Object lock = new Object();
  private final Thread thread;
  private List<Runnable> waiting = new ArrayList<>();
  private boolean closed;

  Completer(String name) {
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  void later(Runnable report) {
    synchronized (lock) {
      waiting.add(report);
      if (waiting.size() == 1) {
        lock.notify();
      }
    }
  }

  private void run() {
    List<Runnable> taken = new ArrayList<>();
    while (true) {
      synchronized (lock) {
        while (waiting.isEmpty() && !closed) {
          try {
            lock.wait();
          } catch (InterruptedException e) {
            return;
          }
        }
        if (waiting.isEmpty()) {
          return;
        }
        List<Runnable> emptied = taken;
        taken = waiting;
        waiting = emptied;
      }
      taken.forEach(Runnable::run);
      taken.clear();
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notify();
    }
  }
}

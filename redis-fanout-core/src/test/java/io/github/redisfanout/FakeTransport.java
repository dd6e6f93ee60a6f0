package io.github.redisfanout;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A transport without a client: does what the test says. Thread-safe. */
class FakeTransport implements Transport {
  final List<Payload> written = new CopyOnWriteArrayList<>();
  final List<WriteCallback> held = new CopyOnWriteArrayList<>();
  final List<Disconnect> closes = new CopyOnWriteArrayList<>();
  final AtomicInteger pings = new AtomicInteger();
  volatile boolean forced;
  private volatile boolean holding;

  /** Reports no write as done, as with a client that does not read. */
  static FakeTransport holding() {
    FakeTransport transport = new FakeTransport();
    transport.holding = true;
    return transport;
  }

  /** Blocks in its first write until the latch opens, although a transport must not. */
  static FakeTransport blocking(CountDownLatch entered, CountDownLatch latch) {
    return new FakeTransport() {
      @Override
      public void write(Payload payload, WriteCallback done) throws Exception {
        entered.countDown();
        latch.await();
        super.write(payload, done);
      }
    };
  }

  @Override
  public void write(Payload payload, WriteCallback done) throws Exception {
    written.add(payload);
    if (holding) {
      held.add(done);
    } else {
      done.ok();
    }
  }

  /** From now on writes are done at once; the one that is held is not. */
  void stopHolding() {
    holding = false;
  }

  @Override
  public boolean ping() throws Exception {
    pings.incrementAndGet();
    return true;
  }

  @Override
  public void close(Disconnect why, boolean force) {
    forced = force;
    closes.add(why);
  }

  List<String> texts() {
    return written.stream().map(Payload::text).toList();
  }
}

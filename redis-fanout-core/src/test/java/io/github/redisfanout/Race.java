package io.github.redisfanout;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Lets contenders start at the same moment, as often as a test likes. */
public final class Race implements AutoCloseable {

  /** What one thread does in a race. */
  public interface Contender {
    void run() throws Exception;
  }

  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** Returns when all have ended; throws what the first of them threw. */
  public void run(Contender... contenders) throws Exception {
    AtomicInteger missing = new AtomicInteger(contenders.length);
    List<Future<?>> running = new ArrayList<>();
    for (Contender contender : contenders) {
      running.add(
          threads.submit(
              () -> {
                missing.decrementAndGet();
                while (missing.get() > 0) {
                  Thread.yield(); // there may be fewer cores than contenders
                }
                // Without a stagger, one that is quick would always come first.
                for (int i = ThreadLocalRandom.current().nextInt(64); i > 0; i--) {
                  Thread.onSpinWait();
                }
                contender.run();
                return null;
              }));
    }
    for (Future<?> contender : running) {
      contender.get(60, TimeUnit.SECONDS);
    }
  }

  /** What one thread does in each of many rounds. */
  public interface RoundContender {
    void run(int round) throws Exception;
  }

  /** Many short rounds; in each the contenders start together, as close as threads can. */
  public void rounds(int rounds, RoundContender... contenders) throws Exception {
    AtomicInteger arrived = new AtomicInteger();
    Contender[] all = new Contender[contenders.length];
    for (int i = 0; i < all.length; i++) {
      RoundContender contender = contenders[i];
      all[i] =
          () -> {
            for (int round = 0; round < rounds; round++) {
              arrived.incrementAndGet();
              int everybody = (round + 1) * contenders.length;
              for (int spins = 0; arrived.get() < everybody; spins++) {
                if (spins > 1_000) {
                  Thread.yield(); // the others may wait for this core
                }
              }
              try {
                contender.run(round);
              } catch (Exception | Error e) {
                arrived.set(Integer.MAX_VALUE / 2); // or the others would wait without end
                throw e;
              }
            }
          };
    }
    run(all);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}

package io.github.redisfanout.benchmarks.nobody;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Jedis;

/** A child process that only receives, with Jedis: what a message costs before the library's work. */
final class NobodyReader {
  private NobodyReader() {}

  /** Arguments and answers as those of {@link NobodyNode}. */
  public static void main(String[] arguments) throws Exception {
    AtomicLong received = new AtomicLong();
    CountDownLatch ready = new CountDownLatch(1);
    BinaryJedisPubSub counting =
        new BinaryJedisPubSub() {
          @Override
          public void onMessage(byte[] channel, byte[] message) {
            received.lazySet(received.get() + 1);
          }

          @Override
          public void onSubscribe(byte[] channel, int channels) {
            ready.countDown();
          }
        };
    byte[] channel = arguments[1].getBytes(StandardCharsets.UTF_8);
    Thread reading =
        new Thread(() -> new Jedis(arguments[0]).subscribe(counting, channel), "reading");
    reading.setDaemon(true);
    reading.start();
    ready.await();
    NobodyNode.answer(received::get);
  }
}

package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.redisfanout.backplane.InMemoryBackplane;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** An application without jackson-databind; {@link WithoutDatabindTest} loads it without. */
public final class AppWithoutDatabind {
  private static final FanoutConfig CONFIG = FanoutConfig.of("chat");

  private AppWithoutDatabind() {}

  /** Has an encoder of its own; gives what its clients were written. */
  public static Supplier<List<String>> publishAndReceive() {
    return () -> {
      BlockingQueue<String> written = new LinkedBlockingQueue<>();
      Transport transport =
          new Transport() {
            @Override
            public void write(Payload payload, WriteCallback done) {
              written.add(payload.text());
              done.ok();
            }

            @Override
            public void close(Disconnect why, boolean force) {}
          };
      try (InMemoryBackplane backplane = new InMemoryBackplane();
          RedisFanout node =
              RedisFanout.builder(backplane, CONFIG)
                  .payloadEncoder(payload -> ("\"" + payload + "\"").getBytes(UTF_8))
                  .start()) {
        if (!node.awaitReady(Duration.ofSeconds(20))) {
          throw new AssertionError(node.toString());
        }
        FanoutSession session = node.open("alice", transport);
        node.publisher().publishAndWait(List.of("alice"), "hello", Duration.ofSeconds(20));
        String first = String.valueOf(written.poll(20, TimeUnit.SECONDS));
        session.send("only you");
        return List.of(first, String.valueOf(written.poll(20, TimeUnit.SECONDS)));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    };
  }

  /** Leaves the encoder to the node. */
  public static Supplier<List<String>> buildWithoutEncoder() {
    return () -> List.of(RedisFanout.builder(new InMemoryBackplane(), CONFIG).build().toString());
  }
}

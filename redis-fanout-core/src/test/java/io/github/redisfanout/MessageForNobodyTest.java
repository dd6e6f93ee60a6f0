package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Receiver;
import io.github.redisfanout.internal.wire.Envelope;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * What a message costs a node that has no session for it. With many nodes that is nearly every
 * message.
 */
class MessageForNobodyTest {
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int ROUNDS = 200;

  private static long allocatedBytes(Runnable call) {
    for (int i = 0; i < ROUNDS; i++) { // loads all classes
      call.run();
    }
    long thread = Thread.currentThread().getId();
    long before = THREADS.getThreadAllocatedBytes(thread);
    for (int i = 0; i < ROUNDS; i++) {
      call.run();
    }
    return (THREADS.getThreadAllocatedBytes(thread) - before) / ROUNDS;
  }

  @Test
  void textOfThePayloadIsNotMade() {
    for (SessionRegistry registry :
        List.of(new InMemorySessionRegistry(), new ForwardingRegistry())) {
      FakeBackplane backplane = new FakeBackplane();
      Subscriber subscriber =
          new Subscriber(
              backplane,
              registry,
              new JacksonPayloadEncoder(),
              FanoutConfig.of("chat"),
              new FanoutListener() {});
      subscriber.start();
      backplane.receivingIs(ConnectionState.UP, "");
      FakeTransport alice = new FakeTransport();
      subscriber.open("alice", alice);
      Receiver receiver = requireNonNull(backplane.receiver);
      int size = 100_000;
      String json = "{\"target_user_ids\":[\"bob\"],\"payload\":\"" + "x".repeat(size) + "\"}";
      List<Incoming> burst = List.of(new Incoming("chat", json.getBytes(UTF_8)));

      assertThat(allocatedBytes(() -> receiver.onMessages(burst))).isLessThan(size / 10);

      assertThat(subscriber.counters().received()).isEqualTo(2 * ROUNDS);
      assertThat(subscriber.counters().malformed()).isZero();
      subscriber.close(Duration.ofSeconds(1));
      assertThat(alice.written).isEmpty();
    }
  }

  @Test
  void nothingIsMadeForTheLanes() {
    int lanes = 1_000;
    AtomicInteger asked = new AtomicInteger();
    SessionRegistry empty =
        new ForwardingRegistry() {
          @Override
          public Collection<FanoutSession> sessions(Address address) {
            asked.incrementAndGet();
            return List.of();
          }
        };
    Counters counters = new Counters();
    FanoutConfig config = FanoutConfig.builder("chat").lanes(lanes).build();
    Lanes all = new Lanes(config, counters); // not started: what they take stays
    Dispatcher dispatcher =
        new Dispatcher(
            empty,
            all,
            new Groups(all, 1, new LocalChannels(new FakeBackplane(), config), counters),
            new Propagation(null, counters),
            counters);
    List<Envelope> burst = List.of(SessionRig.message(List.of("bob", "carol"), "1"));

    assertThat(allocatedBytes(() -> dispatcher.deliver(burst))).isLessThan(lanes);

    assertThat(asked).hasValue(2 * 2 * ROUNDS);
    assertThat(all.all()).allMatch(lane -> lane.thread().waitingBytes() == 0);
    assertThat(counters.laneBytes.value()).isZero();
  }
}

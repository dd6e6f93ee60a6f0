package io.github.redisfanout.benchmarks.onetomany;

import io.github.redisfanout.benchmarks.ChildJvm;
import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import java.time.Duration;
import java.util.stream.IntStream;

/**
 * One message to many sessions of one node.
 *
 * <p>One message at a time: the next is published when everybody has the last. All clients must see
 * the very same payload and text, or they were made more than once.
 */
public final class OneToManyMode implements Mode {

  @Override
  public String help() {
    return "one message to 1 ... --sessions 100000 sessions of one node"
        + " [--payload 450: bytes] [--repetitions 15: at least; small crowds have more]";
  }

  @Override
  public boolean run(Options options) throws Exception {
    int most = options.number("sessions", 100_000);
    int payload = options.number("payload", 450);
    int repetitions = options.number("repetitions", 15);
    options.checkAllKnown();
    Figures figures =
        ChildJvm.run(
            Crowds.class,
            ChildJvm.fixedHeap(512 + most / 500),
            IntStream.of(most, payload, repetitions).mapToObj(String::valueOf).toList(),
            Duration.ofMinutes(5));
    System.out.println();
    figures.print();
    return figures.value("one_to_many_payload_objects_per_message") == 1
        && figures.value("one_to_many_complete") == 1;
  }
}

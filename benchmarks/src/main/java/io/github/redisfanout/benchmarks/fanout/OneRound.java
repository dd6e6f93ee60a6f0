package io.github.redisfanout.benchmarks.fanout;

import io.github.redisfanout.benchmarks.ChildJvm;
import io.github.redisfanout.benchmarks.contenders.Contender;
import io.github.redisfanout.benchmarks.contenders.Contenders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One contender, warmed up and measured in a JVM of its own.
 *
 * <p>In one JVM contenders would measure each other: what the compiler learns of one makes code
 * that they share slower for all. An application has one of them.
 */
public final class OneRound {
  private static final int HEAP_MEGABYTES = 1_024;

  private OneRound() {}

  static Result run(
      String contender, Workload workload, int redisPort, int rate, int seconds, int warmUpSeconds)
      throws Exception {
    List<String> flags = new ArrayList<>(ChildJvm.fixedHeap(HEAP_MEGABYTES));
    flags.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    List<String> arguments = new ArrayList<>(List.of(contender));
    for (int number : List.of(redisPort, rate, seconds, warmUpSeconds)) {
      arguments.add(String.valueOf(number));
    }
    arguments.addAll(workload.words());
    Duration limit = Duration.ofSeconds(60L + seconds + warmUpSeconds + workload.maxSeconds());
    return Result.of(ChildJvm.run(OneRound.class, flags, arguments, limit));
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, Contender.Factory> all = Contenders.all();
    Contender.Factory factory = Objects.requireNonNull(all.get(arguments[0]));
    int redisPort = Integer.parseInt(arguments[1]);
    int rate = Integer.parseInt(arguments[2]);
    int seconds = Integer.parseInt(arguments[3]);
    int warmUpSeconds = Integer.parseInt(arguments[4]);
    Workload workload = Workload.of(List.of(arguments).subList(5, arguments.length));
    Result result = new Round(workload, redisPort).run(factory, rate, seconds, warmUpSeconds);
    result.figures().print();
    System.out.flush();
    System.exit(0); // some contenders leave threads behind that are no daemons
  }
}

package io.github.redisfanout.benchmarks.jmh;

import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import java.util.Collection;
import java.util.Locale;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the microbenchmarks, with what they allocate.
 *
 * <p>Each is forked by JMH; the forks have this JVM's class path, which is the jar whose manifest
 * names the others.
 */
public final class JmhMode implements Mode {
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  @Override
  public String help() {
    return "microbenchmarks [--include REGEX] [--quick false: true is for trying out]"
        + " [--forks 2] [--iterations 5] [--milliseconds 500: an iteration]"
        + " [--param NAME=VALUE,...: one of its parameters]";
  }

  @Override
  public boolean run(Options options) throws Exception {
    String include = options.text("include", ".*");
    boolean quick = Boolean.parseBoolean(options.text("quick", "false"));
    int forks = options.number("forks", quick ? 1 : 2);
    int iterations = options.number("iterations", quick ? 2 : 5);
    int milliseconds = options.number("milliseconds", quick ? 200 : 500);
    String param = options.text("param", "");
    options.checkAllKnown();
    ChainedOptionsBuilder builder =
        new OptionsBuilder()
            .include(include)
            .forks(forks)
            .warmupIterations(iterations)
            .warmupTime(TimeValue.milliseconds(milliseconds))
            .measurementIterations(iterations)
            .measurementTime(TimeValue.milliseconds(milliseconds))
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            // Pages touched for the first time would be measured, too; on a virtual machine they
            // cost.
            .jvmArgsAppend("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch");
    if (!param.isEmpty()) {
      int equals = param.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("--param must be NAME=VALUE,...: " + param);
      }
      builder.param(param.substring(0, equals), param.substring(equals + 1).split(",", -1));
    }
    Collection<RunResult> results = new Runner(builder.build()).run();
    Figures figures = new Figures();
    results.forEach(result -> add(figures, result));
    System.out.println();
    figures.print();
    return !results.isEmpty();
  }

  private static void add(Figures figures, RunResult result) {
    String name = name(result.getParams());
    figures.put(name + "_ns", result.getPrimaryResult().getScore());
    result
        .getSecondaryResults()
        .forEach((label, secondary) -> add(figures, name, label, secondary));
  }

  private static void add(Figures figures, String name, String label, Result<?> result) {
    if (label.endsWith(ALLOCATED)) {
      figures.put(name + "_allocated_bytes", result.getScore());
    }
  }

  /** Of io.github.redisfanout.CodecBenchmark.decode, and its parameters. */
  private static String name(BenchmarkParams params) {
    String[] words = params.getBenchmark().split("\\.");
    StringBuilder name =
        new StringBuilder("jmh_")
            .append(words[words.length - 2].replace("Benchmark", ""))
            .append('_')
            .append(words[words.length - 1]);
    params.getParamsKeys().forEach(key -> name.append('_').append(params.getParam(key)));
    return name.toString().toLowerCase(Locale.ROOT);
  }
}

package io.github.redisfanout.benchmarks.sockets;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * A JFR recording of the nodes' process, and in whose code its samples are.
 *
 * <p>JFR takes up to five samples of threads that run Java at a time, but one of a thread in native
 * code, so the two kinds are counted apart; what the kernel takes in all is told better by the
 * operating system, see {@link CpuTime#kernel}. Garbage collector and compiler are in neither.
 */
final class Profile implements AutoCloseable {
  private static final String JAVA = "jdk.ExecutionSample";
  private static final String NATIVE = "jdk.NativeMethodSample";

  private final Path file;
  private final Recording recording;
  private Instant from = Instant.MAX;

  private Profile(Path file, Recording recording) {
    this.file = file;
    this.recording = recording;
  }

  /** Whose code it is. */
  enum Owner {
    WAITING("waiting"),
    SOCKETS("socket system calls and what sun.nio.ch does around them"),
    TOMCAT("Tomcat"),
    FANOUT("redis-fanout"),
    JACKSON_JEDIS("Jackson and Jedis"),
    HARNESS("the benchmark"),
    REST("the rest");

    private final String text;

    Owner(String text) {
      this.text = text;
    }
  }

  /** To be started before the warm-up: it makes the JVM compile much of the code anew. */
  static Profile start(Path file) throws Exception {
    Recording recording = new Recording(Configuration.getConfiguration("profile"));
    recording.enable(JAVA).withPeriod(Duration.ofMillis(10));
    recording.enable(NATIVE).withPeriod(Duration.ofMillis(10));
    recording.disable("jdk.SocketRead"); // they put code around what is to be measured
    recording.disable("jdk.SocketWrite");
    recording.start();
    return new Profile(file, recording);
  }

  /** Samples count from now on. */
  void begin() {
    from = Instant.now();
  }

  /** Ends the recording, writes the file, and says what is in it. */
  void stopAndPrint() throws IOException {
    recording.stop();
    recording.dump(file);
    Map<Owner, Integer> java = new EnumMap<>(Owner.class);
    Map<Owner, Integer> inNative = new EnumMap<>(Owner.class);
    try (RecordingFile events = new RecordingFile(file)) {
      while (events.hasMoreEvents()) {
        RecordedEvent event = events.readEvent();
        String type = event.getEventType().getName();
        if ((type.equals(JAVA) || type.equals(NATIVE))
            && event.getStackTrace() != null
            && event.getStartTime().isAfter(from)) {
          Owner owner = owner(event.getStackTrace().getFrames());
          (type.equals(JAVA) ? java : inNative).merge(owner, 1, Integer::sum);
        }
      }
    }
    System.out.printf("%nprofile of the nodes' process, %s%n", file);
    print("samples of Java code", java);
    print("samples of native code that does not wait", inNative);
  }

  private static void print(String title, Map<Owner, Integer> counts) {
    int waiting = counts.getOrDefault(Owner.WAITING, 0);
    int all = counts.values().stream().mapToInt(Integer::intValue).sum() - waiting;
    System.out.printf("  %s: %d (beside them, waiting: %d)%n", title, all, waiting);
    counts.forEach(
        (owner, count) -> {
          if (owner != Owner.WAITING) {
            System.out.printf(Locale.ROOT, "    %5.1f %%  %s%n", 100.0 * count / all, owner.text);
          }
        });
  }

  /** The first frame from the top that belongs to somebody; the JDK's belong to their caller. */
  private static Owner owner(List<RecordedFrame> frames) {
    for (RecordedFrame frame : frames) {
      String type = frame.getMethod().getType().getName();
      String method = frame.getMethod().getName();
      if (isWait(type, method)) {
        return Owner.WAITING;
      } else if (type.startsWith("sun.nio.ch.")) {
        return Owner.SOCKETS;
      } else if (type.startsWith("org.apache.")) {
        return Owner.TOMCAT;
      } else if (type.startsWith("io.github.redisfanout.benchmarks.")) {
        return Owner.HARNESS;
      } else if (type.startsWith("io.github.redisfanout.")) {
        return Owner.FANOUT;
      } else if (type.startsWith("tools.jackson.")
          || type.startsWith("com.fasterxml.")
          || type.startsWith("redis.clients.")) {
        return Owner.JACKSON_JEDIS;
      }
    }
    return Owner.REST;
  }

  private static boolean isWait(String type, String method) {
    // The last one waits for the end of a process.
    return type.equals("sun.nio.ch.EPoll") && method.equals("wait")
        || type.equals("sun.nio.ch.Net") && (method.equals("poll") || method.equals("accept"))
        || type.equals("java.lang.ProcessHandleImpl");
  }

  @Override
  public void close() {
    recording.close();
  }
}

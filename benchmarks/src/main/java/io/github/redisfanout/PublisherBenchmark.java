package io.github.redisfanout;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.Receiver;
import io.github.redisfanout.benchmarks.Content;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What the caller of {@code publish} takes, on a backplane that takes everything at once. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // by setUp
public class PublisherBenchmark {

  @Param({"1", "10", "100"})
  public int recipients;

  /** Of the payload. */
  @Param({"100", "450", "4096"})
  public int bytes;

  private final Publisher publisher =
      new Publisher(
          new TakesAll(), new JacksonPayloadEncoder(), FanoutConfig.defaults(), Runnable::run);
  private List<String> userIds;
  private String json;
  private Map<String, String> object;

  @Setup
  public void setUp() {
    userIds = Content.userIds(recipients);
    json = Content.json(bytes);
    int frame = "{'type':'message','content':''}".length();
    object = Map.of("type", "message", "content", "x".repeat(bytes - frame));
  }

  @Benchmark
  public Object publishJson() {
    return publisher.publishJson(userIds, json);
  }

  @Benchmark
  public Object publishObject() {
    return publisher.publish(userIds, object);
  }

  /** Says at once that it has published. */
  private static final class TakesAll implements Backplane {
    @Override
    public void start(Receiver receiver) {}

    @Override
    public void start() {}

    @Override
    public void publish(Outgoing message, PublishCallback callback) {
      if (callback.claim()) {
        callback.published(1);
      }
    }

    @Override
    public CompletionStage<Void> subscribe(Collection<String> channels) {
      throw new UnsupportedOperationException("it only publishes");
    }

    @Override
    public CompletionStage<Void> unsubscribe(Collection<String> channels) {
      throw new UnsupportedOperationException("it only publishes");
    }

    @Override
    public BackplaneStatus status() {
      throw new UnsupportedOperationException("nobody asks");
    }

    @Override
    public void close(Duration flush) {}
  }
}

package io.github.redisfanout.it.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishAnswer.Route;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.Recipients;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.RecordingReceiver;
import io.github.redisfanout.testkit.RedisProcess;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One node that takes targeted messages, and one backplane that publishes all kinds of them. */
final class TargetedRig implements AutoCloseable {
  static final String CHANNEL = "chat";
  static final String MARKER = "chat:redis-fanout:routed";
  static final String A = "chat:u:a";
  static final String B = "chat:u:b";
  static final String GROUP = "chat:g:room";

  private static final int KINDS = 4;

  /** What became of one message. */
  static final class Sent extends CompletableFuture<PublishAnswer> implements PublishCallback {
    @Nullable PublishFailure failure; // read when this is done; null if it was published

    @Override
    public boolean claim() {
      return true;
    }

    @Override
    public void published(PublishAnswer answer) {
      assertThat(complete(answer)).as("one outcome").isTrue();
    }

    @Override
    public void failed(PublishFailure failure, Throwable cause) {
      this.failure = failure;
      assertThat(completeExceptionally(cause)).as("one outcome").isTrue();
    }
  }

  final RecordingReceiver received = new RecordingReceiver();
  final RedisBackplane publisher;
  private final RedisBackplane node;
  private final List<Sent> sent = Collections.synchronizedList(new ArrayList<>());
  private final Semaphore underWay = new Semaphore(2_000);

  TargetedRig(RedisProcess redis, String publisher) throws Exception {
    this(RedisEndpoint.of(redis.uri()), RedisEndpoint.of(publisher));
  }

  TargetedRig(RedisEndpoint receiving, RedisEndpoint publishing) throws Exception {
    RedisConfig config = RedisConfig.builder().publishTimeout(FaultRig.LIMIT).build();
    node = new RedisBackplane(receiving, config);
    node.start(received);
    for (List<String> channels : List.of(List.of(CHANNEL, MARKER), List.of(A, B, GROUP))) {
      node.subscribe(channels).toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
    publisher = new RedisBackplane(publishing, config);
    publisher.startPublishing();
  }

  static Recipients targeted(String... channels) {
    return new Recipients(MARKER, List.of(channels), null, true);
  }

  static Sent send(Backplane publisher, Outgoing message) {
    Sent sent = new Sent();
    publisher.publish(message, sent);
    return sent;
  }

  PublishAnswer answer(Outgoing message) {
    return send(publisher, message).orTimeout(20, TimeUnit.SECONDS).join();
  }

  static Outgoing message(String text) {
    return new Outgoing(CHANNEL, text.getBytes(UTF_8));
  }

  /** Publishes the next messages, of all kinds in turn; waits while many are under way. */
  List<Sent> publish(int count) throws InterruptedException {
    List<Sent> some = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      assertThat(underWay.tryAcquire(20, TimeUnit.SECONDS)).as("messages flow").isTrue();
      int number = sent.size();
      Outgoing message = message("m" + number);
      Sent next =
          send(
              publisher,
              switch (number % KINDS) {
                case 0 -> message;
                case 1 -> message.to(targeted(A));
                case 2 -> message.to(targeted(GROUP));
                default -> message.to(targeted(A, B));
              });
      sent.add(next);
      some.add(next);
      var unused = next.whenComplete((answer, failure) -> underWay.release());
    }
    return some;
  }

  /** All messages went the way that their answers say, once and in order; returns the ways. */
  List<Route> assertAllReceived() {
    List<String> expected = new ArrayList<>();
    List<Route> routes = new ArrayList<>();
    for (int number = 0; number < sent.size(); number++) {
      Sent each = sent.get(number);
      assertThat(each).as("m" + number).succeedsWithin(FaultRig.LIMIT);
      PublishAnswer answer = requireNonNull(each.join());
      routes.add(answer.route());
      for (String channel : channels(number, answer.route())) {
        expected.add(channel + " m" + number);
      }
    }
    FaultRig.within(FaultRig.LIMIT).until(() -> received.messages().size() >= expected.size());
    assertThat(received()).isEqualTo(expected);
    return routes;
  }

  private static List<String> channels(int number, Route route) {
    if (route != Route.TARGETED) {
      return List.of(CHANNEL);
    }
    return switch (number % KINDS) {
      case 1 -> List.of(A);
      case 2 -> List.of(GROUP);
      default -> List.of(A, B);
    };
  }

  /** What the node received, each message behind its channel. */
  List<String> received() {
    return received.messages().stream()
        .map(message -> message.channel() + " " + new String(message.bytes(), UTF_8))
        .toList();
  }

  List<String> notes() {
    return publisher.status().notes();
  }

  @Override
  public void close() {
    publisher.close();
    node.close();
  }
}

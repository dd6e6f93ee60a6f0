package io.github.redisfanout;

import io.github.redisfanout.internal.wire.EnvelopeCodec;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Owns sessions without a node: closes their transports on the threads that end them. */
class CallerOwner implements FanoutSession.Owner {
  final Counters counters = new Counters();
  final List<Throwable> lost = new CopyOnWriteArrayList<>();
  final FanoutSession.Shared shared;

  CallerOwner(FanoutConfig config) {
    shared =
        new FanoutSession.Shared(
            new PayloadWriter(new JacksonPayloadEncoder(), new EnvelopeCodec(1_000, false)),
            config.overflowPolicy(),
            new SendQueue.Limits(
                config.sessionQueueMessages(), config.sessionQueueBytes(), counters.queueMessages),
            counters,
            this);
  }

  FanoutSession session(Transport transport, LaneThread lane) {
    return new FanoutSession(
        "id",
        Address.user("alice"),
        transport,
        new AdapterHabits(transport.getClass()),
        lane,
        shared);
  }

  FanoutCounters counts() {
    return new FanoutCounters(counters, 0, Map.of());
  }

  @Override
  public CompletableFuture<@Nullable Void> ready(FanoutSession session) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<@Nullable Void> join(FanoutSession session, String group) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean leave(FanoutSession session, String group) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void countMember(String group, int lane, int change) {}

  @Override
  public void countSession(String userId, int change) {}

  @Override
  public void lost(FanoutSession session, @Nullable Throwable cause) {
    if (cause != null) {
      lost.add(cause);
    }
  }

  @Override
  public void ended(
      FanoutSession session, @Nullable Disconnect why, boolean force, @Nullable Throwable cause) {
    if (why != null) {
      counters.disconnected(why.code());
      session.transport().close(why, force);
    }
  }
}

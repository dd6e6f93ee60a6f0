package io.github.redisfanout;

import io.github.redisfanout.backplane.Directory;
import io.github.redisfanout.backplane.NotPermittedException;
import io.github.redisfanout.backplane.PresenceTable;
import io.github.redisfanout.internal.Callbacks;
import io.github.redisfanout.internal.ChannelNames;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Says which users have a session, on any node. Thread-safe; no call blocks.
 *
 * <p>Futures complete on the callback executor: exceptionally with {@link NotPermittedException} if
 * Redis does not permit the question, with {@link IllegalStateException} if the node was not
 * started or is closed, else with what went wrong.
 */
public final class Presence {
  private final FanoutConfig config;
  private final ChannelNames channels;
  private final @Nullable Directory directory; // null: the backplane has none
  private final @Nullable PresenceTable table; // null: presence is not tracked
  private final Executor executor;

  Presence(
      FanoutConfig config,
      @Nullable Directory directory,
      @Nullable PresenceTable table,
      Executor executor) {
    this.config = config;
    this.directory = directory;
    this.table = table;
    this.executor = executor;
    channels = new ChannelNames(config.channel());
  }

  /**
   * Which of these users have a session now.
   *
   * <p>With {@link Routing#ADAPTIVE}, those whose channel a node has subscribed: Redis knows, and
   * nothing is written. With {@link FanoutConfig.Builder#trackPresence}, those that a node has
   * written. Either way all nodes need the same setting. One round trip to Redis, for hundreds of
   * users, too. A node that only publishes may ask.
   *
   * @param userIds may be empty; an id that is given twice counts once
   * @return an unmodifiable set; of nodes that have died, see the page on presence
   * @throws IllegalArgumentException if a user id is empty or has an unpaired surrogate
   * @throws IllegalStateException if the node broadcasts and does not track presence, or its
   *     backplane has no directory
   */
  public CompletableFuture<Set<String>> online(Collection<String> userIds) {
    List<String> asked = checked(userIds);
    if (config.routing() == Routing.BROADCAST && !config.trackPresence()) {
      throw new IllegalStateException(
          "online: a node that broadcasts does not know who is elsewhere; set"
              + " FanoutConfig.routing(Routing.ADAPTIVE) or trackPresence(true) on all nodes");
    }
    if (config.routing() == Routing.BROADCAST && table != null) {
      return completed(
          table.read(config.channel(), asked),
          found -> Collections.unmodifiableSet(found.keySet()));
    }
    if (directory == null) {
      throw new IllegalStateException("online: the backplane has no directory");
    }
    return completed(
        directory.subscribers(asked.stream().map(channels::user).toList()),
        counts -> {
          Set<String> online = new HashSet<>();
          for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
              online.add(asked.get(i));
            }
          }
          return Collections.unmodifiableSet(online);
        });
  }

  /**
   * On which nodes these users have a session, as {@linkplain FanoutConfig.Builder#trackPresence
   * tracking} nodes have written it. One round trip to Redis.
   *
   * @return the {@linkplain RedisFanout#nodeId ids} of the nodes of each user; who is on no node is
   *     not in it. Unmodifiable
   * @throws IllegalArgumentException if a user id is empty or has an unpaired surrogate
   * @throws IllegalStateException if the node does not track presence
   */
  public CompletableFuture<Map<String, Set<String>>> nodesOf(Collection<String> userIds) {
    List<String> asked = checked(userIds);
    if (table == null) {
      throw new IllegalStateException(
          "nodesOf: it is not known who is where; set FanoutConfig.trackPresence(true) on all"
              + " nodes");
    }
    return completed(
        table.read(config.channel(), asked),
        found -> {
          found.replaceAll((user, nodes) -> Collections.unmodifiableSet(nodes));
          return Collections.unmodifiableMap(found);
        });
  }

  private static List<String> checked(Collection<String> userIds) {
    Set<String> asked = new LinkedHashSet<>(userIds);
    asked.forEach(Address::checkUserId);
    return List.copyOf(asked);
  }

  /** On the executor, whatever thread the stage completes on. */
  @SuppressWarnings("FutureReturnValueIgnored") // the other future gets the outcome
  private <A, B> CompletableFuture<B> completed(CompletionStage<A> stage, Function<A, B> result) {
    CompletableFuture<B> future = new CompletableFuture<>();
    stage.whenComplete(
        (answer, failure) ->
            Callbacks.run(
                executor,
                () -> {
                  if (failure == null) {
                    future.complete(result.apply(answer));
                  } else {
                    future.completeExceptionally(failure);
                  }
                }));
    return future;
  }
}

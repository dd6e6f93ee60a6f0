package io.github.redisfanout.backplane;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * The nodes of an application, as they announce themselves on a channel.
 *
 * <p>An announcement expires, so a node has to repeat it. A node whose announcement has expired is
 * remembered as lost for {@link #REMEMBERED}. No call blocks. Stages complete on any thread, and
 * exceptionally: with {@link NotPermittedException} if the other side does not permit it, with
 * {@link IllegalStateException} before the start and after the end of the backplane, else with what
 * went wrong. Calls made one after the other take effect in that order. Thread-safe.
 */
public interface Directory {
  /** How long a lost node is remembered, from its last announcement on. */
  Duration REMEMBERED = Duration.ofMinutes(5);

  /**
   * Announces a node, for the first time or again.
   *
   * @param channel the application's channel: others have other nodes
   * @param node its id
   * @param ttl after this time it counts as lost
   */
  CompletionStage<Void> announce(String channel, String node, Duration ttl);

  /**
   * Removes a node that ends: it is neither live nor lost. A node that is not there is no error.
   */
  CompletionStage<Void> withdraw(String channel, String node);

  /** Reads all nodes of a channel. */
  CompletionStage<Announced> read(String channel);

  /**
   * Counts who is subscribed to each of these channels now, in the order of the list.
   *
   * <p>A connection that has died without a word counts until the other side notices.
   *
   * @param channels any number; some may be the same
   */
  CompletionStage<long[]> subscribers(List<String> channels);

  /**
   * The nodes of a channel; no node is in both sets. Immutable.
   *
   * @param live the ids of those whose announcement has not expired
   * @param lost the ids of those whose announcement has expired, and that are still remembered
   */
  record Announced(Set<String> live, Set<String> lost) {
    /** Copies both sets. */
    public Announced {
      live = Set.copyOf(live);
      lost = Set.copyOf(lost);
    }
  }
}

package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Directory.Announced;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One question to all nodes, and what has come so far. Thread-safe; its methods never wait, and
 * complete the future on the executor, without the lock.
 */
final class Question {
  /** Anybody who may publish may answer. */
  private static final int MAX_ANSWERS = 10_000;

  private final String self;
  private final Executor executor;
  final CompletableFuture<Nodes> future = new CompletableFuture<>();

  @GuardedBy("this")
  private final Map<String, NodeInfo> answers = new HashMap<>();

  /** The nodes that the directory named first; null while it has not answered. */
  @GuardedBy("this")
  private @Nullable Set<String> asked;

  /** What the directory said last; of no meaning while {@link #asked} is null. */
  @GuardedBy("this")
  private Announced announced = new Announced(Set.of(), Set.of());

  /** Why the directory says nothing. */
  @GuardedBy("this")
  private String silent = "the directory of nodes has not answered";

  /** Why the question was perhaps not heard; empty once it is known to be published. */
  @GuardedBy("this")
  private String unheard = "the question waits to be published";

  /** How many nodes the question was handed to; 0 while that is not known. */
  @GuardedBy("this")
  private long heardBy;

  @GuardedBy("this")
  private boolean ended;

  Question(String self, Executor executor) {
    this.self = self;
    this.executor = executor;
  }

  void answered(NodeInfo node) {
    synchronized (this) {
      if (answers.size() < MAX_ANSWERS) {
        answers.putIfAbsent(node.id(), node);
      }
    }
    endIfComplete();
  }

  /** The directory was read. Nodes that were withdrawn since the first time are not waited for. */
  void announced(Announced now) {
    synchronized (this) {
      announced = now;
      if (asked == null) {
        asked = new HashSet<>(now.live());
        asked.addAll(now.lost());
      }
    }
    endIfComplete();
  }

  /** The directory could not be read. */
  synchronized void notAnnounced(String why) {
    silent = why;
  }

  /** The question was published, and handed to this many nodes. */
  void published(long nodes) {
    synchronized (this) {
      unheard = "";
      heardBy = nodes;
    }
    endIfComplete();
  }

  /** The question was perhaps not published. */
  synchronized void notPublished(String why) {
    unheard = why;
  }

  /** Answers with what has come, before its time. */
  void end(String why) {
    notPublished(why);
    notAnnounced(why);
    end();
  }

  private void endIfComplete() {
    if (isComplete()) {
      end();
    }
  }

  private synchronized boolean isComplete() {
    boolean allWhoHeard = heardBy > 0 && answers.size() >= heardBy;
    Set<String> missing = missing();
    if (asked == null || missing.isEmpty()) {
      return asked == null ? allWhoHeard : true;
    }
    // A lost node may only be frozen, but not if everybody who heard the question has answered.
    return allWhoHeard && announced.lost().containsAll(missing);
  }

  @GuardedBy("this")
  private Set<String> missing() {
    Set<String> missing = new HashSet<>();
    if (asked != null) {
      missing.addAll(announced.live());
      missing.addAll(announced.lost());
      missing.retainAll(asked);
      missing.add(self); // even if it has not announced itself
      missing.removeAll(answers.keySet());
    }
    return missing;
  }

  /** Answers with what has come; only the first call counts. */
  void end() {
    Nodes nodes;
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      Set<String> missing = missing();
      Set<String> lost = new HashSet<>(missing);
      lost.retainAll(announced.lost());
      // Without a node that is missing, all have answered, whatever became of the question.
      String reason = asked == null ? silent : missing.isEmpty() ? "" : unheard;
      nodes = new Nodes(answers.values(), missing, lost, reason);
    }
    try {
      executor.execute(() -> future.complete(nodes));
    } catch (Throwable shutDownFullOrBroken) {
      future.completeAsync(() -> nodes);
    }
  }
}

package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.redisfanout.backplane.PresenceTable;
import io.github.redisfanout.backplane.redis.LinkEvents.Note;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;

/**
 * The presence table in hashes of Redis, which {@linkplain PresenceScript scripts} change, on the
 * directory's connection. Thread-safe.
 *
 * <p>A user is a field of one of {@value #BUCKETS} hashes, {@code <channel>:redis-fanout:p:<n>},
 * because small hashes need the least memory. The value is the tokens of the leases, without
 * anything between them.
 */
final class RedisPresence implements PresenceTable {
  /** Never to be changed: nodes of all versions share the hashes. */
  static final int BUCKETS = 4_096;

  /** Of one script when users are removed. */
  private static final int SWEPT_BUCKETS = 16;

  /** Scripts that are sent together when users are removed; others come between. */
  private static final int SWEEP_SCRIPTS = 16;

  /** How long a node may take to remove users before another one does it, too. */
  private static final Duration CLAIM = Duration.ofSeconds(5);

  /** For how long a lease is renewed, at least. */
  private static final Duration RENEWED_FOR = Duration.ofSeconds(15);

  private static final int TOKEN_LENGTH = 6;
  private static final int READ_COMMANDS = 5_000;
  private static final int MAX_CLAIMED = 100;
  private static final int MAX_CHANGES = 500;
  private static final int MAX_BYTES = 50_000;

  private final SecureRandom random = new SecureRandom();
  private final RedisDirectory directory;
  private final Permission table;
  private final Permission kill;
  private final LongSupplier clientId;

  /** {@code clientId} is Redis' id of the receiving connection, negative if it is not known. */
  RedisPresence(RedisDirectory directory, LinkEvents events, LongSupplier clientId) {
    this.directory = directory;
    this.clientId = clientId;
    table =
        new Permission(events, Note.PRESENCE, "presence is not tracked", "the table of presence");
    kill =
        new Permission(
            events,
            Note.CLIENT_KILL,
            "connections of lost nodes are not ended, so their users may seem online",
            "CLIENT KILL");
  }

  @Override
  public CompletionStage<Acquired> acquire(
      String channel, String node, Duration ttl, @Nullable Lease before, Duration grace) {
    return directory.submit(
        table,
        open -> {
          List<?> answer =
              (List<?>)
                  PresenceScript.ACQUIRE.call(
                      open,
                      leases(channel),
                      List.of(
                          newToken(),
                          Long.toString(clientId.getAsLong()),
                          node,
                          millis(ttl),
                          newToken(),
                          before == null ? "" : before.id(),
                          before == null ? "" : Part.of(before.id()).epoch,
                          millis(grace)));
          return new Acquired(
              new Lease(channel, node, NodeKeys.text(answer.get(1))), known(answer.get(0)));
        });
  }

  /** Six characters. */
  private String newToken() {
    byte[] bytes = new byte[4];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static Known known(Object answer) {
    return answer.equals(0L) ? Known.YES : answer.equals(1L) ? Known.SWEPT : Known.LOST;
  }

  @Override
  public CompletionStage<Renewal> renew(Lease lease, Duration ttl) {
    return directory.submit(
        table,
        open -> {
          List<?> answer =
              (List<?>)
                  PresenceScript.RENEW.call(
                      open,
                      leases(lease.channel()),
                      List.of(lease.id(), millis(ttl), Part.of(lease.id()).epoch));
          return new Renewal(known(answer.get(0)), Duration.ofMillis((Long) answer.get(1)));
        });
  }

  @Override
  @SuppressWarnings("NullAway") // a CompletionStage<Void> is completed with null
  public CompletionStage<Void> retire(Lease lease, Duration grace) {
    return directory.submit(
        table,
        open -> {
          PresenceScript.RETIRE.call(
              open, leases(lease.channel()), List.of(lease.id(), millis(grace)));
          return null;
        });
  }

  @Override
  public CompletionStage<Boolean> change(Lease lease, List<Change> changes) {
    List<List<String>> scripts = new ArrayList<>();
    List<String> script = List.of();
    int bytes = 0;
    for (Change change : changes) {
      if (script.isEmpty() || script.size() >= MAX_CHANGES * 3 || bytes >= MAX_BYTES) {
        script = new ArrayList<>(List.of(lease.id(), buckets(lease), events(lease)));
        scripts.add(script);
        bytes = 0;
      }
      script.add(
          switch (change.kind()) {
            case CAME -> "+";
            case STAYED -> "=";
            case LEFT -> "-";
          });
      script.add(Integer.toString(bucket(change.userId())));
      script.add(change.userId());
      bytes += change.userId().length();
    }
    return scripts.isEmpty()
        ? CompletableFuture.completedFuture(true)
        : directory.submit(
            table,
            open ->
                PresenceScript.CHANGE.callAll(open, leases(lease.channel()), scripts).stream()
                    .allMatch(answer -> answer.equals(1L)));
  }

  @Override
  public CompletionStage<Integer> sweep(Lease own) {
    return directory
        .submit(table, open -> claim(open, own))
        .thenCompose(
            claimed ->
                claimed.isEmpty()
                    ? CompletableFuture.completedFuture(0)
                    : killClients(own, claimed)
                        .thenCompose(done -> sweep(own, claimed, 0))
                        .thenApply(done -> claimed.size()));
  }

  /** A lease that is being swept, and when it had expired. */
  private record Claimed(Part lease, long expiryMillis) {}

  private static List<Claimed> claim(OneConnection open, Lease own) {
    List<?> answer =
        (List<?>)
            PresenceScript.CLAIM.call(
                open,
                leases(own.channel()),
                List.of(own.id(), millis(CLAIM), Integer.toString(MAX_CLAIMED)));
    List<Claimed> claimed = new ArrayList<>();
    for (int i = 0; i < answer.size(); i += 2) {
      claimed.add(
          new Claimed(
              Part.of(NodeKeys.text(answer.get(i))),
              Long.parseLong(NodeKeys.text(answer.get(i + 1)))));
    }
    return claimed;
  }

  /** Else Redis would count what they have subscribed, for as long as TCP believes in them. */
  private CompletionStage<?> killClients(Lease own, List<Claimed> claimed) {
    long since = Part.of(own.id()).acquiredMillis + RENEWED_FOR.toMillis();
    List<CommandArguments> commands =
        claimed.stream()
            .filter(c -> c.lease.client >= 0)
            // Else it may be of another process of Redis, which gave the id to another connection.
            .filter(c -> c.expiryMillis >= since)
            .map(c -> Long.toString(c.lease.client))
            .map(id -> NodeKeys.command(Command.CLIENT, "KILL", "ID", id, "TYPE", "PUBSUB"))
            .toList();
    return commands.isEmpty()
        ? CompletableFuture.completedFuture("none")
        : directory
            .submit(kill, open -> NodeKeys.call(open, commands))
            .exceptionally(failure -> List.of()); // a note says so, or the next one does it
  }

  /** Removes the users in these buckets and all after them. */
  private CompletionStage<Integer> sweep(Lease own, List<Claimed> claimed, int firstBucket) {
    List<List<String>> scripts = new ArrayList<>();
    int bucket = firstBucket;
    for (; bucket < BUCKETS && scripts.size() < SWEEP_SCRIPTS; bucket += SWEPT_BUCKETS) {
      List<String> script = new ArrayList<>();
      script.add(buckets(own));
      script.add(events(own));
      script.add(Integer.toString(bucket));
      script.add(Integer.toString(bucket + SWEPT_BUCKETS - 1));
      claimed.forEach(c -> script.add(c.lease.token));
      scripts.add(script);
    }
    String key = leases(own.channel());
    int next = bucket;
    return directory
        .submit(table, open -> PresenceScript.SWEEP.callAll(open, key, scripts))
        .thenCompose(
            done -> next < BUCKETS ? sweep(own, claimed, next) : forget(own.channel(), claimed));
  }

  private CompletionStage<Integer> forget(String channel, List<Claimed> claimed) {
    CommandArguments command = NodeKeys.command(Command.ZREM, leases(channel));
    claimed.forEach(c -> command.add("~" + c.lease.id));
    return directory.submit(
        table,
        open -> {
          NodeKeys.call(open, List.of(command));
          return claimed.size();
        });
  }

  @Override
  public CompletionStage<Map<String, Set<String>>> read(String channel, List<String> userIds) {
    List<String> asked = List.copyOf(userIds);
    return directory.ask(table, open -> read(open, channel, asked));
  }

  private static Map<String, Set<String>> read(
      OneConnection open, String channel, List<String> asked) {
    List<CommandArguments> commands = new ArrayList<>();
    commands.add(NodeKeys.command(Command.TIME));
    commands.add(NodeKeys.command(Command.ZRANGE, leases(channel), "0", "-1", "WITHSCORES"));
    asked.forEach(id -> commands.add(NodeKeys.command(Command.HGET, bucketOf(channel, id), id)));
    List<Object> answers = new ArrayList<>(commands.size());
    for (int i = 0; i < commands.size(); i += READ_COMMANDS) {
      answers.addAll(
          NodeKeys.call(open, commands.subList(i, Math.min(commands.size(), i + READ_COMMANDS))));
    }
    Map<String, String> nodes =
        liveNodes(NodeKeys.millis(answers.get(0)), (List<?>) answers.get(1));
    Map<String, Set<String>> found = new HashMap<>();
    for (int i = 0; i < asked.size(); i++) {
      if (answers.get(i + 2) instanceof byte[] tokens) {
        Set<String> here = nodesOf(new String(tokens, UTF_8), nodes);
        if (!here.isEmpty()) {
          found.put(asked.get(i), here);
        }
      }
    }
    return found;
  }

  /** The nodes of leases that have not expired, by their tokens. */
  private static Map<String, String> liveNodes(long nowMillis, List<?> leasesAndExpiries) {
    // In RESP3 each is a list of both.
    List<?> flat =
        leasesAndExpiries.stream()
            .flatMap(e -> e instanceof List<?> both ? both.stream() : Stream.of(e))
            .toList();
    Map<String, String> nodes = new HashMap<>();
    for (int i = 0; i + 1 < flat.size(); i += 2) {
      String lease = NodeKeys.text(flat.get(i));
      boolean plain = !lease.startsWith("~") && !lease.startsWith("!");
      if (plain && Double.parseDouble(NodeKeys.text(flat.get(i + 1))) > nowMillis) {
        Part part = Part.of(lease);
        nodes.put(part.token, part.node);
      }
    }
    return nodes;
  }

  private static Set<String> nodesOf(String tokens, Map<String, String> nodes) {
    Set<String> found = new HashSet<>();
    for (int at = 0; at + TOKEN_LENGTH <= tokens.length(); at += TOKEN_LENGTH) {
      String node = nodes.get(tokens.substring(at, at + TOKEN_LENGTH));
      if (node != null) {
        found.add(node);
      }
    }
    return found;
  }

  private static String leases(String channel) {
    return channel + ":redis-fanout:presence:nodes";
  }

  private static String events(Lease lease) {
    return PresenceTable.eventChannel(lease.channel());
  }

  private static String buckets(Lease lease) {
    return buckets(lease.channel());
  }

  private static String buckets(String channel) {
    return channel + ":redis-fanout:p:";
  }

  static String bucketOf(String channel, String userId) {
    return buckets(channel) + bucket(userId);
  }

  private static int bucket(String userId) {
    CRC32 hash = new CRC32();
    hash.update(userId.getBytes(UTF_8));
    return (int) (hash.getValue() % BUCKETS);
  }

  private static String millis(Duration time) {
    return Long.toString(time.toMillis());
  }

  /** What the id of a lease says. */
  private record Part(
      String id, String token, long client, long acquiredMillis, String epoch, String node) {

    static Part of(String id) {
      String[] words = id.split(" ", 5);
      if (words.length < 5) {
        throw new IllegalArgumentException("not the id of a lease: " + id);
      }
      return new Part(
          id, words[0], Long.parseLong(words[1]), Long.parseLong(words[2]), words[3], words[4]);
    }
  }
}

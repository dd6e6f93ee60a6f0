package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNullElse;

import io.github.redisfanout.backplane.BackplaneEvent.Kind;
import java.net.SocketAddress;
import java.security.Security;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Opens connections to the server that is the right one now, and asks each for the server's role.
 * Thread-safe.
 */
final class Dialer {
  private static final Pattern NUMERIC =
      Pattern.compile("[0-9.]+|\\[?[0-9a-fA-F:.]*:[0-9a-fA-F:.]*]?");

  private final RedisEndpoint endpoint;
  private final Duration readTimeout;
  private final @Nullable Locator locator; // null: the endpoint has an address
  private final Credentials credentials;
  private final LinkEvents events;
  private final Consumer<String> onWrongServer;

  /** {@code onWrongServer} is called when an open connection leads to the wrong server. */
  Dialer(
      RedisEndpoint endpoint,
      Duration readTimeout,
      @Nullable Locator locator,
      Credentials credentials,
      LinkEvents events,
      Consumer<String> onWrongServer) {
    this.endpoint = endpoint;
    this.readTimeout = readTimeout;
    this.locator = locator;
    this.credentials = credentials;
    this.events = events;
    this.onWrongServer = onWrongServer;
  }

  /**
   * Opens a connection, which the caller closes.
   *
   * @throws WrongRoleException if it leads to a server that is no master
   */
  OneConnection dial(String clientName) {
    HostAndPort address = locator == null ? endpoint.address() : locator.locate();
    credentials.prepare();
    OneConnection open = endpoint.connect(address, clientName, readTimeout);
    try {
      checkRole(open);
      return open;
    } catch (Throwable e) {
      open.cut();
      if (e instanceof WrongRoleException) {
        events.report(Kind.WRONG_ROLE, Failures.inWords(e));
      }
      throw e;
    }
  }

  /** Asks an open connection which server it leads to. */
  ServerIdentity identify(OneConnection open) {
    open.sendCommand(Command.INFO, "server");
    return ServerIdentity.of(open.peer(), Batch.read(open), Instant.now());
  }

  /** Redis' id of an open connection; {@link ReceiveLoop#UNKNOWN_CLIENT} if it does not tell it. */
  long clientId(OneConnection open) {
    open.sendCommand(Command.CLIENT, "ID");
    return Batch.read(open) instanceof Long id ? id : ReceiveLoop.UNKNOWN_CLIENT;
  }

  /** Asks an open connection for its server's role; throws unless it is a master's. */
  void checkRole(OneConnection open) {
    open.sendCommand(Command.ROLE);
    Object answer = Batch.read(open);
    if (answer instanceof JedisDataException refused) {
      roleRefused(refused);
    } else {
      events.note(LinkEvents.Note.ROLE, null);
      ServerRole.check(answer, "Redis at " + open);
    }
  }

  /** Redis refused to give its role: every server is then taken for a master. */
  void roleRefused(JedisDataException refused) {
    String words = String.valueOf(refused.getMessage());
    if (words.startsWith("NOPERM") || words.startsWith("ERR")) { // not while a script runs
      events.note(LinkEvents.Note.ROLE, "the server's role is not known: ROLE: " + words);
    }
  }

  /** An open connection keeps the login it has. */
  void loginRefused(JedisDataException refused) {
    events.note(
        LinkEvents.Note.CREDENTIALS, "Redis refused new credentials: " + refused.getMessage());
  }

  /** An open connection leads to the wrong server: both are to be renewed. */
  void wrongServer(String reason) {
    onWrongServer.accept(reason);
  }

  /** The node has left one server for another. */
  void moved(SocketAddress from, SocketAddress to) {
    String other = to.equals(from) ? "another server there" : words(to);
    events.report(Kind.MOVED, "Moved from Redis at " + words(from) + " to " + other);
  }

  static String words(SocketAddress address) {
    return address.toString().replaceFirst(".*/", ""); // a resolved name stands before it
  }

  /** Whether the server of this connection is confirmed as the right one; blocks for a moment. */
  boolean confirms(OneConnection open) {
    if (locator != null) {
      return locator.confirms(open.address());
    }
    OneConnection fresh = dial("redis-fanout-check");
    boolean same = fresh.peer().equals(open.peer());
    fresh.cut();
    if (!same) {
      wrongServer(
          "a new connection leads to " + words(fresh.peer()) + ", not to " + words(open.peer()));
    }
    return same;
  }

  /**
   * Until when the server of this connection is known to be the right one.
   *
   * @param proved when that was last proved on a new connection; null if it never was
   */
  Instant sureUntil(OneConnection open, @Nullable Instant proved) {
    Instant confirmed = locator == null ? proved : locator.confirmedUntil(open.address());
    return requireNonNullElse(confirmed, open.dialledAt());
  }

  /** Whether a locator confirms the server: then only its word counts. */
  boolean isLocated() {
    return locator != null;
  }

  /**
   * How long after a move other nodes, which look this often, may still publish to the old server.
   */
  Duration settlingTime(Duration interval) {
    return locator == null
        ? interval.multipliedBy(Probes.FRESH_EVERY + 2)
        : interval.plusSeconds(2); // sentinels exchange their state every 2 s
  }

  /** How long this JVM may use the old address of a name; zero if there is no name. */
  Duration nameCacheTime() {
    if (locator != null || NUMERIC.matcher(endpoint.address().getHost()).matches()) {
      return Duration.ZERO;
    }
    return nameCacheTime(
        Security.getProperty("networkaddress.cache.ttl"),
        System.getProperty("sun.net.inetaddr.ttl"));
  }

  /** The system property counts only without the security property, as in the JDK. */
  static Duration nameCacheTime(@Nullable String security, @Nullable String system) {
    String seconds = security == null ? system : security;
    boolean isTime = seconds != null && seconds.matches("\\d{1,9}"); // -1: for good, so never old
    return Duration.ofSeconds(isTime ? Long.parseLong(seconds) : 30);
  }

  /** Notes whether the fence holds back a master that has lost its replicas. */
  void noteReplicas(OneConnection open) {
    open.sendCommand(Command.INFO, "replication");
    if (Batch.read(open) instanceof byte[] bytes) {
      String info = new String(bytes, UTF_8);
      boolean replicated = !info.contains("connected_slaves:0\r") || locator != null;
      boolean limited = info.contains("min_slaves_good_slaves:");
      events.note(
          LinkEvents.Note.REPLICAS,
          replicated && !limited
              ? "min-replicas-to-write is 0: a master that is cut off goes on taking messages"
              : null);
    }
  }
}

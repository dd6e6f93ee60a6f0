package io.github.redisfanout.benchmarks.sockets;

import io.github.redisfanout.benchmarks.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What to measure, as the command line says.
 *
 * @param ahead how many messages a client may lag behind the publishers
 * @param window publishes of one publisher that have no answer yet
 * @param payloadChars the length of a message as JSON
 * @param warmUps rounds that do not count; on two cores the compilers are at it for some 15 seconds
 * @param pauseMicros how long the load generator waits before it reads again, in throughput rounds
 * @param tomcatThreads Tomcat's worker threads of a node; 0 leaves Tomcat's default, up to 200.
 *     Tomcat reports the end of each write on one of them, so more than there are cores only wake
 *     each other: with the default it was half as fast
 */
record SocketsPlan(
    int clients,
    int messages,
    int recipients,
    int payloadChars,
    int publishers,
    int window,
    int ahead,
    int warmUps,
    int rounds,
    int rate,
    int latencySeconds,
    int pauseMicros,
    int tomcatThreads) {

  static final String HELP =
      "two Tomcat nodes and real WebSockets: --clients 200 --messages 40000 --recipients 10"
          + " --payload 300 --publishers 2 --window 1000 --ahead 100 --warm-ups 4 --rounds 3 --rate 500"
          + " --latency-seconds 5 --read-pause-us 1000 --tomcat-threads 4";

  static SocketsPlan of(Options options) {
    SocketsPlan plan =
        new SocketsPlan(
            options.number("clients", 200),
            options.number("messages", 40_000),
            options.number("recipients", 10),
            options.number("payload", 300),
            options.number("publishers", 2),
            options.number("window", 1_000),
            options.number("ahead", 100),
            options.number("warm-ups", 4),
            options.number("rounds", 3),
            options.number("rate", 500),
            options.number("latency-seconds", 5),
            options.numberOrNone("read-pause-us", 1_000),
            options.numberOrNone("tomcat-threads", 4));
    options.checkAllKnown();
    plan.check();
    return plan;
  }

  private void check() {
    if (recipients > clients) {
      throw new IllegalArgumentException(
          "--recipients must be at most --clients, " + clients + ": " + recipients);
    }
    if (payloadChars < ChatMessage.SHORTEST || payloadChars > ChatMessage.LONGEST) {
      throw new IllegalArgumentException(
          "--payload must be between %d and %d: %d"
              .formatted(ChatMessage.SHORTEST, ChatMessage.LONGEST, payloadChars));
    }
    if (window > 5_000) { // two publishers of one node share a buffer of 10,000
      throw new IllegalArgumentException("--window must be at most 5000: " + window);
    }
  }

  List<String> users() {
    return IntStream.range(0, clients).mapToObj(i -> "user-" + i).toList();
  }

  /**
   * The recipients of successive messages, to be used in turn: once round, each client has had the
   * same number. As neighbours are on different nodes, each node has a part of each message.
   */
  List<List<String>> audiences() {
    List<String> users = users();
    List<List<String>> audiences = new ArrayList<>();
    for (int first = 0; audiences.isEmpty() || first != 0; first = (first + recipients) % clients) {
      int from = first;
      audiences.add(
          IntStream.range(from, from + recipients).mapToObj(i -> users.get(i % clients)).toList());
    }
    return audiences;
  }

  /** This many messages or a few more, so that all clients get the same number. */
  int wholeTurns(int atLeast) {
    int turn = audiences().size();
    return (atLeast + turn - 1) / turn * turn;
  }

  /** What each client has got after this many messages. */
  long each(long messagesSent) {
    return messagesSent * recipients / clients;
  }
}

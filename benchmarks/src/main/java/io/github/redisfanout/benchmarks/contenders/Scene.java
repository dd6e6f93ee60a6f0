package io.github.redisfanout.benchmarks.contenders;

import java.util.List;
import java.util.Map;

/**
 * What a contender finds: a Redis, a channel, and for each node its users with their sinks.
 *
 * @param host the Redis' host
 * @param port its port
 * @param channel the channel to use; a new one for each round
 * @param nodes per node the sinks by user id; a user is on one node
 */
public record Scene(String host, int port, String channel, List<Map<String, Sink>> nodes) {
  public String uri() {
    return "redis://" + host + ":" + port;
  }
}

package io.github.redisfanout.containers;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.OverflowPolicy;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.jakarta.JakartaFanout;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One node in its container, in its own process: {@code CLASS REDIS-URI [name=value …]}.
 *
 * <p>{@code CLASS} is a {@link ContainerServer} with a constructor that takes a {@link
 * ServerSetup}. Prints {@code port} and the port; then answers each line of its input by a line
 * that begins with the same word, see {@link ServedNode}, until the input ends.
 */
public final class ServeMain {
  private ServeMain() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, String> settings =
        Arrays.stream(arguments)
            .skip(2)
            .map(word -> word.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    ServedNode node = ServedNode.start(RedisEndpoint.of(arguments[1]), config(settings));
    ServerSetup setup =
        new ServerSetup(
            new JakartaFanout(node.fanout()), (session, text) -> {}, settings.containsKey("bare"));
    ContainerServer server =
        Class.forName(arguments[0])
            .asSubclass(ContainerServer.class)
            .getConstructor(ServerSetup.class)
            .newInstance(setup);
    System.out.println("port " + server.port());
    try (RedisFanout fanout = node.fanout();
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      in.lines().map(node::answer).forEach(System.out::println);
    }
    System.exit(0); // containers have threads that are no daemons, and stop slowly
  }

  private static FanoutConfig config(Map<String, String> settings) {
    FanoutConfig.Builder config = FanoutConfig.builder("container-tests");
    settings.forEach(
        (name, value) -> {
          switch (name) {
            case "write-timeout-ms" -> config.writeTimeout(millis(value));
            case "ping-interval-ms" -> config.pingInterval(millis(value));
            case "silence-limit-ms" -> config.silenceLimit(millis(value));
            case "overflow" -> config.overflowPolicy(OverflowPolicy.valueOf(value));
            case "bare" -> {}
            default -> throw new IllegalArgumentException("there is no setting " + name);
          }
        });
    return config.build();
  }

  private static Duration millis(String text) {
    return Duration.ofMillis(Long.parseLong(text));
  }
}

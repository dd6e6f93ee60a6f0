package io.github.redisfanout.examples.spring;

import io.github.redisfanout.RedisFanout;
import java.time.Duration;
import org.springframework.context.SmartLifecycle;

/**
 * Sends the clients to other nodes before Spring Boot stops the server.
 *
 * <p>When a context closes, Spring goes through the phases from the highest to the lowest:
 *
 * <ol>
 *   <li>this one: {@code /health} says 503 and the sessions are closed one by one; the server still
 *       takes requests, as the load balancer does not know yet
 *   <li>{@code server.shutdown=graceful}: no new requests, those in flight are finished. It knows
 *       nothing of WebSockets, which is why they have to be closed by then
 *   <li>the server is stopped
 *   <li>last the beans: {@link RedisFanout#close} sends what the requests have published
 * </ol>
 */
final class FanoutDrain implements SmartLifecycle {
  private final RedisFanout fanout;
  private final Duration spread;
  private volatile boolean running;

  FanoutDrain(RedisFanout fanout, Duration spread) {
    this.fanout = fanout;
    this.spread = spread;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop(Runnable done) {
    running = false;
    var unused = fanout.drain(spread).whenComplete((nothing, failure) -> done.run());
  }

  @Override
  public void stop() {
    stop(() -> {});
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return DEFAULT_PHASE; // the highest; those of the web server are below
  }
}

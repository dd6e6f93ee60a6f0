package io.github.redisfanout.containers.weld;

import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.jakarta.JakartaFanout;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/**
 * The parts of redis-fanout as CDI beans, as an application would produce them.
 *
 * <p>{@code @Singleton} and not {@code @ApplicationScoped}: the classes are final, so CDI cannot
 * make the client proxies that a normal scope needs.
 */
@ApplicationScoped
class FanoutProducer {
  static volatile String redisUri = ""; // an application would take it from its configuration

  @Produces
  @Singleton
  RedisFanout fanout() {
    return RedisFanout.connect(redisUri, "weld-tests");
  }

  void close(@Disposes RedisFanout fanout) {
    fanout.close();
  }

  @Produces
  @Singleton
  Publisher publisher(RedisFanout fanout) {
    return fanout.publisher(); // nothing to close
  }

  @Produces
  @Singleton
  JakartaFanout jakartaFanout(RedisFanout fanout) {
    return new JakartaFanout(fanout);
  }
}

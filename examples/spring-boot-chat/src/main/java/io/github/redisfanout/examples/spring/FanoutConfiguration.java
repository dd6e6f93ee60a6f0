package io.github.redisfanout.examples.spring;

import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.jakarta.HandshakeFilter;
import io.github.redisfanout.jakarta.JakartaFanout;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.socket.server.standard.ServerEndpointExporter;

/** The parts of redis-fanout as beans: all that an application needs to copy. */
@Configuration(proxyBeanMethods = false)
public class FanoutConfiguration {
  static final String PATH = "/ws";

  /** The node. Spring closes it last: every bean that uses it has been closed by then. */
  @Bean(destroyMethod = "close")
  RedisFanout fanout(
      @Value("${redis.url}") String redisUrl, @Value("${chat.channel}") String channel) {
    return RedisFanout.connect(redisUrl, channel); // Redis may be away: the node waits for it
  }

  @Bean
  Publisher publisher(RedisFanout fanout) {
    return fanout.publisher();
  }

  @Bean
  JakartaFanout sockets(RedisFanout fanout) {
    return new JakartaFanout(fanout);
  }

  /**
   * Believes {@code ?user=…}, which stands in for the application's login. With Spring Security it
   * is {@code request -> request.getRemoteUser()}: this filter comes after those of Spring.
   */
  @Bean
  FilterRegistrationBean<HandshakeFilter> handshakeFilter(JakartaFanout sockets) {
    HandshakeFilter filter = new HandshakeFilter(sockets, request -> request.getParameter("user"));
    FilterRegistrationBean<HandshakeFilter> registration = new FilterRegistrationBean<>(filter);
    registration.addUrlPatterns(PATH);
    return registration;
  }

  /**
   * Registers the endpoint when the server is there, and has Spring make one for each connection. A
   * server that a WAR is deployed to has found the class already, and ignores this registration.
   */
  @Bean
  ServerEndpointExporter webSockets(JakartaFanout sockets, AutowireCapableBeanFactory spring) {
    sockets.supplyEndpoints(ChatSocket.class, () -> spring.createBean(ChatSocket.class));
    ServerEndpointExporter exporter = new ServerEndpointExporter();
    exporter.setAnnotatedEndpointClasses(ChatSocket.class);
    return exporter;
  }

  @Bean
  FanoutDrain fanoutDrain(RedisFanout fanout, @Value("${chat.drain}") Duration spread) {
    return new FanoutDrain(fanout, spread);
  }
}

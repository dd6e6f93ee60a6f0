package io.github.redisfanout.containers.weld;

import io.github.redisfanout.jakarta.FanoutConfigurator;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;

/** One for each connection, destroyed with it. */
@Dependent
@ServerEndpoint(value = "/ws/dependent", configurator = FanoutConfigurator.class)
public class DependentSocket extends CdiSocket {
  @Inject Instances instances;

  /** Makes and destroys them by one {@link Instance}; another one would destroy nothing. */
  @ApplicationScoped
  static class Instances {
    @Inject Instance<DependentSocket> instances;

    DependentSocket make() {
      return instances.get();
    }

    void destroy(DependentSocket socket) {
      instances.destroy(socket);
    }
  }

  @Override
  @OnClose // or Tomcat calls neither this method nor the one that it overrides
  public void onClose(Session session, CloseReason reason) {
    super.onClose(session, reason);
    instances.destroy(this);
  }
}

package io.github.redisfanout.containers;

import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;

/** Does nothing; public, as containers make it themselves. */
public final class BareEndpoint extends Endpoint {

  @Override
  public void onOpen(Session session, EndpointConfig config) {}
}

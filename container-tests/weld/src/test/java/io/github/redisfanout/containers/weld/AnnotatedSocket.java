package io.github.redisfanout.containers.weld;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.websocket.server.ServerEndpoint;

/** One for all connections; found by its annotation. */
@ApplicationScoped
@ServerEndpoint(value = "/ws/annotated", configurator = CdiConfigurator.class)
public class AnnotatedSocket extends CdiSocket {}

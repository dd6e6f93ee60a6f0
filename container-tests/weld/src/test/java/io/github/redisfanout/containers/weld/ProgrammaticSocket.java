package io.github.redisfanout.containers.weld;

import io.github.redisfanout.jakarta.FanoutConfigurator;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.websocket.server.ServerEndpoint;

/** One for all connections; its supplier asks CDI for it. */
@ApplicationScoped
@ServerEndpoint(value = "/ws/programmatic", configurator = FanoutConfigurator.class)
public class ProgrammaticSocket extends CdiSocket {}

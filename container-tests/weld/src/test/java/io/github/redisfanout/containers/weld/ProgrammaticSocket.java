package io.github.redisfanout.containers.weld;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.websocket.server.ServerEndpoint;

/** One for all connections; registered with a supplier that asks CDI for it. */
@ApplicationScoped
@ServerEndpoint("/ws/programmatic")
public class ProgrammaticSocket extends CdiSocket {}

package io.github.redisfanout.containers;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.FilterInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import io.undertow.websockets.jsr.WebSocketDeploymentInfo;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import java.net.InetSocketAddress;
import java.util.logging.Level;
import java.util.logging.Logger;

/** An embedded Undertow with its default listener. */
public final class UndertowServer implements ContainerServer {
  private static final Logger LOG = Logger.getLogger("io.undertow"); // kept, or the level is lost

  private final DeploymentManager deployment;
  private final Undertow server;

  public UndertowServer(ServerSetup setup) throws ServletException {
    LOG.setLevel(Level.SEVERE);
    Filter handshake = setup.filter();
    FilterInfo filter =
        new FilterInfo("handshake", handshake.getClass(), new ImmediateInstanceFactory<>(handshake))
            .setAsyncSupported(true);
    WebSocketDeploymentInfo webSockets = new WebSocketDeploymentInfo().addListener(setup::deployTo);
    setup.scanned().forEach(webSockets::addEndpoint);
    DeploymentInfo info =
        Servlets.deployment()
            .setClassLoader(UndertowServer.class.getClassLoader())
            .setContextPath("/")
            .setDeploymentName("test")
            .addFilter(filter)
            .addFilterUrlMapping("handshake", ServerSetup.PATH, DispatcherType.REQUEST)
            .addServletContextAttribute(WebSocketDeploymentInfo.ATTRIBUTE_NAME, webSockets);
    deployment = Servlets.defaultContainer().addDeployment(info);
    deployment.deploy();
    Undertow.Builder builder =
        Undertow.builder()
            .setServerOption(UndertowOptions.ENABLE_HTTP2, setup.http2())
            .addHttpListener(0, "127.0.0.1")
            .setHandler(Handlers.path(deployment.start()));
    if (setup.threads() > 0) {
      builder.setWorkerThreads(setup.threads());
    }
    server = builder.build();
    server.start();
  }

  @Override
  public int port() {
    return ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
  }

  @Override
  public void close() throws ServletException {
    server.stop();
    deployment.stop();
    deployment.undeploy();
  }
}

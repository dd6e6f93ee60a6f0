package io.github.redisfanout.examples.sse;

import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.AbstractProtocol;

/** A Tomcat on 127.0.0.1 with servlets that may answer later. */
final class TomcatServer implements AutoCloseable {
  // Kept, because java.util.logging forgets a level with its logger.
  private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");

  private final Tomcat tomcat = new Tomcat();
  private final Path baseDirectory;

  private TomcatServer(int port, Duration timeout) throws IOException {
    TOMCAT_LOG.setLevel(Level.SEVERE); // its warnings are about reloading, which never happens here
    baseDirectory = Files.createTempDirectory("sse-");
    tomcat.setBaseDir(baseDirectory.toString());
    Connector connector = new Connector();
    connector.setProperty("address", "127.0.0.1");
    connector.setPort(port);
    connector.setThrowOnFailure(true);
    connector.setProperty("connectionTimeout", String.valueOf(timeout.toMillis()));
    tomcat.setConnector(connector);
  }

  /**
   * Starts a server.
   *
   * @param port 0 is any free port
   * @param timeout how long a client may take to read what was written, or to ask for something
   * @param servlets by path
   */
  static TomcatServer start(int port, Duration timeout, Map<String, HttpServlet> servlets)
      throws Exception {
    TomcatServer server = new TomcatServer(port, timeout);
    try {
      Context context = server.tomcat.addContext("", null);
      servlets.forEach(
          (path, servlet) -> {
            Tomcat.addServlet(context, path, servlet).setAsyncSupported(true);
            context.addServletMappingDecoded(path, path);
          });
      server.tomcat.start();
      return server;
    } catch (Exception | Error e) {
      server.close();
      throw e;
    }
  }

  int port() {
    return tomcat.getConnector().getLocalPort();
  }

  /** How many sockets it has; the next client, for which it waits, counts too. */
  long connections() {
    return ((AbstractProtocol<?>) tomcat.getConnector().getProtocolHandler()).getConnectionCount();
  }

  @Override
  public void close() throws LifecycleException, IOException {
    try {
      tomcat.stop();
      tomcat.destroy();
    } finally {
      try (var files = Files.walk(baseDirectory)) {
        for (Path path : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.deleteIfExists(path);
        }
      }
    }
  }
}

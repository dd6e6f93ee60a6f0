package io.github.redisfanout.it;

import jakarta.servlet.http.HttpServlet;
import java.nio.file.Path;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

/** A Tomcat with one web application: a listener, and annotated endpoints. */
public record WebServer(Tomcat tomcat) implements AutoCloseable {

  public static WebServer start(Path directory, Class<?> listener, Class<?>... endpoints)
      throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(directory.resolve("tomcat").toString());
    Connector connector = new Connector();
    connector.setProperty("address", "127.0.0.1");
    connector.setPort(0);
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", null);
    context.setParentClassLoader(listener.getClassLoader());
    context.addApplicationListener(listener.getName()); // as the annotation does in a WAR
    Tomcat.addServlet(context, "default", new HttpServlet() {}); // as every web application has
    context.addServletMappingDecoded("/", "default");
    context.addServletContainerInitializer(
        new WsSci(), Set.of(endpoints)); // as scanning finds them
    tomcat.start();
    return new WebServer(tomcat);
  }

  public int port() {
    return tomcat.getConnector().getLocalPort();
  }

  @Override
  public void close() throws LifecycleException {
    tomcat.stop();
    tomcat.destroy();
  }
}

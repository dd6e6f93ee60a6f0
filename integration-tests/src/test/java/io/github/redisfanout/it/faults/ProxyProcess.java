package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A real nginx or HAProxy on a free loopback port, with TLS. */
final class ProxyProcess implements AutoCloseable {
  private final Process process;
  private final int port;

  private ProxyProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** The configuration of the page, with the test's certificate and nodes. */
  static ProxyProcess nginx(
      Path directory, String configuration, TestAuthority.Issued tls, List<ProxiedNode> nodes)
      throws Exception {
    int port = freePort();
    String server =
        replace(configuration, "listen 443 ssl", "listen 127.0.0.1:" + port + " ssl")
            .replace("/etc/nginx/app.example.pem", tls.certificate().toString())
            .replace("/etc/nginx/app.example.key", tls.key().toString());
    String temporary =
        Stream.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            .map(kind -> kind + "_temp_path " + directory.resolve(kind) + ";\n")
            .reduce("", String::concat);
    String text =
        "daemon off; master_process off; pid "
            + directory.resolve("pid")
            + ";\n"
            + "error_log stderr;\nevents {}\nhttp {\naccess_log off;\n"
            + temporary
            + withNodes(server, nodes)
            + "}\n";
    Path file = Files.writeString(directory.resolve("nginx.conf"), text);
    return start(port, directory, "nginx", "-p", directory.toString(), "-c", file.toString());
  }

  /** The configuration of the page, with the test's certificate and nodes. */
  static ProxyProcess haproxy(
      Path directory, String configuration, TestAuthority.Issued tls, List<ProxiedNode> nodes)
      throws Exception {
    int port = freePort();
    Path both =
        Files.writeString(
            directory.resolve("both.pem"),
            Files.readString(tls.certificate()) + Files.readString(tls.key()));
    String text =
        replace(configuration, "bind :443", "bind 127.0.0.1:" + port)
            .replace("/etc/haproxy/app.example.pem", both.toString());
    Path file = Files.writeString(directory.resolve("haproxy.cfg"), withNodes(text, nodes));
    return start(port, directory, "haproxy", "-db", "-f", file.toString());
  }

  private static String withNodes(String text, List<ProxiedNode> nodes) {
    String result = text;
    for (int i = 0; i < nodes.size(); i++) {
      result = replace(result, "10.0.0." + (i + 1) + ":8081", "127.0.0.1:" + nodes.get(i).port());
    }
    return result;
  }

  private static String replace(String text, String what, String by) {
    assertThat(text).containsOnlyOnce(what);
    return text.replace(what, by);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static ProxyProcess start(int port, Path directory, String... command) throws Exception {
    assumeTrue(isInstalled(command[0]), command[0] + " is not installed");
    Path log = directory.resolve(command[0] + ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    ProxyProcess proxy = new ProxyProcess(process, port);
    try {
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptionsInstanceOf(IOException.class)
          .until(
              () -> {
                assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return true;
              });
    } catch (Exception | Error e) {
      proxy.close();
      throw e;
    }
    return proxy;
  }

  private static boolean isInstalled(String program) {
    String path = System.getenv("PATH") + ":/usr/sbin:/usr/local/sbin";
    return Arrays.stream(path.split(":"))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}

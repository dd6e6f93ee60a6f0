package io.github.redisfanout.it.faults;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/** A TLS port before a server that has none: a sentinel. Copies bytes, on daemon threads. */
final class TlsProxy implements AutoCloseable {
  private final SSLServerSocket server;
  private final int target;

  private TlsProxy(SSLServerSocket server, int target) {
    this.server = server;
    this.target = target;
  }

  static TlsProxy to(int port, TestAuthority.Issued certificate) throws Exception {
    char[] password = TestAuthority.PASSWORD.toCharArray();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(certificate.keyStore())) {
      keys.load(in, password);
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    SSLServerSocket server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    TlsProxy proxy = new TlsProxy(server, port);
    start(proxy::accept);
    return proxy;
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        try {
          Socket plain = new Socket(InetAddress.getLoopbackAddress(), target);
          start(() -> copy(client, plain));
          start(() -> copy(plain, client));
        } catch (IOException e) {
          client.close(); // the server is away
        }
      }
    } catch (IOException e) {
      // The end of the test.
    }
  }

  private static void copy(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // One of the sides has ended it, or the handshake failed.
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "tls-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}

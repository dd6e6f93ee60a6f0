package io.github.redisfanout.backplane.redis;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.IOUtils;

/**
 * A connection that connects only once, with our own buffers. Jedis' own connection connects again,
 * silently and without logging in, when a thread writes to it after another one has disconnected
 * it.
 */
final class OneConnection extends Connection {
  private static final Pattern PROTOCOL_ERROR =
      Pattern.compile("^-(ERR Protocol error.*)", Pattern.MULTILINE);

  // Set inside the superclass' constructor, so it must not have an initializer.
  private boolean connected;

  private final Sockets sockets;
  private final HostAndPort address;
  private final Instant dialledAt;

  /**
   * Connects and logs in; leaves no socket open if that fails.
   *
   * @param readMillis how long an answer may take after the login; 0: as in {@code config}
   */
  static OneConnection open(HostAndPort address, JedisClientConfig config, int readMillis) {
    Sockets sockets = new Sockets(address, config);
    Instant dialledAt = Instant.now();
    try {
      OneConnection connection = new OneConnection(sockets, config, address, dialledAt);
      if (readMillis > 0) {
        connection.setSoTimeout(readMillis);
      }
      return connection;
    } catch (Throwable e) {
      // Jedis closes its socket only for its own exceptions, not for a credentials provider's.
      IOUtils.closeQuietly(sockets.opened);
      if (sockets.opened != null && e instanceof JedisConnectionException lost) {
        throw Failures.atLogin(lost, config.isSsl() || config.getSslOptions() != null);
      }
      throw e;
    }
  }

  private OneConnection(
      Sockets sockets, JedisClientConfig config, HostAndPort address, Instant dialledAt) {
    super(sockets, config);
    this.sockets = sockets;
    this.address = address;
    this.dialledAt = dialledAt;
  }

  @Override
  public void connect() {
    if (!connected) {
      super.connect();
      connected = true;
    } else if (!isConnected()) {
      // Not a JedisConnectionException: for that, Jedis before 8 reads an error that Redis may have
      // sent, and would take a byte from the receiving thread.
      throw new JedisException("the connection was closed");
    }
  }

  /**
   * What Redis said before it ended the connection because of a command that it did not take; null
   * if it did not. Only for the thread that reads.
   */
  @Nullable String protocolError() {
    BufferedSocket socket = sockets.opened;
    Matcher error = PROTOCOL_ERROR.matcher(socket == null ? "" : socket.lastRead());
    return error.find() ? ServerErrors.clean(error.group(1)) : null;
  }

  /** Closes it at once, even while another thread reads or writes it; never throws. */
  void cut() {
    setBroken();
    IOUtils.closeQuietly(sockets.opened);
  }

  /** No error leaves with what the server quotes in it. */
  @Override
  protected @Nullable Object readProtocolWithCheckingBroken() {
    try {
      return ServerErrors.clean(super.readProtocolWithCheckingBroken());
    } catch (JedisDataException e) {
      throw ServerErrors.clean(e);
    } catch (JedisConnectionException e) {
      throw ServerErrors.clean(e);
    }
  }

  /** As above: when writing fails, Jedis looks for an error that the server has sent. */
  @Override
  public void sendCommand(CommandArguments command) {
    try {
      super.sendCommand(command);
    } catch (JedisConnectionException e) {
      throw ServerErrors.clean(e);
    }
  }

  /** Sends a command at once; its answer is read elsewhere. */
  void sendNow(CommandArguments command) {
    sendCommand(command);
    flush();
  }

  void sendNow(ProtocolCommand command, byte[]... words) {
    sendCommand(command, words);
    flush();
  }

  /** Sends SUBSCRIBE at once. */
  void subscribe(byte[]... channels) {
    sendNow(Command.SUBSCRIBE, channels);
  }

  /** The address that it led to. */
  SocketAddress peer() {
    Socket socket = sockets.opened;
    SocketAddress peer = socket == null ? null : socket.getRemoteSocketAddress();
    return peer == null ? new InetSocketAddress(0) : peer;
  }

  /** When it was about to be dialled. */
  Instant dialledAt() {
    return dialledAt;
  }

  /** The address that was dialled. */
  HostAndPort address() {
    return address;
  }

  /** The address that was dialled. */
  @Override
  public String toString() {
    return address.toString();
  }

  /**
   * Reads from now on with this reader, which skips texts that are over the limit. To be called
   * when every command was answered: Jedis has read nothing beyond the last answer then.
   */
  ReplyReader reader(int maxTextBytes) {
    return new ReplyReader(requireNonNull(sockets.opened).getInputStream(), maxTextBytes);
  }

  /** Runs the action on the reading thread whenever it is about to wait for Redis. */
  void beforeReading(Runnable action) {
    sockets.beforeReading = action;
  }

  private static final class Sockets extends DefaultJedisSocketFactory {
    private volatile Runnable beforeReading = () -> {};
    private @Nullable BufferedSocket opened; // null before the only connect

    Sockets(HostAndPort address, JedisClientConfig config) {
      super(address, config);
    }

    @Override
    public Socket createSocket() {
      Socket socket = super.createSocket();
      try {
        BufferedSocket buffered = new BufferedSocket(socket, () -> beforeReading.run());
        opened = buffered;
        return buffered;
      } catch (IOException e) {
        IOUtils.closeQuietly(socket);
        throw new JedisConnectionException(e);
      }
    }
  }
}

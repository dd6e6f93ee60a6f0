package io.github.redisfanout.backplane.redis;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.HostAndPortMapper;

/** Whether a server's name still leads where a connection went. Thread-safe; resolves the name. */
final class NameCheck {
  private final HostAndPort address;
  private final @Nullable HostAndPortMapper mapper;

  NameCheck(HostAndPort address, @Nullable HostAndPortMapper mapper) {
    this.address = address;
    this.mapper = mapper;
  }

  /** Also true if the name cannot be resolved: that is no reason to leave. */
  boolean leadsTo(SocketAddress peer) {
    if (!(peer instanceof InetSocketAddress connected)) {
      return true;
    }
    HostAndPort mapped = mapper == null ? null : mapper.getHostAndPort(address);
    HostAndPort now = mapped == null ? address : mapped;
    try {
      return connected.getPort() == now.getPort()
          && Arrays.asList(InetAddress.getAllByName(now.getHost()))
              .contains(connected.getAddress());
    } catch (UnknownHostException e) {
      return true;
    }
  }
}

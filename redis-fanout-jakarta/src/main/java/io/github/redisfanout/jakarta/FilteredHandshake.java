package io.github.redisfanout.jakarta;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link HandshakeFilter} found, on its way to the endpoint's {@link FanoutConfigurator}.
 *
 * <p>Of the request the API shows a configurator only what belongs to others: headers and
 * parameters are the client's, principal and HTTP session the application's. But every container
 * calls the configurator within the filter chain, on the request's thread.
 *
 * @param userId null: nobody is known, the WebSocket is to be closed at once
 */
record FilteredHandshake(JakartaFanout sockets, @Nullable String userId) {
  /** The one that a thread is just letting through the chain, and only while it does. */
  static final ThreadLocal<FilteredHandshake> CURRENT = new ThreadLocal<>();
}

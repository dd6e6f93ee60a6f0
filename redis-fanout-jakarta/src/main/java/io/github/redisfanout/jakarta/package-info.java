/**
 * Connects Jakarta WebSocket sessions, EE 10 and later, to redis-fanout.
 *
 * <p>Start with {@link io.github.redisfanout.jakarta.JakartaFanout}, which turns a container's
 * session into a {@link io.github.redisfanout.FanoutSession}. A {@link
 * io.github.redisfanout.jakarta.HandshakeFilter} decides who may connect, and a {@link
 * io.github.redisfanout.jakarta.FanoutConfigurator} carries its answer to the endpoint: an
 * annotated one of the application, or the ready-made {@link
 * io.github.redisfanout.jakarta.FanoutEndpoint}.
 */
@NullMarked
package io.github.redisfanout.jakarta;

import org.jspecify.annotations.NullMarked;

/**
 * Publish once to Redis, deliver to a user's sessions on every node.
 *
 * <p>Start with {@link io.github.redisfanout.RedisFanout}, one node of the application. Its parts
 * can be built by hand too: a {@link io.github.redisfanout.Publisher} sends, a {@link
 * io.github.redisfanout.Subscriber} receives and delivers to the {@link
 * io.github.redisfanout.FanoutSession}s in a {@link io.github.redisfanout.SessionRegistry}, and a
 * {@link io.github.redisfanout.backplane.Backplane} carries the bytes between nodes.
 */
@NullMarked
package io.github.redisfanout;

import org.jspecify.annotations.NullMarked;

package io.github.redisfanout.backplane;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * One message to publish.
 *
 * @param channel the application's channel, which all nodes subscribe
 * @param bytes its content there, not copied: nobody may change it afterwards
 * @param recipients the channels of its recipients; null: the message is for {@code channel} only,
 *     and nothing is asked about recipients
 * @param detour a channel of a recipient: from now on, and for {@link Recipients#DETOUR}, messages
 *     with this recipient are not targeted; null: there is none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a copy per message would cost
public record Outgoing(
    String channel, byte[] bytes, @Nullable Recipients recipients, @Nullable String detour) {
  /** Checks what must not be null. */
  public Outgoing {
    requireNonNull(channel, "channel == null");
    requireNonNull(bytes, "bytes == null");
  }

  /** A message for one channel. */
  public Outgoing(String channel, byte[] bytes) {
    this(channel, bytes, null, null);
  }

  /** The same message, also for these recipients. */
  public Outgoing to(Recipients recipients) {
    return new Outgoing(channel, bytes, requireNonNull(recipients, "recipients == null"), detour);
  }

  /** The same message; others with this recipient take the common channel for a while. */
  public Outgoing withDetour(String channel) {
    return new Outgoing(
        this.channel, bytes, recipients, requireNonNull(channel, "channel == null"));
  }
}

package io.github.redisfanout.backplane;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The recipients of a message, each with a channel.
 *
 * <p>They are of use only while all subscribers of the common channel also subscribe {@code
 * routed}, since only those take messages on the channels of recipients. A backplane checks that in
 * the same step in which it publishes; if it is not so, it publishes on the common channel only.
 *
 * @param routed see above
 * @param channels of the recipients, at least one, each once
 * @param copies what to publish on each of {@code channels}; null: the bytes of the message
 * @param targeted true: publish on {@code channels} and not on the common channel; false: publish
 *     on the common channel, and only count the subscribers of {@code channels}
 */
public record Recipients(
    String routed, List<String> channels, @Nullable List<byte[]> copies, boolean targeted) {
  /** How long the messages of a channel are not targeted: see {@link Outgoing#detour}. */
  public static final Duration DETOUR = Duration.ofSeconds(10);

  /** Checks that the parts fit together. */
  public Recipients {
    requireNonNull(routed, "routed == null");
    channels = List.copyOf(channels);
    if (channels.isEmpty()) {
      throw new IllegalArgumentException("channels must not be empty");
    }
    if (copies != null) {
      copies = List.copyOf(copies);
      if (copies.size() != channels.size()) {
        throw new IllegalArgumentException(
            "copies must be as many as channels: %s, %s".formatted(copies.size(), channels.size()));
      }
    }
  }
}

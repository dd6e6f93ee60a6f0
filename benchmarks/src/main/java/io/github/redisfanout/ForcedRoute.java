package io.github.redisfanout;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.Recipients;
import io.github.redisfanout.internal.ChannelNames;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.Signer;
import io.github.redisfanout.internal.wire.Target;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Messages for the channels of their recipients, whatever that costs. Thread-safe. */
public final class ForcedRoute {
  private final EnvelopeCodec codec = CoreRig.codec();
  private final ChannelNames names;
  private final @Nullable Signer signer; // null: nothing is signed
  private final byte[] payload;

  /** The channel and the authentication are taken from the configuration. */
  public ForcedRoute(FanoutConfig config, String json) {
    names = new ChannelNames(config.channel());
    signer = config.authentication().map(how -> how.newSigner(config.channel())).orElse(null);
    payload = json.getBytes(StandardCharsets.UTF_8);
  }

  /** The message for these users. */
  public Outgoing message(List<String> users) {
    byte[] message = codec.encode(Target.users(users), Map.of(), payload, signer);
    List<String> channels = users.stream().map(names::user).toList();
    Signer copying = signer;
    List<byte[]> copies =
        copying == null
            ? null
            : channels.stream().map(channel -> copying.copyFor(channel, message)).toList();
    return new Outgoing(names.common(), message)
        .to(new Recipients(names.routed(), channels, copies, true));
  }
}

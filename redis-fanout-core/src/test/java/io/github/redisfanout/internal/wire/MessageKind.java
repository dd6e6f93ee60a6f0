package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.function.Function;

/** Kinds of generated messages, and what is known of each by the way it is made. */
public enum MessageKind {
  RIGHT(Known.DELIVERED, make -> make.right().getBytes(UTF_8)),
  ESCAPED_NAMES(Known.DELIVERED, OddMessages::escapedNames),
  UTF_8_EDGES(Known.DELIVERED, OddMessages::utf8Edges),
  UNDELIVERABLE_IDS(Known.DELIVERED, OddMessages::undeliverableIds),
  TO(Known.DELIVERED, OddTargets::to),
  ODD_TO(Known.DELIVERED, OddTargets::oddTo),
  CONTROLS(Known.DELIVERED, OddTargets::controls),
  NO_CONTROLS(Known.REFUSED, OddTargets::noControls),
  CONTROLS_TWICE(Known.NOTHING, OddTargets::controlsTwice),
  TRUNCATED(Known.REFUSED, MessageMaker::truncated),
  NO_ARRAY_OF_IDS(Known.REFUSED, OddMessages::noArrayOfIds),
  NOT_AN_OBJECT(Known.REFUSED, OddMessages::notAnObject),
  BLANK(Known.REFUSED, make -> make.json.space().getBytes(UTF_8)),
  OTHER_ENCODING(Known.REFUSED, OddMessages::otherEncoding),
  INVALID_UTF_8(Known.REFUSED, OddMessages::invalidUtf8),
  TRAILING_TEXT(Known.REFUSED, OddMessages::trailingText),
  ALMOST_JSON(Known.REFUSED, OddMessages::almostJson),
  GARBAGE(Known.REFUSED, OddMessages::garbage),
  DUPLICATE_FIELDS(Known.NOTHING, OddMessages::duplicateFields),
  SURROGATES(Known.NOTHING, OddMessages::surrogates),
  NUMBERS(Known.NOTHING, OddMessages::numbers),
  HUGE_NUMBERS(Known.NOTHING, OddMessages::hugeNumbers),
  CONTROL_CHARACTERS(Known.NOTHING, OddMessages::controlCharacters),
  DEPTH(Known.NOTHING, OddMessages::depth),
  SIZE(Known.NOTHING, OddMessages::size),
  MUTATED_BYTES(Known.NOTHING, OddMessages::mutatedBytes),
  SPLICED_TOKENS(Known.NOTHING, OddMessages::splicedTokens);

  /**
   * What becomes of every message of a kind; with nothing known some are refused as malformed, some
   * not. One that is delivered may be for nobody.
   */
  enum Known {
    DELIVERED,
    REFUSED,
    NOTHING
  }

  private final Known known;
  private final Function<MessageMaker, byte[]> messages;

  MessageKind(Known known, Function<MessageMaker, byte[]> messages) {
    this.known = known;
    this.messages = messages;
  }

  public boolean mayBeDelivered() {
    return known != Known.REFUSED;
  }

  public boolean mayBeRefused() {
    return known != Known.DELIVERED;
  }

  public byte[] make(MessageMaker maker) {
    return messages.apply(maker);
  }
}

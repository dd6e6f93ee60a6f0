package io.github.redisfanout.backplane.redis;

import org.jspecify.annotations.Nullable;

/**
 * How far one channel has come on the present connection. A channel that is neither wanted nor
 * subscribed has no state: null.
 *
 * <p>Only one command is under way for a channel, so its answer cannot be taken for another's. What
 * is called meanwhile counts when the answer has come.
 */
enum ChannelState {
  /** To be subscribed. */
  WANTED(true),
  /** SUBSCRIBE is under way. */
  SUBSCRIBING(true),
  /** Redis has confirmed it. */
  SUBSCRIBED(true),
  /** SUBSCRIBE is under way, and UNSUBSCRIBE follows. */
  SUBSCRIBING_UNWANTED(false),
  /** Subscribed, and to be unsubscribed. */
  UNWANTED(false),
  /** UNSUBSCRIBE is under way. */
  UNSUBSCRIBING(false),
  /** UNSUBSCRIBE is under way, and SUBSCRIBE follows. */
  UNSUBSCRIBING_WANTED(true);

  private final boolean wanted;

  ChannelState(boolean wanted) {
    this.wanted = wanted;
  }

  boolean isWanted() {
    return wanted;
  }

  /** Whether one more SUBSCRIBE changes nothing: it is a heartbeat. */
  boolean isHeard() {
    return this == SUBSCRIBING || this == SUBSCRIBED;
  }

  /** After the application has subscribed. */
  static ChannelState subscribe(@Nullable ChannelState before) {
    if (before == null) {
      return WANTED;
    }
    return switch (before) {
      case SUBSCRIBING_UNWANTED -> SUBSCRIBING;
      case UNWANTED -> SUBSCRIBED;
      case UNSUBSCRIBING -> UNSUBSCRIBING_WANTED;
      case WANTED, SUBSCRIBING, SUBSCRIBED, UNSUBSCRIBING_WANTED -> before;
    };
  }

  /** After the application has unsubscribed. */
  @Nullable ChannelState unsubscribe() {
    return switch (this) {
      case WANTED -> null;
      case SUBSCRIBING -> SUBSCRIBING_UNWANTED;
      case SUBSCRIBED -> UNWANTED;
      case UNSUBSCRIBING_WANTED -> UNSUBSCRIBING;
      case SUBSCRIBING_UNWANTED, UNWANTED, UNSUBSCRIBING -> this;
    };
  }

  /** After its command was written. */
  ChannelState written() {
    return switch (this) {
      case WANTED -> SUBSCRIBING;
      case UNWANTED -> UNSUBSCRIBING;
      case SUBSCRIBING, SUBSCRIBED, SUBSCRIBING_UNWANTED, UNSUBSCRIBING, UNSUBSCRIBING_WANTED ->
          throw new IllegalStateException("there is nothing to write: " + this);
    };
  }

  /** After Redis has answered its command. */
  @Nullable ChannelState answered() {
    return switch (this) {
      case SUBSCRIBING -> SUBSCRIBED;
      case SUBSCRIBING_UNWANTED -> UNWANTED;
      case UNSUBSCRIBING -> null;
      case UNSUBSCRIBING_WANTED -> WANTED;
      case WANTED, SUBSCRIBED, UNWANTED ->
          throw new IllegalStateException("no command is under way: " + this);
    };
  }
}

package io.github.redisfanout;

import static io.github.redisfanout.internal.Log.log;

import io.github.redisfanout.internal.ChannelNames;
import io.github.redisfanout.internal.Checks;
import io.github.redisfanout.internal.RateLimit;
import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.MalformedMessageException;
import io.github.redisfanout.internal.wire.NameFilter;
import io.github.redisfanout.internal.wire.Target;
import io.github.redisfanout.internal.wire.UnauthenticatedMessageException;
import io.github.redisfanout.internal.wire.UndeliverableMessageException;
import io.github.redisfanout.internal.wire.Verifier;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads what was received. Counts and reports what is not right, and passes on what nodes ask each
 * other. Confined to the reading thread.
 */
final class MessageReader {
  private static final NameFilter NOBODY = new NameFilter();
  private static final Duration REPORT_INTERVAL = Duration.ofSeconds(10);

  private final FanoutConfig config;
  private final ChannelNames names;
  private final EnvelopeCodec codec;
  private final @Nullable Verifier verifier; // null: all messages are taken
  private final NameFilter localUsers;
  private final NameFilter localGroups;
  private final NodeMessages nodes;
  private final Counters counters;
  private final Notifier notifier;
  private final Addressing addressing;
  private final RuleLimit malformedRules = new RuleLimit();
  private final RuleLimit controlRules = new RuleLimit();
  private final RateLimit malformedWarnings = new RateLimit(REPORT_INTERVAL);
  private final RateLimit unauthenticatedWarnings = new RateLimit(REPORT_INTERVAL);

  MessageReader(
      FanoutConfig config,
      EnvelopeCodec codec,
      NameFilter localUsers,
      NameFilter localGroups,
      NodeMessages nodes,
      Counters counters,
      Notifier notifier) {
    this.config = config;
    names = new ChannelNames(config.channel());
    this.codec = codec;
    this.localUsers = localUsers;
    this.localGroups = localGroups;
    this.nodes = nodes;
    this.counters = counters;
    this.notifier = notifier;
    verifier = config.authentication().map(how -> how.newVerifier()).orElse(null);
    addressing = new Addressing(config.channel(), counters, notifier);
  }

  /**
   * The message or the control that came on this channel, if it is for sessions of this node;
   * otherwise null.
   */
  @Nullable Envelope read(String channel, byte[] message) {
    try {
      codec.checkSize(message);
      // Before anything of it is believed, or parsed.
      boolean signed = verifier != null && verifier.verify(channel, message);
      if (!channel.equals(names.common())) {
        return readTargeted(channel, message);
      }
      Envelope envelope = codec.decode(message, localUsers, localGroups);
      Control control = envelope.control();
      if (control != null && !takes(control, signed)) {
        return null;
      }
      if (control == null || envelope.undeliverable() > 0) { // a control may be for nobody
        addressing.check(envelope);
      }
      return envelope.target().isNobody() ? null : envelope; // as a rule: nobody of it is here
    } catch (UnauthenticatedMessageException e) {
      unauthenticated(String.valueOf(e.getMessage()));
    } catch (UndeliverableMessageException e) {
      addressing.undeliverable(String.valueOf(e.getMessage()));
    } catch (MalformedMessageException e) {
      malformed(String.valueOf(e.getMessage()));
    } catch (Throwable e) {
      // The decoder is wrong about this message; it must not be lost unseen, nor the others.
      log.debug("Decoding failed", e); // the warning that follows is limited
      malformed("decoding failed: " + e.getClass().getSimpleName());
    }
    return null;
  }

  /** What came on the channel of a user or group is for this user or group only, if it names it. */
  private @Nullable Envelope readTargeted(String channel, byte[] message)
      throws MalformedMessageException, UndeliverableMessageException {
    String user = names.userOf(channel);
    String group = names.groupOf(channel);
    Envelope envelope;
    Target target;
    // Other names in it are not even read: their nodes get them on other channels.
    if (user != null) {
      envelope = codec.decode(message, NameFilter.of(user), NOBODY);
      target = envelope.target().onlyUser(user);
    } else if (group != null) {
      envelope = codec.decode(message, NOBODY, NameFilter.of(group));
      target = envelope.target().onlyGroup(group);
    } else {
      malformed("it came on a channel that is no user's and no group's");
      return null;
    }
    if (envelope.control() != null) {
      refuse("control came on the channel of a user or group");
      return null;
    }
    if (target.isNobody()) {
      addressing.undeliverable("it came on the channel of a user or group that it does not name");
      return null;
    }
    return envelope.with(target);
  }

  /** Whether it is for sessions, and accepted. */
  private boolean takes(Control control, boolean signed) {
    if (verifier != null && !signed) {
      refuse("control is not signed");
    } else if (control instanceof Control.Unknown) {
      refuse("control is not known to this version");
    } else if (control instanceof Control.Ask ask) {
      nodes.asked(ask.id());
    } else if (control instanceof Control.Answer answer) {
      nodes.answered(answer);
    } else if (!config.acceptControl()) {
      refuse("acceptControl is false");
    } else if (isRight(control)) {
      counters.controlTaken.increment();
      return true;
    }
    return false;
  }

  private boolean isRight(Control control) {
    try {
      if (control instanceof Control.Disconnect why) {
        Checks.noUnpairedSurrogate("reason", why.reason());
        new Disconnect(why.code(), why.reason());
      } else if (control instanceof Control.Join join) {
        Address.checkGroup(join.group());
      } else if (control instanceof Control.Leave leave) {
        Address.checkGroup(leave.group());
      }
      return true;
    } catch (IllegalArgumentException e) {
      malformed("control: " + e.getMessage());
      return false;
    }
  }

  private void refuse(String rule) {
    counters.controlRefused.increment();
    if (controlRules.allows(rule)) {
      notifier.report(listener -> listener.onControlRefused(rule));
      log.warn(
          "Message on channel {} refused: {} ({} so far)",
          config.channel(),
          rule,
          counters.controlRefused.sum());
    }
  }

  /** A message of this many bytes was skipped. */
  void tooLarge(long bytes) {
    malformed(codec.tooLarge(bytes));
  }

  private void unauthenticated(String rule) {
    counters.unauthenticated.increment();
    // A party without the key must not be able to drown the other events.
    if (unauthenticatedWarnings.allows()) {
      notifier.report(listener -> listener.onUnauthenticatedMessage(rule));
      log.warn(
          "Message on channel {} refused: {} ({} so far)",
          config.channel(),
          rule,
          counters.unauthenticated.sum());
    }
  }

  private void malformed(String rule) {
    counters.malformed.increment();
    if (malformedRules.allows(rule)) {
      notifier.report(listener -> listener.onMalformedMessage(rule));
    }
    if (malformedWarnings.allows()) {
      log.warn(
          "Malformed message on channel {} skipped: {} ({} so far)",
          config.channel(),
          rule,
          counters.malformed.sum());
    }
  }
}

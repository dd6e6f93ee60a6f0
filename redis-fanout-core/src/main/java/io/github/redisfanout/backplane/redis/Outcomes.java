package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishAnswer.Route;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.Recipients;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Gives the messages of a batch their outcomes, and adds up what follows from those. Confined to
 * the publishing thread.
 */
final class Outcomes {
  private final Predicate<String> isSubscribed;
  private long returningBytes;
  private boolean unheard;
  private @Nullable JedisDataException lastError; // of a single message; null while there is none

  /** {@code isSubscribed} tells whether this node subscribes to a channel. */
  Outcomes(Predicate<String> isSubscribed) {
    this.isSubscribed = isSubscribed;
  }

  /** The bytes that Redis has published and that come back to this node. */
  long returningBytes() {
    return returningBytes;
  }

  /** Whether Redis counted no subscriber of a channel that this node subscribes to. */
  boolean isUnheard() {
    return unheard;
  }

  /** The last error of a single message; null if there was none. */
  @Nullable JedisDataException lastError() {
    return lastError;
  }

  /** {@code answer} is that to a PUBLISH on the common channel. */
  void settle(QueuedPublish waiting, @Nullable Object answer) {
    Outgoing message = waiting.message();
    boolean plain = message.recipients() == null && message.detour() == null;
    common(waiting, answer, plain ? Route.COMMON : Route.NOT_PERMITTED, -1);
  }

  private void common(QueuedPublish waiting, @Nullable Object answer, Route route, long routed) {
    if (answer instanceof Long nodes) {
      onCommon(waiting.message(), nodes);
      waiting.published(PublishAnswer.of(route, nodes, routed));
    } else if (answer instanceof JedisDataException refused) {
      fail(waiting, PublishFailure.REJECTED, refused);
    } else {
      waiting.fail(
          PublishFailure.UNKNOWN, new JedisException("PUBLISH was not answered with a number"));
    }
  }

  private void onCommon(Outgoing message, long nodes) {
    if (isSubscribed.test(message.channel())) {
      returningBytes += message.bytes().length;
      unheard |= nodes == 0;
    }
  }

  private void fail(QueuedPublish waiting, PublishFailure failure, JedisDataException refused) {
    lastError = refused; // the connection is fine
    waiting.fail(failure, refused);
  }

  /** The script has published, for messages with this common channel. */
  void begin(ScriptReply reply, String common) {
    unheard |= reply.routed >= 0 && reply.all == 0 && isSubscribed.test(common);
  }

  /** The next items of the reply are those of this message. */
  void settle(QueuedPublish waiting, ScriptReply reply) {
    Recipients recipients = waiting.message().recipients();
    if (reply.detourRefused()) {
      common(waiting, reply.next(), Route.COMMON, reply.routed);
    } else if (recipients == null) {
      common(waiting, reply.next(), Route.COMMON, reply.routed);
    } else if (!recipients.targeted()) {
      counted(waiting, recipients.channels().size(), reply);
    } else if (reply.detour()) {
      common(waiting, reply.next(), Route.DETOUR, reply.routed);
    } else if (!reply.allRouted()) {
      common(waiting, reply.next(), Route.OTHER_SUBSCRIBERS, reply.routed);
    } else {
      targeted(waiting, recipients, reply);
    }
  }

  private void counted(QueuedPublish waiting, int channels, ScriptReply reply) {
    Object answer = reply.next();
    if (!reply.allRouted() || !(answer instanceof Long nodes)) {
      common(waiting, answer, Route.COMMON, reply.routed);
      return;
    }
    long[] subscribers = new long[channels];
    for (int i = 0; i < channels; i++) {
      subscribers[i] = reply.number();
    }
    onCommon(waiting.message(), nodes);
    waiting.published(PublishAnswer.of(Route.COMMON, nodes, reply.routed, subscribers));
  }

  private void targeted(QueuedPublish waiting, Recipients recipients, ScriptReply reply) {
    List<String> channels = recipients.channels();
    int bytes = waiting.message().bytes().length;
    long[] subscribers = new long[channels.size()];
    long nodes = 0;
    int refused = 0;
    JedisDataException error = null;
    for (int i = 0; i < subscribers.length; i++) {
      Object answer = reply.next();
      if (answer instanceof JedisDataException refusal) {
        error = refusal;
        refused++;
      } else if (answer instanceof Long count) {
        subscribers[i] = count;
        nodes += count;
        if (count > 0 && isSubscribed.test(channels.get(i))) {
          returningBytes += recipients.copies() == null ? bytes : recipients.copies().get(i).length;
        }
      }
    }
    if (error == null) {
      waiting.published(PublishAnswer.of(Route.TARGETED, nodes, reply.routed, subscribers));
    } else {
      boolean all = refused == subscribers.length;
      fail(waiting, all ? PublishFailure.REJECTED : PublishFailure.UNKNOWN, error);
    }
  }
}

package io.github.redisfanout;

import io.github.redisfanout.internal.Warnings;
import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.Target;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds a message's sessions on this node and hands it to their lanes, one batch per lane.
 *
 * <p>Called on the reading thread: it looks up and hands over, and never waits. Most messages
 * concern nobody here, so nothing is made for a message before its first session is found.
 */
final class Dispatcher {
  /** What a message takes on a lane beside its text: its objects, as measured, in bytes. */
  static final int MESSAGE_BYTES = 240;

  /** What the name of a group, or of what is excepted, takes beside its characters, in bytes. */
  private static final int NAME_BYTES = 90;

  /** What a header takes beside its characters: the map's entry and two strings, in bytes. */
  private static final int HEADER_BYTES = 150;

  private final SessionRegistry registry;
  private final Lanes lanes;
  private final Groups groups;
  private final Propagation propagation;
  private final Counters counters;
  private final Warnings warnings = new Warnings();
  private final Warnings blocked = new Warnings();

  /** The thread that asks a registry of the application's own; null while none does. */
  private volatile @Nullable Thread asking;

  private volatile long askedNanos; // when it began

  Dispatcher(
      SessionRegistry registry,
      Lanes lanes,
      Groups groups,
      Propagation propagation,
      Counters counters) {
    this.registry = registry;
    this.lanes = lanes;
    this.groups = groups;
    this.propagation = propagation;
    this.counters = counters;
  }

  /** Delivers messages in order; each lane is called once for all of them. */
  void deliver(List<Envelope> envelopes) {
    if (registry instanceof InMemorySessionRegistry) {
      findAndOffer(envelopes);
      return;
    }
    askedNanos = System.nanoTime();
    asking = Thread.currentThread();
    try {
      findAndOffer(envelopes);
    } finally {
      asking = null;
    }
  }

  /** Whether the registry blocks the reading thread; called by a timer. */
  void watchRegistry() {
    Thread thread = asking;
    String trouble = trouble(System.nanoTime());
    if (thread != null && trouble != null) {
      blocked.warn(
          "{}: a registry must not block, because no message is read meanwhile",
          trouble,
          LaneWatch.stackOf(thread));
    }
  }

  /**
   * A description of a registry that blocks the reading thread; null if it does not. {@code now} is
   * read as {@link System#nanoTime} is.
   */
  @Nullable String trouble(long now) {
    boolean blocks = asking != null && now - askedNanos >= LaneWatch.BLOCKED_AFTER.toNanos();
    return blocks
        ? "receiving is blocked in %s.sessions".formatted(registry.getClass().getName())
        : null;
  }

  private void findAndOffer(List<Envelope> envelopes) {
    List<List<LaneDelivery>> byLane = List.of(); // nothing is made before a session is found
    for (Envelope envelope : envelopes) {
      byLane = find(envelope, byLane);
    }
    for (int i = 0; i < byLane.size(); i++) {
      offer(byLane.get(i), lanes.get(i));
    }
  }

  /** Adds the deliveries of a message to those of each lane. */
  private List<List<LaneDelivery>> find(Envelope envelope, List<List<LaneDelivery>> found) {
    List<List<LaneDelivery>> byLane = found;
    Target target = envelope.target();
    Target rest = target.withoutUsers(); // for the lanes
    Effect effect = null;
    if (!target.everyone()) { // else the users are among them
      for (String userId : target.users()) {
        for (FanoutSession session : find(userId)) {
          if (!target.excepts(userId, session.id())) {
            byLane = byLane.isEmpty() ? newLists() : byLane;
            effect = effect == null ? effect(envelope, rest) : effect;
            delivery(session.laneNumber(), effect, rest, byLane).add(session);
          }
        }
      }
    }
    for (Lane lane : rest.everyone() || hasGroups(rest) ? lanes.all() : List.<Lane>of()) {
      int members = members(rest, lane);
      if (members > 0) {
        byLane = byLane.isEmpty() ? newLists() : byLane;
        effect = effect == null ? effect(envelope, rest) : effect;
        delivery(lane.thread().number(), effect, rest, byLane).addWalk(members);
      }
    }
    return byLane;
  }

  private boolean hasGroups(Target target) {
    return !target.groups().isEmpty() && target.groups().stream().anyMatch(groups::isHere);
  }

  /** About how many sessions of the lane a walk will reach. */
  private int members(Target target, Lane lane) {
    if (target.everyone()) {
      return lane.sessions().size();
    }
    int members = 0;
    for (String group : target.groups()) {
      members += groups.members(group, lane);
    }
    return members;
  }

  private Effect effect(Envelope envelope, Target rest) {
    Control control = envelope.control();
    long names = bytesOfNames(rest);
    return control == null
        ? new Message(envelope, names, propagation)
        : new ControlEffect(control, names, groups);
  }

  private static long bytesOfNames(Target target) {
    long bytes = 0;
    for (Collection<String> names :
        List.of(target.groups(), target.exceptUsers(), target.exceptSessions())) {
      for (String name : names) {
        bytes += NAME_BYTES + name.length();
      }
    }
    return bytes;
  }

  /** The user's sessions; the registry is the application's, and it or its collection may throw. */
  private List<FanoutSession> find(String userId) {
    try {
      return List.copyOf(registry.sessions(Address.checked(userId))); // copies no immutable list
    } catch (Throwable e) {
      counters.userCodeFailures.increment();
      warnings.warn("The session registry threw", e);
      return List.of();
    }
  }

  private List<List<LaneDelivery>> newLists() {
    List<List<LaneDelivery>> lists = new ArrayList<>(lanes.count());
    for (int i = 0; i < lanes.count(); i++) {
      lists.add(new ArrayList<>(0));
    }
    return lists;
  }

  private LaneDelivery delivery(
      int lane, Effect effect, Target target, List<List<LaneDelivery>> byLane) {
    List<LaneDelivery> deliveries = byLane.get(lane);
    LaneDelivery last = deliveries.isEmpty() ? null : deliveries.get(deliveries.size() - 1);
    if (last == null || last.effect() != effect) {
      last = new LaneDelivery(lanes.get(lane), effect, target, counters);
      deliveries.add(last);
    }
    return last;
  }

  private void offer(List<LaneDelivery> deliveries, Lane lane) {
    // Counted before a lane delivers, so that no message seems delivered before it was queued.
    for (LaneDelivery delivery : deliveries) {
      delivery.offered();
    }
    for (LaneDelivery refused : lane.thread().offer(deliveries)) {
      refused.refused();
    }
  }

  /** What all deliveries of one message share. */
  private static final class Message implements Effect {
    private final TextPayload payload;
    private final Map<String, String> headers;
    private final Propagation propagation;
    private final long bytes;

    Message(Envelope envelope, long names, Propagation propagation) {
      payload = new TextPayload(envelope.payload(), envelope.payloadBytes());
      headers = envelope.headers();
      this.propagation = propagation;
      long size = MESSAGE_BYTES + payload.bytes() + names;
      for (Map.Entry<String, String> header : headers.entrySet()) {
        size += HEADER_BYTES + header.getKey().length() + header.getValue().length();
      }
      bytes = size;
    }

    @Override
    public boolean isMessage() {
      return true;
    }

    @Override
    public void apply(FanoutSession session) {
      session.deliver(payload);
    }

    @Override
    public void run(Runnable part) {
      propagation.run(headers, part);
    }

    @Override
    public long bytes() {
      return bytes;
    }
  }
}

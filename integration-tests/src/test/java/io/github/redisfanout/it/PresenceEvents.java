package io.github.redisfanout.it;

import io.github.redisfanout.FanoutListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a node was told of users who come and go, such as {@code +alice} and {@code -alice}. */
public final class PresenceEvents implements FanoutListener {
  private final List<String> events = new CopyOnWriteArrayList<>();

  @Override
  public void onUserOnline(String userId) {
    events.add("+" + userId);
  }

  @Override
  public void onUserOffline(String userId) {
    events.add("-" + userId);
  }

  /** All of them, in their order. */
  public List<String> all() {
    return events;
  }

  /** Those of one user. */
  public List<String> of(String userId) {
    return events.stream().filter(event -> event.substring(1).equals(userId)).toList();
  }
}

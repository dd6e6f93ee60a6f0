package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishOutcome;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers all that became of one message. Thread-safe. */
class FakeCallback implements PublishCallback {
  final List<String> reports = new CopyOnWriteArrayList<>();
  volatile boolean takenBack;

  @Override
  public boolean claim() {
    return !takenBack;
  }

  @Override
  public void published(long receivers) {
    reports.add("published " + receivers);
  }

  @Override
  public void failed(PublishOutcome outcome, Throwable cause) {
    reports.add(outcome + " " + cause.getMessage());
  }
}

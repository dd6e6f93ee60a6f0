package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers all that became of one message. Thread-safe. */
class FakeCallback implements PublishCallback {
  final List<String> reports = new CopyOnWriteArrayList<>();
  final List<PublishAnswer> answers = new CopyOnWriteArrayList<>();
  volatile boolean takenBack;

  @Override
  public boolean claim() {
    return !takenBack;
  }

  @Override
  public void published(PublishAnswer answer) {
    answers.add(answer);
    reports.add("published " + answer.nodes());
  }

  @Override
  public void failed(PublishFailure failure, Throwable cause) {
    reports.add(failure + " " + cause.getMessage());
  }
}

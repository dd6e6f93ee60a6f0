package io.github.redisfanout.it.checker;

import java.time.Instant;

/** What is known of one message; guarded by its stream. */
final class Message {
  final int publisher;
  final long number;
  final long addressed; // a bit for each slot
  final Instant called;
  Instant ended = Instant.MAX;
  Outcome outcome; // null while there is none
  long received; // a bit for each slot
  long late; // the slots that had received a later one of this publisher before

  Message(int publisher, long number, long addressed, Instant called) {
    this.publisher = publisher;
    this.number = number;
    this.addressed = addressed;
    this.called = called;
  }

  @Override
  public String toString() {
    return "message %d#%d called %s ended %s %s"
        .formatted(publisher, number, called, outcome == null ? "never" : ended, outcome);
  }
}

package io.github.redisfanout.benchmarks.soak.books;

import org.jspecify.annotations.Nullable;

/** What is known of one message; guarded by its publisher's books. */
final class Message {
  final int publisher;
  final long number;
  final long addressed; // a bit for each seat
  final long called;
  long ended = Moments.NEVER;
  @Nullable Outcome outcome; // null while there is none
  long received; // a bit for each seat
  long late; // the seats that had received a later one of this publisher before

  Message(int publisher, long number, long addressed, long called) {
    this.publisher = publisher;
    this.number = number;
    this.addressed = addressed;
    this.called = called;
  }

  @Override
  public String toString() {
    return "message "
        + publisher
        + "#"
        + number
        + " called "
        + Moments.text(called)
        + " ended "
        + Moments.text(ended)
        + " "
        + outcome;
  }
}

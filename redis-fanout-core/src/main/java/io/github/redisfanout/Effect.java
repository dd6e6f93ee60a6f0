package io.github.redisfanout;

/** What is done for each session of a target: a message, a notice or a control. Immutable. */
interface Effect {

  /** Whether it is a message that was published, and so is counted as queued. */
  boolean isMessage();

  /** Whether it changes who is in which group. */
  default boolean changesGroups() {
    return false;
  }

  /** On the thread of the session's lane. */
  void apply(FanoutSession session);

  /** Runs a part of the delivery, perhaps inside of a context. */
  default void run(Runnable part) {
    part.run();
  }

  /** A lane is about to be offered it. */
  default void offered(int lane) {}

  /** The lane has done it, or refused it. */
  default void done(int lane) {}

  /** What it takes on a lane beside its sessions, in bytes. */
  default long bytes() {
    return 0;
  }
}

package io.github.redisfanout;

/**
 * Work for the thread of a lane. Run again by another thread if it calls a transport that does not
 * return: then it must go on where it was.
 */
abstract class LaneWork {
  /** Its place in the order of the lane; 0 before it is added to one. */
  private long number;

  final long number() {
    return number;
  }

  /** Called once, by the lane. */
  void added(long number) {
    this.number = number;
  }

  /**
   * Does the work, or a slice of it; false if slices are left. The lane calls it again for each,
   * and does other work between them.
   */
  abstract boolean run();

  /** What it counts for until it is done, in bytes. */
  long bytes() {
    return 0;
  }

  /** Whether a lane takes it up to twice the limit, because it must not be lost to messages. */
  boolean isUrgent() {
    return false;
  }

  /** Work of one slice. */
  static LaneWork of(Runnable task, long bytes) {
    return new LaneWork() {
      @Override
      boolean run() {
        task.run();
        return true;
      }

      @Override
      long bytes() {
        return bytes;
      }
    };
  }
}

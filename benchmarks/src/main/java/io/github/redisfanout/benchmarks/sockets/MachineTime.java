package io.github.redisfanout.benchmarks.sockets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How busy all processors have been since they started, whoever kept them so; in clock ticks. */
record MachineTime(long idle, long all) {
  private static final int IDLE =
      4; // of the words of the first line, and so is the next, for disks
  private static final int GUEST = 9; // from here on it is contained in others

  /** All zero where the operating system is not Linux. */
  static MachineTime now() {
    try {
      String[] words = Files.readAllLines(Path.of("/proc/stat")).get(0).split(" +");
      long all = 0;
      for (int i = 1; i < Math.min(GUEST, words.length); i++) {
        all += Long.parseLong(words[i]);
      }
      return new MachineTime(Long.parseLong(words[IDLE]) + Long.parseLong(words[IDLE + 1]), all);
    } catch (IOException e) {
      return new MachineTime(0, 0);
    }
  }

  /** How many processors were busy since then. */
  double busySince(MachineTime before) {
    long ticks = all - before.all;
    double busy = ticks == 0 ? 0 : 1 - (double) (idle - before.idle) / ticks;
    return busy * Runtime.getRuntime().availableProcessors();
  }
}

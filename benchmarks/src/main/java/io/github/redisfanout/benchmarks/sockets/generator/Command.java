package io.github.redisfanout.benchmarks.sockets.generator;

import java.util.Arrays;
import java.util.List;

/** One line of the control connection: a name, and words behind it. */
record Command(String name, List<String> arguments) {

  static Command parse(String line) {
    List<String> words = Arrays.asList(line.split(" "));
    return new Command(words.get(0), words.subList(1, words.size()));
  }

  int number(int index) {
    return Integer.parseInt(arguments.get(index));
  }

  /** The parts of one argument, which are separated by commas. */
  List<String> words(int index) {
    return Arrays.asList(arguments.get(index).split(","));
  }

  List<Integer> numbers(int index) {
    return words(index).stream().map(Integer::valueOf).toList();
  }
}

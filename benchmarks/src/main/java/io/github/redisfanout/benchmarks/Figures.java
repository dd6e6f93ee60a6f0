package io.github.redisfanout.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a mode found out: names and numbers, for scripts. Not thread-safe. */
public final class Figures {
  private static final Pattern LINE = Pattern.compile("([a-z][a-z0-9_]*)=(-?[0-9.]+)");

  private final Map<String, Double> values = new LinkedHashMap<>();

  public void put(String name, double value) {
    values.put(name, value);
  }

  public void putAll(Figures others) {
    values.putAll(others.values);
  }

  /** The figure of that name, which must be there. */
  public double value(String name) {
    Double value = values.get(name);
    if (value == null) {
      throw new IllegalStateException("there is no figure " + name + ": " + values.keySet());
    }
    return value;
  }

  /** Takes a line that {@link #print} has written; false if it is none. */
  boolean read(String line) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      return false;
    }
    put(matcher.group(1), Double.parseDouble(matcher.group(2)));
    return true;
  }

  /** One line {@code name=value} each, in the order in which they came. */
  public void print() {
    values.forEach((name, value) -> System.out.println(name + "=" + text(value)));
  }

  private static String text(double value) {
    return value == Math.rint(value)
        ? String.valueOf((long) value)
        : String.format(Locale.ROOT, "%.3f", value);
  }

  /** The middle of the sorted values, or of an even number of them the middle two's mean. */
  public static double median(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("nothing has no median");
    }
    List<Double> sorted = values.stream().sorted().toList();
    int upper = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(upper)
        : (sorted.get(upper - 1) + sorted.get(upper)) / 2;
  }
}

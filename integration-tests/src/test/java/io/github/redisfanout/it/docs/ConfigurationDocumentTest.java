package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.jakarta.JakartaConfig;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables of docs/configuration.md name every knob, its true default and its true range. */
class ConfigurationDocumentTest {
  private static final Pattern AT_LEAST = Pattern.compile("≥ ([\\d,]+)( bytes?)?");

  /** A configuration's part of the document. */
  record Part(String heading, Object defaults, Class<?> builder) {
    @Override
    public String toString() {
      return heading;
    }
  }

  static Stream<Part> parts() {
    return Stream.of(
        new Part("FanoutConfig", FanoutConfig.defaults(), FanoutConfig.Builder.class),
        new Part("BackplaneConfig", BackplaneConfig.defaults(), BackplaneConfig.Builder.class),
        new Part("JakartaConfig", JakartaConfig.defaults(), JakartaConfig.Builder.class));
  }

  @ParameterizedTest
  @MethodSource("parts")
  void everyKnobIsThereWithItsDefaultAndRange(Part part) throws Exception {
    Map<String, List<String>> rows = rows(part.heading());
    Map<String, Method> knobs = new TreeMap<>();
    for (Method method : part.builder().getMethods()) {
      if (method.getReturnType() == part.builder()) {
        knobs.put(method.getName(), method);
      }
    }

    assertThat(rows.keySet()).isEqualTo(knobs.keySet());

    for (Method knob : knobs.values()) {
      List<String> row = rows.get(knob.getName());
      assertThat(row.get(1)).as("default of %s", knob.getName()).isEqualTo(said(part, knob));
      assertRange(part, knob, row.get(2));
    }
  }

  private static Map<String, List<String>> rows(String heading) throws Exception {
    String text = Document.read("docs/configuration.md").text();
    String section = text.substring(text.indexOf("\n## " + heading + "\n") + 4);
    Map<String, List<String>> rows = new TreeMap<>();
    for (List<String> row : new Document("", section.split("\n## ", 2)[0]).rows()) {
      rows.put(row.get(0).replace("`", ""), row);
    }
    return rows;
  }

  /** A default as the document says it. */
  private static String said(Part part, Method knob) throws Exception {
    if (knob.getName().equals("inboundRate")) {
      assertThat(JakartaConfig.defaults().inboundMessagesPerSecond()).isZero();
      return "none";
    }
    Object value = part.defaults().getClass().getMethod(knob.getName()).invoke(part.defaults());
    if (value instanceof Duration duration) {
      return duration.toMillis() < 1_000
          ? duration.toMillis() + " ms"
          : duration.toSeconds() + " s";
    }
    if (value instanceof Enum || value instanceof String) {
      return "`" + value + "`";
    }
    if (value instanceof BackplaneConfig) {
      return "below";
    }
    if (value.equals(Optional.empty()) || value.equals(Integer.MAX_VALUE)) {
      return "none";
    }
    long number = ((Number) value).longValue();
    if (knob.getName().equals("lanes")) {
      assertThat(number).isEqualTo(Runtime.getRuntime().availableProcessors());
      return "processors";
    }
    if (knob.getName().endsWith("Bytes")) {
      return number >= 1 << 20 ? (number >> 20) + " MiB" : (number >> 10) + " KiB";
    }
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** What is said to be the least is taken, and one less is not. */
  private static void assertRange(Part part, Method knob, String said) throws Exception {
    Class<?> type = knob.getParameterTypes()[0];
    Matcher atLeast = AT_LEAST.matcher(said);
    if (atLeast.find()) {
      long least = Long.parseLong(atLeast.group(1).replace(",", ""));
      set(part, knob, least);
      assertThatThrownBy(() -> set(part, knob, least - 1)).hasMessageContaining(knob.getName());
    } else {
      assertThat(type)
          .as("type of %s, which has no least value", knob)
          .isNotIn(int.class, long.class);
    }
    if (type == Duration.class) {
      assertThatThrownBy(() -> set(part, knob, Duration.ofNanos(1)))
          .hasMessageContaining(knob.getName() + " must be 1 ms to 24 days");
      set(part, knob, Duration.ofDays(24));
    }
  }

  private static void set(Part part, Method knob, Object value) throws Exception {
    Object builder = part.defaults().getClass().getMethod("builder").invoke(null);
    Object[] arguments = new Object[knob.getParameterCount()]; // inboundRate has two
    for (int i = 0; i < arguments.length; i++) {
      boolean isInt = knob.getParameterTypes()[i] == int.class;
      arguments[i] = isInt ? Integer.valueOf(((Number) value).intValue()) : value;
    }
    try {
      knob.invoke(builder, arguments);
    } catch (InvocationTargetException e) {
      throw (Exception) e.getCause();
    }
  }
}

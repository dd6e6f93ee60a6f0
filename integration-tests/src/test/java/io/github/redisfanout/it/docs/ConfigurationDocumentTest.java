package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.SessionLimitPolicy;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.jakarta.JakartaConfig;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables of docs/configuration.md name every setting, its default and its range. */
class ConfigurationDocumentTest {
  private static final Pattern AT_LEAST = Pattern.compile("≥ ([\\d,]+)( bytes?)?");

  /** A configuration's part of the document. */
  record Part(String heading, Object defaults, Supplier<Object> builder) {
    @Override
    public String toString() {
      return heading;
    }
  }

  static Stream<Part> parts() {
    return Stream.of(
        new Part("FanoutConfig", FanoutConfig.of("chat"), () -> FanoutConfig.builder("chat")),
        new Part("RedisConfig", RedisConfig.defaults(), RedisConfig::builder),
        new Part("JakartaConfig", JakartaConfig.defaults(), JakartaConfig::builder));
  }

  @Test
  void sentinelSnippetMakesAnEndpoint(@TempDir Path directory) throws Exception {
    String snippet = Document.read("docs/configuration.md").snippet("sentinel");
    Class<?> sentinels =
        new SnippetCompiler(directory)
            .load(
                "Sentinels",
                "public class Sentinels { public static RedisEndpoint endpoint() {\n"
                    + snippet
                    + "return endpoint; }}");

    assertThat(sentinels.getMethod("endpoint").invoke(null))
        .asString()
        .startsWith("master \"mymaster\" of sentinels sentinel-1.example.com:26379, ");
  }

  @ParameterizedTest
  @MethodSource("parts")
  void everySettingIsThereWithItsDefaultAndRange(Part part) throws Exception {
    Map<String, List<String>> rows = rows(part.heading());
    if (part.heading().equals("FanoutConfig")) {
      assertThat(rows.remove("channel").subList(1, 3)).containsExactly("required", "not empty");
      assertThatThrownBy(() -> FanoutConfig.of("")).hasMessageContaining("must not be empty");
    }
    Class<?> builder = part.builder().get().getClass();
    Map<String, Method> settings = new TreeMap<>();
    for (Method method : builder.getMethods()) {
      if (method.getReturnType() == builder) {
        settings.put(method.getName(), method);
      }
    }

    assertThat(rows.keySet()).isEqualTo(settings.keySet());

    for (Method setting : settings.values()) {
      List<String> row = rows.get(setting.getName());
      assertThat(row.get(1))
          .as("default of %s", setting.getName())
          .isEqualTo(defaultInWords(part, setting));
      assertRange(part, setting, row.get(2));
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

  /** A default as the document writes it. */
  private static String defaultInWords(Part part, Method setting) throws Exception {
    if (setting.getName().equals("inboundRate")) {
      assertThat(JakartaConfig.defaults().inboundMessagesPerSecond()).isZero();
      return "none";
    }
    Object value = part.defaults().getClass().getMethod(setting.getName()).invoke(part.defaults());
    if (value instanceof Duration duration) {
      return duration.toSeconds() + " s";
    }
    if (value instanceof Boolean) {
      return value.toString();
    }
    if (value instanceof Enum) {
      return "`" + value + "`";
    }
    if (value.equals(Optional.empty()) || value.equals(Integer.MAX_VALUE)) {
      return "none";
    }
    long number = ((Number) value).longValue();
    if (setting.getName().endsWith("Bytes")) {
      return number >= 1 << 20 ? (number >> 20) + " MiB" : (number >> 10) + " KiB";
    }
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** The least value of the document is accepted, and one less is not. */
  private static void assertRange(Part part, Method setting, String range) throws Exception {
    Class<?> type = setting.getParameterTypes()[0];
    Matcher atLeast = AT_LEAST.matcher(range);
    if (atLeast.find()) {
      long least = Long.parseLong(atLeast.group(1).replace(",", ""));
      set(part, setting, least);
      assertThatThrownBy(() -> set(part, setting, least - 1))
          .hasMessageContaining(setting.getName());
    } else {
      assertThat(type)
          .as("type of %s, which has no least value", setting)
          .isNotIn(int.class, long.class);
    }
    if (type == Duration.class) {
      assertThatThrownBy(() -> set(part, setting, Duration.ofNanos(1)))
          .hasMessageContaining(setting.getName() + " must be 1 ms to 24 days");
      set(part, setting, Duration.ofDays(24));
    }
  }

  private static void set(Part part, Method setting, Object value) throws Exception {
    Object[] arguments =
        Stream.of(setting.getParameterTypes()).map(type -> argument(type, value)).toArray();
    try {
      setting.invoke(part.builder().get(), arguments);
    } catch (InvocationTargetException e) {
      throw (Exception) e.getCause();
    }
  }

  private static Object argument(Class<?> type, Object value) {
    if (type == SessionLimitPolicy.class) {
      return SessionLimitPolicy.REFUSE_NEW;
    }
    return type == int.class ? Integer.valueOf(((Number) value).intValue()) : value;
  }
}

package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.redis.RedisConfig;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A setting exists when somebody needs it, and what can be derived is derived. */
class SettingsCountTest {

  @Test
  void coreHasFewSettings() {
    Set<String> settings = setters(FanoutConfig.Builder.class);
    settings.add("channel"); // an argument of the factory, as it has no default
    settings.addAll(setters(RedisConfig.Builder.class));

    assertThat(settings).hasSizeLessThanOrEqualTo(27);
  }

  private static Set<String> setters(Class<?> builder) {
    Set<String> names = new TreeSet<>();
    Arrays.stream(builder.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .filter(method -> method.getReturnType() == builder)
        .map(Method::getName)
        .forEach(names::add);
    return names;
  }
}

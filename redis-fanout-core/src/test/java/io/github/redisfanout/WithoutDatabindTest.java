package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import redis.clients.jedis.Jedis;

/** Where jackson-databind 2 is not on the class path, as with Spring Boot 4. */
class WithoutDatabindTest {
  private final URLClassLoader loader =
      new URLClassLoader(
          Stream.of(
                  RedisFanout.class,
                  AppWithoutDatabind.class,
                  JsonFactory.class,
                  Jedis.class,
                  Logger.class)
              .map(WithoutDatabindTest::home)
              .toArray(URL[]::new),
          ClassLoader.getPlatformClassLoader());

  private static URL home(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  @AfterEach
  void close() throws IOException {
    loader.close();
  }

  @SuppressWarnings("unchecked") // the method's return type
  private Supplier<List<String>> app(String method) throws Exception {
    Class<?> app = loader.loadClass(AppWithoutDatabind.class.getName());
    assertThat(app.getClassLoader()).isSameAs(loader);
    return (Supplier<List<String>>) app.getMethod(method).invoke(null);
  }

  @Test
  void databindIsReallyNotThere() throws Exception {
    assertThatThrownBy(() -> loader.loadClass(ObjectMapper.class.getName()))
        .isInstanceOf(ClassNotFoundException.class);
    assertThat(loader.loadClass(JsonFactory.class.getName())).isNotNull();
  }

  @Test
  void nodeWithAnEncoderOfItsOwnPublishesAndReceives() throws Exception {
    assertThat(app("publishAndReceive").get()).containsExactly("\"hello\"", "\"only you\"");
  }

  @Test
  void nodeWithoutAnEncoderSaysWhatIsMissing() throws Exception {
    Supplier<List<String>> app = app("buildWithoutEncoder");

    assertThatThrownBy(app::get)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no payloadEncoder was given, and the default one needs jackson-databind 2")
        .hasCauseInstanceOf(NoClassDefFoundError.class);
  }
}

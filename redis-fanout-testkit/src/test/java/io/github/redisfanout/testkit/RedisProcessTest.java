package io.github.redisfanout.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RedisProcessTest {
  private static final Duration SOON = Duration.ofMillis(300);

  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  @Test
  void uriNamesTheLoopbackPort() {
    assertThat(redis.uri()).isEqualTo("redis://127.0.0.1:" + redis.port());
    assertThat(redis.command("CONFIG", "GET", "port")).isEqualTo("port\n" + redis.port());
    assertThat(redis.command("CONFIG", "GET", "bind")).isEqualTo("bind\n127.0.0.1");
  }

  @Test
  void commandReturnsEveryKindOfReplyAsText() {
    assertThat(redis.command("PING")).isEqualTo("PONG");
    assertThat(redis.command("SET", "kind", "zwölf\r\n12")).isEqualTo("OK");
    assertThat(redis.command("GET", "kind")).isEqualTo("zwölf\r\n12");
    assertThat(redis.command("STRLEN", "kind")).isEqualTo("10");
    assertThat(redis.command("GET", "nothing")).isEqualTo("(nil)");
    assertThat(redis.command("SET", "kind", "")).isEqualTo("OK");
    assertThat(redis.command("GET", "kind")).isEmpty();
    assertThat(redis.command("KEYS", "nothing*")).isEmpty();
    assertThat(redis.command("EVAL", "return {1,{'two',3},false}", "0"))
        .isEqualTo("1\ntwo\n3\n(nil)");
  }

  @Test
  void errorReplyThrowsWithRedisOwnText() {
    assertThatIllegalStateException()
        .isThrownBy(() -> redis.command("GET"))
        .withMessage("ERR wrong number of arguments for 'get' command");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> redis.command())
        .withMessage("words must hold at least the command's name: []");
  }

  @Test
  void killedServerComesBackOnTheSamePort() {
    int port = redis.port();
    long pid = redis.pid();
    redis.command("SET", "lost", "1");
    redis.kill();
    redis.kill();
    assertThat(redis.isRunning()).isFalse();
    assertThat(ProcessHandle.of(pid)).isEmpty();
    assertThatThrownBy(() -> redis.command("PING"))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("PING to Redis on port " + port + " got no reply")
        .hasCauseInstanceOf(ConnectException.class);

    redis.restart();

    assertThat(redis.isRunning()).isTrue();
    assertThat(redis.port()).isEqualTo(port);
    assertThat(redis.pid()).isNotEqualTo(pid);
    assertThat(redis.command("GET", "lost")).isEqualTo("(nil)");
  }

  @Test
  void restartWorksInEveryState() {
    int port = redis.port();
    redis.restart();
    redis.pause();
    redis.restart();
    assertThat(redis.command("PING")).isEqualTo("PONG");
    redis.stop();
    redis.restart();
    redis.pause();
    redis.kill();
    redis.restart();
    assertThat(redis.command("PING")).isEqualTo("PONG");
    assertThat(redis.port()).isEqualTo(port);
  }

  @Test
  void stoppedServerHasSavedItsDataCleanly() {
    // Written to disk only by a clean shutdown: there is a save point, but it is far away.
    try (RedisProcess saving = RedisProcess.start("--save", "3600 1")) {
      saving.command("SET", "kept", "1");
      saving.pause();
      saving.stop();
      assertThat(saving.isRunning()).isFalse();
      saving.restart();
      assertThat(saving.command("GET", "kept")).isEqualTo("1");
      saving.command("SET", "lost", "1");
      saving.kill();
      saving.restart();
      assertThat(saving.command("KEYS", "*")).isEqualTo("kept");
    }
  }

  @Test
  void pausedServerAcceptsButDoesNotAnswerUntilResumed() throws IOException {
    try (RespConnection connection = new RespConnection(redis.port(), SOON)) {
      assertThat(connection.call("PING")).isEqualTo("PONG");
      redis.pause();
      redis.pause();
      assertThat(redis.isRunning()).isTrue();
      assertThatThrownBy(() -> connection.call("PING")).isInstanceOf(SocketTimeoutException.class);
      try (RespConnection later = new RespConnection(redis.port(), SOON)) {
        assertThatThrownBy(() -> later.call("PING")).isInstanceOf(SocketTimeoutException.class);
      }
    }
    redis.resume();
    redis.resume();
    assertThat(redis.command("PING")).isEqualTo("PONG");
  }

  @Test
  void deadServerCannotBePaused() {
    redis.kill();
    assertThatIllegalStateException()
        .isThrownBy(redis::pause)
        .withMessage("cannot pause Redis on port " + redis.port() + ": it is dead");
    redis.resume();
    redis.stop();
    assertThat(redis.isRunning()).isFalse();
  }

  @Test
  void serverWithPasswordStartsAndRestarts() {
    try (RedisProcess locked = RedisProcess.start("--requirepass", "x")) {
      locked.restart();
      assertThatIllegalStateException()
          .isThrownBy(() -> locked.command("PING"))
          .withMessage("NOAUTH Authentication required.");
      assertThat(locked.command("AUTH", "x")).isEqualTo("OK");
    }
  }

  @Test
  void restartWaitsUntilTheDataIsLoaded() {
    try (RedisProcess slow =
        RedisProcess.start(
            "--save",
            "3600 1",
            "--key-load-delay",
            "2000",
            "--loading-process-events-interval-bytes",
            "1024")) {
      slow.command("EVAL", "for i=1,500 do redis.call('SET',i,string.rep('x',99)) end", "0");
      slow.restart();
      assertThat(slow.command("DBSIZE")).isEqualTo("500");
    }
  }

  @Test
  void failedStartShowsTheOutput() {
    assertThatIllegalStateException()
        .isThrownBy(() -> RedisProcess.start("--no-such-option", "1"))
        .withMessageMatching("(?s)Redis on port \\d+ exited at once; its output:\n.*")
        .withMessageContaining("Bad directive or wrong number of arguments");
  }

  @Test
  void takenPortIsReplacedByAnother() throws IOException {
    ServerDirectory directory = ServerDirectory.create();
    ServerProcess process =
        new ServerProcess(RedisBinary.extract(), directory, List.of(), List.of());
    try (ServerSocket silent = listenOn(LoopbackPorts.free())) {
      int free = LoopbackPorts.free();
      // On the second port a stranger answers, who must not be mistaken for the new server.
      Iterator<Integer> ports = List.of(silent.getLocalPort(), redis.port(), free).iterator();
      process.launch(ports::next);
      assertThat(process.port()).isEqualTo(free);
      assertThat(process.isAlive()).isTrue();
    } finally {
      process.dispose();
    }
    assertThat(directory.path()).doesNotExist();
  }

  @Test
  void restartFailsWhenSomeoneElseTookThePort() throws IOException {
    redis.kill();
    try (ServerSocket thief = listenOn(redis.port())) {
      assertThatIllegalStateException()
          .isThrownBy(redis::restart)
          .withMessageContaining("Redis on port " + thief.getLocalPort() + " exited at once")
          .withMessageMatching("(?s).*bind: Address (already )?in use.*");
    }
    redis.restart();
    assertThat(redis.command("PING")).isEqualTo("PONG");
  }

  private static ServerSocket listenOn(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.bind(new InetSocketAddress(LoopbackPorts.loopback(), port));
    return socket;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void closeKillsDeletesAndIsIdempotent(boolean paused) {
    RedisProcess closing = RedisProcess.start();
    Path directory = Path.of(closing.command("CONFIG", "GET", "dir").split("\n")[1]);
    assertThat(directory).isDirectory();
    long pid = closing.pid();
    if (paused) {
      closing.pause();
    }
    closing.close();
    closing.close();
    assertThat(closing.isRunning()).isFalse();
    assertThat(ProcessHandle.of(pid)).isEmpty();
    assertThat(Files.exists(directory)).isFalse();
    closing.kill();
    closing.stop();
    closing.resume();
    assertThatIllegalStateException()
        .isThrownBy(closing::restart)
        .withMessage("cannot restart Redis on port " + closing.port() + ": it is closed");
    assertThatIllegalStateException().isThrownBy(closing::pause);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void serverDiesWithItsJvm(boolean terminated) throws Exception {
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ForgetfulMain.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(jvm.getInputStream(), UTF_8))) {
      ProcessHandle orphan = ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
      assertThat(orphan.isAlive()).isTrue();
      if (terminated) {
        jvm.destroy();
      } else {
        jvm.getOutputStream().close();
      }
      assertThat(jvm.waitFor(20, TimeUnit.SECONDS)).isTrue();
      await().atMost(Duration.ofSeconds(10)).until(() -> !orphan.isAlive());
    } finally {
      jvm.destroyForcibly();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, linux-amd64",
    "Linux, aarch64, linux-arm64",
    "Linux, i386, linux-386",
    "Mac OS X, x86_64, darwin-amd64",
    "Mac OS X, aarch64, darwin-arm64",
  })
  void everyPlatformHasItsBinary(String name, String arch, String platform) {
    String resource = RedisBinary.resourceFor(name, arch);
    assertThat(resource).isEqualTo("redis-server-7.0.15-" + platform);
    assertThat(getClass().getResource("/" + resource)).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({"Windows 11, amd64", "Mac OS X, x86", "Linux, riscv64"})
  void unsupportedPlatformIsNamed(String name, String arch) {
    assertThatIllegalStateException()
        .isThrownBy(() -> RedisBinary.resourceFor(name, arch))
        .withMessage("embedded-redis has no Redis for os.name=" + name + ", os.arch=" + arch);
  }

  @Test
  void ownBinaryIsRunInPlaceOfTheJars(@TempDir Path directory) throws IOException {
    Path ran = directory.resolve("ran");
    Path own = directory.resolve("redis-server");
    Files.writeString(
        own, "#!/bin/sh\n: > '" + ran + "'\nexec '" + RedisBinary.extract() + "' \"$@\"\n");
    Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
    System.setProperty(RedisBinary.PROPERTY, own.toString());
    try (RedisProcess mine = RedisProcess.start()) {
      assertThat(mine.command("PING")).isEqualTo("PONG");
      assertThat(ran).exists();
    } finally {
      System.clearProperty(RedisBinary.PROPERTY);
    }
  }

  @Test
  void ownBinaryThatIsNoneIsNamed(@TempDir Path directory) throws IOException {
    Path text = Files.createFile(directory.resolve("readme"));
    for (Path none : List.of(directory, text, directory.resolve("missing"))) {
      assertThatIllegalStateException()
          .isThrownBy(() -> RedisBinary.own(none.toString()))
          .withMessage("testkit.redis.binary must name an executable file: " + none);
    }
  }

  @Test
  void binaryIsExtractedOnce() {
    assertThat(RedisBinary.extract()).isExecutable().isEqualTo(RedisBinary.extract());
  }

  @Test
  void closesAfterTheOutermostTestClassOnly() {
    RedisProcess extension = RedisProcess.start();
    extension.beforeAll(contextOf("outer"));
    extension.beforeAll(contextOf("nested"));
    extension.afterAll(contextOf("nested"));
    assertThat(extension.isRunning()).isTrue();
    extension.afterAll(contextOf("outer"));
    assertThat(extension.isRunning()).isFalse();
    assertThatIllegalStateException()
        .isThrownBy(() -> extension.beforeEach(contextOf("late")))
        .withMessage("cannot use Redis on port " + extension.port() + ": it is closed");
  }

  @Test
  void comesBackOnTheSamePortWhenJUnitUsesItAgain() {
    RedisProcess extension = RedisProcess.start("--maxclients", "77");
    int port = extension.port();
    extension.beforeAll(contextOf("class"));
    extension.afterAll(contextOf("class"));
    extension.beforeAll(contextOf("class again"));
    try {
      extension.beforeEach(contextOf("test"));
      assertThat(extension.port()).isEqualTo(port);
      assertThat(extension.command("CONFIG", "GET", "maxclients")).endsWith("77");
    } finally {
      extension.afterAll(contextOf("class again"));
    }
    assertThat(extension.isRunning()).isFalse();
  }

  @Test
  void comesBackLaterWhenSomebodyHasItsPortForAMoment() throws IOException {
    RedisProcess extension = RedisProcess.start();
    extension.beforeAll(contextOf("class"));
    extension.afterAll(contextOf("class"));
    try (ServerSocket thief = listenOn(extension.port())) {
      assertThatIllegalStateException()
          .isThrownBy(() -> extension.beforeAll(contextOf("class again")))
          .withMessageContaining("Redis on port " + thief.getLocalPort() + " exited at once");
      extension.afterAll(contextOf("class again"));
    }
    extension.beforeAll(contextOf("third time"));
    assertThat(extension.command("PING")).isEqualTo("PONG");
    extension.afterAll(contextOf("third time"));
  }

  @Test
  void staysClosedWhenTheTestClosedIt() {
    RedisProcess extension = RedisProcess.start();
    extension.beforeAll(contextOf("class"));
    extension.close();
    extension.afterAll(contextOf("class"));
    extension.beforeAll(contextOf("class again"));
    assertThat(extension.isRunning()).isFalse();
  }

  private static ExtensionContext contextOf(String id) {
    return (ExtensionContext)
        Proxy.newProxyInstance(
            RedisProcessTest.class.getClassLoader(),
            new Class<?>[] {ExtensionContext.class},
            (proxy, method, args) -> id);
  }

  /** Each test leaves the server in a bad state and is met by a good one. */
  @Nested
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  class EachTestMeetsARunningServer {
    @Test
    @Order(1)
    void afterWhateverWasBefore() {
      assertThat(redis.command("PING")).isEqualTo("PONG");
      redis.kill();
    }

    @Test
    @Order(2)
    void afterAKill() {
      assertThat(redis.command("PING")).isEqualTo("PONG");
      redis.pause();
    }

    @Test
    @Order(3)
    void afterAPause() {
      assertThat(redis.command("PING")).isEqualTo("PONG");
    }
  }

  @Nested
  class AnotherNestedClass {
    @Test
    void meetsItToo() {
      assertThat(redis.command("PING")).isEqualTo("PONG");
    }
  }
}

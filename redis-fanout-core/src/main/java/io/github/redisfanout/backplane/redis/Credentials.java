package io.github.redisfanout.backplane.redis;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import redis.clients.authentication.core.Token;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisCredentials;
import redis.clients.jedis.RedisCredentialsProvider;
import redis.clients.jedis.authentication.AuthXManager;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * The credentials of a client configuration, which may change: those of a provider, or the tokens
 * of Jedis' AuthXManager. Thread-safe; its methods may block as long as those do.
 */
final class Credentials {
  private final JedisClientConfig config;
  private final @Nullable AuthXManager tokens; // null: there is none
  private final Consumer<Login> onRenewal;

  private final Consumer<Token> hook = this::renewed; // one object, so that it can be removed

  /** {@code onRenewal} is called with each new token of an AuthXManager. */
  Credentials(JedisClientConfig config, Consumer<Login> onRenewal) {
    this.config = config;
    this.onRenewal = onRenewal;
    tokens = config.getAuthXManager();
  }

  /** Begins to listen for new tokens. */
  void start() {
    if (tokens != null) {
      tokens.addPostAuthenticationHook(hook);
    }
  }

  private void renewed(Token token) {
    Login login = current();
    if (login != null) {
      onRenewal.accept(login);
    }
  }

  /**
   * Called before a connection logs in: Jedis starts an AuthXManager only for its own pools.
   *
   * @throws JedisConnectionException if there is no token; the message says why
   */
  void prepare() {
    if (tokens == null) {
      return;
    }
    String reason = "";
    try {
      tokens.start(); // does nothing the second time
    } catch (RuntimeException e) {
      reason = ": " + Failures.inWords(e); // the provider may have succeeded later by itself
    }
    try {
      tokens.get();
    } catch (RuntimeException e) {
      throw new JedisConnectionException("the AuthXManager has no token" + reason);
    }
  }

  /** The credentials to log in with now; null if there are none. */
  @Nullable Login current() {
    Supplier<RedisCredentials> provider = tokens != null ? tokens : config.getCredentialsProvider();
    if (provider == null) {
      return null;
    }
    if (!(provider instanceof RedisCredentialsProvider preparing)) {
      return login(provider.get());
    }
    try {
      preparing.prepare();
      return login(preparing.get());
    } finally {
      preparing.cleanUp();
    }
  }

  private static @Nullable Login login(@Nullable RedisCredentials credentials) {
    return credentials == null || credentials.getPassword() == null ? null : new Login(credentials);
  }

  /** Stops listening; an AuthXManager belongs to its owner and goes on. */
  void close() {
    if (tokens != null) {
      tokens.removePostAuthenticationHook(hook);
    }
  }
}

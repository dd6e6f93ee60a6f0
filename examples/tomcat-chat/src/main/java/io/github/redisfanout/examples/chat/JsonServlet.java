package io.github.redisfanout.examples.chat;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;

/** Answers in JSON, also what is refused. */
abstract class JsonServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final Logger log = LoggerFactory.getLogger(JsonServlet.class);

  private final transient ObjectMapper json = new ObjectMapper();

  /** Handles a request, whatever its method. */
  abstract void handle(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ChatException;

  @Override
  protected final void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    try {
      handle(request, response);
    } catch (ChatException e) {
      if (e.status() == 401) {
        response.setHeader("WWW-Authenticate", "Bearer");
      } else if (e instanceof ChatException.WrongMethod wrongMethod) {
        response.setHeader("Allow", wrongMethod.allowed());
      }
      answer(response, e.status(), Map.of("error", e.reason()));
    } catch (JedisException e) {
      log.warn("Redis is not available: {}", e.getMessage());
      answer(response, 503, Map.of("error", "Redis is not available"));
    }
  }

  /** The user whose token the request carries. */
  static String authenticated(HttpServletRequest request, AccessTokens tokens)
      throws ChatException {
    String header = request.getHeader("Authorization");
    String userId =
        header != null && header.regionMatches(true, 0, "Bearer ", 0, 7)
            ? tokens.verify(header.substring(7).trim())
            : null;
    if (userId == null) {
      throw new ChatException(401, "log in first: no valid token");
    }
    return userId;
  }

  static String requireMethod(HttpServletRequest request, String... allowed) throws ChatException {
    for (String method : allowed) {
      if (method.equals(request.getMethod())) {
        return method;
      }
    }
    throw new ChatException.WrongMethod(String.join(", ", allowed));
  }

  /** A segment of the path, decoded. */
  static String decoded(String segment) throws ChatException {
    try {
      // URLDecoder reads '+' as a space, which it is not in a path.
      return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ChatException(400, "the path is not percent-encoded UTF-8");
    }
  }

  void answer(HttpServletResponse response, int status, @Nullable Object body) throws IOException {
    answerJson(response, status, json.writeValueAsString(body));
  }

  static void answerJson(HttpServletResponse response, int status, String body) throws IOException {
    response.setStatus(status);
    response.setContentType("application/json");
    response.setCharacterEncoding("UTF-8");
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
  }
}

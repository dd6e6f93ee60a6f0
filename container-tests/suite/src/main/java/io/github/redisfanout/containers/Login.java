package io.github.redisfanout.containers;

import static java.util.Objects.requireNonNull;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpSession;
import java.security.Principal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The application's own login in front of the handshake, as Spring Security has it: {@code
 * ?login=…} is a principal, and that or {@code ?visit} has an HTTP session.
 */
final class Login {
  private static final Map<String, HttpSession> SESSIONS = new ConcurrentHashMap<>();

  private Login() {}

  static HttpServletRequest of(HttpServletRequest request) {
    String login = request.getParameter("login");
    if (login == null && request.getParameter("visit") == null) {
      return request;
    }
    SESSIONS.put(request.getParameter("user"), request.getSession(true));
    if (login == null) {
      return request;
    }
    return new HttpServletRequestWrapper(request) {
      @Override
      public Principal getUserPrincipal() {
        return () -> login;
      }

      @Override
      public String getRemoteUser() {
        return login;
      }
    };
  }

  /** Ends the user's HTTP session, as logging out does, or the container when it has expired. */
  static void end(String user) {
    requireNonNull(SESSIONS.remove(user)).invalidate();
  }
}

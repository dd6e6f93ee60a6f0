package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginPolicyTest {
  private static final OriginPolicy SAME_HOST = OriginPolicy.sameHost();

  private static HttpServletRequest request(String host, boolean secure, String... origins) {
    HttpServletRequest request = mock(HttpServletRequest.class);
    when(request.getHeader("Host")).thenReturn(host);
    when(request.isSecure()).thenReturn(secure);
    when(request.getHeaders("Origin")).thenReturn(Collections.enumeration(List.of(origins)));
    return request;
  }

  private static HttpServletRequest request(String host, String... origins) {
    return request(host, false, origins);
  }

  @ParameterizedTest
  @CsvSource({
    "http://app.example,            app.example",
    "https://app.example,           app.example",
    "https://app.example:443,       app.example",
    "https://app.example,           app.example:443",
    "http://app.example,            app.example:80",
    "http://app.example:80,         app.example:80",
    "https://app.example:8443,      app.example:8443",
    "HTTPS://App.EXAMPLE,           aPP.example",
    "http://127.0.0.1:8081,         127.0.0.1:8081",
    "http://[::1]:8081,             [::1]:8081",
    "http://[fe80::AB],             [fe80::ab]",
    "http://my_service:8081,        my_service:8081",
  })
  void aPageOfTheSameHostAndPortIsAllowed(String origin, String host) {
    assertThat(SAME_HOST.isAllowed(request(host, origin))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "https://evil.example,          app.example",
    "https://app.example.evil,      app.example",
    "https://evil-app.example,      app.example",
    "https://sub.app.example,       app.example",
    "https://app.example:8443,      app.example",
    "https://app.example,           app.example:8443",
    "https://app.example,           app.example:80",
    "http://app.example,            app.example:443",
    "http://app.example:8080,       app.example:8081",
    "ftp://app.example,             app.example",
    "app://app.example,             app.example",
  })
  void aPageOfAnotherHostPortOrKindIsRefused(String origin, String host) {
    assertThat(SAME_HOST.isAllowed(request(host, origin))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "",
        " ",
        "app.example",
        "https:app.example",
        "https://",
        "https://app.example/",
        "https://app.example/path",
        "https://app.example?q",
        "https://app.example#f",
        "https://user@app.example",
        "https://app.example:",
        "https://app.example:x",
        "https://app.example:443443",
        "https://app.example https://app.example",
        "https://app.example, https://app.example",
        "https://app.example\nx",
        "https://[::1",
        "*",
      })
  void whatIsNotAnOriginIsRefused(String origin) {
    assertThat(SAME_HOST.isAllowed(request("app.example", origin))).isFalse();
  }

  @Test
  void anAbsentHeaderIsAllowed() {
    assertThat(SAME_HOST.isAllowed(request("app.example"))).isTrue();
    assertThat(OriginPolicy.allow("https://a.example").isAllowed(request("b.example"))).isTrue();
  }

  @Test
  void twoHeadersAreRefusedEvenIfBothWouldBeAllowed() {
    String origin = "https://app.example";

    assertThat(SAME_HOST.isAllowed(request("app.example", origin, origin))).isFalse();
    assertThat(OriginPolicy.allow(origin).isAllowed(request("app.example", origin, origin)))
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"app.example:x", "app.example/", "", "a b", "[::1"})
  void aHostHeaderThatIsNoneMatchesNothing(String host) {
    assertThat(SAME_HOST.isAllowed(request(host, "https://app.example"))).isFalse();
  }

  @Test
  void anAbsentHostHeaderMatchesNothing() {
    assertThat(SAME_HOST.isAllowed(request(null, "https://app.example"))).isFalse();
  }

  private static HttpServletRequest forwarded(
      String host, String serverName, int serverPort, boolean secure, String origin) {
    HttpServletRequest request = request(host, secure, origin);
    when(request.getServerName()).thenReturn(serverName);
    when(request.getServerPort()).thenReturn(serverPort);
    return request;
  }

  /** What containers and frameworks make of forwarding headers that they were told to believe. */
  @ParameterizedTest
  @CsvSource({
    "https://app.example,           backend:8080,     app.example, 443,  true",
    "https://app.example:8443,      backend:8080,     app.example, 8443, true",
    "http://app.example,            backend:8080,     app.example, 80,   false",
    "https://app.example,           backend:8080,     app.example, 80,   false",
    "https://app.example,           backend:8080,     app.example, 8080, false",
    "https://app.example:8443,      app.example,      app.example, 8443, true",
    "https://app.example,           app.example:8080, app.example, 443,  true",
    "http://[::1]:8081,             backend,          ::1,         8081, false",
    "https://app.example,           ,                 app.example, 443,  true",
    "http://app.example:8081,       ,                 app.example, 8081, false",
  })
  void aPageOfTheForwardedHostIsAllowed(
      String origin, String host, String serverName, int serverPort, boolean secure) {
    assertThat(SAME_HOST.isAllowed(forwarded(host, serverName, serverPort, secure, origin)))
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "https://evil.example,          backend:8080,     app.example, 443,  true",
    "http://app.example,            backend:8080,     app.example, 443,  true",
    "https://app.example:8443,      backend:8080,     app.example, 443,  true",
    "https://app.example:8443,      backend:8080,     app.example, 80,   false",
    "https://app.example:8443,      app.example,      app.example, 443,  true",
    "https://app.example,           app.example:80,   app.example, 80,   false",
    "http://app.example,            app.example:8080, app.example, 443,  true",
    "https://app.example,           app.example/,     app.example, 443,  true",
    "http://app.example,            ,                 app.example, 8081, false",
  })
  void aPageOfAnotherHostThanTheForwardedOneIsRefused(
      String origin, String host, String serverName, int serverPort, boolean secure) {
    assertThat(SAME_HOST.isAllowed(forwarded(host, serverName, serverPort, secure, origin)))
        .isFalse();
  }

  /** As with nginx' {@code proxy_set_header Host $host}. */
  @ParameterizedTest
  @CsvSource({
    "http://app.example:8000,  app.example,      8081, false, true",
    "https://app.example:8443, app.example,      8081, false, true",
    "http://evil.example:8000, app.example,      8081, false, false",
    "http://app.example:8000,  app.example:8081, 8081, false, false",
    "http://app.example:8000,  app.example,      80,   false, false",
    "http://app.example:8000,  app.example,      443,  false, false",
    "https://app.example:8443, app.example,      8081, true,  false",
  })
  void aHostWithoutPortStandsForAllItsPortsOnlyWhereAProxyMayHaveDroppedIt(
      String origin, String host, int localPort, boolean secure, boolean allowed) {
    HttpServletRequest request = forwarded(host, "app.example", 0, secure, origin);
    when(request.getServerPort()).thenReturn(host.endsWith("8081") ? 8081 : secure ? 443 : 80);
    when(request.getLocalPort()).thenReturn(localPort);

    assertThat(SAME_HOST.isAllowed(request)).isEqualTo(allowed);
  }

  @Test
  void behindOurOwnTlsAPageWithoutTlsIsAnotherOne() {
    assertThat(SAME_HOST.isAllowed(request("app.example", true, "https://app.example"))).isTrue();
    assertThat(SAME_HOST.isAllowed(request("app.example", true, "http://app.example"))).isFalse();
  }

  @Test
  void namedOriginsAreAllowedBesideTheSameHost() {
    OriginPolicy policy = OriginPolicy.sameHostOr("https://App.example:443", "app://localhost");

    assertThat(policy.isAllowed(request("ws.example", "https://app.example"))).isTrue();
    assertThat(policy.isAllowed(request("ws.example", "app://localhost"))).isTrue();
    assertThat(policy.isAllowed(request("ws.example", "https://ws.example"))).isTrue();
    assertThat(policy.isAllowed(request("ws.example", "http://app.example"))).isFalse();
    assertThat(policy.isAllowed(request("ws.example", "https://app.example:8443"))).isFalse();
    assertThat(policy.isAllowed(request("ws.example", "null"))).isFalse();
  }

  @Test
  void anAllowListDoesNotAllowTheSameHost() {
    OriginPolicy policy = OriginPolicy.allow("https://app.example");

    assertThat(policy.isAllowed(request("ws.example", "https://app.example"))).isTrue();
    assertThat(policy.isAllowed(request("ws.example", "https://ws.example"))).isFalse();
  }

  @Test
  void aHeaderIsShortAndPrintableInTheLog() {
    assertThat(Origin.printable("https://evil\r\n\u001b[31m\u00e9\""))
        .isEqualTo("\"https://evil???[31m??\"");
    assertThat(Origin.printable("x".repeat(101))).isEqualTo("\"" + "x".repeat(100) + "…\"");
    assertThat(Origin.printable(null)).isEqualTo("none");
  }

  @Test
  void anOriginThatCanNeverMatchIsRefusedAtOnce() {
    assertThatThrownBy(() -> OriginPolicy.sameHostOr("https://app.example/"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "origin must be scheme://host or scheme://host:port, without a path:"
                + " 'https://app.example/'");
    assertThatThrownBy(() -> OriginPolicy.allow("null"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> OriginPolicy.allow("*")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(OriginPolicy::allow)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("origins must name at least one: []");
  }
}

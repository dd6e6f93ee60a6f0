package io.github.redisfanout.examples.spring;

import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Readiness, for a load balancer: 503 where no client should be sent. */
@RestController
class HealthController {
  private final RedisFanout fanout;

  HealthController(RedisFanout fanout) {
    this.fanout = fanout;
  }

  @GetMapping("/health")
  ResponseEntity<Map<String, Object>> health() {
    FanoutHealth health = fanout.health();
    int status =
        switch (health.status()) {
          case UP, DEGRADED -> 200;
          case DOWN, DRAINING -> 503;
        };
    return ResponseEntity.status(status)
        .header("Cache-Control", "no-store")
        .body(
            Map.of(
                "status", health.status(),
                "reason", health.reason(),
                "sessions", health.counters().sessions()));
  }
}

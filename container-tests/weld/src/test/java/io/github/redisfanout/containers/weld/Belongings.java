package io.github.redisfanout.containers.weld;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.Dependent;
import java.util.concurrent.atomic.AtomicInteger;

/** Belongs to one endpoint, and shows whether CDI destroys it together with that. */
@Dependent
public class Belongings {
  static final AtomicInteger ALIVE = new AtomicInteger();
  static final AtomicInteger MADE = new AtomicInteger();

  @PostConstruct
  void made() {
    MADE.incrementAndGet();
    ALIVE.incrementAndGet();
  }

  @PreDestroy
  void destroyed() {
    ALIVE.decrementAndGet();
  }
}

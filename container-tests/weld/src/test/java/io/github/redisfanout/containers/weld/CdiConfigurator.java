package io.github.redisfanout.containers.weld;

import io.github.redisfanout.jakarta.FanoutConfigurator;
import jakarta.enterprise.inject.spi.CDI;

/** Takes annotated endpoints from CDI. */
public class CdiConfigurator extends FanoutConfigurator {
  @Override
  public <T> T getEndpointInstance(Class<T> type) {
    return CDI.current().select(type).get();
  }
}

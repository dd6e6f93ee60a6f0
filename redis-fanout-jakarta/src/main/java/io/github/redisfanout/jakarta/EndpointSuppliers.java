package io.github.redisfanout.jakarta;

import static java.util.Objects.requireNonNull;

import jakarta.websocket.server.ServerEndpoint;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How annotated endpoints are made whose constructor has arguments. Thread-safe. */
final class EndpointSuppliers {
  private final ConcurrentHashMap<Class<?>, Supplier<?>> suppliers = new ConcurrentHashMap<>();

  /** The configurator that makes them; not by its name, which would close a circle of types. */
  interface User {}

  void put(Class<?> type, Supplier<?> supplier) {
    requireNonNull(supplier, "supplier == null");
    ServerEndpoint annotation = type.getAnnotation(ServerEndpoint.class);
    if (annotation == null || !User.class.isAssignableFrom(annotation.configurator())) {
      throw new IllegalArgumentException(
          "annotate the endpoint with @ServerEndpoint(value = …, configurator ="
              + " FanoutConfigurator.class), or the container makes it without the supplier: "
              + type.getName());
    }
    suppliers.put(type, supplier);
  }

  /** Null: none was given. */
  @Nullable Supplier<?> get(Class<?> type) {
    return suppliers.get(type);
  }
}

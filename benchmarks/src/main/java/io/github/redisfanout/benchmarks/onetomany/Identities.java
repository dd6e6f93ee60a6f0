package io.github.redisfanout.benchmarks.onetomany;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Counts objects by identity; quick as long as it is always the same one. Thread-safe. */
final class Identities {
  private final Set<Object> all = Collections.newSetFromMap(new IdentityHashMap<>());
  private volatile @Nullable Object one; // null until there is one

  void add(Object object) {
    if (object != one) {
      synchronized (all) {
        all.add(object);
        one = object;
      }
    }
  }

  int count() {
    synchronized (all) {
      return all.size();
    }
  }
}

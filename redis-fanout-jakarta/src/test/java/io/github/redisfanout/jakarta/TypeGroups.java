package io.github.redisfanout.jakarta;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Strongly connected groups: types of one package that all depend on each other, if only through
 * the others. A nested type counts as its top-level type.
 *
 * <p>The core's tests have the same class: no module that both could share has ArchUnit.
 */
final class TypeGroups {
  private final Map<JavaClass, Set<JavaClass>> targets = new HashMap<>();

  TypeGroups(JavaClasses classes) {
    for (JavaClass type : classes) {
      JavaClass from = topLevel(type);
      Set<JavaClass> targetsOfType = targets.computeIfAbsent(from, t -> new LinkedHashSet<>());
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass to = topLevel(dependency.getTargetClass().getBaseComponentType());
        if (to.getPackageName().equals(from.getPackageName())) {
          targetsOfType.add(to);
        }
      }
    }
  }

  private static JavaClass topLevel(JavaClass type) {
    return type.getEnclosingClass().map(TypeGroups::topLevel).orElse(type);
  }

  /** The groups of more than this many types, each as the sorted names of its types. */
  Set<Set<String>> largerThan(int types) {
    Map<JavaClass, Set<JavaClass>> reachable = new HashMap<>();
    targets.keySet().forEach(type -> reachable.put(type, reachableFrom(type)));
    Set<Set<String>> groups = new HashSet<>();
    for (JavaClass type : reachable.keySet()) {
      Set<String> group = new TreeSet<>(Set.of(type.getName()));
      reachable.get(type).stream()
          .filter(other -> reachable.getOrDefault(other, Set.of()).contains(type))
          .forEach(other -> group.add(other.getName()));
      if (group.size() > types) {
        groups.add(group);
      }
    }
    return groups;
  }

  private Set<JavaClass> reachableFrom(JavaClass start) {
    Set<JavaClass> reached = new HashSet<>();
    Deque<JavaClass> next = new ArrayDeque<>(Set.of(start));
    while (!next.isEmpty()) {
      for (JavaClass target : targets.getOrDefault(next.remove(), Set.of())) {
        if (reached.add(target)) {
          next.add(target);
        }
      }
    }
    return reached;
  }
}

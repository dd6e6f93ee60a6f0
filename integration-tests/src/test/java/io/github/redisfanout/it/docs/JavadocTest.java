package io.github.redisfanout.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything that users can call has Javadoc; the release checks its links and tags. */
class JavadocTest {
  @ParameterizedTest
  @ValueSource(strings = {"redis-fanout-core", "redis-fanout-jakarta", "redis-fanout-testkit"})
  void everythingPublicSaysWhatItIs(String module) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, files, null, null, null, files.getJavaFileObjectsFromPaths(of(module)));
      Undocumented undocumented = new Undocumented(DocTrees.instance(task));
      undocumented.scan(task.parse(), null); // no need to compile it

      assertThat(undocumented.seen).isGreaterThan(10);
      assertThat(undocumented.found).isEmpty();
    }
  }

  private static List<Path> of(String module) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("..", module, "src/main/java"))) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.toString().contains("/internal/"))
          .toList();
    }
  }

  private static final class Undocumented extends TreePathScanner<Void, Void> {
    private final DocTrees docs;
    private final List<String> found = new ArrayList<>();
    private int seen;

    Undocumented(DocTrees docs) {
      this.docs = docs;
    }

    @Override
    public Void visitCompilationUnit(CompilationUnitTree unit, Void none) {
      return scan(unit.getTypeDecls(), none);
    }

    @Override
    public Void visitClass(ClassTree type, Void none) {
      if (isSeenByUsers(type.getModifiers())) {
        check(type.getSimpleName().toString());
        scan(type.getMembers(), none);
      }
      return null;
    }

    @Override
    public Void visitMethod(MethodTree method, Void none) {
      boolean overrides =
          method.getModifiers().getAnnotations().stream()
              .anyMatch(annotation -> annotation.toString().startsWith("@Override"));
      if (isSeenByUsers(method.getModifiers()) && !overrides) {
        check(method.getName().toString());
      }
      return null;
    }

    @Override
    public Void visitVariable(VariableTree field, Void none) {
      if (isSeenByUsers(field.getModifiers())) {
        check(field.getName().toString());
      }
      return null;
    }

    private boolean isSeenByUsers(ModifiersTree modifiers) {
      Set<Modifier> flags = modifiers.getFlags();
      boolean inInterface =
          getCurrentPath().getParentPath().getLeaf().getKind() == Tree.Kind.INTERFACE;
      return flags.contains(Modifier.PUBLIC)
          || flags.contains(Modifier.PROTECTED)
          || (inInterface && !flags.contains(Modifier.PRIVATE));
    }

    private void check(String name) {
      seen++;
      if (docs.getDocCommentTree(getCurrentPath()) == null) {
        Path file = Path.of(getCurrentPath().getCompilationUnit().getSourceFile().toUri());
        found.add(file.getFileName() + ": " + name);
      }
    }
  }
}

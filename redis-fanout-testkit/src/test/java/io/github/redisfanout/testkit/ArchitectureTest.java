package io.github.redisfanout.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What the testkit may depend on. */
class ArchitectureTest {
  private static final String OURS = "io.github.redisfanout";
  private static final String TESTKIT = OURS + ".testkit";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(TESTKIT);

  @Test
  void testkitIsOnePackage() {
    assertThat(CLASSES.stream().map(JavaClass::getPackageName)).containsOnly(TESTKIT);
    assertThat(CLASSES.contain(RedisProcess.class)).isTrue();
    assertThat(CLASSES.contain(ArchitectureTest.class)).isFalse();
  }

  /** So it uses no adapter, no Redis backplane, no Jedis and no Jackson. */
  @Test
  void testkitUsesTheApiOfTheCoreAndTestToolsOnly() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            OURS,
            OURS + ".backplane",
            TESTKIT,
            "org.junit.jupiter..",
            "org.assertj..",
            "org.awaitility..",
            "redis.embedded..",
            "org.jspecify..",
            "com.google.errorprone.annotations..")
        .check(CLASSES);
  }

  @Test
  void onlyTheBinaryUsesTheJarItComesFrom() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(RedisBinary.class)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("redis.embedded..")
        .check(CLASSES);
  }
}

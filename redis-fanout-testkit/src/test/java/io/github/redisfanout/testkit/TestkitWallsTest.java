package io.github.redisfanout.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What the testkit may know. */
class TestkitWallsTest {
  private static final String OURS = "io.github.redisfanout";
  private static final String TESTKIT = OURS + ".testkit";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(TESTKIT);

  @Test
  void testkitIsOnePackageAndSeen() {
    assertThat(CLASSES.stream().map(JavaClass::getPackageName)).containsOnly(TESTKIT);
    assertThat(CLASSES.contain(RedisProcess.class)).isTrue();
    assertThat(CLASSES.contain(TestkitWallsTest.class)).isFalse();
  }

  /** So it knows no adapter, no backplane of ours, no Jedis and no Jackson. */
  @Test
  void testkitKnowsTheInterfacesOfTheCoreAndTestToolsOnly() {
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
  void onlyTheBinaryKnowsTheJarItComesFrom() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(RedisBinary.class)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("redis.embedded..")
        .check(CLASSES);
  }
}

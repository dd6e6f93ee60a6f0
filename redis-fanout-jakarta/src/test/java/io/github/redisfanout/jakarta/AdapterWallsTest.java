package io.github.redisfanout.jakarta;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What the adapter may know. */
class AdapterWallsTest {
  private static final String OURS = "io.github.redisfanout";
  private static final String ADAPTER = OURS + ".jakarta";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ADAPTER);

  @Test
  void adapterIsOnePackageAndSeen() {
    assertThat(CLASSES.stream().map(JavaClass::getPackageName)).containsOnly(ADAPTER);
    assertThat(CLASSES.contain(JakartaTransport.class)).isTrue();
    assertThat(CLASSES.contain(AdapterWallsTest.class)).isFalse();
  }

  /** So it knows no container, no backplane, no Jedis and no Jackson. */
  @Test
  void adapterKnowsTheCoreAndTwoJakartaApisOnly() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            OURS,
            OURS + ".internal",
            ADAPTER,
            "jakarta.websocket..",
            "jakarta.servlet..",
            "org.slf4j",
            "org.jspecify..",
            "com.google.errorprone.annotations..")
        .check(CLASSES);
  }

  /** The servlet API is optional: an application without it must be able to load these. */
  @Test
  void onlyTheHandshakeOfTheFilterKnowsServlets() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(
            HandshakeFilter.class, Authenticator.class, OriginPolicy.class, OriginRules.class)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jakarta.servlet..")
        .check(CLASSES);
  }
}

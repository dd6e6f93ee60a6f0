package io.github.redisfanout.jakarta;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.redisfanout.testkit.RecordingTransport;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import org.junit.jupiter.api.Test;

/** What the adapter may depend on. */
class ArchitectureTest {
  private static final String OURS = "io.github.redisfanout";
  private static final String ADAPTER = OURS + ".jakarta";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ADAPTER);

  @Test
  void adapterIsOnePackage() {
    assertThat(CLASSES.stream().map(JavaClass::getPackageName)).containsOnly(ADAPTER);
    assertThat(CLASSES.contain(JakartaTransport.class)).isTrue();
    assertThat(CLASSES.contain(ArchitectureTest.class)).isFalse();
  }

  /** So it uses no container, no backplane, no Jedis and no Jackson. */
  @Test
  void adapterUsesTheApiOfTheCoreAndTwoJakartaApisOnly() {
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

  /** Of the testkit too: its own tests would need this check a third time. */
  @Test
  void noMoreThanTwoTypesOfAPackageDependOnEachOther() {
    JavaClasses both =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ADAPTER, OURS + ".testkit");

    assertThat(both.contain(RecordingTransport.class)).isTrue();
    assertThat(new TypeGroups(both).largerThan(2)).isEmpty();
  }

  @Test
  void adapterHasFewSettings() {
    assertThat(JakartaConfig.Builder.class.getDeclaredMethods())
        .filteredOn(method -> Modifier.isPublic(method.getModifiers()))
        .filteredOn(method -> method.getReturnType() == JakartaConfig.Builder.class)
        .extracting(Method::getName)
        .hasSizeLessThanOrEqualTo(3);
  }

  /** The servlet API is optional: an application without it must be able to load these. */
  @Test
  void onlyTheHandshakeFilterUsesServlets() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(
            HandshakeFilter.class,
            Authenticator.class,
            OriginPolicy.class,
            OriginRules.class,
            RequestedHost.class)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jakarta.servlet..")
        .check(CLASSES);
  }
}

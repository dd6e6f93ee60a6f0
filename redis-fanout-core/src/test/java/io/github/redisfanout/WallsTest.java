package io.github.redisfanout;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** The walls between the rooms of this module, and a few rules of the house about names. */
class WallsTest {
  private static final String CORE = "io.github.redisfanout";
  private static final String BACKPLANE = CORE + ".backplane";
  private static final String REDIS = BACKPLANE + ".redis";
  private static final String MICROMETER = CORE + ".micrometer";

  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(CORE);

  @Test
  void allRoomsAreSeen() {
    assertThat(OURS.stream().map(JavaClass::getPackageName))
        .contains(CORE, BACKPLANE, REDIS, MICROMETER);
    assertThat(OURS.contain(EnvelopeCodec.class)).isTrue();
    assertThat(OURS.contain(WallsTest.class)).isFalse();
  }

  @Test
  void onlyTheRedisBackplaneKnowsJedis() {
    noClasses()
        .that()
        .resideOutsideOfPackage(REDIS + "..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("redis.clients..")
        .check(OURS);
  }

  @Test
  void onlyTheCodecAndTheJacksonEncoderKnowJackson() {
    noClasses()
        .that(
            not(
                belongToAnyOf(
                    EnvelopeCodec.class,
                    JacksonReader.class,
                    JsonParsers.class,
                    JacksonPayloadEncoder.class)))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.fasterxml..", "tools.jackson..")
        .check(OURS);
  }

  @Test
  void onlyThePackageForMicrometerKnowsMicrometer() {
    noClasses()
        .that()
        .resideOutsideOfPackage(MICROMETER)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.micrometer..", MICROMETER)
        .check(OURS);
  }

  @Test
  void coreKnowsNoContainerAndNoWebFramework() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "jakarta..", "javax.servlet..", "javax.websocket..", "org.springframework..")
        .check(OURS);
  }

  /** What no rule above can list: whatever container, framework or library comes next. */
  @Test
  void coreKnowsNothingBeyondItsFewLibraries() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            CORE + "..",
            "redis.clients..",
            "com.fasterxml.jackson..",
            "io.micrometer..",
            "javax.crypto..",
            "org.slf4j",
            "org.jspecify..",
            "com.google.errorprone.annotations..")
        .check(OURS);
  }

  @Test
  void backplaneKnowsNothingOfOursButItself() {
    noClasses()
        .that()
        .resideInAPackage(BACKPLANE)
        .should()
        .dependOnClassesThat(resideInAPackage(CORE + "..").and(not(resideInAPackage(BACKPLANE))))
        .check(OURS);
  }

  @Test
  void redisBackplaneKnowsNothingOfOursButTheBackplane() {
    noClasses()
        .that()
        .resideInAPackage(REDIS + "..")
        .should()
        .dependOnClassesThat(
            resideInAPackage(CORE + "..").and(not(resideInAPackage(BACKPLANE + ".."))))
        .check(OURS);
  }

  @Test
  void onlyTheCompositionRootKnowsTheRedisBackplane() {
    noClasses()
        .that(not(belongToAnyOf(RedisFanout.class)))
        .and()
        .resideOutsideOfPackage(REDIS + "..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(REDIS + "..")
        .check(OURS);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().assignedFrom(PACKAGES).should().beFreeOfCycles().check(OURS);
  }

  private static final SliceAssignment PACKAGES =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
          return javaClass.getPackageName().startsWith(CORE)
              ? SliceIdentifier.of(javaClass.getPackageName())
              : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
          return "packages";
        }
      };

  @Test
  void classesAreNamedAfterWhatTheyAre() {
    classes()
        .should()
        .haveNameNotMatching(
            ".*[.$](Impl|Default|Abstract|Manager|Helper|Util)(s|[A-Z][^.$]*)?"
                + "|.*(Impl|Default|Abstract|Manager|Helper|Util)s?")
        .check(OURS);
  }

  @Test
  void publicMethodsAreNotNamedGet() {
    noMethods()
        .that()
        .arePublic()
        .and()
        .areDeclaredInClassesThat(not(assignableTo(Socket.class))) // names of the JDK's
        .should()
        .haveNameMatching("get([^a-z].*)?")
        .check(OURS);
  }
}

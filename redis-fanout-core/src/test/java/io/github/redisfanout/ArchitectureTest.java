package io.github.redisfanout;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Which packages and types of this module may depend on which, and a few rules about names. */
class ArchitectureTest {
  private static final String API = "io.github.redisfanout";
  private static final String BACKPLANE = API + ".backplane";
  private static final String REDIS = BACKPLANE + ".redis";
  private static final String INTERNAL = API + ".internal";
  private static final String WIRE = INTERNAL + ".wire";
  private static final String MICROMETER = API + ".micrometer";

  /** Each package, and the others of this module that it may use. */
  private static final Map<String, List<String>> MAY_USE =
      Map.of(
          API, List.of(BACKPLANE, REDIS, INTERNAL, WIRE), // REDIS: only RedisFanout, see below
          WIRE, List.of(INTERNAL),
          INTERNAL, List.of(),
          BACKPLANE, List.of(INTERNAL),
          REDIS, List.of(BACKPLANE, INTERNAL),
          MICROMETER, List.of(API, BACKPLANE));

  private static final Set<String> PACKAGES = MAY_USE.keySet();

  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(API);

  @Test
  void everyPackageHasARule() {
    assertThat(OURS.stream().map(JavaClass::getPackageName).distinct())
        .containsExactlyInAnyOrderElementsOf(PACKAGES);
    assertThat(OURS.contain(EnvelopeCodec.class)).isTrue();
    assertThat(OURS.contain(ArchitectureTest.class)).isFalse();
  }

  // ---- packages

  @ParameterizedTest
  @FieldSource("PACKAGES")
  void packageUsesOnlyThePackagesItMay(String name) {
    noClasses()
        .that(resideInAPackage(name))
        .should()
        .dependOnClassesThat(
            resideInAPackage(API + "..")
                .and(not(resideInAPackage(name)))
                .and(not(resideInAnyPackage(MAY_USE.get(name).toArray(String[]::new)))))
        .check(OURS);
  }

  /** RedisFanout and its builder put a node together, so only they may choose the backplane. */
  @Test
  void onlyRedisFanoutUsesTheRedisBackplane() {
    noClasses()
        .that(not(belongToAnyOf(RedisFanout.class)))
        .and()
        .resideOutsideOfPackage(REDIS)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(REDIS)
        .check(OURS);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().assignedFrom(BY_PACKAGE).should().beFreeOfCycles().check(OURS);
  }

  private static final SliceAssignment BY_PACKAGE =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
          return PACKAGES.contains(javaClass.getPackageName())
              ? SliceIdentifier.of(javaClass.getPackageName())
              : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
          return "packages";
        }
      };

  /** Two types may know each other, such as an owner and its part. */
  @Test
  void noMoreThanTwoTypesOfAPackageDependOnEachOther() {
    assertThat(new TypeGroups(OURS).largerThan(2)).isEmpty();
  }

  // ---- libraries

  @Test
  void onlyTheRedisBackplaneUsesJedis() {
    noClasses()
        .that()
        .resideOutsideOfPackage(REDIS)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("redis.clients..")
        .check(OURS);
  }

  @Test
  void onlyTheWireFormatAndTheJacksonEncoderUseJackson() {
    noClasses()
        .that(not(belongToAnyOf(JacksonPayloadEncoder.class)))
        .and()
        .resideOutsideOfPackage(WIRE)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.fasterxml..", "tools.jackson..")
        .check(OURS);
  }

  /** An application with its own payload encoder may leave out jackson-databind. */
  @Test
  void onlyTheJacksonEncoderUsesJacksonDatabind() {
    noClasses()
        .that(not(belongToAnyOf(JacksonPayloadEncoder.class)))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.fasterxml.jackson.databind..", "tools.jackson..")
        .check(OURS);
  }

  @Test
  void onlyThePackageForMicrometerUsesMicrometer() {
    noClasses()
        .that()
        .resideOutsideOfPackage(MICROMETER)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.micrometer..")
        .check(OURS);
  }

  /** So it uses no container and no web framework. */
  @Test
  void coreUsesNothingButItsFewLibraries() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "javax.crypto..",
            API + "..",
            "redis.clients..",
            "com.fasterxml.jackson..",
            "io.micrometer..",
            "org.slf4j",
            "org.jspecify..",
            "com.google.errorprone.annotations..")
        .check(OURS);
  }

  // ---- what users see

  @Test
  void publicSignaturesHaveNoInternalTypes() {
    assertThat(visibleMembersWith(INTERNAL)).isEmpty();
  }

  @Test
  void publicSignaturesHaveNoJedisTypesButForTheWaysIn() {
    String endpoint = RedisEndpoint.class.getName();
    assertThat(visibleMembersWith("redis.clients"))
        .map(member -> String.valueOf(member).replaceAll("\\(.*", ""))
        .containsExactlyInAnyOrder(
            endpoint + ".withJedis",
            endpoint + "$SentinelBuilder.serverConfig",
            endpoint + "$SentinelBuilder.sentinelConfig");
  }

  /** Members and headers of API types whose signature has a type of such a package. */
  private static Set<String> visibleMembersWith(String packagePrefix) {
    Set<String> found = new TreeSet<>();
    for (JavaClass type : OURS) {
      if (isVisible(type) && !type.getPackageName().startsWith(INTERNAL)) {
        if (header(type).anyMatch(used -> used.getPackageName().startsWith(packagePrefix))) {
          found.add(type.getName());
        }
        type.getMembers().stream()
            .filter(member -> isVisible(member.getModifiers()))
            .filter(
                member ->
                    signature(member)
                        .anyMatch(used -> used.getPackageName().startsWith(packagePrefix)))
            .forEach(member -> found.add(member.getFullName()));
      }
    }
    return found;
  }

  private static boolean isVisible(JavaClass type) {
    return isVisible(type.getModifiers())
        && type.getEnclosingClass().map(ArchitectureTest::isVisible).orElse(true);
  }

  private static boolean isVisible(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static Stream<JavaClass> header(JavaClass type) {
    return Stream.of(
            type.getSuperclass().stream(),
            type.getInterfaces().stream(),
            type.getTypeParameters().stream())
        .flatMap(types -> types)
        .map(JavaType.class::cast)
        .flatMap(used -> used.getAllInvolvedRawTypes().stream());
  }

  private static Stream<JavaClass> signature(JavaMember member) {
    if (member instanceof JavaField field) {
      return field.getAllInvolvedRawTypes().stream();
    }
    JavaCodeUnit method = (JavaCodeUnit) member;
    return Stream.concat(
        method.getAllInvolvedRawTypes().stream(), method.getExceptionTypes().stream());
  }

  // ---- names

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

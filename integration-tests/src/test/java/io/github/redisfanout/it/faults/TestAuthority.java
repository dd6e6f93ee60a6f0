package io.github.redisfanout.it.faults;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority for tests, with new keys each time. */
final class TestAuthority {
  static final String PASSWORD = "changeit";

  /** A certificate and its key, as PEM files for Redis and as a key store for Java. */
  record Issued(Path certificate, Path key, Path keyStore) {}

  private static final AtomicLong serials = new AtomicLong();

  private final Path directory;
  private final X500Name name;
  private final KeyPair keys = newKeys();
  private final X509Certificate certificate;

  TestAuthority(Path directory, String commonName) throws Exception {
    this.directory = directory;
    name = new X500Name("CN=" + commonName);
    certificate =
        sign(
            builder(name, keys, Instant.now().plus(Duration.ofDays(1)))
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(true)));
  }

  /** This authority's own certificate, for Redis. */
  Path certificate() throws Exception {
    return writePem("CERTIFICATE", certificate.getEncoded());
  }

  /** A store that trusts this authority only. */
  Path trustStore() throws Exception {
    KeyStore store = emptyStore();
    store.setCertificateEntry("authority", certificate);
    return write(store);
  }

  /** A certificate for a server of this name or address. */
  Issued issue(String host) throws Exception {
    return issue(host, Instant.now().plus(Duration.ofDays(1)));
  }

  Issued issueExpired(String host) throws Exception {
    return issue(host, Instant.now().minus(Duration.ofMinutes(1)));
  }

  private Issued issue(String host, Instant until) throws Exception {
    KeyPair owner = newKeys();
    boolean isAddress = Character.isDigit(host.charAt(0));
    GeneralName subject =
        new GeneralName(isAddress ? GeneralName.iPAddress : GeneralName.dNSName, host);
    X509Certificate issued =
        sign(
            builder(new X500Name("CN=" + host), owner, until)
                .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(subject)));
    KeyStore store = emptyStore();
    store.setKeyEntry(
        "owner", owner.getPrivate(), PASSWORD.toCharArray(), new X509Certificate[] {issued});
    return new Issued(
        writePem("CERTIFICATE", issued.getEncoded()),
        writePem("PRIVATE KEY", owner.getPrivate().getEncoded()),
        write(store));
  }

  private X509v3CertificateBuilder builder(X500Name subject, KeyPair owner, Instant until) {
    return new JcaX509v3CertificateBuilder(
        name,
        BigInteger.valueOf(serials.incrementAndGet()),
        Date.from(until.minus(Duration.ofDays(2))),
        Date.from(until),
        subject,
        owner.getPublic());
  }

  private X509Certificate sign(X509v3CertificateBuilder builder)
      throws OperatorCreationException, GeneralSecurityException {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
  }

  private static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has this curve", e);
    }
  }

  private Path writePem(String what, byte[] der) throws IOException {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return Files.writeString(
        newFile(".pem"),
        "-----BEGIN " + what + "-----\n" + base64 + "\n-----END " + what + "-----\n");
  }

  private Path write(KeyStore store) throws IOException, GeneralSecurityException {
    Path file = newFile(".p12");
    try (var out = Files.newOutputStream(file)) {
      store.store(out, PASSWORD.toCharArray());
    }
    return file;
  }

  private Path newFile(String suffix) throws IOException {
    return Files.createTempFile(directory, "", suffix);
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}

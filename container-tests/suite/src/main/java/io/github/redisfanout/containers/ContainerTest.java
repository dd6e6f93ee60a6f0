package io.github.redisfanout.containers;

import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * All contracts, for one container; each container has a test that extends it.
 *
 * <p>What looks at the operating system's sockets runs on Linux only.
 */
public abstract class ContainerTest {

  /** Starts the container that is under test, on a free port. */
  protected abstract ContainerServer start(ServerSetup setup) throws Exception;

  /** In what the container is different. */
  protected Set<Deviation> deviations() {
    return Set.of();
  }

  /** Overridden for a container that offers WebSockets over HTTP/2. */
  protected Http2Client http2Client() throws Exception {
    throw new UnsupportedOperationException();
  }

  @Nested
  class Delivery extends DeliveryContract {
    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }

  @Nested
  class Session extends SessionContract {
    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }

  @Nested
  class Open extends OpenContract {
    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }

  @Nested
  class Audience extends AudienceContract {
    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }

  @Nested
  class DisconnectLatency extends DisconnectLatencyContract {
    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }

  @Nested
  class Inbound extends InboundContract {
    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }

  @Nested
  class Handshake extends HandshakeContract {
    @Override
    protected Http2Client http2Client() throws Exception {
      return ContainerTest.this.http2Client();
    }

    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }

  @Nested
  class Login extends LoginContract {
    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }

  @Nested
  class Annotated extends AnnotatedContract {
    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }

  @Nested
  @EnabledOnOs(OS.LINUX)
  class Hostile extends HostileContract {
    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }

  @Nested
  @EnabledOnOs(OS.LINUX)
  class Flood extends FloodContract {
    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }

  @Nested
  class StuckCrowd extends StuckCrowdContract {
    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }

  @Nested
  @EnabledOnOs(OS.LINUX)
  class Churn extends ChurnContract {
    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }

  @Nested
  @EnabledOnOs(OS.LINUX)
  class ReconnectStorm extends ReconnectStormContract {
    @Override
    protected ContainerServer start(ServerSetup setup) throws Exception {
      return ContainerTest.this.start(setup);
    }

    @Override
    protected Set<Deviation> deviations() {
      return ContainerTest.this.deviations();
    }
  }
}

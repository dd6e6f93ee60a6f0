package io.github.redisfanout.jakarta;

/** What an adapter sets on the container's sessions; immutable. */
public final class JakartaConfig {
  private final int inboundTextLimitBytes;

  private JakartaConfig(Builder builder) {
    inboundTextLimitBytes = builder.inboundTextLimitBytes;
  }

  /** All defaults. */
  public static JakartaConfig defaults() {
    return builder().build();
  }

  public static Builder builder() {
    return new Builder();
  }

  public int inboundTextLimitBytes() {
    return inboundTextLimitBytes;
  }

  /** Collects settings; not thread-safe. Every setter refuses a bad value at once. */
  public static final class Builder {
    private int inboundTextLimitBytes = 64 << 10;

    private Builder() {}

    /**
     * The longest text message a client may send; a longer one closes its session with 1009.
     * Default 64 KiB; at least 1.
     *
     * <p>Passed to the container, which may count UTF-16 units in place of bytes, as Tomcat does.
     * Tomcat also keeps a buffer of this many units for every session that has sent a text: 128 KiB
     * each with the default.
     */
    public Builder inboundTextLimitBytes(int bytes) {
      if (bytes < 1) {
        throw new IllegalArgumentException("inboundTextLimitBytes must be at least 1: " + bytes);
      }
      inboundTextLimitBytes = bytes;
      return this;
    }

    public JakartaConfig build() {
      return new JakartaConfig(this);
    }
  }
}

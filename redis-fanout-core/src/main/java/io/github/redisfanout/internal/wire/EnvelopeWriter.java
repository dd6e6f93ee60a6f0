package io.github.redisfanout.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Writes messages. Thread-safe. */
final class EnvelopeWriter {
  private static final byte[] PREFIX = ascii("{\"" + Envelope.TARGET_USER_IDS + "\":[");
  private static final byte[] PAYLOAD = ascii(",\"" + Envelope.PAYLOAD + "\":");
  private static final byte[] CONTROL = ascii(",\"" + Envelope.CONTROL + "\":");
  private static final byte[] NOTHING = {};

  private final int maxMessageBytes;

  EnvelopeWriter(int maxMessageBytes) {
    this.maxMessageBytes = maxMessageBytes;
  }

  byte[] message(
      Target target, Map<String, String> headers, byte[] payload, @Nullable Signer signer) {
    // An older reader skips "to". So that it never delivers more, one that excepts has all in it.
    boolean allInTo = target.isNarrowed();
    byte[] context = headers.isEmpty() ? NOTHING : headers(headers);
    return message(target, allInTo, context, PAYLOAD, payload, signer);
  }

  byte[] message(Target target, Control control, @Nullable Signer signer) {
    JsonText body = new JsonText();
    Controls.write(control, body);
    // To an older reader it has no payload, and so an empty one.
    return message(target, true, NOTHING, CONTROL, body.bytes(), signer);
  }

  private byte[] message(
      Target target,
      boolean allInTo,
      byte[] context,
      byte[] field,
      byte[] body,
      @Nullable Signer signer) {
    List<String> userIds = allInTo ? List.of() : target.users();
    byte[] to = allInTo || target.isMoreThanUsers() ? to(target, allInTo) : NOTHING;
    byte[][] ids = new byte[userIds.size()][];
    long size = PREFIX.length + Math.max(0, 3L * ids.length - 1) + 1;
    size += to.length + context.length + field.length + body.length;
    size += signer == null ? 1 : Signature.LENGTH;
    int count = 0;
    for (String userId : userIds) {
      ids[count] = JsonText.escaped(userId);
      size += ids[count++].length;
    }
    if (size > maxMessageBytes) {
      throw new IllegalArgumentException(
          "message must be at most maxMessageBytes %s: %s bytes for %s%s and a %s of %s bytes"
              .formatted(
                  maxMessageBytes,
                  size,
                  counts(target),
                  context.length == 0 ? "" : ", " + context.length + " bytes of headers",
                  field == PAYLOAD ? Envelope.PAYLOAD : Envelope.CONTROL,
                  body.length));
    }
    byte[] message = new byte[(int) size];
    int at = append(PREFIX, message, 0);
    for (int i = 0; i < ids.length; i++) {
      if (i > 0) {
        message[at++] = ',';
      }
      message[at++] = '"';
      at = append(ids[i], message, at);
      message[at++] = '"';
    }
    message[at++] = ']';
    at = append(to, message, at);
    at = append(context, message, at);
    at = append(field, message, at);
    at = append(body, message, at);
    if (signer == null) {
      message[at] = '}';
    } else {
      signer.sign(message);
    }
    return message;
  }

  private static int append(byte[] part, byte[] message, int at) {
    System.arraycopy(part, 0, message, at, part.length);
    return at + part.length;
  }

  /** For people: which part of a message is large. */
  private static String counts(Target target) {
    StringJoiner counts = new StringJoiner(", ");
    counts.add(target.users().size() + " users");
    if (!target.groups().isEmpty()) {
      counts.add(target.groups().size() + " groups");
    }
    if (target.everyone()) {
      counts.add("everyone");
    }
    if (target.isNarrowed()) {
      int excepted = target.exceptUsers().size() + target.exceptSessions().size();
      counts.add(excepted + " excepted");
    }
    return counts.toString();
  }

  /** The whole field, with a comma before it. */
  private static byte[] to(Target target, boolean withUsers) {
    JsonText field = new JsonText().raw(",\"" + Envelope.TO + "\":");
    String before = "{";
    if (withUsers && !target.users().isEmpty()) {
      field.raw(before).raw("\"users\":").strings(target.users());
      before = ",";
    }
    if (!target.groups().isEmpty()) {
      field.raw(before).raw("\"groups\":").strings(target.groups());
      before = ",";
    }
    if (target.everyone()) {
      field.raw(before).raw("\"everyone\":true");
      before = ",";
    }
    if (target.isNarrowed()) {
      field.raw(before).raw("\"except\":");
      before = "{";
      if (!target.exceptUsers().isEmpty()) {
        field.raw(before).raw("\"users\":").strings(target.exceptUsers());
        before = ",";
      }
      if (!target.exceptSessions().isEmpty()) {
        field.raw(before).raw("\"sessions\":").strings(target.exceptSessions());
      }
      field.raw("}");
    }
    return field.raw("}").bytes();
  }

  /** The whole field, with a comma before it. */
  private static byte[] headers(Map<String, String> headers) {
    JsonText field = new JsonText().raw(",\"" + Envelope.HEADERS + "\":");
    String before = "{";
    for (Map.Entry<String, String> header : headers.entrySet()) {
      field.raw(before).string(header.getKey()).raw(":").string(header.getValue());
      before = ",";
    }
    return field.raw("}").bytes();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}

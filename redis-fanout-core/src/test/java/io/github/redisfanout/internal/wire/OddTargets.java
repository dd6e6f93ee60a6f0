package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** How the messages of those {@link MessageKind}s are made that have {@code to} or a control. */
final class OddTargets {
  /** No objects of which a reader knows what they mean. */
  private static final String[] NO_TO =
      words(
          """
          null true 1 "" "a" [] ["a"] {"users":null} {"users":"a"} {"users":{}} {"groups":1.5}
          {"groups":{"1":"a"}} {"everyone":1} {"everyone":"true"} {"everyone":null} {"everyone":[]}
          {"except":null} {"except":[]} {"except":["a"]} {"except":{"users":null}}
          {"except":{"sessions":"a"}} {"except":{"users":[""]}} {"except":{"users":[null,"a"]}}
          {"except":{"sessions":[1.0]}} {"except":{"users":["\\ud800"]}} {"except":{"groups":[]}}
          {"except":{"":0}} {"user":["a"]} {"Users":["a"]} {"":[]} {"users.":["a"]} {"roles":["a"]}
          {"users":["a"],"users":1} {"except":{},"except":{"x":1}}
          """);

  /** Those that only seem to be wrong. */
  private static final String[] TO_AFTER_ALL =
      words(
          """
          {} {"except":{}} {"users":[]} {"users":[null,"a",{},"\\ud800",1e2]} {"groups":["",7,-0]}
          {"users":1,"users":["a"]} {"except":{"x":1},"except":{}} {"\\u0075sers":["a"]}
          {"ever\\u0079one":true} {"everyone":1,"everyone":true} {"except":{"users":[7,-0,-1]}}
          {"except":{"users":[""],"users":["a"]}} {"except":{"sessions":["a","\\u0061",12]}}
          """);

  private static final String[] CONTROLS =
      words(
          """
          {"disconnect":{"code":4403,"reason":"banned"}} {"disconnect":{"code":1001}}
          {"disconnect":{"code":4400,"reason":"","why":[]}} {"join":{"group":"room"}}
          {"leave":{"group":"r\\u00e9\\ud83d\\ude00","x":null}} {"ask":{"id":"q"}}
          {"answer":{"ask":"q","node":"n","since":1767225600000,"sessions":0,"users":2147483647,"version":"1","health":"UP","reasons":["a","b"]}}
          {} {"later":{}} {"Join":{"group":"a"}} {"join":{"group":"a"},"leave":{"group":"a"}} {"":1}
          {"j\\u006fin":{"group":"a"}} {"join":1,"join":{"group":"b"}} {"later":1,"join":1}
          {"join":{"group":1,"group":"c"}} {"disconnect":{"code":0}} {"disconnect":{"code":-0}}
          """);

  private static final String[] NO_CONTROLS =
      words(
          """
          null true "join" 1 [] [{"join":{"group":"a"}}] {"join":null} {"join":"a"} {"join":[]}
          {"join":{}} {"join":{"group":1}} {"join":{"group":"\\ud800"}} {"leave":{"group":null}}
          {"disconnect":{}} {"disconnect":{"code":"4403"}} {"disconnect":{"code":4403.0}}
          {"disconnect":{"code":-1}} {"disconnect":{"code":2147483648}}
          {"disconnect":{"code":99999999999999999999}} {"disconnect":{"code":1,"reason":null}}
          {"disconnect":{"code":1,"reason":"\\udc00"}} {"ask":{"id":7}} {"ask":{}}
          {"answer":{"ask":"q"}} {"join":{"group":"b"},"join":1}
          {"answer":{"ask":"q","node":"n","since":9223372036854775808,"sessions":0,"users":0,"version":"1","health":"UP","reasons":[]}}
          {"answer":{"ask":"q","node":"n","since":1,"sessions":0,"users":0,"version":"1","health":"UP","reasons":[1]}}
          {"answer":{"ask":"q","node":"n","since":1,"sessions":0,"users":0,"version":"1","health":"UP","reasons":"a"}}
          """);

  private OddTargets() {}

  private static String[] words(String text) {
    return text.strip().split("\\s+");
  }

  static byte[] to(MessageMaker make) {
    return make.message(make.ids(), make.json.value(1), "to", make.to()).getBytes(UTF_8);
  }

  /** All of them are right messages, if only for readers that know more than this one. */
  static byte[] oddTo(MessageMaker make) {
    List<String> fields = new ArrayList<>();
    fields.add(make.field("to", make.json.pick(make.oneIn(3) ? TO_AFTER_ALL : NO_TO)));
    if (make.oneIn(4)) {
      fields.add(make.field("to", make.oneIn(2) ? make.to() : make.json.pick(NO_TO)));
    }
    if (make.oneIn(2)) {
      fields.add(make.field("target_user_ids", make.ids()));
    }
    if (make.oneIn(2)) {
      fields.add(make.field("payload", make.json.value(1)));
    } else if (make.oneIn(4)) {
      fields.add(make.field("control", make.json.pick(CONTROLS)));
    }
    Collections.shuffle(fields, make.random);
    return make.object(fields).getBytes(UTF_8);
  }

  static String control(MessageMaker make) {
    return make.json.pick(CONTROLS);
  }

  static byte[] controls(MessageMaker make) {
    List<String> fields = new ArrayList<>();
    fields.add(make.field("target_user_ids", make.oneIn(3) ? make.ids() : "[]"));
    fields.add(make.field("to", make.to()));
    fields.add(make.field("control", control(make)));
    fields.add(make.field("x", "0"));
    Collections.shuffle(fields, make.random);
    return make.object(fields).getBytes(UTF_8);
  }

  static byte[] noControls(MessageMaker make) {
    String ids = make.ids();
    return make.oneOf(
        () -> make.message(ids, "1", "control", control(make)),
        () ->
            make.object(
                List.of(
                    make.field("control", make.json.pick(NO_CONTROLS)),
                    make.field("target_user_ids", ids))),
        () ->
            make.object(
                List.of(
                    make.field("to", make.json.pick(NO_TO)),
                    make.field("control", make.json.pick(NO_CONTROLS)))));
  }

  /** Some of them are controls after all. */
  static byte[] controlsTwice(MessageMaker make) {
    List<String> fields = new ArrayList<>();
    for (int count = 2 + make.random.nextInt(2); count > 0; count--) {
      String control = make.oneIn(2) ? control(make) : make.json.pick(NO_CONTROLS);
      fields.add(make.field("control", control));
    }
    if (make.oneIn(8)) {
      fields.add(make.field("payload", "1"));
    }
    fields.add(make.field("to", make.to()));
    Collections.shuffle(fields, make.random);
    return make.object(fields).getBytes(UTF_8);
  }
}

#!/usr/bin/env python3
"""Golden vectors of the wire format, version 1: what the Python back end writes and reads.

    python3 generate.py            writes python.txt with this Python's own json.dumps
    python3 generate.py --check    changes nothing; fails if python.txt would become another one

Both also read every message of ours the way the Python back end does, with nothing but the two
fields it knows, and fail if it would not deliver what we published, or more. And they read
audiences.txt and audiences-read.txt with all fields: audience() and control() below are a reader
for other languages to start from.

Needs the standard library only. The Java tests read the committed files and need no Python.
"""

import base64
import hashlib
import hmac
import json
import re
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WHITE_SPACE = re.compile(r"[ \t\n\r]*")

HEADER = """\
# Messages as Python's json.dumps writes them, and what a client receives of each.
# Made by generate.py in this directory: change that, not this.
#
# message   what is on the wire, in UTF-8; \u240a stands for LF, \u240d for CR, \u2409 for TAB
# ids       whom it is for: a JSON array of strings, in ASCII
# wrong     how many elements of target_user_ids are no user id; absent: none
# client    the text that the client receives: the payload's own, character for character
"""

CHAT = {"type": "message", "conversation_id": "c1", "content": "xin chào", "created_at": None}
NESTED = {"a": [1, [2, {"b": []}], {}], "c": {"d": {"e": None}}}
TEXT = 'quote " backslash \\ slash / tab \t line \n nul \0 esc \x1b del \x7f'
WORLD = "chào 用户 😀 👩‍👩‍👧 \u2028 \ufeff \U0010ffff"


def envelope(ids, payload):
    return {"target_user_ids": ids, "payload": payload}


def joined(*fields):
    """An object of these fields; unlike a dict, with a name as often as it is given."""
    return "{" + ", ".join(json.dumps(k) + ": " + json.dumps(v) for k, v in fields) + "}"


def vectors():
    dumps = json.dumps
    both = ["user_1", "user_2"]

    yield "a chat message", dumps(envelope(both, CHAT))
    yield "a chat message, ensure_ascii=False", dumps(envelope(both, CHAT), ensure_ascii=False)
    yield "compact separators", dumps(envelope(both, CHAT), separators=(",", ":"))
    yield "indented", dumps(envelope(both, NESTED), indent=2)
    yield "indented by tabs", dumps(envelope(both, NESTED), indent="\t")
    yield "white space everywhere", (
        " \t\r\n"
        + dumps(envelope(both, NESTED), indent=1, separators=(" \r\n,\t", "\t : \n"))
        + "\r\n \t"
    )
    yield "sorted keys: payload comes first", dumps(envelope(both, CHAT), sort_keys=True)

    for name, payload in [
        ("null", None), ("true", True), ("false", False), ("zero", 0), ("an integer", -17),
        ("a big integer", 10**40), ("a float", 0.1), ("minus zero", -0.0), ("a big float", 1e22),
        ("an empty string", ""), ("a string", "hello"),
        ("an empty array", []), ("an array", [1, "two", None, True, [3.0]]),
        ("an empty object", {}), ("a nested object", NESTED),
    ]:
        yield "payload: " + name, dumps(envelope(both, payload))
    for name, payload in [("a float", -1.5), ("a string", "hello"), ("an object", NESTED)]:
        message = dumps({"payload": payload, "target_user_ids": both})
        yield f"payload: {name}, before the ids", message
    yield "payload: 63 arrays deep", dumps(envelope(both, json.loads("[" * 63 + "]" * 63)))
    yield "payload: characters that are escaped", dumps(envelope(both, TEXT))
    yield "payload: all languages, escaped", dumps(envelope(both, {WORLD: WORLD}))
    yield "payload: all languages, raw", dumps(envelope(both, {WORLD: WORLD}), ensure_ascii=False)
    yield "payload: unpaired surrogates, escaped", dumps(envelope(both, "\ud800 and \udc00\ud800"))
    yield "payload: it looks like an envelope", dumps(envelope(both, envelope(["eve"], "no")))
    yield "payload: it contains the end of an envelope", dumps(envelope(both, '"}, "payload": 1}'))

    yield "ids: nobody", dumps(envelope([], CHAT))
    yield "ids: a thousand digits", dumps(envelope(["1" * 1000], 1))
    yield "ids: twice the same", dumps(envelope(["user_1", "user_1"], CHAT))
    yield "ids: integers", dumps(envelope([1, 0, -7, 2**31, 2**63, -(2**63) - 1, 10**40], CHAT))
    yield "ids: integers and strings", dumps(envelope(["1", 1, "a", -1], CHAT))
    yield "ids: characters that are escaped", dumps(envelope([TEXT, '"', "\\", "\\\"", "\0"], 1))
    names = [WORLD, "😀", "é", "e\u0301"]
    yield "ids: all languages, escaped", dumps(envelope(names, 1))
    yield "ids: all languages, raw", dumps(envelope(names, 1), ensure_ascii=False)
    names = ["*", "?", "[a]", "{}", "{a}:1", " ", "null", "../.."]
    yield "ids: no patterns", dumps(envelope(names, 1))

    yield "ids: null and an id", dumps(envelope([None, "user_1"], CHAT))
    yield "ids: floats, as a spreadsheet or Lua gives them", dumps(envelope([7.0, 1e15, "7"], CHAT))
    yield "ids: true and false", dumps(envelope([True, "user_1", False], CHAT))
    yield "ids: an array and an object", dumps(envelope([["eve"], "user_1", {"eve": 1}, {}], CHAT))
    yield "ids: an empty one", dumps(envelope(["", "user_1"], CHAT))
    yield "ids: unpaired surrogates", dumps(envelope(["\ud800", "user_1", "eve\udc00"], CHAT))
    yield "ids: none is right", dumps(envelope([None, 0.5], CHAT))

    yield "no fields", dumps({})
    yield "no ids", dumps({"payload": CHAT})
    yield "no payload", dumps({"target_user_ids": both})
    yield "no ids and no payload, but another field", dumps({"type": "hello"})
    yield "unknown field first", dumps({"version": 1, **envelope(both, CHAT)})
    yield "unknown field between", dumps({"target_user_ids": both, "trace": "t-1", "payload": CHAT})
    yield "unknown field last", dumps({**envelope(both, CHAT), "sent_at": 1.5})
    yield "unknown fields of every type", dumps(
        {"a": None, "b": [True, [0]], **envelope(both, CHAT), "c": NESTED, "d": WORLD, "e": -1e300}
    )
    yield "unknown field: an envelope", dumps({**envelope(both, 1), "x": envelope(["eve"], "no")})
    yield "unknown fields have almost the right names", dumps(
        {"Payload": 1, "payload ": 2, "": 3, "target_user_id": ["eve"], **envelope(both, CHAT)}
    )
    escaped = {"payload": "p\\u0061yload", "target_user_ids": "target\\u005Fuser_ids"}
    message = dumps(envelope(both, CHAT))
    yield "field names are escaped", re.sub("|".join(escaped), lambda m: escaped[m[0]], message)

    twice = envelope(both, 1).items()
    yield "payload twice: the last counts", joined(*twice, ("payload", "last"))
    yield "payload twice: null counts too", joined(*twice, ("payload", None))
    yield "ids twice: the last count", joined(("target_user_ids", ["eve"]), *twice)
    yield "ids twice: nobody counts too", joined(*twice, ("target_user_ids", []))
    yield "ids twice: only the last must be right", joined(("target_user_ids", None), *twice)
    yield "unknown field twice", joined(("x", 1), *twice, ("x", [2]))


def payload_text(message):
    """The payload's own text, cut out of the message with Python's own scanner."""
    decoder = json.JSONDecoder()
    skip = lambda at: WHITE_SPACE.match(message, at).end()
    found = "{}"
    at = skip(message.index("{") + 1)
    while message[at] != "}":
        name, at = decoder.raw_decode(message, at)
        at = skip(at)
        assert message[at] == ":"
        start = skip(at + 1)
        _, end = decoder.raw_decode(message, start)
        if name == "payload":
            found = message[start:end]
        at = skip(end)
        if message[at] == ",":
            at = skip(at + 1)
    return found


def user_ids(given):
    """Of the elements of target_user_ids those that are user ids, as strings."""
    for one in given:
        if isinstance(one, int) and not isinstance(one, bool):
            yield str(one)
        elif isinstance(one, str) and one and not re.search("[\ud800-\udfff]", one):
            yield one


def read(message):
    """As the Python back end reads: it knows two fields and their defaults."""
    data = json.loads(message)
    return data.get("target_user_ids", []), data.get("payload", {})


class Undeliverable(Exception):
    """The message is for an audience that this reader does not understand."""


class Malformed(Exception):
    """The message breaks the wire format."""


def understood(value, *known):
    """The members of an object, all of them known."""
    if not isinstance(value, dict) or set(value) - set(known):
        raise Undeliverable
    return value


def array(members, name):
    value = members.get(name, [])
    if not isinstance(value, list):
        raise Undeliverable
    return value


def audience(data):
    """Whom a message is for, in the form of "to", and how many elements are no id."""
    to = understood(data.get("to", {}), "users", "groups", "everyone", "except")
    except_ = understood(to.get("except", {}), "users", "sessions")
    everyone = to.get("everyone", False)
    if not isinstance(everyone, bool):
        raise Undeliverable
    excepted = {}
    for name in ("users", "sessions"):
        excepted[name] = list(user_ids(array(except_, name)))
        if len(excepted[name]) < len(except_.get(name, [])):
            raise Undeliverable  # a narrowing must not be lost
    users = data.get("target_user_ids", []) + array(to, "users")
    named = {"users": users, "groups": array(to, "groups")}
    right = {name: list(user_ids(given)) for name, given in named.items()}
    wrong = sum(len(named[name]) - len(right[name]) for name in named)
    found = {**right, "everyone": everyone, "except": {k: v for k, v in excepted.items() if v}}
    return {name: value for name, value in found.items() if value}, wrong


PARTS = {"disconnect": {"code": int}, "join": {"group": str}, "leave": {"group": str}}
PARTS["ask"] = {"id": str}
PARTS["answer"] = {"ask": str, "node": str, "since": int, "sessions": int, "users": int}
PARTS["answer"].update({"version": str, "health": str, "reasons": list})


def control(data):
    """What a message asks of the nodes, "unknown", or None if it has a payload."""
    if "control" not in data:
        return None
    asked = data["control"]
    if "payload" in data or not isinstance(asked, dict):
        raise Malformed
    if len(asked) != 1 or not set(asked) <= set(PARTS):
        return "unknown"
    [(name, given)] = asked.items()
    if not isinstance(given, dict):
        raise Malformed
    if name == "disconnect":
        given = {"reason": "", **given}
    types = {**PARTS[name], "reason": str} if name == "disconnect" else PARTS[name]
    for part, type_ in types.items():
        value = given.get(part)
        if type(value) is not type_ or re.search("[\ud800-\udfff]", str(value)):
            raise Malformed
        if type_ is int and not 0 <= value < 2 ** (63 if part == "since" else 31):
            raise Malformed
    return {name: {part: given[part] for part in types}}


def outcome(data):
    """How a reader that knows all fields takes a message."""
    try:
        if not isinstance(data.get("target_user_ids", []), list):
            raise Malformed
        asked = control(data)
        whom, wrong = audience(data)
        return {"outcome": "delivered", "audience": whom, "wrong": wrong, "control": asked}
    except (Malformed, Undeliverable) as e:
        return {"outcome": type(e).__name__.lower()}


def on_one_line(text):
    assert not set(text) & set("\u240a\u240d\u2409")
    return text.replace("\n", "\u240a").replace("\r", "\u240d").replace("\t", "\u2409")


def in_full(line):
    return line.replace("\u240a", "\n").replace("\u240d", "\r").replace("\u2409", "\t")


def python_txt():
    parts = [HEADER]
    for name, message in vectors():
        ids, payload = read(message)
        client = payload_text(message)
        assert json.loads(client) == payload, name
        right = list(user_ids(ids))
        wrong = f"wrong     {len(ids) - len(right)}\n" if len(ids) > len(right) else ""
        parts.append(
            f"\n== {name}\n"
            f"message   {on_one_line(message)}\n"
            f"ids       {json.dumps(right)}\n"
            f"{wrong}"
            f"client    {on_one_line(client)}\n"
        )
    return "".join(parts)


def blocks_of(file):
    text = (HERE / file).read_text(encoding="utf-8")
    blocks = re.split(r"^== ", text, flags=re.MULTILINE)[1:]
    assert blocks
    for block in blocks:
        name, *lines = block.rstrip("\n").split("\n")
        yield name, {line[:10].rstrip(): in_full(line[10:]) for line in lines}


def check_written():
    count = 0
    for file in ("written.txt", "headers.txt", "signed.txt", "audiences.txt"):
        for name, fields in blocks_of(file):
            message = fields["message"].encode("utf-8")
            ids, payload = read(message)
            assert ids == json.loads(fields["ids"]), name
            assert payload == json.loads(fields.get("payload", "{}")), name
            if "headers" in fields:
                headers = json.loads(message).get("headers", {})
                assert headers == json.loads(fields["headers"]), name
            if "key" in fields:
                assert message == signed(message, fields), name
            if "audience" in fields:
                check_reads(name, fields)
                narrowed = "control" in fields or "except" in json.loads(fields["audience"])
                assert not (narrowed and ids), name
            count += 1
    return count


def check_reads(name, fields):
    found = outcome(json.loads(fields["message"]))
    assert found["outcome"] == fields.get("outcome", "delivered"), name
    if found["outcome"] == "delivered":
        assert found["audience"] == json.loads(fields.get("audience", "{}")), name
        assert found["wrong"] == int(fields.get("wrong", 0)), name
        assert found["control"] == json.loads(fields.get("control", "null")), name


def check_read():
    for name, fields in blocks_of("audiences-read.txt"):
        check_reads(name, fields)
        assert read(fields["message"])[0] == json.loads(fields["ids"]), name


def signed(message, fields):
    """The message with the signature that Python makes in place of its own."""
    before = message[: message.rindex(b',"auth":"')]
    before += b',"auth":"1.%s.%016x.%016x.' % (
        base64url(bytes.fromhex(fields["sender"])),
        int(fields["number"]),
        int(fields["millis"]),
    )
    channel = fields["channel"].encode("utf-8")
    content = struct.pack(">I", len(channel)) + channel + before
    mac = hmac.new(bytes.fromhex(fields["key"]), content, hashlib.sha256).digest()
    return before + base64url(mac) + b'"}'


def base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def main():
    target = HERE / "python.txt"
    new = python_txt()
    if "--check" in sys.argv[1:]:
        if target.read_text(encoding="utf-8") != new:
            sys.exit("python.txt is not what this Python writes")
    else:
        target.write_text(new, encoding="utf-8", newline="\n")
    check_read()
    print(f"{new.count(chr(10) + '== ')} messages of Python, {check_written()} of ours read")


if __name__ == "__main__":
    main()

"""The frames of a call: docs/PROTOCOL.md §10.2, what the server reads and writes, and what the client says and reads name the same ones; and the same endings and refusals."""
import re
import sys

import lint

DOC, READS, WRITES, CLIENT, WORDS = ("docs/PROTOCOL.md", "server/desk/room_frame.c", "server/desk/room_write*.c", "web-client/src/wire/call.ts",
                                     "web-client/src/text/call.en.ts")
WRITTEN = ["server/desk/room_write.c", "server/desk/room_write_look.c"]
ROOM = [f"server/desk/{name}.c" for name in ("room", "room_act", "room_endpoint", "room_lane", "room_light", "room_steer", "room_person", "room_media", "room_track", "room_view", "room_draw", "room_still", "room_chat", "calls", "calls_ask", "calls_door", "visit_guest")]


def documented(doc):
    part = doc[doc.index("### 10.2"):doc.index("### 10.3")]
    client, server = part.split("From the server:")
    frames = [set(re.findall(r'^\| `\{"type":"(call\.[a-z]+)"', half, re.M)) for half in (client, server)]
    row = {m[1]: m[0] for m in re.finditer(r'^\| `\{"type":"(call\.[a-z]+)".*$', server, re.M)}
    endings = set(re.findall(r'"([a-z_]+)"', re.search(r'"why":(.*?)}`', row["call.ended"])[1])) if "call.ended" in row else set()
    codes = set(re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", row["call.refused"].split("codes:")[1]))) if "call.refused" in row else set()
    return frames[0], frames[1], endings, codes


def check(doc, reads, writes, client, words, room):
    from_client, from_server, endings, codes = documented(doc)
    read = set(re.findall(r'\{"(call\.[a-z]+)",', reads))
    written = set(re.findall(r'frame_begin\(&\w+, "(call\.[a-z]+)"\)', writes))
    heard = set(re.findall(r"^  '(call\.[a-z]+)': obj", client, re.M))
    told = set(re.findall(r"type: '(call\.[a-z]+)'", client))
    ends = set(re.findall(r"'([a-z_]+)'", re.search(r"endings = \[(.*?)\]", client)[1]))
    worded = set(re.findall(r"(\w+): '", re.search(r"^  refused: \{(.*?)^  \}", words, re.M | re.S)[1]))
    said = set(re.findall(r'"([a-z_]+)"', room))
    pairs = [
        ("frames of the client", "PROTOCOL", from_client, READS, read), ("frames of the client", "PROTOCOL", from_client, CLIENT, told),
        ("frames of the server", "PROTOCOL", from_server, WRITES, written), ("frames of the server", "PROTOCOL", from_server, CLIENT, heard),
        ("endings", "PROTOCOL", endings, CLIENT, ends), ("endings", "PROTOCOL", endings, "server/desk", endings & said),
        ("refusals", "PROTOCOL", codes, WORDS, codes & worded), ("refusals", "PROTOCOL", codes, "server/desk", codes & said),
    ]
    return [f"{what}: {', '.join(sorted(a - b))} in {first} and not in {second}" for what, first, a, second, b in pairs if a - b] + \
           [f"{what}: {', '.join(sorted(b - a))} in {second} and not in {first}" for what, first, a, second, b in pairs if b - a]


SAMPLE = {
    "doc": '### 10.2\n| `{"type":"call.join","room"}` | |\nFrom the server:\n| `{"type":"call.ended","why":"left"\\|"lost"}` | |\n'
           '| `{"type":"call.refused","code":"…"}` | codes: `full` (room), `busy` |\n### 10.3',
    "reads": '[A] = {"call.join", read_join},', "writes": 'frame_begin(&f, "call.ended"); frame_begin(&f, "call.refused")',
    "client": "endings = ['left', 'lost'] as const\n  'call.ended': obj({\n  'call.refused': obj({\n| { type: 'call.join'; }",
    "words": "  refused: {\n    full: 'x', busy: 'y',\n  },\n", "room": '"left" "lost" "full" "busy"',
}
BROKEN = [("reads", "call.join", "call.joyn", 2), ("writes", "call.ended", "call.over", 2), ("client", "'lost'", "'gone'", 2), ("client", "'call.join'", "'call.leave'", 2),
          ("words", "busy", "bossy", 1), ("room", '"lost"', '"last"', 1), ("doc", "codes: `full`", "codes: `fool`", 2)]

if __name__ == "__main__":
    bad = check(**SAMPLE)
    for part, old, new, expected in BROKEN:
        found = check(**{**SAMPLE, part: SAMPLE[part].replace(old, new)})
        if len(found) != expected:
            bad.append(f"self-test: {part} with {new}: {found}")
    bad += check(lint.read(DOC), lint.read(READS), "".join(lint.read(p) for p in WRITTEN), lint.read(CLIENT), lint.read(WORDS),
                 "".join(lint.read(p) for p in ROOM if p in lint.tracked()))
    for what in bad:
        print(what)
    print(f"{len(BROKEN)} samples, {len(bad)} findings")
    sys.exit(1 if bad else 0)

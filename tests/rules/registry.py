"""The registry's side of its doors: messages of HL7 v2 over MLLP, one person's days in custody, and what stands in the record in the end."""
import contextlib
import http.server
import json
import os
import random
import socket
import threading
import time
import urllib.parse

from house import free_port, site, timed_site

CONF = "[registry]\nmllp = 127.0.0.1:{port}\ndrop = ROOT/drop\n"
ODD = ",|$\\&+ 号"  # ends each cursor: it is the registry's own word, and comes back as it was
AT = 1795737600  # 2026-11-27 00:00 UTC


@contextlib.contextmanager
def registry_site(more="", timed=False, **options):
    """A served site with a door for MLLP (s.mllp, its port) and a folder for batch files (s.drop); timed: with the hands of its clock (s.hands)."""
    port = free_port()
    made = {}

    def place(root):
        os.mkdir(f"{root}/drop", 0o700)
        made["drop"] = f"{root}/drop"
        return f"{root}/site"
    with (timed_site if timed else site)(config=CONF.format(port=port) + more, place=place, **options) as got:
        s = got[0] if timed else got
        s.hands = got[1] if timed else None
        s.mllp, s.drop = port, made["drop"]
        yield s


class Asked:
    """A registry that is asked over HTTP for what is new: pages of its events, the cursor being a place in them."""

    def __init__(self, events, page=50, token=None, wait_s=0):
        self.events, self.page, self.cursors, self.refusals = events, page, [], 0
        asked = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asks = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                word = asks.get("after", ["0" + ODD])[0]
                assert word.endswith(ODD), word
                after = int(word[:-len(ODD)])
                if token and self.headers["Authorization"] != f"Bearer {token}":
                    asked.refusals += 1
                    self.send_error(401)
                    return
                asked.cursors.append(after)
                time.sleep(wait_s)
                upto = min(after + min(asked.page, int(asks["limit"][0])), len(asked.events))
                body = json.dumps({"events": asked.events[after:upto], "next": str(upto) + ODD}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Sender:
    """One connection; `ask` sends a message and gives what answers it, `flood` does not wait between them."""

    def __init__(self, port, wrap=lambda s: s):
        self.socket, self.held = wrap(socket.create_connection(("127.0.0.1", port), 30)), b""
        self.socket.settimeout(60)

    def send(self, message):
        self.socket.sendall(b"\x0b" + message + b"\x1c\r")

    def answer(self):
        while b"\x1c\r" not in self.held:
            got = self.socket.recv(65536)
            if not got:
                raise ConnectionError("the server ended it")
            self.held += got
        one, self.held = self.held.split(b"\x1c\r", 1)
        assert one[:1] == b"\x0b", one
        return one[1:]

    def ask(self, message):
        self.send(message if isinstance(message, bytes) else message.encode())
        return Ack(self.answer())

    def close(self):
        self.socket.close()


class Ack:
    def __init__(self, raw):
        self.raw = raw
        self.segments = [line.split(b"|") for line in raw.split(b"\r") if line]
        msa = next(s for s in self.segments if s[0] == b"MSA")
        self.code, self.control = msa[1].decode(), msa[2].decode()
        err = next((s for s in self.segments if s[0] == b"ERR"), None)
        self.where = err[2].decode() if err else None
        self.error = err[3].decode().split("^")[0] if err else None
        self.words = err[7].decode() if err and len(err) > 7 else None


def stamp(seconds):
    return time.strftime("%Y%m%d%H%M%S+0000", time.gmtime(AT + seconds))


def message(event, number, control, seconds, cell=None, where=None, name="淳于^鹭", birth="19880102", sex="M", prior=None, end=None,
            national=None, charset="UNICODE UTF-8", recorded=None):
    """cell: BLOCK/CELL."""
    block, _, room = (cell or "").partition("/")
    ids = f"{number}^^^SITE^PI" + (f"~{national}^^^GA^NI" if national else "")
    place = f"{block}^{room}^^^^{where or ('CELL' if cell else '')}" if cell or where else ""
    lines = [f"MSH|^~\\&|REG|SITE|YUNQIAO|SITE|{stamp(recorded or seconds)}||ADT^{event}|{control}|P|2.5||||||{charset}",
             f"EVN|{event}|{stamp(recorded or seconds)}||||{stamp(seconds)}", f"PID|1||{ids}||{name}||{birth}|{sex}"]
    if prior:
        lines.append(f"MRG|{prior}^^^SITE^PI")
    pv1 = [""] * 45
    pv1[0], pv1[2], pv1[3], pv1[36] = "PV1", "I", place, end or ""
    lines.append("|".join(pv1[:37]))
    return "\r".join(lines) + "\r"


def life(number, start, random_of):
    """What a registry says of one person over some days, oldest first."""
    said, at, cells = [], start, [f"B/B{n:02d}" for n in range(1, 17)]

    def say(event, **more):
        nonlocal at
        said.append(message(event, number, f"{number}-{len(said)}", at, name=f"淳于^{number}", **more))
        at += random_of.randrange(60, 7200)
    say("A01", cell=random_of.choice(cells))
    for _ in range(random_of.randrange(1, 6)):
        kind = random_of.randrange(6)
        if kind < 3:
            say("A02", cell=random_of.choice(cells))
        elif kind == 3:
            say("A02", where=random_of.choice(("COURT", "HOSPITAL")))
            if random_of.random() < 0.7:
                say("A12")
        elif kind == 4:
            say("A08", sex="M")
        else:
            say("A16")
    if random_of.random() < 0.5:
        say("A03", end=random_of.choice(("RELEASED", "TRANSFERRED")))
        if random_of.random() < 0.4:
            say("A13")
    return said


def lives(people, seed=39):
    random_of = random.Random(seed)
    return [life(str(8000000 + n), n * 37, random_of) for n in range(people)]


def stays_of(client, number):
    """The stays of a number as they stand, without what says when they were written."""
    found = client.get(f"/fhir/Encounter?type=custody&patient.identifier=urn:yunqiao:detainee-number|{number}&_count=100")
    assert found.status == 200, found.body
    stays = [e["resource"] for e in found.json.get("entry", []) if e["resource"]["resourceType"] == "Encounter"]
    for one in stays:
        one.pop("meta", None)
        one["subject"] = "the patient"
    return sorted(stays, key=lambda one: one["id"])

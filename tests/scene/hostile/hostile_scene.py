"""A call runs on the real worker, over real DTLS-SRTP, while strangers throw at it what they can: malformed offers, counter-answers
and fragments by HTTP, malformed and truncated datagrams to the media port, ClientHellos from addresses that never
passed a check, and (where raw sockets are allowed) ClientHellos and SRTP under the caller's own address. Not one packet of the
call is lost, the worker is the same one afterwards, and WHEP's counter-offer carries media end to end.
A hundred of each; YQ_LONG=1: a thousand and more."""
import http.client
import json
import os
import random
import re
import socket
import ssl
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../../rules")
import house  # noqa: E402

MANY = 1100 if os.environ.get("YQ_LONG") else 100
dice = random.Random(2026)


class Peer:
    """tests/lab/peer: the other end of a connection."""
    def __init__(self):
        self.process = subprocess.Popen([os.path.join(house.BIN, "peer")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ufrag, self.password, self.fingerprint = self.hear("me")

    def say(self, *words):
        self.process.stdin.write(" ".join(str(w) for w in words) + "\n")
        self.process.stdin.flush()

    def hear(self, word):
        while True:
            line = self.process.stdout.readline()
            assert line, f"the peer ended before it said {word}"
            if line.split()[0] == word:
                return line.split()[1:]

    def counts(self):
        self.say("count")
        return tuple(int(n) for n in self.hear("count"))

    def go(self, sdp, role):
        def of(name):
            return re.search(rf"^a={name}:(.*?)\r?$", sdp, re.M).group(1)
        at = re.search(r"^a=candidate:\S+ 1 udp \d+ (127\.\S+) (\d+) typ host", sdp, re.M)
        assert at, sdp
        self.say("go", at.group(1), at.group(2), of("ice-ufrag"), of("ice-pwd"), of("fingerprint").split()[1], role)
        self.hear("up")
        return at.group(1), int(at.group(2))

    def end(self):
        self.process.kill()
        self.process.wait()


def section(peer, way, kind="audio", setup="actpass"):
    format_, codec = ("111", "opus/48000/2") if kind == "audio" else ("96", "VP8/90000")
    return (f"m={kind} 9 UDP/TLS/RTP/SAVPF {format_}\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na={way}\r\na=rtcp-mux\r\n"
            f"a=ice-ufrag:{peer.ufrag}\r\na=ice-pwd:{peer.password}\r\na=fingerprint:sha-256 {peer.fingerprint}\r\n"
            f"a=setup:{setup}\r\na=rtpmap:{format_} {codec}\r\n")


def offer(peer, way, **more):
    return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n" + section(peer, way, **more)


class Asker:
    def __init__(self, s, token):
        self.s, self.token, self.line = s, token, None

    def ask(self, method, path, body=None, kind="application/sdp", **headers):
        if not self.line:
            self.line = http.client.HTTPSConnection("127.0.0.1", self.s.port, timeout=15, context=ssl._create_unverified_context())
        sent = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if body is not None:
            sent["Content-Type"] = kind
        try:
            self.line.request(method, path, body, sent)
            got = self.line.getresponse()
            return got.status, got.headers, got.read().decode("utf-8", "replace")
        except (http.client.HTTPException, OSError):
            self.line = None
            raise


def asker(s):
    made = s.run("room-token", "--room", "bench-*", "--json", "--publish", "--subscribe")
    assert made.returncode == 0, made.stderr
    return Asker(s, json.loads(made.stdout)["token"])


def worker(s):
    admin = s.client().log_in(s.by_role["system-admin"])
    return next((w["pid"] for w in admin.get("/api/system/workers").json["workers"] if w["state"] == "up"), None)


def call(w, source, players=1):
    """One who publishes, those who play; the media port; where the publisher's session is."""
    sender = Peer()
    status, headers, answer = w.ask("POST", f"/whip/bench-1/{source}", offer(sender, "sendonly"))
    assert status == 201, (status, answer)
    at = sender.go(answer, "passive" if "a=setup:active" in answer else "active")
    sender.say("send", 0x1234, 111)
    all_ = []
    for _ in range(players):
        p = Peer()
        status, _, answer = w.ask("POST", f"/whep/bench-1/{source}", offer(p, "recvonly"))
        assert status == 201, (status, answer)
        p.go(answer, "passive" if "a=setup:active" in answer else "active")
        all_.append(p)
    return sender, all_, at, headers["Location"]


def whole(sender, player, since):
    """All that was sent since then has come. The count stands still before it is asked for."""
    sender.say("hush")
    sent = sender.counts()[0]
    house.until("the last packet is there", lambda: player.counts()[1] - since[1] >= sent - since[0])
    assert player.counts()[2] == 0, player.counts()
    sender.say("send", 0x1234, 111)


def broken(text):
    """A description with something about it changed."""
    bytes_ = bytearray(text.encode())
    for _ in range(dice.randint(1, 5)):
        n, at = len(bytes_), dice.randrange(len(bytes_))
        what = dice.randrange(6)
        if what == 0:
            bytes_[at] ^= 1 << dice.randrange(7)
        elif what == 1:
            del bytes_[at:at + dice.randint(1, 60)]
        elif what == 2:
            bytes_[at:at] = bytes_[dice.randrange(n):][:dice.randint(1, 200)]
        elif what == 3:
            bytes_[at:at] = dice.choice([b"\r\n", b"a=", b"m=", b"=", b":", b"99999999999999999999", b" ", b"\t", b"%n"]) * dice.randint(1, 9)
        elif what == 4:
            del bytes_[at:]
        else:
            bytes_[at:at] = b"a=candidate:1 1 udp 1 127.0.0.1 1 typ host\r\n" * dice.randint(1, 70)
        bytes_ = bytes_ or bytearray(b"v")
    return bytes(bytes_)


def throw_offers(w, location):
    peer = Peer()
    statuses = {}
    for i in range(MANY):
        what = i % 4
        if what == 0:
            got = w.ask("POST", f"/whip/bench-1/bad{i}", broken(offer(peer, "sendonly")))
        elif what == 1:
            got = w.ask("POST", "/whep/bench-1/exam", broken(offer(peer, "recvonly")))
        elif what == 2:
            fragment = "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
            got = w.ask("PATCH", location + ("" if i % 8 == 2 else "x"), broken(fragment) + b"\xff",
                        "application/trickle-ice-sdpfrag", If_Match="*")
        else:
            got = w.ask("POST", "/whep/bench-1/exam", offer(peer, "recvonly", kind="video"))
            if got[0] == 406 and got[1]["Location"]:
                w.ask("PATCH", got[1]["Location"], broken(got[2]))
        statuses[got[0]] = statuses.get(got[0], 0) + 1
        if got[1]["Location"]:
            w.ask("DELETE", got[1]["Location"])
        time.sleep(0.034)  # below 300 sessions in 10 s (docs/PROTOCOL §10.3)
    peer.end()
    assert sum(statuses.values()) == MANY and not set(statuses) - {200, 201, 204, 400, 403, 404, 406, 409, 412, 413, 429, 503}, statuses
    assert statuses.get(400, 0) + statuses.get(406, 0) > MANY // 4, statuses
    return statuses


def client_hello():
    """A record of a DTLS 1.2 ClientHello with use_srtp, sometimes cut into pieces as Chromium's post-quantum ones are."""
    body = (b"\xfe\xfd" + dice.randbytes(32) + b"\0\0" + struct.pack(">H", 4) + b"\xc0\x2b\xc0\x2f" + b"\1\0")
    extensions = (b"\0\x0e\0\5\0\2\0\7\0" + b"\0\x0a\0\4\0\2\0\x17" + b"\0\x0d\0\4\0\2\4\3" + b"\xff\x01\0\1\0")
    body += struct.pack(">H", len(extensions)) + extensions
    whole_ = len(body)
    at = dice.randrange(whole_) if dice.random() < 0.3 else 0
    piece = body[at:]
    handshake = b"\1" + struct.pack(">I", whole_)[1:] + b"\0\0" + struct.pack(">I", at)[1:] + struct.pack(">I", len(piece))[1:] + piece
    return b"\x16\xfe\xff\0\0" + struct.pack(">I", dice.randrange(1 << 16)).rjust(6, b"\0") + struct.pack(">H", len(handshake)) + handshake


def datagram():
    what = dice.randrange(8)
    if what == 0:
        return client_hello()
    if what == 1:  # STUN with a wrong length, or attributes that overlap
        return b"\0\1" + struct.pack(">H", dice.randrange(65536)) + b"\x21\x12\xa4\x42" + dice.randbytes(12 + dice.randrange(60))
    if what == 2:  # a check under a name that is nobody's
        name = b"\0\6\0\x08abcd:xyz"
        return b"\0\1" + struct.pack(">H", len(name) + 24) + b"\x21\x12\xa4\x42" + dice.randbytes(12) + name + b"\0\x08\0\x14" + dice.randbytes(20)
    if what == 3:  # RTP with extensions and padding that do not fit
        return bytes([0x90 | dice.randrange(48), 111]) + dice.randbytes(10) + b"\xbe\xde" + struct.pack(">H", dice.randrange(400)) + dice.randbytes(dice.randrange(80))
    if what == 4:
        return bytes([0x80 | dice.randrange(32), dice.choice([200, 201, 205, 206, 207])]) + struct.pack(">H", dice.randrange(65536)) + dice.randbytes(dice.randrange(100))
    if what == 5:
        return bytes([dice.randrange(256)])
    if what == 6:
        return dice.randbytes(dice.randrange(1, 1400))
    return client_hello()[:dice.randrange(1, 60)] + dice.randbytes(dice.randrange(1200))


def throw_datagrams(at):
    lines = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(16)]
    for i in range(MANY * 10):
        line = dice.choice(lines)
        line.sendto(datagram(), at)
        if i % 50 == 0:
            time.sleep(0.01)
    for i in range(MANY):
        dice.choice(lines).sendto(client_hello(), at)
        if i % 50 == 0:
            time.sleep(0.01)
    for line in lines:
        line.close()


def throw_spoofed(at, port):
    """Under the address of somebody in the call: raw sockets, where they are allowed. How many went."""
    try:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
    except PermissionError:
        return 0
    for i in range(MANY):
        data = client_hello() if i % 2 else datagram()
        raw.sendto(struct.pack(">HHHH", port, at[1], 8 + len(data), 0) + data, (at[0], 0))
        if i % 50 == 0:
            time.sleep(0.01)
    raw.close()
    return MANY


def scene_a_call_goes_on_whatever_strangers_send(s, w):
    pid = worker(s)
    sender, (player,), at, location = call(w, "exam")
    try:
        house.until("sound comes", lambda: player.counts()[1] > 20)
        player.say("port")
        port = int(player.hear("port")[0])
        since = (sender.counts()[0], player.counts()[1])
        statuses = throw_offers(w, location)
        throw_datagrams(at)
        spoofed = throw_spoofed(at, port)
        whole(sender, player, since)
        assert worker(s) == pid
        print(f"figure hostile/offers {MANY}\nfigure hostile/datagrams {MANY * 11}\nfigure hostile/spoofed {spoofed}")
        print("answers:", " ".join(f"{k}={v}" for k, v in sorted(statuses.items())))
        # And a newcomer is let in.
        late = Peer()
        status, _, answer = w.ask("POST", "/whep/bench-1/exam", offer(late, "recvonly"))
        assert status == 201, (status, answer)
        late.go(answer, "passive" if "a=setup:active" in answer else "active")
        house.until("the newcomer hears", lambda: late.counts()[1] > 10)
        late.end()
    finally:
        sender.end()
        player.end()


def scene_a_session_is_as_rfc_9725_says(_, w):
    """With the worker that is served: what an answer holds, what a fragment may say, and that an end is told to the other side."""
    kind, peer = "application/trickle-ice-sdpfrag", Peer()
    for way in ("recvonly", "inactive"):
        assert w.ask("POST", "/whip/bench-1/rfc", offer(peer, way))[0] in (400, 406)
    two = offer(peer, "sendonly") + section(peer, "sendonly").replace("a=mid:0", "a=mid:1")
    assert w.ask("POST", "/whip/bench-1/rfc", two)[0] == 406  # one track of a kind
    status, headers, answer = w.ask("POST", "/whip/bench-1/rfc", offer(peer, "sendonly"))
    assert status == 201, answer
    for line in ("a=recvonly", "a=rtcp-mux", "a=group:BUNDLE 0", "a=ice-lite", "a=end-of-candidates"):
        assert re.search(rf"^{line}\r$", answer, re.M), (line, answer)
    assert re.search(r"^a=candidate:\S+ 1 udp ", answer, re.M), answer
    at, etag = headers["Location"], headers["ETag"]
    ours = f"a=ice-ufrag:{peer.ufrag}\r\na=ice-pwd:{peer.password}\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
    # Of no use to us, and no reason to refuse: a name that cannot be resolved, another transport.
    for useless in ("1 1 udp 1 2f1c8e0a-0000-4000-8000-000000000000.local 9 typ host", "2 1 tcp 1 192.0.2.1 9 typ host tcptype active",
                    "3 1 sctp 1 192.0.2.1 9 typ host"):
        got = w.ask("PATCH", at, f"{ours}a=candidate:{useless}\r\n", kind, If_Match=etag)
        assert got[0] == 204 and got[1]["ETag"] is None and got[2] == "", (useless, got)
    assert w.ask("PATCH", at, "hello", kind, If_Match=etag)[0] == 400
    # A restart that is refused leaves the session, and its ETag, as they were.
    assert w.ask("PATCH", at, "a=ice-ufrag:abcd\r\n", kind, If_Match="*")[0] == 400
    assert w.ask("PATCH", at, ours, kind, If_Match=etag)[0] == 204
    peer.go(answer, "passive" if "a=setup:active" in answer else "active")
    assert w.ask("DELETE", at)[0] == 200
    peer.hear("down")  # by DTLS: consent is revoked at once
    peer.end()


def scene_whep_counter_offers_carry_media(_, w):
    sender, (first,), _, _ = call(w, "scope")
    peers = [sender, first]
    try:
        for role in ("passive", "active"):
            p = Peer()
            peers.append(p)
            # It offers video alone, and what is sent is sound: 406, and an offer of ours.
            status, headers, ours = w.ask("POST", "/whep/bench-1/scope", offer(p, "recvonly", kind="video"))
            assert status == 406 and headers["Content-Type"] == "application/sdp" and headers["ETag"], (status, ours)
            assert "a=setup:actpass" in ours and "a=sendonly" in ours and "m=audio" in ours and "opus/48000" in ours, ours
            mine = offer(p, "recvonly", setup=role)
            status, _, why = w.ask("PATCH", headers["Location"], mine)
            assert status == 204, (status, why)
            p.go(ours, role)
            house.until("sound comes", lambda p=p: p.counts()[1] > 20)
            assert p.counts()[2] == 0
            assert w.ask("PATCH", headers["Location"], mine)[0] == 409  # once
            assert w.ask("DELETE", headers["Location"])[0] == 200
    finally:
        for p in peers:
            p.end()


if __name__ == "__main__":
    with house.site() as site:
        house.until("the worker is up", lambda: site.client().get("/healthz").json["workers"]["up"] == 1)
        asks = asker(site)
        for name, scene in [(n, f) for n, f in globals().items() if n.startswith("scene_")]:
            if len(sys.argv) > 1 and sys.argv[1] not in name:
                continue
            began = time.monotonic()
            scene(site, asks)
            print(f"ok {name} ({time.monotonic() - began:.1f} s)", flush=True)

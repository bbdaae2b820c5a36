"""A browser's WebSocket (yunqiao.1), as far as a test needs one: frames out, frames in, and what a call says."""
import base64
import json
import os
import socket
import ssl
import struct
import threading
import time


class Line:
    """One open WebSocket of a client that has logged in. `frames` holds all that came, oldest first."""

    def __init__(self, client, resume=None):
        context = ssl._create_unverified_context()
        raw = socket.create_connection(("127.0.0.1", client.site.port), timeout=20)
        self.socket = context.wrap_socket(raw)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{client.site.port}\r\n"
                             f"Origin: https://127.0.0.1:{client.site.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                             f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                             f"Sec-WebSocket-Protocol: yunqiao.1\r\nCookie: {client.cookie}\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            part = self.socket.recv(1)
            assert part, head
            head += part
        assert b" 101 " in head.split(b"\r\n")[0], head
        self.socket.settimeout(None)  # nothing may be said for long
        self.frames, self.closed, self.code = [], threading.Event(), None
        self.changed = threading.Condition()
        self.sending = threading.Lock()
        threading.Thread(target=self.read, daemon=True).start()
        if resume:
            self.say({"type": "resume", "resume": resume})
        self.hello = self.hear("hello")

    def take(self, n):
        got = b""
        while len(got) < n:
            part = self.socket.recv(n - len(got))
            if not part:
                raise OSError("closed")
            got += part
        return got

    def read(self):
        whole = b""
        try:
            while True:
                first, second = self.take(2)
                n = second & 127
                if n == 126:
                    n = struct.unpack(">H", self.take(2))[0]
                elif n == 127:
                    n = struct.unpack(">Q", self.take(8))[0]
                body = self.take(n)
                if first & 15 == 8:
                    self.code = struct.unpack(">H", body[:2])[0] if len(body) >= 2 else 1005
                    break
                if first & 15 == 9:
                    self.write(138, body)  # RFC 6455 §5.5.3; the server lets go of who does not answer
                if first & 15 not in (0, 1):
                    continue
                whole += body
                if first & 128:
                    with self.changed:
                        self.frames.append({**json.loads(whole), "heard": time.time()})
                        self.changed.notify_all()
                    whole = b""
        except OSError:
            pass
        with self.changed:
            self.closed.set()
            self.changed.notify_all()

    def say(self, frame):
        self.write(129, (frame if isinstance(frame, str) else json.dumps(frame)).encode())

    def write(self, first, body):
        mask = os.urandom(4)
        n = len(body)
        head = bytes([first, 128 | n]) if n < 126 else bytes([first, 254]) + struct.pack(">H", n) if n < 65536 \
            else bytes([first, 255]) + struct.pack(">Q", n)
        masked = bytes(b ^ mask[i % 4] for i, b in enumerate(body))
        with self.sending:
            self.socket.sendall(head + mask + masked)

    def hear(self, kind, where=lambda f: True, after=0, wait_s=8):
        """The first frame of that type, from the after-th on, of which `where` is true."""
        end = time.monotonic() + wait_s
        with self.changed:
            while True:
                for f in self.frames[after:]:
                    if f["type"] == kind and where(f):
                        return f
                left = end - time.monotonic()
                assert left > 0 and not self.closed.is_set(), f"no {kind}: {[f['type'] for f in self.frames]}, closed {self.code}"
                self.changed.wait(left)

    def never(self, kind, after=0):
        return all(f["type"] != kind for f in self.frames[after:])

    def cut(self):
        """As a network does it: without a word."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
        self.closed.wait(5)


def join(client, room, line=None):
    """Into the room, by a token; the line and its call.joined."""
    got = client.post(f"/api/rooms/{room}/join")
    assert got.status == 200, got.body
    line = line or Line(client)
    at = len(line.frames)
    line.say({"type": "call.join", "room": room, "token": got.json["token"]})
    return line, line.hear("call.joined", after=at)


def room_of(host, *members, title="会诊"):
    """A room with these members, by its host; its id."""
    people = {p["account"]: p for p in host.get("/api/rooms/people").json["people"]}
    ids = [m.get("/api/session").json["account"]["id"] for m in members]
    assert all(i in people for i in ids)
    made = host.post("/api/rooms", {"title": title, "members": [{"account": i, "role": "member"} for i in ids]})
    assert made.status == 201, made.body
    return made.json["room"]["id"]

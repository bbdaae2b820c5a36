#!/usr/bin/env python3
"""The life of a server, seen from outside: it serves, tells browsers what happens to their sessions, reloads, drains, dies and is
known again. Each scene is a function; what fails names itself."""
import contextlib
import json
import os
import select
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "rules"))
from house import BIN, Client, Skip, main, site, until  # noqa: E402


class Ws:
    """A WebSocket, no more of it than the scenes need (RFC 6455)."""

    def __init__(self, port, cookie="", origin=None, protocol="yunqiao.1"):
        self.raw = ssl._create_unverified_context().wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=20))
        origin = origin or f"https://127.0.0.1:{port}"
        self.raw.sendall((f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          f"Sec-WebSocket-Protocol: {protocol}\r\n" + (f"Cookie: {cookie}\r\n" if cookie else "") + "\r\n").encode())
        self.held = b""
        while b"\r\n\r\n" not in self.held:
            piece = self.raw.recv(4096)
            if not piece:
                break
            self.held += piece
        head, _, self.held = self.held.partition(b"\r\n\r\n")
        self.status = int(head.split()[1]) if head else 0

    def send(self, frame, opcode=1):
        data = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        self.raw.sendall(bytes([0x80 | opcode]) + length + b"\0\0\0\0" + data)

    def take(self, n):
        while len(self.held) < n:
            piece = self.raw.recv(4096)
            if not piece:
                raise EOFError
            self.held += piece
        piece, self.held = self.held[:n], self.held[n:]
        return piece

    def receive(self):
        """A frame's object, or ("closed", code)."""
        while True:
            try:
                first, length = self.take(2)
                if length == 126:
                    length = struct.unpack(">H", self.take(2))[0]
                data = self.take(length)
            except (EOFError, OSError):
                return ("closed", 0)
            if first & 15 == 8:
                return ("closed", struct.unpack(">H", data[:2])[0] if len(data) > 1 else 0)
            if first & 15 == 1:
                return json.loads(data)

    def expect(self, type_, **members):
        got = self.receive()
        assert isinstance(got, dict) and got["type"] == type_, got
        for key, value in members.items():
            assert got[key] == value, got
        return got

    def close(self):
        self.raw.close()


def ended_well(s):
    code = s.stop()
    assert code == 0, (code, open(s.log_path).read()[-3000:])


def scene_a_page_an_api_and_a_socket_are_served_for_a_while():
    with site() as s:
        doctor = s.client().log_in("guqinghe")
        ws = Ws(s.port, doctor.cookie)
        hello = ws.expect("hello", resumed=False)
        assert hello["version"] and hello["resume"]
        for n in range(100):
            assert doctor.get("/api/session").status == 200
            assert doctor.put(f"/api/drafts/note/{n % 7}", {"text": "x" * (n * 50)}).status == 200
            assert s.client().get("/healthz").status == 200
            assert doctor.get("/api/account").status == 200
            if n % 10 == 0:
                ws.send({"type": "ping", "id": n})
                ws.expect("pong", id=n)
                assert s.client().post("/api/login", {"name": "nobody", "password": "x"}).status in (401, 403, 429)
        for path in ("/", "/ca", "/ca.css", "/ca.crt", "/ca.der", "/ca.mobileconfig"):
            assert s.client().get(path).status == 200, path
        assert doctor.get("/api/nowhere").status == 404
        assert s.run("audit", "verify").returncode == 0
        ended_well(s)


def scene_a_stranger_gets_no_socket():
    with site() as s:
        doctor = s.client().log_in("guqinghe")
        assert Ws(s.port, doctor.cookie, origin="https://evil.example").status == 403
        assert Ws(s.port, doctor.cookie, origin="null").status == 403
        assert Ws(s.port, doctor.cookie, protocol="other").status == 400
        assert Ws(s.port, "").receive() == ("closed", 4401)
        assert Ws(s.port, "__Host-yunqiao=" + "A" * 43).receive() == ("closed", 4401)
        ended_well(s)


def scene_wrong_frames_and_floods_end_a_socket():
    with site() as s:
        doctor = s.client().log_in("guqinghe")

        def opened():
            ws = Ws(s.port, doctor.cookie)
            ws.expect("hello")
            return ws

        for wrong in (b"no json", b"[]", b'{"type":"what"}', b'{"type":"ping"}', b'{"type":"ping","id":1,"more":2}',
                      b'{"type":"ping","id":1,"id":2}', b'{"type":"resume","resume":1}', b"x" * 16385):
            ws = opened()
            ws.send(wrong)
            assert ws.receive() == ("closed", 4400), wrong[:40]
        ws = opened()
        ws.send(b"\x01\x02", opcode=2)
        assert ws.receive() == ("closed", 4400)
        ws = opened()
        for n in range(60):
            ws.send({"type": "seen", "id": 0})
        got = ws.receive()
        assert got == ("closed", 4429), got
        ended_well(s)


def scene_a_forced_logout_closes_the_socket():
    with site() as s:
        doctor, admin = s.client().log_in("guqinghe"), s.client().log_in("fangjiming")
        ws, other = Ws(s.port, doctor.cookie), Ws(s.port, admin.cookie)
        ws.expect("hello")
        other.expect("hello")
        account = doctor.get("/api/session").json["account"]["id"]
        started = time.monotonic()
        assert admin.post(f"/api/accounts/{account}/logout", {"reason": "test"}).status == 200
        ws.expect("notice", kind="session_ended", data={"why": "forced"})
        assert ws.receive() == ("closed", 4401)
        print(f"        closed after {time.monotonic() - started:.2f} s")
        assert doctor.get("/api/session").status == 401
        other.send({"type": "ping", "id": 1})
        other.expect("pong", id=1)
        ended_well(s)


def scene_a_disabled_account_loses_its_sockets_through_the_command_too():
    with site() as s:
        doctor = s.client().log_in("guqinghe")
        ws = Ws(s.port, doctor.cookie)
        ws.expect("hello")
        assert s.run("user", "disable", "--name", "guqinghe").returncode == 0
        got = ws.receive()
        if isinstance(got, dict):
            assert got["kind"] == "session_ended", got
            got = ws.receive()
        assert got == ("closed", 4401), got
        ended_well(s)


def scene_an_idle_session_is_warned_and_ended():
    with site(config="[session]\nidle_s = 30\n") as s:
        doctor = s.client().log_in("guqinghe")
        ws = Ws(s.port, doctor.cookie)
        ws.expect("hello")
        notice = ws.expect("notice", kind="session_ending")
        assert 0 < notice["data"]["in_s"] <= 15, notice
        ws.raw.settimeout(40)
        ws.expect("notice", kind="session_ended", data={"why": "idle"})
        assert ws.receive() == ("closed", 4401)
        answer = doctor.get("/api/session")
        assert (answer.status, answer.code) == (401, "session_expired"), answer.body
        ended_well(s)


def scene_a_tab_comes_back_after_a_loss_and_after_a_restart():
    with site() as s:
        doctor, admin = s.client().log_in("guqinghe"), s.client().log_in("qiaoyunfei")
        ws = Ws(s.port, admin.cookie)
        hello = ws.expect("hello", resumed=False)
        ws.close()
        ws = Ws(s.port, admin.cookie)
        ws.send({"type": "resume", "resume": hello["resume"]})
        again = ws.expect("hello", resumed=True)
        stolen = Ws(s.port, doctor.cookie)
        stolen.send({"type": "resume", "resume": again["resume"]})
        stolen.expect("hello", resumed=False)
        s.process.kill()
        s.process.wait()
        s.start()
        ws = Ws(s.port, admin.cookie)
        ws.send({"type": "resume", "resume": again["resume"]})
        ws.expect("hello", resumed=True)
        assert admin.get("/api/session").status == 200
        ended_well(s)


def scene_sigterm_says_why_and_lets_answers_go():
    with site() as s:
        doctor = s.client().log_in("guqinghe")
        ws = Ws(s.port, doctor.cookie)
        ws.expect("hello")
        s.process.terminate()
        assert ws.receive() == ("closed", 1012)
        assert s.process.wait(20) == 0
        assert not os.path.exists(f"{s.data}/control.sock")


def scene_a_worker_that_dies_is_told_to_the_system_admin():
    with site() as s:
        admin, doctor = s.client().log_in("qiaoyunfei"), s.client().log_in("guqinghe")
        ws, other = Ws(s.port, admin.cookie), Ws(s.port, doctor.cookie)
        ws.expect("hello")
        other.expect("hello")

        def worker():
            found = admin.get("/api/system/workers").json["workers"][0]
            return found if found["state"] == "up" else None

        first = until("a worker", worker)
        time.sleep(5.5)  # the server looks at its health each five seconds: a first look must have been
        for _ in range(20):  # each death makes the next wait longer, until a look falls into it
            with contextlib.suppress(ProcessLookupError):  # already reaped; the page tells it a moment later
                os.kill(until("a worker", worker, 30)["pid"], signal.SIGKILL)
            if select.select([ws.raw], [], [], 0.2)[0]:
                break
        notice = ws.expect("notice", kind="health")
        assert notice["data"]["check"]["name"] == "workers", notice
        until("another worker", lambda: (w := worker()) and w["pid"] != first["pid"], 30)
        other.send({"type": "ping", "id": 7})
        other.expect("pong", id=7)
        ended_well(s)


def scene_certificates_change_under_an_open_connection():
    with site() as s:
        folder = s.root

        def make(name, other_key=None):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                            "-subj", f"/CN={name}", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.crt"],
                           check=True, capture_output=True)

        def shown():
            with ssl._create_unverified_context().wrap_socket(socket.create_connection(("127.0.0.1", s.port))) as c:
                return c.getpeercert(True)

        admin = s.client().log_in("qiaoyunfei")
        before = shown()
        renewed = admin.post("/api/system/certificates/renew", {"reason": "test"})
        assert renewed.status == 200, renewed.body
        until("a new leaf", lambda: shown() != before)
        assert admin.get("/api/session").status == 200 and admin.connection is not None
        ended_well(s)

        make("one")
        make("two")
        for end in ("crt", "key"):
            os.rename(f"{folder}/one.{end}", f"{folder}/used.{end}")
        s.options += ["--config", f"{folder}/conf"]
        with open(f"{folder}/conf", "w") as out:
            out.write(f"[tls]\ncertificate = {folder}/used.crt\nkey = {folder}/used.key\n")
        s.start()
        one = shown()
        assert s.client().get("/ca.crt").status == 404
        os.replace(f"{folder}/two.crt", f"{folder}/used.crt")
        s.process.send_signal(signal.SIGHUP)  # certificate and key do not match: the old pair stays
        until("the refusal is logged", lambda: "certificate_kept" in open(s.log_path).read())
        assert shown() == one
        os.replace(f"{folder}/two.key", f"{folder}/used.key")
        s.process.send_signal(signal.SIGHUP)
        until("the new pair", lambda: shown() != one)
        ended_well(s)


def scene_a_start_that_cannot_be_says_why():
    with site() as s:
        base = [f"{BIN}/yunqiaod", "--listen", f"127.0.0.1:{s.port}", "--media", "127.0.0.1:0"]

        def refused(code, words, *options):
            got = subprocess.run(base + list(options), capture_output=True, text=True, timeout=30)
            assert got.returncode == code and words in got.stderr, (options, got.returncode, got.stderr)
            assert len(got.stderr.strip().splitlines()[-1]) < 400

        refused(3, "open", "--data", s.data, "--key", s.key)  # in use, by its process
        refused(5, "port taken", "--data", f"{s.root}/other")
        refused(3, "key", "--data", f"{s.root}/other", "--key", f"{s.root}/none.key")
        refused(2, "loopback", "--data", f"{s.root}/x", "--http", "192.0.2.1:80")
        refused(2, "unknown", "--data", f"{s.root}/x", "--frobnicate")
        refused(2, "--data", "--workers", "2")
        refused(2, "ADDRESS:PORT", "--data", f"{s.root}/x", "--listen", "nonsense")
        with open(f"{s.root}/bad.conf", "w") as out:
            out.write("[site]\nname = a\nname = b\n")
        refused(2, "bad.conf:3", "--data", f"{s.root}/x", "--config", f"{s.root}/bad.conf")
        assert not os.path.exists(f"{s.root}/x")
        ended_well(s)


def scene_an_idle_site_takes_little_memory():
    with site() as s:
        admin = s.client().log_in("qiaoyunfei")
        workers = until("a worker", lambda: [w for w in admin.get("/api/system/workers").json["workers"] if w["state"] == "up"])
        kib = 0
        for pid in [s.process.pid] + [w["pid"] for w in workers]:
            with open(f"/proc/{pid}/status") as status:
                kib += next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
        print(f"figure idle memory of yunqiaod and {len(workers)} worker: {kib / 1024:.1f} MiB")
        assert kib < 40 * 1024 or os.environ.get("YQ_SANITIZED"), kib
        ended_well(s)


def scene_the_demo_fills_a_whole_site_once():
    if os.environ.get("YQ_SANITIZED") and not os.environ.get("YQ_LONG"):
        raise Skip("under a sanitizer in the long tier: it writes 13,000 resources")
    with site() as s:
        ended_well(s)
        for _ in range(2):  # the second time it is there
            made = s.run("demo", "--json")
            assert made.returncode == 0, made.stderr
        s.start()
        doctor = s.client().log_in("guqinghe")

        def total(query):
            answer = doctor.get(f"/fhir/{query}&_summary=count&_total=accurate")
            assert answer.status == 200, answer.body
            return answer.json["total"]

        assert total("Patient?active=true") == 300
        assert total("Practitioner?active=true") >= 300
        assert total("Organization?active=true") >= 9  # eight hospitals and the centre
        assert s.run("records", "verify").returncode == 0
        ended_well(s)


main("scene_", at_once=4)

#!/usr/bin/env python3
"""1,000 slow or broken connections at once: half heads, dripped bodies, oversize heads and bodies, no TLS, wrong TLS, WebSocket
floods, readers that do not read. Loopback only, bounded in number and time.

Meanwhile a browser's requests must all be answered, and afterwards memory must be where it was. Prints what it measured.
"""
import asyncio
import os
import random
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "rules"))
from house import Client, site  # noqa: E402

EACH = int(os.environ.get("YQ_FLOOD_EACH", "100"))
SECONDS = int(os.environ.get("YQ_FLOOD_SECONDS", "12"))
# Beside the connections' own buffers: what the allocator keeps for the next ones.
GROWTH_AFTER_KIB = 24 * 1024
GROWTH_PEAK_KIB = 160 * 1024
SANITIZED = os.environ.get("YQ_SANITIZED") == "1"


def rss_kib(pid):
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmRSS"):
                return int(line.split()[1])
    return 0


class Attack:
    def __init__(self, port, cookie):
        self.port, self.cookie, self.opened, self.ended = port, cookie, 0, 0
        self.context = ssl._create_unverified_context()
        self.until = time.monotonic() + SECONDS

    def address(self, n):
        return f"127.0.{1 + n % 16}.{1 + n // 16 % 200}"

    async def connect(self, n, tls=True):
        got = await asyncio.wait_for(asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.context if tls else None, local_addr=(self.address(n), 0), limit=4096), SECONDS)
        self.opened += 1
        return got

    def left(self):
        return max(0.0, self.until - time.monotonic())

    async def drip(self, writer, piece, pause=1.0):
        while self.left() > 0:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    async def half_head(self, n):
        _, w = await self.connect(n)
        w.write(b"GET /api/session HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        await self.drip(w, b"a")

    async def slow_body(self, n):
        _, w = await self.connect(n)
        w.write(b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{")
        await self.drip(w, b" " * 10)

    async def silent(self, n):
        r, _ = await self.connect(n, tls=False)
        await asyncio.wait_for(r.read(1), self.left())

    async def wrong_tls(self, n):
        _, w = await self.connect(n, tls=False)
        w.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(200))
        await self.drip(w, random.randbytes(50))

    async def plain_http(self, n):
        _, w = await self.connect(n, tls=False)
        w.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await self.drip(w, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    async def big_head(self, n):
        while self.left() > 0:
            r, w = await self.connect(n)
            w.write(b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"a" * random.choice((9000, 15000, 60000)) + b"\r\n\r\n")
            await asyncio.wait_for(r.read(4096), self.left())
            w.close()
            await asyncio.sleep(1)

    async def big_body(self, n):
        while self.left() > 0:
            r, w = await self.connect(n)
            w.write(b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 200000)
            await asyncio.wait_for(r.read(4096), self.left())
            w.close()
            await asyncio.sleep(1)

    async def deaf(self, n):
        """Asks for much and reads nothing; sends on, so that the server has something to trip over."""
        _, w = await self.connect(n)
        w.transport.pause_reading()
        for _ in range(40):
            w.write(b"GET /ca HTTP/1.1\r\nHost: x\r\n\r\n" * 10)
        await asyncio.sleep(self.left())

    async def open_ws(self, n, cookie):
        r, w = await self.connect(n)
        w.write((f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nOrigin: https://127.0.0.1:{self.port}\r\nConnection: Upgrade\r\n"
                 "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                 f"Sec-WebSocket-Protocol: yunqiao.1\r\n{cookie}\r\n").encode())
        await asyncio.wait_for(r.readuntil(b"\r\n\r\n"), self.left())
        return r, w

    async def ws_flood(self, n):
        """A logged-in browser gone mad: as many frames as the socket takes, of each kind, whole and in parts."""
        while self.left() > 0:
            r, w = await self.open_ws(n, f"Cookie: {self.cookie}\r\n")
            mask = b"\0\0\0\0"
            ping = b'{"type":"ping","id":1}'
            frames = (b"\x81" + bytes([0x80 | len(ping)]) + mask + ping) * 40 + (b"\x89\x80" + mask) * 40
            parts = b"\x01\x81" + mask + b"{" + (b"\x00\x81" + mask + b" ") * 300
            try:
                w.write(random.choice((frames * 5, parts, b"\x82\x85" + mask + b"hello", b"\x81\xff" + b"\x7f" * 8 + mask)))
                await w.drain()
                while await asyncio.wait_for(r.read(4096), self.left()):
                    pass
            finally:
                w.close()
            await asyncio.sleep(1)

    async def ws_stranger(self, n):
        while self.left() > 0:
            r, w = await self.open_ws(n, "")
            while await asyncio.wait_for(r.read(4096), self.left()):
                pass
            w.close()
            await asyncio.sleep(0.5)

    async def one(self, kind, n):
        while self.left() > 0:
            try:
                await kind(n)
            except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError, ssl.SSLError):
                pass  # cut off, as it should be: come again
            self.ended += 1
            await asyncio.sleep(min(0.5, self.left()))

    async def run(self):
        kinds = [self.half_head, self.slow_body, self.silent, self.wrong_tls, self.plain_http, self.big_head, self.big_body,
                 self.deaf, self.ws_flood, self.ws_stranger]
        await asyncio.gather(*(self.one(kind, i * EACH + n) for i, kind in enumerate(kinds) for n in range(EACH)))


def probe(s, cookie, stop, results):
    """A browser's requests, each on a fresh connection every second time."""
    kept = Client(s)
    n = 0
    while not stop.is_set():
        n += 1
        asker = kept if n % 2 else Client(s)
        asker.cookie = cookie
        start = time.monotonic()
        try:
            ok = asker.get("/api/session").status == 200 and asker.get("/").status == 200
        except OSError as error:
            ok = False
            results.setdefault("errors", []).append(repr(error))
        results["ok" if ok else "failed"] = results.get("ok" if ok else "failed", 0) + 1
        results.setdefault("ms", []).append((time.monotonic() - start) * 500)
        if asker is not kept and asker.connection:
            asker.connection.close()
        stop.wait(0.1)


def main():
    with site() as s:
        browser = s.client().log_in("guqinghe")
        for _ in range(200):  # what is allocated once is allocated now
            browser.get("/api/session")
        before = rss_kib(s.process.pid)
        peak, most, stop, results = before, 0, threading.Event(), {}
        attack = Attack(s.port, browser.cookie)
        prober = threading.Thread(target=probe, args=(s, browser.cookie, stop, results))
        attacker = threading.Thread(target=lambda: asyncio.run(attack.run()))
        prober.start()
        attacker.start()
        while attacker.is_alive():
            peak = max(peak, rss_kib(s.process.pid))
            with open("/proc/net/tcp") as f:
                most = max(most, sum(f":{s.port:04X} " in line and line.split()[3] == "01" for line in f) // 2)
            attacker.join(0.2)
        stop.set()
        prober.join()
        deadline = time.monotonic() + 90
        after = rss_kib(s.process.pid)
        while after > before + GROWTH_AFTER_KIB // 2 and time.monotonic() < deadline:
            time.sleep(0.5)
            after = rss_kib(s.process.pid)
        times = sorted(results.get("ms", [0]))
        print(f"connections opened {attack.opened}, ended {attack.ended}, at once {most}")
        print(f"probes ok {results.get('ok', 0)}, failed {results.get('failed', 0)}; p50 {times[len(times) // 2]:.0f} ms, "
              f"p99 {times[int(len(times) * 0.99)]:.0f} ms")
        print(f"resident KiB: before {before}, peak {peak}, after {after}")
        assert s.process.poll() is None, f"the server died ({s.process.returncode}): {open(s.log_path).read()[-1500:]}"
        assert most >= EACH * 6, f"only {most} at once"
        assert results.get("ok", 0) > 10 and not results.get("failed"), results.get("errors", [])[:3]
        if not SANITIZED:
            assert peak - before < GROWTH_PEAK_KIB, "memory grew under the flood"
            assert after - before < GROWTH_AFTER_KIB, "memory did not come back"
        log = open(s.log_path).read()
        assert "level=error" not in log, [line for line in log.splitlines() if "level=error" in line][:3]
        assert s.stop() == 0, "it did not end well"
    print("1 passed, 0 failed")


main()

"""Where messages that leave a site end: a mail server (Debian's aiosmtpd) and an SMS gateway (HTTPS), which remember what came and can be
told to be slow, to put off, to refuse, or to go away."""
import asyncio
import hashlib
import hmac
import http.server
import json
import ssl
import subprocess
import threading

from aiosmtpd.controller import Controller

import house


class Mail:
    """Letters as they come, several at a time. `mode`: take, slow (takes, then answers late), later (451), refuse (550), vanish (takes, and hangs
    up). `slow_for`: how many letters a slow server is slow for; all others it takes at once."""

    def __init__(self):
        self.letters, self.mode, self.held, self.slow_for = [], "take", threading.Event(), 1 << 30
        self.release = threading.Event()
        self.server = Controller(self, hostname="127.0.0.1", port=house.free_port())
        self.server.start()
        self.url = f"smtp://127.0.0.1:{self.server.port}"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == "refuse":
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mode == "later":
            return "451 not now"
        self.letters.append((envelope.rcpt_tos[0], envelope.content))
        if self.mode == "slow" and self.slow_for > 0:
            self.slow_for -= 1
            release = self.release
            self.held.set()
            while not release.is_set():
                await asyncio.sleep(0.02)
        if self.mode == "vanish":
            self.held.set()
            server.transport.close()
        return "250 taken"

    def stop(self):
        self.release.set()
        self.server.stop()


class Gateway:
    """HTTPS under a certificate of its own. What it has taken it takes once: by the key, as docs/OPERATIONS asks of a gateway."""

    def __init__(self, root, secret):
        self.secret, self.words, self.asked, self.statuses = secret, {}, 0, []
        self.cert = f"{root}/gateway.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=gateway", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{root}/gateway.key", "-out", self.cert],
                       check=True, capture_output=True)
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = sink.take(self.headers, body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.cert, f"{root}/gateway.key")
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"https://127.0.0.1:{self.server.server_port}/sms"

    def take(self, headers, body):
        self.asked += 1
        made, mac = (part.split("=", 1)[1] for part in headers["X-Yunqiao-Signature"].split(","))
        wanted = hmac.new(self.secret.encode(), made.encode() + b"." + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(mac, wanted):
            return 403
        if self.statuses:
            return self.statuses.pop(0)
        word = json.loads(body)
        assert headers["Idempotency-Key"] == word["id"]
        if word["id"] in self.words:
            assert {k: v for k, v in self.words[word["id"]].items()} == word, "the same key, the same word"
        self.words[word["id"]] = word
        return 202

    def stop(self):
        self.server.shutdown()

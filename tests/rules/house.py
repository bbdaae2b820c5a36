"""A site of its own for each rule: yunqiaod on a fresh folder, the demo's accounts, and a client that sees it from outside.

A rule is a file NN_words.py whose functions `rule_…` are its proofs; `house.main()` at its end runs them, each on what the file
asks for, and closes with "N passed, N failed". Nothing here reaches into the server: it has its programs and its answers.
"""
import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("YQ_BIN", f"{TOP}/build/release/bin")
CANARY = "jinsique7canary"  # a made-up word; nothing else says it


class Skip(Exception):
    """The proof cannot be made on this machine; the reason is printed."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(what, condition, wait_s=20):
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"gave up waiting: {what}")


def totp(secret, step):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[19] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06d}"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"]


class Client:
    """One asker: nobody, a browser with its cookie, or a program with a token."""

    def __init__(self, site, token=None):
        self.site, self.token, self.cookies, self.csrf = site, token, {}, None
        self.connection = None

    def ask(self, method, path, body=None, headers=None):
        sent = {"Accept-Language": "en", **(headers or {})}
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        elif method not in ("GET", "HEAD", "OPTIONS"):
            data = b""
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if self.cookie:
            sent["Cookie"] = self.cookie
        if self.csrf and method != "GET":
            sent["X-CSRF-Token"] = self.csrf
        # Asked once more on a new connection where an old one was found closed, and only then: what was asked slowly may have been done,
        # and asked twice it would be done twice.
        for _ in range(2):
            is_old = self.connection is not None
            if self.connection is None:
                self.connection = http.client.HTTPSConnection("127.0.0.1", self.site.port, timeout=60,
                                                              context=ssl._create_unverified_context())
            try:
                self.connection.request(method, path, data, sent)
                got = self.connection.getresponse()
                answer = Answer(got.status, got.headers, got.read())
                break
            except (http.client.HTTPException, OSError) as fault:
                self.connection.close()
                self.connection = None
                if not is_old or isinstance(fault, TimeoutError):
                    raise
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    @property
    def cookie(self):
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items()) or None

    @cookie.setter
    def cookie(self, text):
        self.cookies = dict(pair.split("=", 1) for pair in text.split("; ")) if text else {}

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.ask("POST", path, {} if body is None else body, **more)

    def put(self, path, body):
        return self.ask("PUT", path, body)

    def enrol(self, name="T1"):
        """This browser is a wall terminal from now on."""
        got = self.post("/api/terminal/enrol", {"code": self.site.terminal_code(name)})
        assert got.status == 200, got.body
        return self

    def log_in(self, name):
        """The whole way: password, then a code that was not used yet; a detainee at a terminal."""
        who = self.site.accounts[name]
        if who.get("role") == "detainee":
            self.enrol()
        first = self.post("/api/login", {"name": name, "password": who["password"]})
        assert first.status == 200, first.body
        if first.json["next"] == "totp":
            second = self.post("/api/login/totp", {"ticket": first.json["ticket"], "code": self.site.code(name)})
            assert second.status == 200, second.body
        self.csrf = self.get("/api/session").json["csrf"]
        return self


def copy_demo(data, key):
    """A demo site as `yunqiao demo --bare` makes it, copied from one that these programs made before; what it told. (Its passwords are
    hashed to be slow: made anew for each proof, they were a third of what all proofs cost.)"""
    program = os.stat(f"{BIN}/yunqiao")
    shelf = f"{tempfile.gettempdir()}/yunqiao-demo-{os.getuid()}"
    kept = f"{shelf}/{program.st_size}-{program.st_mtime_ns}-{time.strftime('%Y-%m-%d', time.gmtime())}"
    if not os.path.exists(kept):
        os.makedirs(shelf, 0o700, exist_ok=True)
        for old in os.listdir(shelf):
            with contextlib.suppress(FileNotFoundError):  # another proof clears up too
                if time.time() - os.stat(f"{shelf}/{old}").st_mtime > 86400:
                    shutil.rmtree(f"{shelf}/{old}", ignore_errors=True)
        fresh = tempfile.mkdtemp(prefix="new-", dir=shelf)
        made = subprocess.run([f"{BIN}/yunqiao", "demo", "--bare", "--json", "--data", f"{fresh}/site", "--key", f"{fresh}/site.key"],
                              capture_output=True, text=True, timeout=300)
        assert made.returncode == 0, made.stderr
        with open(f"{fresh}/told", "w") as told:
            told.write(made.stdout)
        try:
            os.rename(fresh, kept)
        except OSError:  # another proof was quicker
            shutil.rmtree(fresh)
    shutil.copytree(f"{kept}/site", data)
    shutil.copy2(f"{kept}/site.key", key)
    with open(f"{kept}/told") as told:
        return json.load(told)


class Site:
    def __init__(self, options=(), config=None, place=None, env=None, program="yunqiaod", serving=None):
        """place: makes the parent of the data folder and gives its path; else it lies in the root. env: of the command that fills it;
        serving: of the program that serves it."""
        self.program, self.serving = program, serving or {}
        self.root = tempfile.mkdtemp(prefix="yunqiao-test-")
        self.data, self.key = place(self.root) if place else f"{self.root}/site", f"{self.root}/site.key"
        self.options, self.process, self.spent, self.time = list(options), None, {}, time.time
        self.log_path = f"{self.root}/log"
        if config:
            with open(f"{self.root}/conf", "w") as out:
                out.write(config.replace("ROOT", self.root))
            self.options += ["--config", f"{self.root}/conf"]
        os.mkdir(f"{self.root}/backup", 0o700)  # a target is never made: an absent one is a mount that is missing
        self.port = free_port()
        filled = self.filled_as(env) if env else copy_demo(self.data, self.key)
        self.accounts = {a["name"]: a for a in filled["accounts"]}
        self.by_role = {}
        for account in self.accounts.values():
            self.by_role.setdefault(account["role"], account["name"])

    def filled_as(self, env):
        """Not the copy: made here, in another time or another world."""
        made = self.run("demo", "--bare", "--json", env=env)
        assert made.returncode == 0, made.stderr
        return json.loads(made.stdout)

    def run(self, *words, data=None, key=None, env=None):
        """The operator's command."""
        return subprocess.run([f"{BIN}/yunqiao", *words, "--data", data or self.data, "--key", key or self.key],
                              capture_output=True, text=True, timeout=600, env={**os.environ, **(env or {})})

    def start(self, wait=True, env=None):
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [f"{BIN}/{self.program}", "--data", self.data, "--key", self.key, "--listen", f"127.0.0.1:{self.port}",
             "--media", f"127.0.0.1:{free_port()}", *self.options], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, **self.serving, **(env or {})})
        if wait:
            until("the server serves", self.serves)
        return self

    def serves(self):
        if self.process.poll() is not None:
            raise AssertionError(f"yunqiaod ended with {self.process.returncode}: {open(self.log_path).read()[-600:]}")
        try:
            return Client(self).get("/healthz").status == 200
        except OSError:
            return False

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)
        return self.process.returncode if self.process else None

    def close(self):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.root, ignore_errors=True)

    def code(self, name):
        """A code that the site has not seen: each is good once, a step before and after now too."""
        secret = self.accounts[name]["totp_secret"]
        while True:
            now = int(self.time()) // 30
            step = max(self.spent.get(name, 0) + 1, now - 1)
            if step <= now + 1:
                self.spent[name] = step
                return totp(secret, step)
            time.sleep(0.2)

    def token(self, role_or_name, env=None):
        """A program's client for an account."""
        name = self.by_role.get(role_or_name, role_or_name)
        made = self.run("token", "--user", name, "--json", env=env)
        assert made.returncode == 0, made.stderr
        return Client(self, token=json.loads(made.stdout)["result"]["token"] if "result" in made.stdout
                      else json.loads(made.stdout)["token"])

    def terminal_code(self, name="T1"):
        made = self.run("terminal", "--name", name, "--json")
        assert made.returncode == 0, made.stderr
        return (json.loads(made.stdout).get("result") or json.loads(made.stdout))["code"]

    def client(self):
        return Client(self)


FAKETIME = [f"/usr/lib/{arch}/faketime/libfaketimeMT.so.1" for arch in ("x86_64-linux-gnu", "aarch64-linux-gnu")]


def faketime():
    """The library that shows a program another time than the machine's."""
    library = next((path for path in FAKETIME if os.path.exists(path)), None)
    if not library:
        raise Skip("libfaketime is not here (faketime)")
    return library


class Hands:
    """The clock of one served site, moved by hand: `set` stops it at an instant, `shift` lets it run beside ours."""

    def __init__(self, s, steady=True):
        """steady: what runs ahead by itself (waits, deadlines) goes by the machine's clock."""
        self.site, self.path = s, f"{s.root}/clock"
        # The address sanitizer wants to come first; it does well enough second.
        self.env = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0", "LD_PRELOAD": faketime(), "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1",
                    "FAKETIME_DONT_FAKE_MONOTONIC": str(int(steady)), "TZ": "UTC"}
        self.shift(0)

    def write(self, text):
        with open(f"{self.path}.new", "w") as out:
            out.write(text)
        os.rename(f"{self.path}.new", self.path)

    def shift(self, seconds):
        self.write(f"{seconds:+}s")
        self.site.time = lambda: time.time() + seconds

    def set(self, at):
        """at: seconds since 1970, whole."""
        self.write(time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at)))
        self.site.time = lambda: at


@contextlib.contextmanager
def timed_site(steady=True, **more):
    """A served site and the hands of its clock."""
    s = Site(**more)
    try:
        hands = Hands(s, steady)
        yield s.start(env=hands.env), hands
    finally:
        s.close()


@contextlib.contextmanager
def site(options=(), config=None, **more):
    """A served site, cleared away afterwards."""
    s = Site(options, config, **more)
    try:
        yield s.start()
    finally:
        s.close()


def scan(folder, word):
    """Where the word stands in the files below a folder: as UTF-8, UTF-16, base64 at each of its three offsets, or hex."""
    plain = word.encode()
    needles = {plain, word.encode("utf-16-le"), plain.hex().encode()}
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + plain)
        needles.add(text[4 if offset else 0:-4])
    found = []
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            if not os.path.isfile(path) or os.path.islink(path):
                continue
            with open(path, "rb") as f:
                held = f.read()
            if any(needle in held for needle in needles):
                found.append(path)
    return found


def prove(proof):
    """The word for how it went; what it has to say is printed."""
    try:
        proof()
        return "ok"
    except Skip as why:
        print(f"  {why}")
        return "skipped"
    except BaseException:
        traceback.print_exc(file=sys.stdout)
        return "FAILED"


def prove_apart(proof, said):
    """In a process of its own, which writes into the file `said`, the word last; its id."""
    child = os.fork()
    if child == 0:
        os.dup2(said.fileno(), 1)
        result = prove(proof)
        print(result, flush=True)
        os._exit(0)
    return child


def proofs_at_once(proofs, at_once):
    """(name, word) of each as it ends; they mostly wait, and each stands on a site of its own."""
    waiting, running = list(proofs), {}
    while waiting or running:
        while waiting and len(running) < at_once:
            name, proof = waiting.pop(0)
            said = tempfile.TemporaryFile("w+")
            running[prove_apart(proof, said)] = (name, said)
        child, _ = os.wait()
        if child not in running:
            continue
        name, said = running.pop(child)
        said.seek(0)
        lines = said.read().splitlines() or ["FAILED"]
        print("\n".join(lines[:-1]), end="\n" if lines[1:] else "")
        yield name, lines[-1] if lines[-1] in ("ok", "skipped") else "FAILED"


def main(prefix="rule_", at_once=1):
    """Runs the proofs of the file, or those whose name holds an argument; several at once where the file says so."""
    import __main__
    counts = {"ok": 0, "FAILED": 0, "skipped": 0}
    proofs = [(name, proof) for name, proof in vars(__main__).items()
              if name.startswith(prefix) and (not sys.argv[1:] or any(word in name for word in sys.argv[1:]))]
    sys.stdout.flush()
    for name, result in proofs_at_once(proofs, at_once) if at_once > 1 else ((n, prove(p)) for n, p in proofs):
        counts[result] += 1
        print(f"{result:8}{name}", flush=True)
    print(f"{counts['ok']} passed, {counts['FAILED']} failed, {counts['skipped']} skipped")
    sys.exit(1 if counts["FAILED"] or not counts["ok"] + counts["skipped"] else 77 if not counts["ok"] else 0)

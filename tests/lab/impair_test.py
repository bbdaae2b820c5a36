"""The relay itself, end to end: two clients, an echo behind it, delay, loss, a rate, and a script's step."""
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = os.path.join(os.environ["YQ_BIN"], "impair")


def echo():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    seen = set()

    def run():
        while True:
            data, who = s.recvfrom(2048)
            seen.add(who)
            s.sendto(data, who)

    threading.Thread(target=run, daemon=True).start()
    return s.getsockname()[1], seen


class Relay:
    def __init__(self, port, *options):
        self.process = subprocess.Popen([PROGRAM, "--listen", "127.0.0.1:0", "--to", f"127.0.0.1:{port}", *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def client(self):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect(("127.0.0.1", self.port))
        s.settimeout(2)
        return s

    def end(self):
        self.process.terminate()
        out = self.process.communicate(timeout=10)[0]
        assert self.process.returncode == 0, self.process.returncode
        return out


def round_trip(client, payload=b"x"):
    began = time.monotonic()
    client.send(payload)
    assert client.recv(2048) == payload
    return time.monotonic() - began


def counted(client, n, every=0.001):
    """How many of n come back."""
    for i in range(n):
        client.send(i.to_bytes(2, "big"))
        time.sleep(every)
    got = []
    client.settimeout(0.3)
    try:
        while True:
            got.append(int.from_bytes(client.recv(2048), "big"))
    except TimeoutError:
        return got


port, seen = echo()

relay = Relay(port, "--up", "delay=40", "--down", "delay=40,jitter=10")
one, two = relay.client(), relay.client()
for client in (one, two):
    took = round_trip(client)
    assert 0.08 <= took < 0.5, took
assert len(seen) == 2, "each client has a socket of its own towards the server"
assert "up taken=2 lost=0" in relay.end()

relay = Relay(port, "--up", "loss=30", "--seed", "7")
got = counted(relay.client(), 400)
assert 220 <= len(got) <= 340, len(got)
assert got == sorted(got)
relay.end()

relay = Relay(port, "--down", "rate=100,queue=100")
client = relay.client()
began = time.monotonic()
for _ in range(50):
    client.send(b"r" * 1000)
client.settimeout(0.6)
n = 0
try:
    while True:
        client.recv(2048)
        n += 1
        last = time.monotonic()
except TimeoutError:
    pass
assert 1 <= n <= 3 and last - began > 0.07, (n, last - began)  # 100 ms of 100 kbit/s are 1,250 bytes
assert "queue_dropped=0" not in relay.end().splitlines()[1]

with tempfile.NamedTemporaryFile("w") as script:
    script.write("# dark for a while\n0 both good\n300 both loss=100\n900 both good\n")
    script.flush()
    relay = Relay(port, "--script", script.name)
    client = relay.client()
    round_trip(client)
    time.sleep(0.45)
    assert counted(client, 3) == []
    time.sleep(0.4)
    client.settimeout(2)
    round_trip(client)
    relay.end()

relay = Relay(port, "--commands", "stdin")
client, other = relay.client(), relay.client()
round_trip(client)
round_trip(other)
assert relay.say("move 127.0.0.1:9 127.0.0.3:0") == "unknown"
assert relay.say("move 127.0.0.1:%d 127.0.0.3:0" % client.getsockname()[1]) == "moved"
seen.clear()
round_trip(client)
round_trip(other)
assert sorted(host for host, _ in seen) == ["127.0.0.1", "127.0.0.3"], seen
assert [relay.say(line) for line in ("set sideways good", "set up loss=101", "set down loss=100")] == ["unknown", "unknown", "set"]
assert counted(client, 3) == []
assert relay.say("set both good") == "set"
client.settimeout(2)
round_trip(client)
relay.end()

for wrong in (["--commands", "file"], ["--up", "loss=101"], ["--up", "sleep=3"], ["--script", "/nonexistent"], ["--burst"]):
    assert subprocess.run([PROGRAM, "--listen", "127.0.0.1:0", "--to", "127.0.0.1:9", *wrong], stderr=subprocess.DEVNULL,
                          timeout=10, check=False).returncode == 2, wrong
print("passed")
sys.exit(0)

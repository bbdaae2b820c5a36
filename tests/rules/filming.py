"""A consultation that is recorded: its people in the room, a program of others that publishes a picture with a counter and a tone, and what ffmpeg makes
of the films."""
import datetime
import json
import os
import subprocess
import tempfile

import house
from visiting import EYES, join

PEERS = f"{house.TOP}/tests/interop/media"
PYTHON = "/usr/bin/python3"  # Debian's, which has aiortc


def wanted():
    """What the films are made with is here, or the proof is skipped."""
    if subprocess.run([PYTHON, "-c", "import aiortc, av, numpy"], capture_output=True).returncode != 0:
        raise house.Skip("Debian's python3-aiortc is not here")


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Source:
    """A program that publishes a picture with a counter in it and a tone, by WHIP."""

    def __init__(self, c, codec, who, seconds=400):
        made = c.s.run("room-token", "--room", c.room, "--publish", "--json")
        assert made.returncode == 0, made.stderr
        self.who, self.name = who, f"exam-{codec.lower()}"
        url = f"https://127.0.0.1:{c.s.port}/whip/{c.room}/{self.name}"
        self.p = subprocess.Popen([PYTHON, f"{PEERS}/aiortc_peer.py", "publish", url, json.loads(made.stdout)["token"], str(who), "440", codec,
                                   str(seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.p.stdout.readline() == "up\n"

    def close(self):
        self.p.kill()
        self.p.wait()


class Consultation:
    def __init__(self, h):
        self.h, self.s, self.doctor = h, h.site, h.doctor
        self.v = h.ask(needs=(EYES,))
        b = h.book(self.v)
        h.receive(self.v)
        self.visit, self.room = self.v["id"], b["room"]
        self.eye = h.site.client().log_in(next(s["reference"] for s in b["seats"] if s["need"] == EYES).removeprefix("Practitioner/demo-"))
        assert self.eye.post(f"/api/visits/{self.visit}/wait", {}).status in (200, 204)
        h.step(self.v, "admit", account=h.account(self.eye))
        self.enter()

    def enter(self):
        self.line = join(self.doctor, self.room)
        self.joined = self.line.hear("call.joined")

    def record(self, on, who=None):
        return (who or self.doctor).post(f"/api/visits/{self.visit}/recording", {"on": on})

    def list(self, who=None):
        got = (who or self.doctor).get(f"/api/visits/{self.visit}/recordings")
        assert got.status == 200, got.body
        return got.json["recordings"]

    def files(self):
        return [f for r in self.list() for f in r["files"]]

    def read(self, file, who=None):
        return (who or self.doctor).get(f"/api/recordings/{file['id']}")


def decoded(film):
    """What ffmpeg makes of it to its end: (pictures, seconds of sound); any complaint is a fault."""
    with tempfile.NamedTemporaryFile(suffix=".webm") as at:
        at.write(film)
        at.flush()
        got = subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", at.name, "-map", "0", "-f", "null", "-"], capture_output=True, text=True)
        # Its null output counts frames by a rate that it guesses; whether instants rise is looked at below.
        complaints = [line for line in got.stderr.splitlines() if "monotonically" not in line and "Last message" not in line]
        assert got.returncode == 0 and not complaints, got.stderr[-800:]
        said = subprocess.run(["ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=codec_name,codec_type,nb_read_packets:packet=stream_index,pts_time",
                               "-of", "json", at.name], capture_output=True, text=True)
        assert said.returncode == 0, said.stderr
        return json.loads(said.stdout)


def of_kind(said, kind):
    at = next(i for i, s in enumerate(said["streams"]) if s["codec_type"] == kind)
    times = [float(p["pts_time"]) for p in said["packets"] if p["stream_index"] == at]
    assert all(a < b for a, b in zip(times, times[1:])), [(a, b) for a, b in zip(times, times[1:]) if a >= b][:5]
    return times


def started(film):
    """DateUTC of the film (RFC 9559 §5.1.2.9): nanoseconds since 2001."""
    at = film.index(b"\x44\x61\x88")
    return 978307200 + int.from_bytes(film[at + 3:at + 11], "big") / 1e9

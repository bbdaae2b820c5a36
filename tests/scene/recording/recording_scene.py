"""The recording of a consultation: only with consent on record, seen by everybody, read by whoever is shown the visit, whole in the file, ended by a
withdrawal with a gap to be seen, and playable as it is after any of its programs was killed."""
import datetime
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../../rules", f"{HERE}/../../interop/media"]
import house  # noqa: E402
from visiting import EYES, house_of_visits, join  # noqa: E402

PEERS = f"{HERE}/../../interop/media"
if not all(importlib.util.find_spec(m) for m in ("aiortc", "av", "numpy")):
    print("wants Debian's python3-aiortc")
    sys.exit(77)
LONG = os.environ.get("YQ_TIER") == "long"


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Source:
    """A program that publishes a picture with a counter in it and a tone, by WHIP."""

    def __init__(self, c, codec, who, seconds=400):
        made = c.s.run("room-token", "--room", c.room, "--publish", "--json")
        assert made.returncode == 0, made.stderr
        self.who, self.name = who, f"exam-{codec.lower()}"
        url = f"https://127.0.0.1:{c.s.port}/whip/{c.room}/{self.name}"
        self.p = subprocess.Popen(["/usr/bin/python3", f"{PEERS}/aiortc_peer.py", "publish", url, json.loads(made.stdout)["token"], str(who), "440", codec,
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


def nothing_without_consent(c):
    assert (lambda g: (g.status, g.code))(c.record(True)) == (409, "recording_consent")
    c.h.step(c.v, "consent", kind="recording", agrees=False)
    assert c.record(True).code == "recording_consent"
    assert c.joined["recording"] is None and c.list() == []
    c.h.step(c.v, "consent", kind="recording")
    for one in (c.h.nurse, c.eye):
        assert c.record(True, one).status == 403
    for role in ("guard", "duty-command", "pharmacist"):
        assert c.record(True, c.s.token(role)).status in (403, 404), role
    assert c.list() == []


def all_see_that_it_records(c):
    got = c.record(True)
    assert got.status == 200, got.body
    assert c.line.hear("call.recording")["recording"]["held"] is None
    other = join(c.eye, c.room)
    assert other.hear("call.joined")["recording"]["since"]
    return other


def what_is_shown_is_in_the_file(c):
    time.sleep(8)
    files = c.files()
    assert len(files) == 1 and files[0]["source"] == "exam-vp8" and not files[0]["whole"], files
    asked = time.time()
    got = c.read(files[0])
    assert got.status == 200 and got.headers["Content-Type"] == "video/webm" and got.headers["Accept-Ranges"] == "bytes"
    said = decoded(got.body)
    assert {s["codec_name"] for s in said["streams"]} == {"vp8", "opus"}, said["streams"]
    pictures, sound = of_kind(said, "video"), of_kind(said, "audio")
    print(f"figure live file: {len(pictures)} pictures to {pictures[-1]:.2f} s, {len(sound)} packets of sound to {sound[-1]:.2f} s, began "
          f"{asked - started(got.body):.2f} s before", flush=True)
    assert asked - started(got.body) - pictures[-1] < 2.5 and sound[-1] > 5
    return files[0]


def stretches_are_read(c, file):
    whole = c.read(file).body
    ask = lambda field, **more: c.doctor.ask("GET", f"/api/recordings/{file['id']}", None, {"Range": field, **more})  # noqa: E731
    part = ask("bytes=100-299")
    assert part.status == 206 and part.body == whole[100:300], part.status
    assert re.fullmatch(r"bytes 100-299/\d+", part.headers["Content-Range"])
    assert ask("bytes=5000-", **{"If-Range": '"another"'}).status == 200
    assert ask(f"bytes={1 << 40}-").status == 416
    assert ask("bytes=-50").status == 206


def who_is_not_shown_the_visit_has_no_film(c, file):
    assert c.read(file, c.eye).status == 200  # let into the visit
    stranger = next(n for n in c.s.by_role.values() if n)
    for role in ("guard", "duty-command", "detainee", "pharmacist", "system-admin"):
        for path in (f"/api/recordings/{file['id']}", f"/api/visits/{c.visit}/recordings"):
            assert c.s.token(role).get(path).status in (403, 404), (role, path)
    assert c.s.client().get(f"/api/recordings/{file['id']}").status == 401, stranger
    on_disk = open(f"{c.s.data}/recordings/{file['id']}", "rb").read()
    assert b"webm" not in on_disk and b"V_VP8" not in on_disk  # sealed
    rows = c.s.token("privacy-officer").get("/api/audit?action=recording.read").json["rows"]
    assert len(rows) >= 5


def a_pause_and_a_withdrawal_stop_it(c, file, other):
    assert c.record(False).status == 200
    assert c.line.hear("call.recording", lambda f: f["recording"]["held"] == "paused", wait_s=5)
    time.sleep(1)
    before = len(c.read(file).body)
    time.sleep(2)
    assert len(c.read(file).body) == before
    assert c.record(True).status == 200
    time.sleep(5)
    assert len(c.read(file).body) > before + 1000
    taken = time.time()
    c.h.step(c.v, "withdraw")
    assert c.line.hear("call.recording", lambda f: f["recording"]["held"] == "consent", wait_s=5)
    told = time.time()
    assert other.hear("call.ended")["why"] == "consent"
    time.sleep(2)
    film = c.read(file).body
    last = started(film) + of_kind(decoded(film), "video")[-1]
    print(f"figure withdrawal: told to the room after {1000 * (told - taken):.0f} ms; the last picture of the film is {1000 * (last - taken):.0f} ms after it",
          flush=True)
    assert told - taken < 0.5 and last - taken < 0.5
    time.sleep(2)
    assert c.read(file).body == film
    assert c.record(True).code == "recording_consent"
    # A new consent and a new start go on in the same file, and the gap stands between.
    c.h.step(c.v, "consent", kind="camera")
    c.h.step(c.v, "consent", kind="recording")
    assert c.record(True).status == 200
    time.sleep(4)
    at = of_kind(decoded(c.read(file).body), "video")
    gaps = [round(b - a, 2) for a, b in zip(at, at[1:]) if b - a > 1.5]
    assert len(gaps) == 2 and gaps[1] > 3, gaps
    assert len(c.files()) == 1


def a_private_talk_is_not_in_it(c):
    joined = None
    assert c.eye.post(f"/api/visits/{c.visit}/wait", {}).status in (200, 204)
    c.h.step(c.v, "admit", account=c.h.account(c.eye))
    line = join(c.eye, c.room)
    joined = line.hear("call.joined")
    c.line.say({"type": "call.private", "on": True, "cut": [joined["me"]]})
    c.line.hear("call.private", lambda f: f["private"])
    time.sleep(1)
    before = len(c.read(c.files()[0]).body)
    time.sleep(2)
    assert len(c.read(c.files()[0]).body) == before
    c.line.say({"type": "call.private", "on": False})
    c.line.hear("call.private", lambda f: not f["private"])
    time.sleep(3)
    assert len(c.read(c.files()[0]).body) > before


def a_killed_program_costs_two_seconds_and_no_call(c):
    for what in ("codec", "worker"):
        worker = c.s.token("system-admin").get("/api/system/workers").json["workers"][0]
        pid = worker["codec"]["pid"] if what == "codec" else worker["pid"]
        n, file = len(c.files()), c.files()[-1]
        os.kill(pid, signal.SIGKILL)
        died = time.time()
        time.sleep(1)
        film = c.read(file).body
        lost = died - started(film) - of_kind(decoded(film), "video")[-1]
        print(f"figure {what} killed: {lost:.2f} s lost", flush=True)
        assert lost < 2
        if what == "codec":
            house.until("another file", lambda: len(c.files()) > n)
            house.until("a film in it", lambda: c.read(c.files()[-1]).status == 200)
            time.sleep(3)


def the_end_makes_the_files_whole(c):
    c.line.say({"type": "call.leave"})
    house.until("all left", lambda: c.list()[-1]["ended"])
    for f in c.files():
        got = c.read(f)
        if got.status == 200:
            decoded(got.body)


def scene_a_consultation_is_recorded():
    with house_of_visits() as h:
        c = Consultation(h)
        source = Source(c, "VP8", 3)
        try:
            nothing_without_consent(c)
            other = all_see_that_it_records(c)
            file = what_is_shown_is_in_the_file(c)
            stretches_are_read(c, file)
            who_is_not_shown_the_visit_has_no_film(c, file)
            a_pause_and_a_withdrawal_stop_it(c, file, other)
            a_private_talk_is_not_in_it(c)
            a_killed_program_costs_two_seconds_and_no_call(c)
        finally:
            source.close()


house.main("scene_")

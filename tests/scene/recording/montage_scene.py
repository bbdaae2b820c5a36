"""A recording's files, of several codecs, as one film: asked for by whoever may read them, when the recording has ended; made by a child in a box; taken back; failed by a kill of the server and asked for again."""
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from recording_scene import Consultation, Source, decoded, house, of_kind, started  # noqa: E402
import marks  # noqa: E402
import numpy  # noqa: E402
from visiting import house_of_visits  # noqa: E402


def ask(c, recording, on=True, who=None):
    return (who or c.doctor).post(f"/api/visits/{c.visit}/montage", {"recording": recording, "on": on})


def state(c):
    return c.list()[-1]["montage"]


def children():
    """The programs that make films, by their command line."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
        except OSError:
            continue
        if len(words) > 2 and words[0] == b"yunqiao-codec" and words[1] == b"--montage":
            found.append((int(pid), int(words[2])))
    return found


def held_child(c):
    """The server's own child, stopped in the middle of its work."""
    def of_ours():
        return next((pid for pid, parent in children() if parent == c.s.process.pid), None)
    pid = house.until("a child that makes the film", of_ours, wait_s=10)
    os.kill(pid, signal.SIGSTOP)
    return pid


def record_some(c, source, other):
    c.h.step(c.v, "consent", kind="recording")
    assert c.record(True).status == 200
    house.until("two films", lambda: len(c.files()) == 2 and all(c.read(f).status == 200 for f in c.files()), wait_s=60)
    assert ask(c, c.list()[-1]["id"]).code == "recording_runs"
    time.sleep(25)
    c.line.say({"type": "call.leave"})
    source.close()
    other.close()
    codecs = {s["codec_name"] for f in c.files() for s in decoded(c.read(f).body)["streams"]}
    assert codecs == {"vp8", "h264", "opus"}, codecs
    return house.until("its end", lambda: c.list()[-1]["ended"] and c.list()[-1]["id"], wait_s=40)


def only_who_may_read_it_asks(c, recording):
    for role in ("guard", "duty-command", "detainee", "pharmacist", "system-admin"):
        assert ask(c, recording, who=c.s.token(role)).status in (403, 404), role
    assert ask(c, "0" * 32).status == 404
    assert state(c) is None and not children_of(c)


def children_of(c):
    return [pid for pid, parent in children() if parent == c.s.process.pid]


def it_is_taken_back(c, recording):
    assert ask(c, recording).status == 202
    pid = held_child(c)
    assert state(c)["state"] == "waits"
    assert ask(c, recording).status == 202 and len(children_of(c)) == 1  # asked for once
    assert ask(c, recording, on=False).status == 202
    house.until("the child is gone", lambda: not children_of(c), wait_s=5)
    assert state(c) == {"state": "cancelled"}, pid
    nothing_lies_about(c)


def nothing_lies_about(c):
    house.until("no part is left", lambda: not [n for n in os.listdir(f"{c.s.data}/recordings") if n.endswith(".part")], wait_s=5)
    assert not [f for f in c.files() if f["montage"]]


def a_killed_child_is_a_failure(c, recording):
    assert ask(c, recording).status == 202
    os.kill(held_child(c), signal.SIGKILL)
    house.until("it failed", lambda: state(c)["state"] == "failed", wait_s=10)
    nothing_lies_about(c)


def a_killed_server_leaves_a_failure(c, recording):
    assert ask(c, recording).status == 202
    held_child(c)
    c.s.stop(signal.SIGKILL)
    c.s.start()
    house.until("it failed", lambda: state(c) == {"state": "failed"}, wait_s=10)
    nothing_lies_about(c)


def size_of(film):
    with tempfile.NamedTemporaryFile(suffix=".webm") as at:
        at.write(film)
        at.flush()
        said = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=width,height", "-of", "csv=p=0", at.name], capture_output=True, text=True)
        return said.stdout.strip()


def picture_of(film, at_s, box):
    """The light within x, y, width, height of the picture at that second."""
    with tempfile.NamedTemporaryFile(suffix=".webm") as at:
        at.write(film)
        at.flush()
        x, y, width, height = box
        got = subprocess.run(["ffmpeg", "-v", "error", "-ss", str(at_s), "-i", at.name, "-frames:v", "1", "-vf", f"crop={width}:{height}:{x}:{y}", "-pix_fmt", "gray", "-f", "rawvideo", "-"],
                             capture_output=True)
        assert got.returncode == 0 and len(got.stdout) == width * height, got.stderr
        return numpy.frombuffer(got.stdout, numpy.uint8).reshape(height, width)


def both_are_seen(film, end_s):
    """One device large, the other beside it, each with its own mark and moving; nothing in the rest of that column, and nothing said to be missing."""
    large, beside = ([marks.read(picture_of(film, at_s, box)) for at_s in (end_s - 8, end_s - 5)] for box in ((0, 60, 960, 576), (960, 20, 320, 192)))
    print(f"figure montage of two codecs: marks read large {large}, beside {beside}", flush=True)
    assert all(large) and all(beside) and sorted([large[0][0], beside[0][0]]) == [3, 5], (large, beside)
    assert large[0][0] == large[1][0] and beside[0][0] == beside[1][0], (large, beside)
    assert large[0][1] != large[1][1] and beside[0][1] != beside[1][1], "they move"
    rest, words = picture_of(film, end_s - 8, (980, 260, 280, 420)).mean(), picture_of(film, end_s - 8, (720, 702, 200, 16)).mean()
    assert rest < 8 and words < 8, (rest, words)


def it_is_made_and_plays(c, recording):
    begun, seen = time.monotonic(), set()
    assert ask(c, recording).status == 202

    def made():
        now = state(c)
        seen.add(now.get("percent"))
        assert now["state"] in ("waits", "made"), now
        return now["state"] == "made"
    house.until("the film is made", made, wait_s=120)
    took = time.monotonic() - begun
    files = [f for f in c.files() if f["montage"]]
    assert len(files) == 1 and files[0]["whole"] and files[0]["account"] == files[0]["source"] == "", files
    got = c.read(files[0])
    assert got.status == 200 and got.headers["Content-Type"] == "video/webm"
    said = decoded(got.body)
    assert [s["codec_name"] for s in said["streams"]] == ["vp8", "opus"] and size_of(got.body) == "1280,720"
    pictures, sound = of_kind(said, "video"), of_kind(said, "audio")
    both_are_seen(got.body, pictures[-1])  # whichever came later is there by then
    sources = [c.read(f) for f in c.files() if not f["montage"]]
    assert min(abs(started(got.body) - started(s.body)) for s in sources if s.status == 200) < 0.01
    print(f"figure montage of {pictures[-1]:.0f} s made in {took:.1f} s; {len(pictures)} pictures, {len(sound)} packets of sound, {len(got.body) // 1024} KiB; percents told {len(seen)}", flush=True)
    assert pictures[-1] > 20 and len(pictures) > 8 * pictures[-1] and sound[-1] > 20
    assert len(seen - {None}) > 1 or took < 2
    on_disk = open(f"{c.s.data}/recordings/{files[0]['id']}", "rb").read()
    assert b"V_VP8" not in on_disk and got.body[:16] not in on_disk  # sealed
    assert ask(c, recording).status == 202 and state(c) == {"state": "made"}  # there is one already
    exported(c, recording)


def exported(c, recording):
    """It is one of the recording's files: its chain is proven as theirs are."""
    actions = {r["action"] for r in c.s.token("privacy-officer").get("/api/audit?action=recording.montage").json["rows"]}
    assert actions == {"recording.montage"}


def scene_a_recording_becomes_one_film():
    with house_of_visits() as h:
        c = Consultation(h)
        source, other = Source(c, "VP8", 3), Source(c, "H264", 5)
        try:
            recording = record_some(c, source, other)
            only_who_may_read_it_asks(c, recording)
            it_is_taken_back(c, recording)
            a_killed_child_is_a_failure(c, recording)
            a_killed_server_leaves_a_failure(c, recording)
            it_is_made_and_plays(c, recording)
        finally:
            source.close()
            other.close()


house.main("scene_")

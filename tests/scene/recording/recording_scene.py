"""The recording of a consultation: only with consent on record, seen by everybody, read by whoever is shown the visit, whole in the file, ended by a
withdrawal with a gap to be seen, and playable as it is after any of its programs was killed."""
import importlib.util
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../../rules", f"{HERE}/../../interop/media"]
import house  # noqa: E402
from filming import Consultation, Source, decoded, of_kind, started  # noqa: E402
from visiting import house_of_visits, join  # noqa: E402

if not all(importlib.util.find_spec(m) for m in ("aiortc", "av", "numpy")):
    print("wants Debian's python3-aiortc")
    sys.exit(77)


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
    assert b"V_VP8" not in on_disk and c.read(file).body[:16] not in on_disk  # sealed; four bytes of a word are in five megabytes by chance, once in 850
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
    line.say({"type": "call.leave"})


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


def export(c, recording, out, *more):
    got = c.s.run("recording", "export", "--recording", recording, "--out", out, "--json", *more)
    said = json.loads(got.stdout or got.stderr)
    return got.returncode, said.get("result", said.get("error", said))


def the_operator_brings_it_out_while_it_runs(c):
    with tempfile.TemporaryDirectory() as out:
        recording = c.list()[0]["id"]
        code, said = export(c, recording, f"{out}/films")
        assert code == 0 and len(said["files"]) == 1 and said["files"][0]["ok"] and not said["files"][0]["whole"], said
        with open(f"{out}/films/{said['files'][0]['file']}", "rb") as film:
            assert {s["codec_name"] for s in decoded(film.read())["streams"]} == {"vp8", "opus"}
        assert export(c, recording, f"{out}/films")[1]["code"] == "file_there"
        assert export(c, recording, f"{out}/films", "--force")[0] == 0
        code, said = export(c, "0" * 32, f"{out}/none")
        assert code == 4 and said["code"] == "not_found", (code, said)
        assert not os.path.exists(f"{out}/none")
    rows = c.s.token("privacy-officer").get("/api/audit?action=recording.export").json["rows"]
    assert [r["outcome"] for r in rows].count("ok") == 2 and all(r["target"] == f"Encounter/{c.visit}" for r in rows if r["outcome"] == "ok"), rows


def the_operator_brings_it_out_of_a_stopped_site(c):
    """Each file to its end; a changed byte, a wrong key and a file that is gone are told."""
    recordings = [r for r in c.list() if r["files"]]
    assert c.s.stop() == 0
    with tempfile.TemporaryDirectory() as out:
        played = 0
        for r in recordings:
            code, said = export(c, r["id"], f"{out}/{r['id']}")
            assert code == 0, said
            assert said["files"][0]["gaps"] >= 2 or r is not recordings[0], said
            for file in [f for f in said["files"] if f["file"]]:
                with open(f"{out}/{r['id']}/{file['file']}", "rb") as film:
                    pictures = of_kind(decoded(film.read()), "video")
                assert abs(pictures[-1] - file["length_ms"] / 1000) < 2, (pictures[-1], file)
                played += 1
        assert played >= 2, played
        recording, first = recordings[0]["id"], said_first(c, recordings[0]["id"], out)
        path = f"{c.s.data}/recordings/{first['id']}"
        shutil.copy(path, f"{out}/kept")
        with open(path, "r+b") as held:
            held.seek(os.path.getsize(path) // 2)
            byte = held.read(1)
            held.seek(-1, os.SEEK_CUR)
            held.write(bytes([byte[0] ^ 1]))
        code, said = export(c, recording, f"{out}/broken")
        bad = next(f for f in said["files"] if f["id"] == first["id"])
        assert code == 1 and not bad["ok"] and bad["why"] == "piece" and bad["piece"] > 2 and bad["file"].endswith(".broken.webm"), said
        with open(f"{out}/broken/{bad['file']}", "rb") as film:
            assert of_kind(decoded(film.read()), "video")[-1] <= bad["length_ms"] / 1000 + 1
        os.remove(path)
        code, said = export(c, recording, f"{out}/absent")
        assert code == 1 and next(f for f in said["files"] if f["id"] == first["id"])["why"] == "absent", said
        shutil.copy(f"{out}/kept", path)
        assert export(c, recording, f"{out}/again")[0] == 0
        with open(c.s.key) as key, open(f"{out}/other.key", "w") as other:
            other.write("".join(line if line.startswith("#") else line[::-1].strip() + "\n" for line in key))
        got = c.s.run("recording", "export", "--recording", recording, "--out", f"{out}/wrong", "--json", key=f"{out}/other.key")
        assert got.returncode == 3 and not os.path.exists(f"{out}/wrong"), (got.returncode, got.stdout, got.stderr)


def said_first(c, recording, out):
    """The longest film of it."""
    return max(export(c, recording, f"{out}/{recording}", "--force")[1]["files"], key=lambda f: f["length_ms"])


def scene_a_consultation_is_recorded():
    with house_of_visits() as h:
        c = Consultation(h)
        source = Source(c, "VP8", 3)
        try:
            nothing_without_consent(c)
            other = all_see_that_it_records(c)
            file = what_is_shown_is_in_the_file(c)
            stretches_are_read(c, file)
            the_operator_brings_it_out_while_it_runs(c)
            who_is_not_shown_the_visit_has_no_film(c, file)
            a_pause_and_a_withdrawal_stop_it(c, file, other)
            a_private_talk_is_not_in_it(c)
            a_killed_program_costs_two_seconds_and_no_call(c)
            the_end_makes_the_files_whole(c)
            the_operator_brings_it_out_of_a_stopped_site(c)
        finally:
            source.close()


if __name__ == "__main__":
    house.main("scene_")

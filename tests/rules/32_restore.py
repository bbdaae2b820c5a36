"""Rule 32: the newest backup restores to the same audit head; at most 5 s are lost, and it serves again within 60 s."""
import contextlib
import json
import os
import shutil
import signal
import time

from filming import Consultation, Source, decoded, of_kind, wanted
from house import Client, main, site, until
from visiting import house_of_visits

CONFIG = "[backup]\ntarget = ROOT/backup\n"


def heads(s, **where):
    got = s.run("audit", "verify", "--json", **where)
    assert got.returncode == 0, (got.returncode, got.stdout, got.stderr)
    told = json.loads(got.stdout)
    return told.get("result", told)


def whole_bases(s):
    return sum("manifest" in names for _, _, names in os.walk(f"{s.root}/backup/bases"))


def wait_for_base(s, more_than=0):
    until("a whole base is made", lambda: whole_bases(s) > more_than)


def restore_and_serve(s):
    """Puts the backup in the place of a lost folder; the seconds until it answers, and the report."""
    shutil.rmtree(s.data)
    began = time.monotonic()
    got = s.run("restore", "--from", f"{s.root}/backup", "--json")
    assert got.returncode == 0, (got.returncode, got.stdout, got.stderr)
    s.start()
    told = json.loads(got.stdout)
    return time.monotonic() - began, told.get("result", told)


def rule_a_stopped_site_restores_to_its_very_head():
    with site(config=CONFIG) as s:
        doctor = s.client().log_in("guqinghe")
        for i in range(20):
            assert doctor.put(f"/api/drafts/d{i}", {"text": f"text {i}"}).status == 200
        wait_for_base(s)
        s.stop()
        before = heads(s)
        seconds, report = restore_and_serve(s)
        assert report["head"] == before["head"], (report, before)
        assert s.client().log_in("guqinghe").get("/api/drafts/d19").json["text"] == "text 19"
        after = heads(s)
        assert after["rows"] >= before["rows"]
        print(f"figure restore_seconds {seconds:.2f}")
        assert seconds < 60


def rule_after_a_kill_at_most_five_seconds_are_lost():
    with site(config=CONFIG) as s:
        doctor = s.client().log_in("guqinghe")
        wait_for_base(s)
        acknowledged = []
        end = time.monotonic() + 12
        while time.monotonic() < end:
            n = len(acknowledged)
            assert doctor.put(f"/api/drafts/k{n % 60}", {"text": str(n)}).status == 200
            acknowledged.append(time.monotonic())
        died = time.monotonic()
        s.stop(signal.SIGKILL)
        seconds, report = restore_and_serve(s)
        again = s.client().log_in("guqinghe")
        kept = max(int(again.get(f"/api/drafts/k{i}").json["text"]) for i in range(min(60, len(acknowledged))))
        lost = died - acknowledged[kept + 1] if kept + 1 < len(acknowledged) else 0.0
        print(f"figure lost_seconds {lost:.2f} of {len(acknowledged)} writes, back in {seconds:.2f} s")
        assert lost <= 5.0, lost
        assert seconds < 60


def rule_the_restored_site_begins_a_new_epoch_and_its_backups_go_on():
    with site(config=CONFIG) as s:
        wait_for_base(s)
        s.stop()
        first = heads(s)
        _, report = restore_and_serve(s)
        assert report.get("epoch", 2) >= 2, report
        assert Client(s).get("/healthz").json["audit"] == "ok"
        wait_for_base(s, more_than=1)
        s.stop()
        assert heads(s)["rows"] >= first["rows"]
        _, again = restore_and_serve(s)
        assert again["epoch"] == report["epoch"] + 1, (report, again)


def rule_a_recording_is_restored_as_far_as_it_was_written_and_its_deletion_reaches_the_backup():
    wanted()
    with house_of_visits(config=CONFIG) as h, contextlib.ExitStack() as later:
        s, c = h.site, Consultation(h)
        source = Source(c, "VP8", 3)
        later.callback(source.close)
        h.step(c.v, "consent", kind="recording")
        assert c.record(True).status == 200
        until("a film", lambda: c.files() and c.read(c.files()[0]).status == 200)
        file, recording = c.files()[0], c.list()[0]["id"]
        copy = f"{s.root}/backup/recordings/{file['id']}"
        until("it grows there too", lambda: os.path.exists(copy) and os.path.getsize(copy) > 20000, 60)
        before = os.path.getsize(copy)
        until("and goes on", lambda: os.path.getsize(copy) > before, 60)
        with open(copy, "rb") as held:
            assert b"V_VP8" not in held.read(), "sealed there too"
        c.line.say({"type": "call.leave"})
        until("it has ended", lambda: c.list()[0]["ended"] and c.files()[0]["whole"])
        until("all of it is there", lambda: os.path.getsize(copy) == os.path.getsize(f"{s.data}/recordings/{file['id']}"))
        wait_for_base(s)
        s.stop()
        restore_and_serve(s)
        h.doctor = c.doctor = s.client().log_in("guqinghe")
        film = c.read(file)
        assert film.status == 200 and of_kind(decoded(film.body), "video")[-1] > 1
        got = s.run("recording", "export", "--recording", recording, "--out", f"{s.root}/films", "--json")
        assert got.returncode == 0 and json.loads(got.stdout)["files"][0]["whole"], got.stdout
        officer = s.client().log_in(s.by_role["privacy-officer"])
        order = {"patient": c.v["patient"]["reference"].split("/")[1], "reason": "依法销毁", "code": s.code(s.by_role["privacy-officer"])}
        erasure = officer.post("/api/erasures", order).json["id"]
        assert h.doctor.post(f"/api/erasures/{erasure}", {"verdict": "erase", "code": s.code("guqinghe")}).status == 204
        until("the copy is dropped", lambda: not os.path.exists(copy), 60)


def rule_a_restore_into_a_folder_in_use_is_refused():
    with site(config=CONFIG) as s:
        s.stop()
        got = s.run("restore", "--from", f"{s.root}/backup", "--json")
        assert got.returncode == 4, (got.returncode, got.stdout)
        assert heads(s)


main()

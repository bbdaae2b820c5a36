"""Calls seen from outside: rooms, frames, WHIP and WHEP as OBS, FFmpeg and simple-whip-client ask, what a loss and a restart do, and
that who is put out is out at once (rules 8 and 24). The worker is worker.py: it answers as one would, and carries nothing."""
import contextlib
import datetime
import http.client
import json
import os
import re
import shutil
import signal
import ssl
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../../rules")
import house  # noqa: E402
from line import Line, join, room_of  # noqa: E402

SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
AV = SDP + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"
FRAGMENT = "application/trickle-ice-sdpfrag"


@contextlib.contextmanager
def site(options=()):
    """The programs beside a worker of ours, and a site on them."""
    bin_ = tempfile.mkdtemp(prefix="yunqiao-test-")
    for name in ("yunqiaod", "yunqiao"):
        shutil.copy2(f"{house.BIN}/{name}", f"{bin_}/{name}")
    shutil.copy2(f"{HERE}/worker.py", f"{bin_}/yunqiao-media")
    os.chmod(f"{bin_}/yunqiao-media", 0o755)
    before, house.BIN = house.BIN, bin_
    try:
        with house.site(options) as s:
            house.until("the worker is up", lambda: s.client().get("/healthz").json["workers"]["up"] == 1)
            yield s
    finally:
        house.BIN = before
        shutil.rmtree(bin_, ignore_errors=True)


def people(s, *roles):
    return [s.client().log_in(s.by_role[r]) for r in roles]


def worker_pid(s):
    admin = s.client().log_in(s.by_role["system-admin"])
    return lambda: next((w["pid"] for w in admin.get("/api/system/workers").json["workers"] if w["state"] == "up"), None)


def up(line, n=1, labels=("microphone", "exam")):
    line.say({"type": "call.offer", "n": n, "peer": "up", "sdp": AV, "fresh": True,
              "tracks": [{"mid": str(i), "label": label} for i, label in enumerate(labels)]})
    return line.hear("call.answer", lambda f: f["n"] == n and f["peer"] == "up")


def scene_two_meet_and_exchange_offers_and_answers():
    with site() as s:
        doctor, specialist = people(s, "clinic-doctor", "specialist")
        room = room_of(doctor, specialist)
        a, joined = join(doctor, room)
        assert joined["host"] and joined["title"] == "会诊" and len(joined["participants"]) == 1
        b, other = join(specialist, room)
        assert not other["host"] and len(other["participants"]) == 2
        came = a.hear("call.participant")["participant"]
        assert came["display"] and came["roles"] == ["specialist"] and came["kind"] == "person"
        assert "a=ice-lite" in up(a)["sdp"]
        track = b.hear("call.track", lambda f: f["track"]["label"] == "exam")["track"]
        assert track["participant"] == joined["me"]
        b.say({"type": "call.offer", "n": 1, "peer": "down", "sdp": AV, "fresh": True, "tracks": [{"mid": "1", "track": track["id"]}]})
        assert "=1" in b.hear("call.answer")["sdp"].split("x-binds:")[1]
        a.say({"type": "call.mute", "track": track["id"], "muted": True})
        b.hear("call.track", lambda f: f["track"]["muted"])
        assert doctor.get("/api/rooms").json["rooms"][0]["present"] == 2
        # Who is no member finds no room, and no token for it.
        stranger, = people(s, "pharmacist")
        assert stranger.get(f"/api/rooms/{room}").status == 404 and stranger.post(f"/api/rooms/{room}/join").status == 404
        guard, = people(s, "guard")
        assert guard.get("/api/rooms").status == 404
        # A token is good for its own session.
        token = specialist.post(f"/api/rooms/{room}/join").json["token"]
        c = Line(stranger)
        c.say({"type": "call.join", "room": room, "token": token})
        assert c.hear("call.refused")["code"] == "token"
        a.say({"type": "call.leave"})
        assert a.hear("call.ended")["why"] == "left"
        b.hear("call.gone", lambda f: f["why"] == "left")


def scene_a_description_of_forty_kilobytes_goes_both_ways():
    with site() as s:
        doctor, = people(s, "clinic-doctor")
        a, _ = join(doctor, room_of(doctor))
        a.say({"type": "call.offer", "n": 1, "peer": "up", "sdp": SDP + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" * 1000, "fresh": True})
        assert len(a.hear("call.answer")["sdp"]) > 40000
        a.say(json.dumps({"type": "call.offer", "n": 2, "peer": "up", "sdp": "v=0" + "x" * 50000}))
        a.closed.wait(5)
        assert a.code == 4400, a.code


def scene_a_thousand_bad_offers_end_no_call():
    with site() as s:
        doctor, specialist = people(s, "clinic-doctor", "specialist")
        room = room_of(doctor, specialist)
        a, joined = join(doctor, room)
        b, _ = join(specialist, room)
        up(b)
        seen, n = len(a.frames), int(os.environ.get("OFFERS", "1000" if os.environ.get("YQ_LONG") else "200"))
        for i in range(n):
            a.say({"type": "call.offer", "n": i + 1, "peer": "up" if i % 2 else "down", "sdp": "x" * (i + 1) if i % 3 else AV + "x-refuse"})
            f = a.hear("call.refused", lambda f: f["n"] == i + 1, after=seen)
            assert f["code"] == "bad_offer" and f["detail"], f
            seen = len(a.frames)
            time.sleep(0.022)  # below the flood limit
        up(a, n=n + 1)
        b.hear("call.track", lambda f: f["track"]["participant"] == joined["me"])
        assert b.never("call.ended") and not b.closed.is_set()


def scene_a_frame_that_is_none_ends_only_its_own_line():
    with site() as s:
        doctor, specialist = people(s, "clinic-doctor", "specialist")
        room = room_of(doctor, specialist)
        b, _ = join(specialist, room)
        for bad in ({"type": "call.offer"}, {"type": "call.fly"}, {"type": "call.kick", "participant": -1}):
            a, _ = join(doctor, room)
            a.say(bad)
            a.closed.wait(5)
            assert a.code == 4400, (bad, a.code)
        assert not b.closed.is_set()


def scene_who_is_lost_comes_back_as_the_same_within_two_seconds():
    with site() as s:
        doctor, specialist = people(s, "clinic-doctor", "specialist")
        room = room_of(doctor, specialist)
        a, _ = join(doctor, room)
        b, joined = join(specialist, room)
        up(b)
        seen, began = len(a.frames), time.monotonic()
        b.cut()
        a.hear("call.participant", lambda f: f["participant"]["state"] == "away", after=seen)
        b = Line(specialist, b.hello["resume"])
        b.say({"type": "call.join", "room": room, "resume": joined["resume"]})
        back = b.hear("call.joined")
        took = time.monotonic() - began
        print(f"figure call_resume_ms {took * 1000:.0f}")
        assert took < 2 and back["me"] == joined["me"] and back["up"], back
        assert len(back["participants"]) == 2 and a.never("call.gone")
        old = Line(specialist)
        old.say({"type": "call.join", "room": room, "resume": joined["resume"]})
        assert old.hear("call.refused")["code"] == "token"


def scene_the_server_comes_again_and_finds_the_same_participants():
    with site() as s:
        doctor, specialist = people(s, "clinic-doctor", "specialist")
        room = room_of(doctor, specialist)
        (a, ja), (b, jb) = join(doctor, room), join(specialist, room)
        s.stop(signal.SIGKILL)
        s.start()
        lines = []
        for client, line, joined in ((doctor, a, ja), (specialist, b, jb)):
            new = Line(client, line.hello["resume"])
            new.say({"type": "call.join", "room": room, "resume": joined["resume"]})
            back = new.hear("call.joined")
            assert back["me"] == joined["me"] and not back["up"] and back["host"] == joined["host"], back
            lines.append(new)
        assert len(back["participants"]) == 2
        house.until("the worker is up", lambda: s.client().get("/healthz").json["workers"]["up"] == 1)
        up(lines[0])
        lines[1].hear("call.track")


def logged_ms(s, event):
    """When the server last said so, by its own clock."""
    line = [words for words in open(s.log_path).read().splitlines() if f"part=app event={event}" in words][-1]
    return datetime.datetime.fromisoformat(re.match(r"ts=(\S+)Z ", line).group(1)).timestamp() * 1000


def scene_sigterm_closes_the_rooms_and_ends_before_the_workers_deadline():
    with house.site() as s:  # with the worker that is served: it waits for its last room
        house.until("the worker is up", lambda: s.client().get("/healthz").json["workers"]["up"] == 1)
        doctor, specialist = people(s, "clinic-doctor", "specialist")
        room = room_of(doctor, specialist)
        (a, ja), (b, _) = join(doctor, room), join(specialist, room)
        s.process.terminate()
        for line in (a, b):
            assert line.closed.wait(20) and line.code == 1012, line.code
        assert s.process.wait(30) == 0
        took = logged_ms(s, "ended") - logged_ms(s, "draining")
        print(f"figure sigterm_with_an_open_room_ms {took:.0f}")
        assert took < 7000, took  # the worker's own deadline is 8000
        assert a.never("call.ended") and b.never("call.gone")
        s.start()
        new = Line(doctor, a.hello["resume"])
        new.say({"type": "call.join", "room": room, "resume": ja["resume"]})
        assert new.hear("call.joined")["me"] == ja["me"]
        assert ("call.leave", f"room/{room}", "ok") in trail(s) and ("room.close", f"room/{room}", "ok") in trail(s)


def scene_a_dead_worker_is_back_within_three_seconds():
    with site() as s:
        doctor, specialist = people(s, "clinic-doctor", "specialist")
        pid = worker_pid(s)
        room = room_of(doctor, specialist)
        (a, _), (b, _) = join(doctor, room), join(specialist, room)
        up(a)
        track = b.hear("call.track", lambda f: f["track"]["label"] == "exam")["track"]["id"]
        for again in range(2):
            seen, began = len(b.frames), time.monotonic()
            heard = len(a.frames)
            os.kill(house.until("the worker is up", pid), signal.SIGKILL)
            a.hear("call.renew", after=heard)
            up(a, n=2 + again)
            f = b.hear("call.track", lambda f: f["track"]["label"] == "exam", after=seen)
            took = time.monotonic() - began
            print(f"figure call_back_after_worker_death_ms {took * 1000:.0f}")
            assert took < 3 and f["track"]["id"] == track
            assert all(x["type"] not in ("call.gone", "call.untrack") for x in b.frames[seen:])


def trail(s):
    officer = s.client().log_in(s.by_role["privacy-officer"])
    return [(r["action"], r["target"], r["outcome"]) for r in officer.get("/api/audit").json["rows"]]


def scene_who_is_put_out_is_out_within_two_seconds_and_stands_in_the_trail():
    with site() as s:
        doctor, specialist, nurse, interpreter = people(s, "clinic-doctor", "specialist", "nurse", "interpreter")
        room = room_of(doctor, specialist, nurse, interpreter)
        a, _ = join(doctor, room)
        b, jb = join(specialist, room)
        c, jc = join(nurse, room)
        d, jd = join(interpreter, room)
        c.say({"type": "call.kick", "participant": jb["me"]})
        assert c.hear("call.refused")["code"] == "not_host"
        a.say({"type": "call.private", "on": True, "cut": [jd["me"]]})
        for line in (a, b, c, d):
            assert line.hear("call.private", lambda f: f["private"])["private"]["cut"] == [jd["me"]]
        began = time.monotonic()
        a.say({"type": "call.kick", "participant": jb["me"]})
        assert b.hear("call.ended")["why"] == "kicked"
        # The session's end, and the membership's.
        nurse.post("/api/logout")
        a.hear("call.gone", lambda f: f["participant"] == jc["me"], wait_s=2)
        gone = doctor.post(f"/api/rooms/{room}/members/remove", {"account": interpreter.get("/api/session").json["account"]["id"]})
        assert gone.status == 200, gone.body
        assert d.hear("call.ended", wait_s=2)["why"] == "revoked"
        assert time.monotonic() - began < 4
        assert interpreter.post(f"/api/rooms/{room}/join").status == 404
        assert doctor.post(f"/api/rooms/{room}/close", {"reason": "done"}).status == 204
        assert a.hear("call.ended", wait_s=2)["why"] == "room_closed"
        assert doctor.post(f"/api/rooms/{room}/join").status == 409
        rows = trail(s)
        for action in ("room.create", "call.token", "room.open", "call.join", "call.private", "call.kick", "call.leave",
                       "room.member.remove", "room.end", "room.close"):
            assert (action, f"room/{room}", "ok") in rows, (action, rows)


# -- WHIP and WHEP, as clients ask --

class Asker:
    def __init__(self, s, token):
        self.s, self.token = s, token

    def ask(self, method, path, body=None, kind="application/sdp", token=True, **headers):
        c = http.client.HTTPSConnection("127.0.0.1", self.s.port, timeout=15, context=ssl._create_unverified_context())
        sent = {k.replace("_", "-"): v for k, v in headers.items()}
        if body is not None:
            sent["Content-Type"] = kind
        if token:
            sent["Authorization"] = f"Bearer {self.token if token is True else token}"
        c.request(method, path, body, sent)
        got = c.getresponse()
        answer = house.Answer(got.status, got.headers, got.read())
        c.close()
        return answer


def asker(s, *words):
    made = s.run("room-token", "--room", "bench-*", "--json", *words)
    assert made.returncode == 0, made.stderr
    return Asker(s, json.loads(made.stdout)["token"])


def scene_whip_as_obs_ffmpeg_and_simple_whip_ask():
    with site(["--turn", f"127.0.0.1:{house.free_port()}"]) as s:
        w = asker(s, "--publish", "--subscribe")
        # OBS: exactly 201, a body, a Location, a Link; DELETE with the token.
        got = w.ask("POST", "/whip/bench-1/obs", AV, User_Agent="Mozilla/5.0 (OBS-Studio/31.0.0)")
        assert got.status == 201 and got.headers["Content-Type"] == "application/sdp" and got.body.startswith(b"v=0"), got.body
        at, etag = got.headers["Location"], got.headers["ETag"]
        assert at.startswith("/whip/bench-1/obs/") and len(at) > 45 and etag[0] == etag[-1] == '"'
        assert 'rel="ice-server"' in got.headers["Link"] and got.headers["Link"].startswith("<turns:")
        for name in ("username", "credential", "credential-type"):
            assert f'{name}="' in got.headers["Link"], got.headers["Link"]
        assert got.headers["Access-Control-Allow-Origin"] == "*" and "Location" in got.headers["Access-Control-Expose-Headers"]
        assert w.ask("POST", "/whip/bench-1/obs", AV).status == 409
        # simple-whip-client: OPTIONS, trickle, an ICE restart.
        asked = w.ask("OPTIONS", "/whip/bench-1/x", token=False, Origin="https://elsewhere.example",
                      Access_Control_Request_Method="POST")
        assert asked.status == 200 and asked.headers["Accept-Post"] == "application/sdp" and asked.headers["Link"] is None
        assert w.ask("GET", "/whip/bench-1/x", token=False).status == 200
        candidate = "a=ice-pwd-less\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 UDP 1 192.0.2.1 9 typ host\r\n"
        assert w.ask("PATCH", at, candidate, FRAGMENT).status == 428
        assert w.ask("PATCH", at, candidate, FRAGMENT, If_Match='"another"').status == 412
        trickled = w.ask("PATCH", at, candidate, FRAGMENT, If_Match=etag)
        assert trickled.status == 204 and trickled.headers["ETag"] is None
        again = w.ask("PATCH", at, "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n", FRAGMENT, If_Match="*")
        assert again.status == 200 and again.headers["Content-Type"] == FRAGMENT and again.headers["ETag"] != etag
        assert w.ask("PATCH", at, candidate, FRAGMENT, If_Match=etag).status == 412  # the old session's
        assert w.ask("PATCH", at, candidate, "text/plain", If_Match="*").status == 415
        # A session's own URL: what is not for it is refused by name, and a browser may ask first.
        for method, body in (("POST", AV), ("PUT", AV)):
            refused = w.ask(method, at, body)
            assert refused.status == 405 and {"PATCH", "DELETE"} <= set(re.split(r"[,\s]+", refused.headers["Allow"])), refused.headers
        assert w.ask("OPTIONS", at, token=False, Access_Control_Request_Method="PATCH").status == 200
        assert w.ask("HEAD", at).status == 200 and w.ask("HEAD", at, token=False).status == 401
        # FFmpeg: the same over a new connection, no ETag, no OPTIONS.
        got = w.ask("POST", "/whip/bench-1/ffmpeg", AV.replace("UDP/TLS", "UDP/TLS") + "a=setup:passive\r\n", User_Agent="Lavf/62.3.100")
        assert got.status == 201 and len(got.body) < 8192
        assert w.ask("DELETE", got.headers["Location"], token=False).status == 401
        assert w.ask("DELETE", got.headers["Location"], If_Match='"another"').status == 200  # an end needs no match
        assert w.ask("DELETE", got.headers["Location"]).status == 404
        # WHEP.
        assert w.ask("POST", "/whep/bench-1/nobody", AV).status == 409
        assert w.ask("POST", "/whep/bench-1/nobody", AV).headers["Retry-After"]
        seen = w.ask("POST", "/whep/bench-1/obs", AV)
        assert seen.status == 201 and b"1=,2=" in seen.body.split(b"x-binds:")[1], seen.body
        countered = w.ask("POST", "/whep/bench-1/obs", AV + "x-refuse")
        assert countered.status == 406 and b"a=sendonly" in countered.body and countered.headers["Location"]
        assert w.ask("PATCH", countered.headers["Location"], AV).status == 204
        assert w.ask("PATCH", countered.headers["Location"], AV).status == 409
        assert w.ask("DELETE", at).status == 200
        house.until("the two viewers are counted", lambda: b"yunqiao_room_participants 2\n" in
                    w.ask("GET", "/metrics", token=False).body)


def scene_whip_refuses_what_the_rfc_says():
    with site() as s:
        w, only = asker(s, "--publish"), asker(s, "--subscribe")
        assert w.ask("POST", "/whip/bench-1/a", AV, token=False).status == 401
        assert w.ask("POST", "/whip/bench-1/a", AV, token=False).headers["WWW-Authenticate"] == "Bearer"
        assert w.ask("POST", "/whip/bench-1/a", AV, token="yqr_AAAA").status == 401
        assert w.ask("POST", "/whip/other/a", AV).status == 403
        assert only.ask("POST", "/whip/bench-1/a", AV).status == 403
        assert w.ask("POST", "/whip/bench-1/a", AV, "application/json").status == 415
        assert w.ask("POST", "/whip/bench-1/a", "hello").status == 400
        assert w.ask("POST", "/whip/bench-1/a", b"v=0\xff\x00").status == 400
        assert w.ask("POST", "/whip/bench-1/a", AV + "x-refuse").status == 406
        assert w.ask("POST", "/whip/bench-1/a", AV + "x" * 50000).status == 413
        assert w.ask("POST", "/whip/Bench!/a", AV).status == 404
        put = w.ask("PUT", "/whip/bench-1/a", AV)
        assert put.status == 405 and "POST" in put.headers["Allow"]
        assert w.ask("PATCH", "/whip/bench-1/a/nothing", "a=x", FRAGMENT, If_Match="*").status == 404
        # In the URL, for a client that has no place for it.
        got = w.ask("POST", f"/whip/bench-1/a?token={w.token}", AV, token=False)
        assert got.status == 201
        # A room of people shows the source; its host puts it out.
        doctor, specialist = people(s, "clinic-doctor", "specialist")
        room = room_of(doctor, specialist)
        a, _ = join(doctor, room)
        made = doctor.post(f"/api/rooms/{room}/source-token", {"source": "slit-lamp", "publish": True, "ttl_s": 60})
        assert made.status == 201 and made.json["whip"] == f"/whip/{room}/slit-lamp"
        box = Asker(s, made.json["token"])
        assert box.ask("POST", f"/whip/{room}/other", AV).status == 403
        assert box.ask("POST", made.json["whip"], AV).status == 201
        came = a.hear("call.participant", lambda f: f["participant"]["kind"] == "source")["participant"]
        assert came["display"] == "slit-lamp"
        a.hear("call.track", lambda f: f["track"]["participant"] == came["id"])
        a.say({"type": "call.kick", "participant": came["id"]})
        a.hear("call.gone", lambda f: f["participant"] == came["id"])
        # It does not come back by the token it came by.
        again = box.ask("POST", made.json["whip"], AV)
        assert again.status == 401 and again.headers["WWW-Authenticate"] == "Bearer", again.body
        rows = trail(s)
        assert ("call.stream.join", f"room/{room}", "ok") in rows and ("call.stream.leave", f"room/{room}", "ok") in rows
        assert ("room.token", f"room/{room}", "ok") in rows


def scene_whip_says_when_to_come_back():
    with site() as s:
        w = asker(s, "--publish")
        # A worker that says nothing: busy, and for how long.
        pid = house.until("a worker", worker_pid(s))
        os.kill(pid, signal.SIGSTOP)
        late = w.ask("POST", "/whip/bench-1/a", AV)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
        assert late.status == 503 and int(late.headers["Retry-After"]) >= 1, (late.status, late.body)
        # One address that asks without end.
        c = http.client.HTTPSConnection("127.0.0.1", s.port, timeout=15, context=ssl._create_unverified_context())
        for _ in range(5000):
            c.request("POST", "/whip/bench-1/a", AV + "x-refuse", {"Content-Type": "application/sdp", "Authorization": f"Bearer {w.token}"})
            got = c.getresponse()
            said = got.read()
            if got.status == 429:
                break
        c.close()
        assert got.status == 429 and int(got.headers["Retry-After"]) >= 1 and b"slow_down" in said, (got.status, said)


def scene_a_sources_token_is_taken_back_by_itself():
    with site() as s:
        doctor, specialist = people(s, "clinic-doctor", "specialist")
        room = room_of(doctor, specialist)
        a, _ = join(doctor, room)
        made = [doctor.post(f"/api/rooms/{room}/source-token", {"source": name, "publish": True, "subscribe": True, "ttl_s": 600}).json
                for name in ("otoscope", "slit-lamp")]
        boxes = [Asker(s, m["token"]) for m in made]
        assert all(box.ask("POST", m["whip"], AV).status == 201 for box, m in zip(boxes, made))
        assert boxes[0].ask("POST", made[0]["whep"], AV).status == 201
        # Who watches by WHEP is seen by all, as a viewer.
        viewer = a.hear("call.participant", lambda f: f["participant"]["kind"] == "viewer")["participant"]
        assert viewer["display"] == "otoscope"
        listed = doctor.get(f"/api/rooms/{room}/source-tokens").json["tokens"]
        assert {t["id"] for t in listed} == {m["id"] for m in made} and {t["source"] for t in listed} == {"otoscope", "slit-lamp"}
        assert "token" not in listed[0]
        assert specialist.get(f"/api/rooms/{room}/source-tokens").status == 403
        path = f"/api/rooms/{room}/source-tokens/revoke"
        assert specialist.post(path, {"id": made[0]["id"]}).status == 403
        assert doctor.post(path, {"id": "another"}).status == 404
        assert doctor.post(path, {"id": made[0]["id"]}).status == 204
        for _ in range(2):  # the source and the viewer
            a.hear("call.gone", lambda f: f["why"] == "kicked", wait_s=2)
        assert boxes[0].ask("POST", made[0]["whip"], AV).status == 401
        assert boxes[1].ask("POST", made[1]["whip"], AV).status == 409  # the other one is there still
        assert doctor.post(path, {"id": made[0]["id"]}).status == 404
        # The operator's, across a restart.
        w = asker(s, "--publish")
        assert w.ask("POST", "/whip/bench-9/x", AV).status == 201
        listed = json.loads(s.run("room-token", "--room", "bench-*", "--publish", "--json").stdout)
        taken = s.run("room-token", "--revoke", listed["id"])
        assert taken.returncode == 0, taken.stderr + taken.stdout
        assert s.run("room-token", "--revoke", listed["id"]).returncode == 4
        s.stop(signal.SIGKILL)
        s.start()
        assert Asker(s, listed["token"]).ask("POST", "/whip/bench-9/y", AV).status == 401
        house.until("the worker is up", lambda: s.client().get("/healthz").json["workers"]["up"] == 1)
        assert w.ask("POST", "/whip/bench-9/y", AV).status == 201
        rows = trail(s)
        assert ("room.token.revoke", f"room/{room}", "ok") in rows and ("room.token.revoke", f"room-token/{listed['id']}", "ok") in rows


house.main("scene_", at_once=4)

#!/usr/bin/env python3
"""Rule 15: no consultation by video without the patient's consent, given for that one and naming who takes part, or an emergency that two
clinicians say is one; recording has a consent of its own; who takes it back ends it at once."""
import os
import socket
import tempfile
import time

import house
from filming import Consultation, Source, decoded, instant, of_kind, started, wanted
from line import Line
from visiting import BRAIN, EYES, at, house_of_visits, join, signature

LATE_S = 2  # from the answer to the withdrawal until the last outsider is out


def rule_a_request_goes_out_with_consent_alone():
    with house_of_visits() as h:
        v = h.begin()
        assert v["state"] == "draft" and v["lacks"] == ["consent"] and "activate" in v["may"], v
        h.refused(v, "activate", "visit_consent")
        early = h.doctor.post("/api/bookings", {"patient": v["patient"]["reference"], "request": v["request"], "triage": "soon", "start": at(0, 60), "minutes": 40,
                                                "seats": [{"need": "clinic-doctor", "reference": "Practitioner/demo-guqinghe"}]})
        assert early.status == 409 and early.code == "visit_state", (early.status, early.body)
        h.refused(v, "consent", "missing_field", status=400, kind="request")
        h.refused(v, "consent", "bad_field", status=400, kind="request", signature="x" * 200)
        h.refused(v, "consent", "bad_field", status=400, kind="camera")
        v = h.step(v, "consent", kind="request", signature=signature())
        assert v["stands"]["request"] and not v["stands"]["camera"], v["stands"]
        v = h.step(v, "activate")
        assert v["state"] == "active", v
        kept = h.doctor.get(f"/fhir/Consent/{v['consents'][0]['id']}").json
        assert kept["status"] == "active" and kept["sourceAttachment"]["contentType"] == "image/png" and kept["sourceAttachment"]["data"], kept
        assert kept["provision"]["data"][0]["reference"]["reference"] == f"Encounter/{v['id']}", kept
        seen = h.doctor.get(f"/fhir/Encounter/{v['id']}").json
        assert seen["status"] == "planned" and seen["class"]["code"] == "VR" and seen["basedOn"][0]["reference"] == v["request"], seen
        by_witness = h.begin(patient="Patient/demo-p002")
        assert h.step(by_witness, "consent", who=h.nurse, kind="request", witness="陆白苏")["stands"]["request"]


def rule_nobody_from_outside_gets_past_the_door_before_the_patient_said_yes_and_the_clinic_let_them_in():
    with house_of_visits() as h:
        v = h.ask(needs=(EYES, BRAIN))
        h.book(v)
        v = h.look(v)
        room, pei = v["booking"]["room"], h.specialist(v)
        assert h.doctor.get(f"/api/rooms/{room}").json["room"]["visit"] == v["id"]
        who = h.account(pei)
        assert join(pei, room) == "room_waiting", "not before the patient is there"
        h.refused(v, "admit", "visit_state", account=who)
        assert h.step(v, "wait", who=pei)["waits"]
        h.step(v, "arrive", who=h.nurse)
        assert join(pei, room) == "room_waiting"
        h.refused(v, "admit", "visit_identity", account=who)
        h.refused(v, "consent", "visit_identity", kind="camera")
        h.refused(v, "identify", "bad_field", status=400, how=["face"])
        h.step(v, "identify", how=["name", "face"])
        h.refused(v, "admit", "visit_consent", account=who)
        assert join(pei, room) == "room_waiting"
        v = h.step(v, "consent", kind="camera", present=["guard"])
        named = [p["name"] for p in v["consents"][0]["people"]]
        own = pei.get("/api/session").json["account"]["display"]
        assert own in named and "guard" in named, named
        assert [g["name"] for g in v["guests"]] == [own], "nobody waits unseen"
        assert join(pei, room) == "room_waiting", "a yes alone opens nothing"
        v = h.step(v, "admit", account=who)
        assert v["state"] == "in-progress", v["state"]
        line = join(pei, room)
        assert isinstance(line, Line) and line.hear("call.joined"), line
        late = h.site.client().log_in(next(n for n in ("peiyan", "yinshu", "wenzhiyuan") if h.people[f"Practitioner/demo-{n}"]["name"] not in named))
        assert h.doctor.post(f"/api/rooms/{room}/members", {"account": h.account(late), "role": "member"}).status == 200
        h.refused(v, "admit", "visit_not_named", account=h.account(late))
        assert join(late, room) == "room_waiting", "who came into the list after the patient was asked"


def rule_a_viewer_by_a_token_sees_nothing_before_either():
    with house_of_visits() as h:
        v = h.ask()
        h.book(v)
        room = h.look(v)["booking"]["room"]
        made = h.doctor.post(f"/api/rooms/{room}/source-token", {"source": "wall", "publish": True, "subscribe": True, "ttl_s": 600}).json
        watch = {"Content-Type": "application/sdp", "Authorization": f"Bearer {made['token']}"}
        got = h.site.client().ask("POST", f"/whep/{room}/wall", b"v=0\r\n", watch)
        assert got.status == 403 and got.code == "room_consent", (got.status, got.body)
        h.receive(v)
        got = h.site.client().ask("POST", f"/whep/{room}/wall", b"v=0\r\n", watch)
        assert got.status != 403, (got.status, got.body)


def rule_a_room_system_hears_nothing_before_either_and_nothing_after():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    with house_of_visits(config=f"[room_system]\nname = 三号会议室\nlisten = 127.0.0.1:{port}\naddress = 127.0.0.1\nin_clear = yes\n") as h:
        v = h.ask()
        h.book(v)
        line = join(h.doctor, h.look(v)["booking"]["room"])
        assert line.hear("call.joined")["endpoint"] == "三号会议室"
        line.say({"type": "call.endpoint", "on": True})
        assert line.hear("call.refused")["code"] == "room_consent"
        h.receive(v)
        line.say({"type": "call.endpoint", "on": True})
        came = line.hear("call.participant", lambda f: f["participant"]["kind"] == "endpoint")["participant"]
        assert came["display"] == "三号会议室" and came["state"] == "away", came
        h.step(v, "withdraw", who=h.nurse)
        gone = line.hear("call.gone")
        assert gone["participant"] == came["id"] and gone["why"] == "ended", gone
        at = len(line.frames)
        line.say({"type": "call.endpoint", "on": True})
        assert line.hear("call.refused", after=at)["code"] == "room_consent"


def rule_consent_withdrawn_puts_everybody_from_outside_out_at_once():
    with house_of_visits() as h:
        v = h.ask(attached=["Condition/demo-p001-c1"] if h.doctor.get("/fhir/Condition/demo-p001-c1").status == 200 else [])
        h.book(v)
        v = h.look(v)
        room, pei = v["booking"]["room"], h.specialist(v)
        h.step(v, "wait", who=pei)
        h.receive(v)
        h.step(v, "admit", account=h.account(pei))
        inside, outside = join(h.doctor, room), join(pei, room)
        resume = outside.hear("call.joined")["resume"]
        inside.hear("call.joined")
        assert pei.get(f"/fhir/Encounter/{v['id']}").status == 200
        v = h.step(v, "withdraw", who=h.nurse)
        answered = time.time()
        ended = outside.hear("call.ended")
        print(f"figure consent.withdrawn_to_out_ms {1000 * (ended['heard'] - answered):.0f}")
        assert ended["why"] == "consent" and ended["heard"] - answered < LATE_S, ended
        assert inside.hear("call.gone")["why"] == "ended"
        assert v["state"] == "onleave" and not v["stands"]["camera"] and "withdrawn" in [c["says"] for c in v["consents"]], v
        assert pei.get(f"/fhir/Encounter/{v['id']}").status == 404, "what was open is closed"
        outside.say({"type": "call.join", "room": room, "resume": resume})
        assert outside.hear("call.refused")["code"] in ("token", "room_waiting", "room_consent")
        assert join(pei, room) == "room_waiting"
        h.refused(v, "admit", "visit_consent", account=h.account(pei))
        v = h.step(v, "consent", kind="camera")
        v = h.step(v, "admit", account=h.account(pei))
        assert v["state"] == "in-progress" and pei.get(f"/fhir/Encounter/{v['id']}").status == 200, "asked again and agreed: it goes on"


def rule_an_emergency_is_said_by_two_and_the_privacy_officer_is_told():
    with house_of_visits() as h:
        officer = h.site.client().log_in(h.site.by_role["privacy-officer"])
        told = Line(officer)
        v = h.begin(patient="Patient/demo-p003")
        h.refused(v, "except", "missing_field", status=400)
        h.refused(v, "except", "missing_field", status=400, reason="  ")
        h.refused(v, "except", "not_allowed", who=h.nurse, status=403, reason="昏迷")
        v = h.step(v, "except", reason="昏迷，瞳孔不等大")
        assert not v["stands"]["exception"] and "confirm" not in v["may"], v
        h.refused(v, "activate", "visit_consent")
        h.refused(v, "confirm", "same_clinician")
        v = h.step(v, "confirm", who=h.nurse)
        assert v["stands"]["exception"] and v["consents"][0]["second"] and v["consents"][0]["reason"], v
        notice = told.hear("notice")
        assert notice["kind"] == "consent_exception" and notice["data"]["visit"] == v["id"] and len(notice["data"]) == 2, notice
        rows = officer.get("/api/audit?action=visit.confirm").json["rows"]
        assert rows and rows[0]["target"] == f"Encounter/{v['id']}", rows
        assert h.step(v, "activate")["state"] == "active"
        assert officer.get(f"/api/visits/{v['id']}").status == 404


def rule_recording_is_asked_for_itself():
    with house_of_visits() as h:
        v = h.ask()
        h.book(v)
        v = h.receive(v)
        assert v["stands"] == {"request": True, "camera": True, "recording": False, "exception": False}, v["stands"]
        v = h.step(v, "consent", kind="recording", agrees=False)
        assert not v["stands"]["recording"] and v["stands"]["camera"], v["stands"]
        v = h.step(v, "consent", kind="recording")
        assert v["stands"]["recording"]


def recorded(c, seconds=4, who=3):
    """What a device shows is recorded for so long; the device, and the file."""
    source = Source(c, "VP8", who)
    c.h.step(c.v, "consent", kind="recording")
    got = c.record(True)
    assert got.status == 200, got.body
    house.until("a film", lambda: c.files() and c.read(c.files()[0]).status == 200)
    time.sleep(seconds)
    return source, c.files()[0]


def rule_no_recording_begins_without_a_yes_to_it_on_record():
    with house_of_visits() as h:
        c = Consultation(h)
        def never(code="recording_consent"):
            got = c.record(True)
            assert got.status == 409 and got.code == code, (got.status, got.body)
            assert not [r for r in c.list() if not r["ended"] and r["id"] not in begun], "none is begun"
        begun = []
        never()
        h.step(c.v, "consent", kind="camera")
        never()
        h.step(c.v, "consent", kind="recording", agrees=False)
        never()
        h.step(c.v, "consent", kind="recording")
        for one, status in ((h.nurse, 403), (c.eye, 403), (h.site.token("guard"), 404), (h.site.token("scheduling-admin"), 404)):
            assert c.record(True, one).status == status, status
        assert c.record(True).status == 200
        begun = [r["id"] for r in c.list()]
        assert len(begun) == 1
        h.step(c.v, "consent", kind="recording", agrees=False)
        assert c.line.hear("call.recording", lambda f: f["recording"]["held"] == "consent")
        never()
        h.step(c.v, "consent", kind="recording")
        assert c.record(True).status == 200
        h.step(c.v, "withdraw", who=h.nurse)
        never()
        h.step(c.v, "consent", kind="camera")
        never()
        assert c.line.frames and not os.listdir(f"{h.site.data}/recordings"), "nobody showed a picture: no file"
        # What takes the place of a consent to care is none to be recorded.
        v = h.begin(patient="Patient/demo-p003")
        v = h.step(v, "except", reason="昏迷，瞳孔不等大")
        v = h.step(v, "confirm", who=h.nurse)
        assert v["stands"]["exception"] and not v["stands"]["recording"], v["stands"]


def rule_a_withdrawal_stops_a_recording_within_half_a_second_and_the_gap_shows():
    wanted()
    with house_of_visits() as h:
        c = Consultation(h)
        source, file = recorded(c)
        picture = c.line.hear("call.track", lambda f: f["track"]["kind"] == "video")["track"]["id"]

        def draw(number):
            c.line.say({"type": "call.draw", "target": picture, "id": number, "points": [4000, 4000, 6000, 6000], "end": True})

        def drawings():
            return [m for m in c.list()[0]["marks"] if m["kind"] == "drawing"]
        try:
            draw(1)
            mark = house.until("its mark", drawings)[0]
            assert mark["account"] == h.account(c.doctor) and mark["on"] == {"account": "", "source": source.name, "record": ""}, mark
            h.step(c.v, "consent", kind="recording", agrees=False)
            assert c.line.hear("call.recording", lambda f: f["recording"]["held"] == "consent")
            said = h.site.token("privacy-officer").get("/api/audit?action=visit.consent").json["rows"]
            taken_back = max(instant(r["at"]) for r in said)
            time.sleep(2)
            film = c.read(file).body
            last = started(film) + of_kind(decoded(film), "video")[-1]
            print(f"figure rules.15.last_picture_after_withdrawal_s {last - taken_back:.3f}")
            assert last - taken_back < 0.5, (last, taken_back)
            time.sleep(2)
            draw(2)
            time.sleep(1)
            assert c.read(file).body == film and drawings() == [mark], "nothing is added, nor that something was drawn"
            h.step(c.v, "consent", kind="recording")
            assert c.record(True).status == 200
            draw(3)
            house.until("what is drawn now is marked", lambda: len(drawings()) == 2)
            time.sleep(3)
            at = of_kind(decoded(c.read(file).body), "video")
            assert max(b - a for a, b in zip(at, at[1:])) > 3.5, "the gap stands in the film"
        finally:
            source.close()


def rule_a_recording_is_read_under_the_grant_alone_and_by_nobody_of_custody():
    wanted()
    with house_of_visits() as h:
        c = Consultation(h)
        brain = h.site.client().log_in(next(n for n in ("yinshu", "wenzhiyuan", "peiyan") if h.site.client().log_in(n).get(f"/api/visits/{c.visit}").status == 404))
        source, file = recorded(c)
        places = (f"/api/recordings/{file['id']}", f"/api/visits/{c.visit}/recordings")
        try:
            absent = h.doctor.get(f"/api/recordings/{'0' * 32}").body

            def nothing(who, what):
                for place in places:
                    got = who.ask("GET", place, None, {"Range": "bytes=0-99"})
                    assert got.status == 404, (what, place, got.status)
                    assert "Content-Range" not in got.headers and got.json["error"]["code"] == "not_found", (what, got.headers)
                assert who.get(places[0]).body == who.get(f"/api/recordings/{'0' * 32}").body, what
            assert b"not_found" in absent and c.read(file).status == 200
            assert c.eye.get(places[0]).status == 200 and c.eye.get(places[1]).status == 200, "let in, with a grant"
            nothing(brain, "a specialist without a grant")
            for role in ("guard", "duty-command", "scheduling-admin", "pharmacist", "interpreter", "detainee", "privacy-officer", "system-admin", "security-admin"):
                if role in h.site.by_role:
                    nothing(h.site.token(role), role)
            assert h.site.client().get(places[0]).status == 401
            grant = next(r["id"] for r in h.doctor.get(f"/api/grants?patient={c.v['patient']['reference'].split('/')[1]}").json["rows"]
                         if r["account"]["id"] == h.account(c.eye))
            assert h.doctor.post(f"/api/grants/{grant}/revoke").status == 204
            nothing(c.eye, "a specialist whose grant was taken back")
        finally:
            source.close()


def plain_words(path, c, file):
    with open(path, "rb") as held:
        bytes_ = held.read()
    words = [b"\x1a\x45\xdf\xa3", b"webm", b"matroska", b"V_VP8", b"A_OPUS", b"OpusHead", c.visit.encode(), c.room.encode(), file["source"].encode(),
             c.v["patient"]["reference"].encode()]
    return [w for w in words if w in bytes_]


def rule_a_recording_is_noise_without_its_key_and_ends_by_two_and_with_its_patient():
    """keep_days and its hold, the two people, the erasure; after each end there is neither a key nor a file, and the trail stays whole."""
    wanted()
    hands = []
    with house_of_visits(env=lambda s: hands.append(house.Hands(s)) or hands[0].env, config="[recordings]\nkeep_days = 2\n") as h:
        c = Consultation(h)
        source, file = recorded(c, seconds=2)
        s, path = h.site, f"{h.site.data}/recordings/{file['id']}"
        try:
            assert plain_words(path, c, file) == [], "sealed"
            officer = s.client().log_in(s.by_role["privacy-officer"])
            recording = c.list()[0]["id"]
            kept = lambda: next(r for r in officer.get("/api/recording-keeping").json["rows"] if r["recording"] == recording)  # noqa: E731
            ask = lambda: officer.post("/api/recording-deletions", {"recording": recording, "reason": "保存期满", "code": s.code(s.by_role["privacy-officer"])})  # noqa: E731
            got = ask()
            assert got.status == 409 and got.code == "recording_runs", (got.status, got.body)
            c.line.say({"type": "call.leave"})
            house.until("it has ended", lambda: c.list()[0]["ended"])
            got = ask()
            assert got.status == 409 and got.code == "recording_early" and kept()["due"] is None, (got.status, got.body)
        finally:
            source.close()
        hands[0].shift(2 * 86400 + 60)
        h.doctor, officer = s.client().log_in("guqinghe"), s.client().log_in(s.by_role["privacy-officer"])
        c.doctor = h.doctor
        house.until("the clock notes it", lambda: kept()["due"])
        assert s.token("privacy-officer").get("/api/audit?action=recording.due").json["rows"]
        got = ask()
        assert got.status == 409 and got.code == "recording_runs", "its visit is not over"
        h.step(c.v, "finish")
        assert officer.post(f"/api/recording-keeping/{recording}/hold", {"on": True, "reason": "法院来函"}).status == 204
        assert ask().code == "recording_held"
        order = {"patient": c.v["patient"]["reference"].split("/")[1], "reason": "依法销毁"}
        erasure = officer.post("/api/erasures", dict(order, code=s.code(s.by_role["privacy-officer"]))).json["id"]
        got = h.doctor.post(f"/api/erasures/{erasure}", {"verdict": "erase", "code": s.code("guqinghe")})
        assert got.status == 409 and got.code == "recording_held", (got.status, got.body)
        assert c.read(file).status == 200, "all of the erasure is taken back"
        assert officer.post(f"/api/recording-keeping/{recording}/hold", {"on": False}).status == 204
        got = ask()
        assert got.status == 201, got.body
        one = f"/api/recording-deletions/{got.json['id']}"
        assert ask().code == "recording_asked"
        assert officer.post(one, {"verdict": "delete", "code": s.code(s.by_role["privacy-officer"])}).code == "own_erasure"
        assert os.path.exists(path)
        assert h.doctor.post(one, {"verdict": "delete", "code": s.code("guqinghe")}).status == 204
        assert not os.path.exists(path) and c.read(file).status == 410
        gone = kept()
        assert gone["deleted"] and gone["deleted_by"] and gone["confirmed_by"] and gone["files"] == 1 and gone["bytes"] > 10000, gone
        assert not c.list()[0]["readable"]
        with tempfile.TemporaryDirectory() as out:
            assert s.run("recording", "export", "--recording", recording, "--out", f"{out}/films", "--json").returncode == 4
            assert not os.path.exists(f"{out}/films")
        assert s.token("privacy-officer").post("/api/audit/verify").json["ok"]


def rule_an_erasure_of_the_patient_ends_that_ones_recordings():
    wanted()
    with house_of_visits() as h:
        c = Consultation(h)
        source, file = recorded(c, seconds=2)
        s, path = h.site, f"{h.site.data}/recordings/{file['id']}"
        try:
            recording = c.list()[0]["id"]
            officer = s.client().log_in(s.by_role["privacy-officer"])
            order = {"patient": c.v["patient"]["reference"].split("/")[1], "reason": "依法销毁"}
            erasure = officer.post("/api/erasures", dict(order, code=s.code(s.by_role["privacy-officer"]))).json["id"]
            erase = lambda: h.doctor.post(f"/api/erasures/{erasure}", {"verdict": "erase", "code": s.code("guqinghe")})  # noqa: E731
            assert erase().code == "recording_runs"
            c.line.say({"type": "call.leave"})
            house.until("it has ended", lambda: c.list()[0]["ended"])
            got = erase()
            assert got.status == 204, got.body
            assert not os.path.exists(path) and c.read(file).status in (404, 410)
            row = next(r for r in officer.get("/api/recording-keeping").json["rows"] if r["recording"] == recording)
            assert row["deleted"] and row["deleted_by"] is None and row["files"] == 1, row
            assert s.run("recording", "export", "--recording", recording, "--out", f"{s.root}/films", "--json").returncode == 4
            assert s.token("privacy-officer").post("/api/audit/verify").json["ok"]
        finally:
            source.close()


if __name__ == "__main__":
    house.main(at_once=3)

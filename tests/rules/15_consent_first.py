#!/usr/bin/env python3
"""Rule 15: no consultation by video without the patient's consent, given for that one and naming who takes part, or an emergency that two
clinicians say is one; recording has a consent of its own; who takes it back ends it at once."""
import time

import house
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


if __name__ == "__main__":
    house.main(at_once=3)

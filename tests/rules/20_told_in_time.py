"""Rule 20: of a notifiable illness the authority is told within 2 hours (class A) or 24 (B, C), on a clock that is moved; who has to is told an
hour before, and again when the hour has passed. And what leads there: signs by block and day, isolation, contacts, the end by a criterion."""
import json
import time

from house import CANARY, main, timed_site, until
from line import Line
from spread import Spread
from ward import make, ref

HOUR = 3600
DAY = 24 * HOUR


def begin():
    """Ten o'clock there, on a day to come."""
    return (int(time.time()) // DAY + 2) * DAY + 2 * HOUR


def text(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def instant(words):
    return time.mktime(time.strptime(words[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone


def late(client):
    return [(x["kind"], x["id"]) for x in client.get("/api/overdue").json["overdue"]]


def told(officer):
    rows = officer.get("/api/audit?action=work.overdue").json["rows"]
    return sorted(r["detail"]["to"] for r in rows if r["detail"]["kind"] == "report")


def rule_class_a_within_two_hours_b_and_c_within_a_day_and_who_has_to_is_told_before():
    with timed_site() as (s, hands):
        t = begin()
        hands.set(t)
        w = Spread(s, [("A", 3)], text(t - 9 * DAY))
        officer = s.token("privacy-officer")
        cholera, measles, scabies = (w.suspect(p, i) for p, i in zip(w.people, ("cholera", "measles", "scabies")))
        assert (cholera["class"], instant(cholera["due"])) == ("A", t + 2 * HOUR), cholera
        assert (measles["class"], instant(measles["due"])) == ("B", t + 24 * HOUR), measles
        assert scabies["due"] is None, "on no list"
        hands.set(t + HOUR - 2)
        time.sleep(2.5)
        assert late(w.doctor) == [] and told(officer) == []
        hands.set(t + HOUR)
        until("both are told an hour before", lambda: late(w.doctor) == [("report", cholera["id"])] == late(w.nurse))
        assert told(officer) == ["clinic-doctor", "nurse"], told(officer)
        hands.set(t + 2 * HOUR)
        until("and the doctor again when it has passed", lambda: told(officer) == ["clinic-doctor", "clinic-doctor", "nurse"])
        assert w.command.get("/api/alarm").json == {"since": None, "coming": None} and w.command.get("/api/overdue").status == 404, "custody learns nothing"
        w.act(cholera, "report", w.nurse, 403, number="x")
        w.act(cholera, "report", status=400, number=" ")
        done = w.act(cholera, "report", number="2026-110-0042")
        assert done["number"] == "2026-110-0042" and instant(done["reported"]) >= t + 2 * HOUR and done["due"] is None, done
        w.act(cholera, "report", status=409, number="again")
        w.act(scabies, "report", status=409, number="needless")
        until("the clock stands", lambda: late(w.doctor) == [])
        hands.set(t + 22 * HOUR)
        gone = w.act(measles, "exclude")
        assert gone["state"] == "excluded" and gone["due"] is None, gone
        hands.set(t + 25 * HOUR)
        time.sleep(2.5)
        assert late(w.doctor) == [] and len(told(officer)) == 3, "what was excluded is not told"
        plague = w.act(measles, "confirm", illness="plague")
        assert instant(plague["due"]) == t + 27 * HOUR, "another illness has a clock of its own, from when it was said"


def rule_from_the_first_fever_to_the_end_of_isolation():
    with timed_site() as (s, hands):
        t = begin()
        hands.set(t)
        w = Spread(s, [("A", 4), ("A", 2), ("B", 2)], text(t - 9 * DAY))
        watching = Line(s.client().log_in(s.by_role["clinic-doctor"]))
        first, mate, moved = w.people[0], w.people[1], w.people[4]
        for i, (p, value) in enumerate(((first, 38.6), (mate, 37.8), (first, 39.1), (moved, 37.7))):
            make(w.nurse, {"resourceType": "Observation", "status": "final", "subject": ref(p), "effectiveDateTime": text(t - 60 + i),
                           "code": {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]}, "valueQuantity": {"value": value, "unit": "Cel"}})
        until("two are counted", lambda: any(c["sign"] == "fever" and c["people"] == 2 and c["block"] == "A" for c in w.all()["counts"]))
        assert w.all()["alarms"] == [], "one alone counts once, below 37.8 it is none"
        got = w.nurse.post("/api/sick-calls", {"patient": ref(moved)["reference"], "words": f"发烧，咳嗽 {CANARY}"})
        assert got.status == 201
        until("the third crosses the line", lambda: [(a["sign"], a["people"]) for a in w.all()["alarms"]] == [("fever", 3)])
        until("the doctor is told", lambda: any(f.get("kind") == "epidemic_alarm" for f in watching.frames))
        assert CANARY not in str(watching.frames)
        assert len(s.token("privacy-officer").get("/api/audit?action=epidemic.alarm").json["rows"]) == 1, "once"
        assert w.nurse.post("/api/epidemic/alarms", {"block": "A", "sign": "fever"}).status == 204
        assert w.all()["alarms"] == []
        case = w.suspect(first, "influenza", onset=text(t - 3600))
        w.suspect(first, "influenza", 409)
        assert case["state"] == "suspected" and w.command.get("/api/isolation").json["isolated"] == []
        room = make(w.doctor, {"resourceType": "Location", "status": "active", "name": "诊室", "mode": "instance",
                               "physicalType": {"coding": [{"code": "ro"}]}})
        errands = [make(w.doctor, {"resourceType": "Task", "status": "completed", "intent": "order", "for": ref(p), "owner": {"display": "e"},
                                   "code": {"coding": [{"system": "urn:yunqiao:task", "code": "escort"}]}, "location": ref(room),
                                   "executionPeriod": {"start": text(t - a), "end": text(t - b)}}) for p, a, b in ((first, 3000, 2400), (moved, 1500, 900))]
        assert len(errands) == 2
        hands.set(t + HOUR)
        case = w.act(case, "isolate", w.nurse)
        assert case["state"] == "isolated" and case["apart"], case
        w.act(case, "isolate", w.nurse, 409)
        contacts = {c["patient"]["id"]: c for c in w.all()["contacts"]}
        assert set(contacts) == {p["id"] for p in w.people[1:5]}, contacts
        assert (contacts[moved["id"]]["gap"], contacts[moved["id"]]["cell"]) == (15, 0), "who came into the room a quarter of an hour later"
        assert contacts[mate["id"]]["cell"] >= 25 * 60 and contacts[mate["id"]]["days"] >= 2, contacts[mate["id"]]
        kept = w.command.get("/api/isolation").json["isolated"]
        assert [(x["number"], x["cell"], instant(x["until"])) for x in kept] == [("70000", "A00", t - 3600 + 5 * DAY)], kept
        assert "influenza" not in json.dumps(kept) and "流行" not in json.dumps(kept, ensure_ascii=False)
        w.act(case, "release", status=403, password="x")  # a program has no password to sign with
        hand = s.client().log_in("guqinghe")
        well = hand.post(f"/api/epidemic/contacts/{contacts[mate['id']]['id']}", {"outcome": "well"})
        assert well.status == 200 and not well.json["over"], well.body
        ill = hand.post(f"/api/epidemic/contacts/{contacts[w.people[2]['id']]['id']}", {"outcome": "ill"})
        assert ill.status == 200 and ill.json["over"] and ill.json["case"]["state"] == "suspected", ill.body
        assert hand.post(f"/api/epidemic/contacts/{contacts[w.people[2]['id']]['id']}", {"outcome": "well"}).status == 409
        case = w.act(case, "confirm")
        path = f"/api/epidemic/cases/{case['id']}/release"
        password = s.accounts['guqinghe']['password']
        assert hand.post(path, {"password": password}).code == "epidemic_criterion"
        hands.set(t + 4 * DAY)
        w.act(case, "course", w.nurse, well=text(t + 3 * DAY), negatives=0)
        hands.set(t + 4 * DAY + 23 * HOUR - 120)
        hand = s.client().log_in("guqinghe")
        assert hand.post(path, {"password": password}).code == "epidemic_criterion", "days since onset"
        hands.set(t + 4 * DAY + 23 * HOUR + 60)
        assert hand.post(path, {"password": "wrong wrong wrong"}).status in (401, 403)
        got = hand.post(path, {"password": password})
        assert got.status == 200 and got.json["case"]["state"] == "released" and got.json["case"]["by"], got.body
        assert w.command.get("/api/isolation").json["isolated"] == []
        flag = w.doctor.get(f"/fhir/Flag/{case['id']}").json
        assert flag["status"] == "inactive" and flag["period"]["end"], flag
        put = w.doctor.put(f"/fhir/Flag/{case['id']}", dict(flag, status="active"))
        assert put.status == 409, "led by its own endpoints alone"


def rule_a_contact_is_looked_at_each_day_and_an_isolation_stands_in_the_record_without_its_illness():
    with timed_site() as (s, hands):
        t = begin()
        hands.set(t)
        w = Spread(s, [("A", 2), ("B", 1), ("B", 1)], text(t - 9 * DAY))
        first, mate, rider, seen = w.people
        officer, program = s.token("privacy-officer"), s.token("guard")
        guard = make(w.doctor, {"resourceType": "Practitioner", "name": [{"text": "押解甲"}]})
        for p, a, b in ((first, 3000, 2400), (rider, 2700, 2100)):
            make(w.doctor, {"resourceType": "Task", "status": "completed", "intent": "order", "for": ref(p), "owner": ref(guard),
                            "code": {"coding": [{"system": "urn:yunqiao:task", "code": "escort"}]}, "executionPeriod": {"start": text(t - a), "end": text(t - b)}})
        for p, a, b in ((first, 9000, 8400), (seen, 8700, 8100)):
            make(w.doctor, {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}, "subject": ref(p), "period": {"start": text(t - a), "end": text(t - b)}})
        case = w.act(w.suspect(first, "influenza", onset=text(t - 3600)), "isolate", w.nurse)
        contacts = {c["patient"]["id"]: c for c in w.all()["contacts"]}
        assert {p: (c["escort"], c["room"]) for p, c in contacts.items()} == {mate["id"]: (0, 0), rider["id"]: (5, 0), seen["id"]: (0, 5)}, contacts
        one = contacts[mate["id"]]
        assert (one["day"], one["of_days"], one["missed"], one["today"], instant(one["due"])) == (1, 5, 0, False, t + 14 * HOUR), one
        (rode,) = w.all()["officers"]
        assert (rode["id"], rode["name"], rode["minutes"], rode["spoken"]) == (guard["id"], "押解甲", 10, None), rode
        w.act(case, "officer", w.nurse, officer=guard["id"])
        w.act(case, "officer", w.nurse, 409, officer=guard["id"])
        w.act(case, "officer", w.nurse, 400, officer="nobody")
        (rode,) = w.all()["officers"]
        assert rode["spoken"] and rode["by"], rode
        # the Flag, read by the clinic as any precaution, and by nobody of custody
        flags = [e["resource"] for e in w.nurse.get(f"/fhir/Flag?patient=Patient/{first['id']}&_sort=_id").json["entry"]]
        (apart,) = [f for f in flags if f["code"]["coding"][0]["code"] == "isolated"]
        assert apart["status"] == "active" and apart["category"][0]["coding"][0]["code"] == "safety" and "end" not in apart["period"], apart
        assert "influenza" not in json.dumps(apart) and "流行" not in json.dumps(apart, ensure_ascii=False) and case["id"] not in json.dumps(apart)
        assert w.doctor.put(f"/fhir/Flag/{apart['id']}", dict(apart, status="inactive")).status == 409, "it ends with its case"
        for client in (program, w.command):
            assert client.get(f"/fhir/Flag/{apart['id']}").body == client.get("/fhir/Flag/nothing").body.replace(b"nothing", apart["id"].encode())
            assert client.get("/fhir/Flag?_summary=count").json["total"] == 0
        # a day without a look
        row = lambda: sorted((r["target"], r["detail"]["to"]) for r in officer.get("/api/audit?action=work.overdue").json["rows"] if r["detail"]["kind"] == "contact")
        hands.set(t + 14 * HOUR)
        all_of = sorted((f"Task/{c['id']}", "clinic-doctor") for c in contacts.values())
        until("the doctor is told of each, once", lambda: row() == all_of)
        assert sorted(late(w.doctor)) == sorted(("contact", c["id"]) for c in contacts.values()) and late(w.nurse) == []
        hands.set(t + 38 * HOUR)
        time.sleep(2.5)
        assert row() == all_of, "a second day is not told again"
        assert w.command.get("/api/alarm").json["since"] is None and w.command.get("/api/overdue").status == 404
        hand = s.token("nurse", env=hands.env)
        assert hand.post(f"/api/epidemic/contacts/{one['id']}", {"outcome": "well"}).json["over"] is False
        (now,) = [c for c in w.all()["contacts"] if c["id"] == one["id"]]
        assert (now["day"], now["missed"], now["today"], instant(now["due"])) == (3, 2, True, t + 86 * HOUR), now
        until("that one is late no more", lambda: ("contact", one["id"]) not in late(w.doctor))
        w.act(case, "exclude")
        assert w.all()["contacts"] == [] and w.nurse.get(f"/fhir/Task/{one['id']}").json["businessStatus"]["coding"][0]["code"] == "cleared"
        until("nor is anybody", lambda: late(w.doctor) == [])
        hand = s.client().log_in("guqinghe")
        assert hand.post(f"/api/epidemic/cases/{case['id']}/release", {"password": s.accounts["guqinghe"]["password"]}).status == 200
        ended = w.doctor.get(f"/fhir/Flag/{apart['id']}").json
        assert ended["status"] == "inactive" and ended["period"]["end"], ended


def rule_a_crowded_cell_is_traced_and_shown_whole():
    with timed_site() as (s, hands):
        t = begin()
        hands.set(t)
        w = Spread(s, [("A", 60)], text(t - 9 * DAY))
        w.act(w.suspect(w.people[0], "influenza"), "isolate", w.nurse)
        assert {c["patient"]["id"] for c in w.all()["contacts"]} == {p["id"] for p in w.people[1:]}


main(at_once=2)

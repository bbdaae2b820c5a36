"""Rule 13: a detainee may add a statement to an entry of the own record, or ask that it be corrected. The original stays as it is; a correction
is decided within fifteen worked days, with a reason."""
import datetime
import json

from house import CANARY, main, site, timed_site, until
from line import Line
from ward import FHIR, LABELS, Ward, bind, ids, label, make, ref, words


def said(got, status=201):
    assert got.status == status, (got.status, got.body)
    return got.json["statement"]


def raw(client, resource):
    """The record and all its versions, byte for byte."""
    path = f"/fhir/{ref(resource)['reference']}"
    return client.get(path).body, client.get(f"{path}/_history/1").body, client.get(path).headers["ETag"]


def rule_a_statement_stands_beside_a_released_entry_and_changes_nothing_of_it():
    with site() as s:
        w = Ward(s)
        bind(s, "zhuoyuanshan", w.anna)
        me, doctor, nurse = s.client().log_in("zhuoyuanshan"), s.token("guqinghe"), s.token("nurse")
        entry = ref(w.of["released"])["reference"]
        before = raw(doctor, w.of["released"])
        for wrong, status in (({"record": entry, "kind": "statement"}, 400), ({"record": entry, "kind": "statement", "words": "  "}, 400), ({"record": entry, "kind": "complaint", "words": "x"}, 400),
                              ({"record": entry, "kind": "statement", "words": "x" * 4001}, 400), ({"record": entry, "kind": "statement", "words": "x", "patient": "y"}, 400),
                              ({"record": "Observation", "kind": "statement", "words": "x"}, 400), ({"record": f"Patient/{w.anna['id']}", "kind": "statement", "words": "x"}, 400),
                              ({"record": ref(w.of["observation"])["reference"], "kind": "statement", "words": "x"}, 404), ({"record": ref(w.of["hiv"])["reference"], "kind": "statement", "words": "x"}, 404),
                              ({"record": f"Observation/{'0' * 8}", "kind": "statement", "words": "x"}, 404), ({"record": f"Patient/{w.ben['id']}/x", "kind": "statement", "words": "x"}, 400)):
            assert me.post("/api/statements", wrong).status == status, wrong
        lines = {role: Line(s.client().log_in(s.by_role[role])) for role in ("nurse", "clinic-doctor", "guard")}
        one = said(me.post("/api/statements", {"record": entry, "kind": "statement", "words": f"我当时没有吃药。{CANARY}"}))
        assert set(one) == {"id", "kind", "state", "record", "version", "words", "said", "due", "answer", "answered", "by", "amendment"}, one
        assert one["state"] == "received" and one["record"] == entry and one["version"] == 1 and one["due"] is None, one
        for role in ("nurse", "clinic-doctor"):
            assert lines[role].hear("notice", lambda f: f["kind"] == "statements_changed")["data"] == {}, role
        for who in (doctor, nurse):
            rows = who.get("/api/statements").json["statements"]
            assert [(r["id"], r["words"], r["patient"]["id"]) for r in rows] == [(one["id"], one["words"], w.anna["id"])], rows
            assert who.get(f"/api/statements?patient={w.anna['id']}").json["statements"] == rows
            assert who.get(f"/api/statements?patient={w.ben['id']}").json["statements"] == []
        for role in ("guard", "duty-command", "scheduling-admin", "specialist", "pharmacist", "interpreter", "privacy-officer", "security-admin", "system-admin"):
            who = s.token(role)
            assert who.get("/api/statements").status == 404 and who.post("/api/statements", {}).status == 404, role
            if role != "pharmacist":
                assert who.get(f"/fhir/Task/{one['id']}").status == 404, role
        assert me.post(f"/api/statements/{one['id']}/answer", {"verdict": "noted"}).status == 404
        assert said(nurse.post(f"/api/statements/{one['id']}/answer", {"verdict": "noted", "answer": "已记下"}), 200)["state"] == "noted"
        assert nurse.post(f"/api/statements/{one['id']}/answer", {"verdict": "noted"}).code == "statement_over"
        own = me.get("/api/statements").json["statements"]
        assert [(r["state"], r["answer"], bool(r["by"])) for r in own] == [("noted", "已记下", True)], own
        assert raw(doctor, w.of["released"]) == before, "the original stays, byte for byte"
        assert [f for f in lines["guard"].frames if f.get("kind") == "statements_changed"] == []
        assert CANARY not in open(s.log_path).read()
        kept = doctor.get(f"/fhir/Task/{one['id']}").json
        changed = dict(kept, description="x")
        got = doctor.ask("PUT", f"/fhir/Task/{one['id']}", json.dumps(changed).encode(), FHIR)
        assert got.status == 409, got.body
        assert doctor.ask("DELETE", f"/fhir/Task/{one['id']}").status == 409
        assert ids(me.get(f"/fhir/Task?_id={one['id']}")) == {f"Task/{one['id']}"}, "and the own copy has it"
        told = {r["action"] for r in s.token("privacy-officer").get("/api/audit?action=statement.").json["rows"]}
        assert told == {"statement.say", "statement.list", "statement.answer"}, told


def rule_a_correction_is_decided_by_a_doctor_with_a_reason_and_the_amendment_stands_beside():
    with site() as s:
        w = Ward(s)
        bind(s, "zhuoyuanshan", w.anna)
        me, doctor, nurse = s.client().log_in("zhuoyuanshan"), s.token("guqinghe"), s.token("nurse")
        entry = ref(w.of["released"])["reference"]
        before = raw(doctor, w.of["released"])
        ask = lambda text: said(me.post("/api/statements", {"record": entry, "kind": "correction", "words": text}))
        one, two = ask("数值不是我的"), ask("日期不对")
        answer = lambda who, it, **body: who.post(f"/api/statements/{it['id']}/answer", body)
        assert answer(nurse, one, verdict="declined", answer="x").code == "statement_doctor"
        assert answer(doctor, one, verdict="noted").code == "statement_kind"
        assert answer(doctor, one, verdict="declined").status == 400, "with a reason"
        assert answer(doctor, one, verdict="changed", answer="x").status == 400
        assert said(answer(doctor, one, verdict="declined", answer="核对过仪器记录，是您的。"), 200)["state"] == "declined"
        assert answer(doctor, one, verdict="accepted", answer="x").code == "statement_over", "once"
        statement = said(me.post("/api/statements", {"record": entry, "kind": "statement", "words": "x"}))
        assert answer(doctor, statement, verdict="declined", answer="x").code == "statement_kind"

        other = make(doctor, {"resourceType": "Observation", "status": "final", "code": words("x"), "subject": ref(w.anna)})
        amended = make(doctor, {"resourceType": "Observation", "status": "corrected", "code": words("更正"), "subject": ref(w.anna), "extension": [
            {"url": "https://yunqiao.invalid/fhir/amends", "valueReference": {"reference": entry}}, {"url": "https://yunqiao.invalid/fhir/amendment-reason", "valueString": "日期写错"}]})
        for wrong in ("Observation/none", "x", ref(other)["reference"], entry):
            assert answer(doctor, two, verdict="accepted", answer="更正了", amendment=wrong).status == 400, wrong
        done = said(answer(doctor, two, verdict="accepted", answer="日期写错，已更正。", amendment=ref(amended)["reference"]), 200)
        assert done["state"] == "accepted" and done["amendment"] == ref(amended)["reference"] and done["by"], done
        assert raw(doctor, w.of["released"]) == before, "the original stays, byte for byte"
        own = {r["id"]: r for r in me.get("/api/statements").json["statements"]}
        assert own[one["id"]]["answer"] == "核对过仪器记录，是您的。" and own[two["id"]]["state"] == "accepted", own


def rule_what_is_said_of_a_secret_is_as_secret_as_that():
    with site() as s:
        w = Ward(s)
        bind(s, "zhuoyuanshan", w.anna)
        me, doctor, nurse = s.client().log_in("zhuoyuanshan"), s.client().log_in("guqinghe"), s.token("nurse")
        secret = make(w.doctor, {"resourceType": "Observation", "status": "final", "code": words("x"), "subject": ref(w.anna), "meta": label(LABELS, "HIV")})
        assert w.doctor.post(f"/api/releases/{ref(secret)['reference']}").status == 204
        one = said(me.post("/api/statements", {"record": ref(secret)["reference"], "kind": "statement", "words": f"只有您知道 {CANARY}"}))
        assert nurse.get("/api/statements").json["statements"] == [] and nurse.get(f"/fhir/Task/{one['id']}").status == 404
        assert nurse.post(f"/api/statements/{one['id']}/answer", {"verdict": "noted"}).status == 404
        assert [r["id"] for r in doctor.get("/api/statements").json["statements"]] == [one["id"]]
        assert [r["id"] for r in me.get("/api/statements").json["statements"]] == [one["id"]]


def worked(start, days):
    """The day after so many worked days, without any holiday."""
    day = start
    while days:
        day += datetime.timedelta(days=1)
        days -= day.weekday() < 5
    return day + datetime.timedelta(days=1)


def rule_fifteen_worked_days_and_what_is_late_is_told_to_the_doctor():
    with timed_site() as (s, hands):
        w = Ward(s)
        bind(s, "zhuoyuanshan", w.anna)
        admin, doctor = s.token("scheduling-admin"), s.token("guqinghe")
        text = admin.get("/api/agenda/texts/calendar").json
        assert admin.put("/api/agenda/texts/calendar", {"version": text["version"], "text": "# no holidays\n"}).status == 204
        one = said(s.client().log_in("zhuoyuanshan").post("/api/statements", {"record": ref(w.of["released"])["reference"], "kind": "correction", "words": "不对"}))
        zone = datetime.timezone(datetime.timedelta(hours=8))
        begun = datetime.datetime.fromisoformat(one["said"].replace("Z", "+00:00")).astimezone(zone)
        due = datetime.datetime.fromisoformat(one["due"].replace("Z", "+00:00")).astimezone(zone)
        assert due == datetime.datetime.combine(worked(begun.date(), 15), datetime.time(), zone), (begun, due)
        late = lambda: [r for r in doctor.get("/api/overdue").json["overdue"] if r["kind"] == "correction"]
        at = int(due.timestamp())
        hands.set(at - 3 * 86400)
        assert late() == []
        hands.set(at - 2 * 86400 + 60)
        until("two days before, it is told", late, 60)
        hands.set(at + 60)
        assert [r["id"] for r in late()] == [one["id"]]
        assert said(doctor.post(f"/api/statements/{one['id']}/answer", {"verdict": "declined", "answer": "核对过"}), 200)
        until("decided, it is late no more", lambda: late() == [], 60)


main(at_once=2)

"""Rule 17: a screening is due from the arrival that the registry tells, a doctor has looked within 24 hours, and what is overdue goes to the nurse, the
doctor and the duty command, each step once, on a clock that is moved; the two moments are set once."""
import json
import time

from house import CANARY, main, until
from intake import DAY, HOUR, answers, arrivals, injuries

MINUTE = 60


def rule_screened_at_arrival_looked_at_within_a_day_and_what_is_overdue_is_told():
    with arrivals() as a:
        officer = a.site.token("privacy-officer")
        a.says("A01", "7001", 0, cell="B/B01")
        one = a.one("7001")
        assert (one["state"], one["clock"], one["due"]) == ("due", "start", "2026-11-27T01:00:00.000Z"), one
        a.at(HOUR - 2)
        time.sleep(2.5)
        assert a.late(a.nurse) == [] and a.told(officer) == [] and a.alarm() is None
        a.at(HOUR)
        until("the nurse is told that nobody has begun", lambda: a.late(a.nurse) == ["screening"])
        assert a.late(a.doctor_program) == [] and a.alarm() is None
        a.at(HOUR + 30 * MINUTE)
        until("the doctor is told", lambda: a.late(a.doctor_program) == ["screening"])
        assert a.alarm() is None
        a.at(2 * HOUR)
        until("the duty command is told", a.alarm)
        time.sleep(2.5)
        assert a.told(officer) == [("screening", "clinic-doctor"), ("screening", "duty-command"), ("screening", "nurse")], "each once"
        a.do(a.nurse, "7001", "begin")
        until("nobody is late any more", lambda: a.late(a.nurse) == [] and a.alarm() is None)
        one = a.one("7001")
        assert (one["clock"], one["due"]) == ("look", "2026-11-28T00:00:00.000Z"), one
        a.save(a.nurse, "7001", "form", answers())
        a.save(a.nurse, "7001", "injuries", {"injuries": "none"})
        a.do(a.nurse, "7001", "hand")
        a.at(DAY - 2)
        time.sleep(2.5)
        assert a.late(a.doctor_program) == []
        a.at(DAY)
        until("the doctor is told that nobody has looked", lambda: a.late(a.doctor_program) == ["screening-look"])
        assert a.late(a.nurse) == [] and a.alarm() is None
        a.at(DAY + HOUR)
        until("the duty command is told", a.alarm)
        one = a.sign(a.doctor(), "7001")
        assert (one["state"], one["fitness"], one["clock"]) == ("completed", "fit", "assessment"), one
        until("nobody is late any more", lambda: a.late(a.doctor_program) == [] and a.alarm() is None)


def rule_the_clock_goes_by_the_arrival_and_not_by_when_it_was_told_and_a_site_sets_its_length():
    with arrivals("\n[intake]\nstart_min = 30\nlook_h = 12\n") as a:
        a.at(5 * HOUR)
        a.says("A01", "7002", 0, cell="B/B02")
        until("it is late at once", lambda: a.late(a.nurse) == ["screening"] and a.late(a.doctor_program) == ["screening"])
        until("for the duty command too", a.alarm)
        a.do(a.nurse, "7002", "begin")
        assert a.one("7002")["due"] == "2026-11-27T12:00:00.000Z"
        a.says("A11", "7002", 5 * HOUR)
        assert "7002" not in a.all(), "an admission that was taken back asks for nothing"
        until("nor is it late", lambda: a.late(a.nurse) == [] and a.alarm() is None)
        a.says("A01", "7003", 5 * HOUR, cell="B/B03")
        a.do(a.nurse, "7003", "begin")
        a.says("A03", "7003", 6 * HOUR, end="RELEASED")
        assert "7003" not in a.all()
        a.says("A13", "7003", 6 * HOUR)
        assert a.one("7003")["state"] == "in-progress", "and the release taken back finds it where it was"


def rule_the_signature_waits_for_every_answer_and_a_refusal_is_one():
    with arrivals() as a:
        a.says("A01", "7004", 0, cell="B/B04")
        doctor = a.doctor()
        assert a.sign(doctor, "7004", status=409).code == "intake_state", "not begun"
        a.do(doctor, "7004", "begin")
        form = answers()
        for key in ("vital.systolic", "exam.blood", "exam.ecg", "exam.ultrasound", "exam.chest", "allergy", "family", "harm.level",
                    "withdrawal", "pregnancy", "infect.cough", "identity"):
            a.save(doctor, "7004", "form", {k: v for k, v in form.items() if k != key})
            got = a.sign(doctor, "7004", status=409)
            assert got.code == "intake_incomplete" and key in got.body.decode(), (key, got.body)
        a.save(doctor, "7004", "form", form)
        assert a.sign(doctor, "7004", status=409).code == "intake_incomplete", "the body was not looked at"
        a.save(doctor, "7004", "injuries", injuries(consistency=""))
        assert "consistency" in a.sign(doctor, "7004", status=409).body.decode()
        a.save(doctor, "7004", "injuries", injuries())
        assert a.sign(doctor, "7004", "fit", "isolation", status=400).code == "bad_field", "who is fit lives as others do"
        assert a.sign(doctor, "7004", "fit", "hospital", status=400).code == "bad_field"
        assert a.sign(doctor, "7004", "unfit", "normal", status=400).code == "bad_field"
        wrong = a.do(doctor, "7004", "sign", 401, fitness="fit", housing="normal", password="not the one")
        assert wrong.code == "password_wrong", wrong.body
        one = a.sign(doctor, "7004", "unfit", "hospital")
        assert one["form"]["final"] and one["injuries"]["final"] and one["signed_by"], one
        got = doctor.get(f"/api/seals/QuestionnaireResponse/{one['form']['id']}").json
        assert got["whole"] and got["signatures"][0]["holds"], got
        a.save(doctor, "7004", "form", form, 409)
        a.says("A01", "7005", 0, cell="B/B05")
        a.do(doctor, "7005", "begin")
        a.save(doctor, "7005", "form", {"identity": "checked", "consent": "refused", "consent.words": "不愿检查"})
        assert a.sign(doctor, "7005")["consent"] == "refused", "a refusal is a state, and no gap"


def tries(task):
    moved = json.loads(json.dumps(task))
    for part in next(e for e in moved["extension"] if e["url"].endswith("/intake"))["extension"]:
        if "valueInstant" in part:
            part["valueInstant"] = "2020-01-01T00:00:00Z"
    path = f"/fhir/Task/{task['id']}"
    yield "PUT", path, moved
    yield "PUT", path, {k: v for k, v in task.items() if k != "extension"}
    yield "DELETE", path, None
    yield "PATCH", path, [{"op": "remove", "path": "/extension"}]
    yield "PATCH", path, [{"op": "replace", "path": "/status", "value": "completed"}]
    yield "POST", "/fhir/Task", {k: v for k, v in moved.items() if k not in ("id", "meta")}


def rule_no_interface_moves_the_moments_or_answers_in_anothers_place():
    with arrivals() as a:
        a.says("A01", "7006", 0, cell="B/B06")
        a.at(600)
        a.do(a.nurse, "7006", "begin")
        a.save(a.nurse, "7006", "form", answers())
        before = a.one("7006")
        task = a.doctor_program.get(f"/fhir/Task/{before['id']}").json
        form = a.doctor_program.get(f"/fhir/QuestionnaireResponse/{before['id']}").json
        for role in a.site.by_role:
            client = a.site.token(role)
            for method, path, body in tries(task):
                media = "application/json-patch+json" if method == "PATCH" else "application/fhir+json"
                got = client.ask(method, path, None if body is None else json.dumps(body).encode(), headers={"Content-Type": media})
                unseen = method == "DELETE" and role not in ("nurse", "clinic-doctor", "pharmacist")
                assert got.status >= 400 or unseen, (role, method, path, got.status, got.body)
            got = client.put(f"/fhir/QuestionnaireResponse/{form['id']}", {**form, "status": "completed"})
            assert got.status >= 400, (role, got.status)
        assert a.one("7006") == before
        for verb in ("sign", "house", "records", "assess", "allegation"):
            assert a.nurse.post(f"/api/intakes/{before['id']}/{verb}", {}).status in (403, 404), verb
        for role in a.site.by_role:
            if role not in ("nurse", "clinic-doctor"):
                client = a.site.token(role)
                for path in ("/api/intakes", f"/api/intakes/{before['id']}"):
                    assert client.get(path).status == 404, (role, path)
                assert client.post(f"/api/intakes/{before['id']}/begin").status == 404, role


def rule_custody_reads_how_to_house_and_not_a_word_of_why():
    with arrivals() as a:
        a.says("A01", "7007", 0, cell="B/B07")
        a.says("A01", "7008", 0, cell="B/B08")
        doctor = a.doctor()
        a.do(a.nurse, "7007", "begin")
        a.save(a.nurse, "7007", "form", answers(CANARY))
        a.save(a.nurse, "7007", "injuries", {**injuries(CANARY), "consistency": "not"})
        a.sign(doctor, "7007", "fit-with-conditions", "observation", until="2026-11-29T00:00:00Z")
        got = a.command.get("/api/housing")
        assert CANARY.encode() not in got.body
        rows = {r["number"]: r for r in got.json["rows"]}
        assert rows["7007"] == {"name": "淳于7007", "number": "7007", "cell": "B07", "fitness": "fit-with-conditions", "housing": "observation",
                                "until": "2026-11-29T00:00:00.000Z", "late": False}, rows["7007"]
        assert rows["7008"]["housing"] == "" and rows["7008"]["fitness"] == ""
        a.at(2 * DAY)
        rows = {r["number"]: r for r in a.command.get("/api/housing").json["rows"]}
        assert rows["7007"]["housing"] == "" and rows["7008"]["late"], "its day has passed"
        a.do(a.doctor(), "7007", "house", fitness="fit", housing="normal")
        rows = {r["number"]: r for r in a.command.get("/api/housing").json["rows"]}
        assert rows["7007"]["housing"] == "normal"
        for role in a.site.by_role:
            if role != "duty-command":
                assert a.site.token(role).get("/api/housing").status == 404, role


def rule_signs_that_are_answered_at_an_intake_count_where_the_person_lives_and_those_put_right_do_not():
    def counted(a):
        got = a.nurse.get("/api/epidemic")
        assert got.status == 200, got.body
        return sorted((c["block"], c["sign"], c["people"]) for c in got.json["counts"])
    with arrivals() as a:
        for n in range(3):
            a.says("A01", f"71{n:02}", 0, cell=f"B/B{n + 1:02}")
            a.do(a.nurse, f"71{n:02}", "begin")
        a.save(a.nurse, "7100", "form", answers(**{"infect.fever": "yes", "infect.cough": "yes"}))
        a.save(a.nurse, "7101", "form", answers(**{"infect.fever": "yes", "infect.rash": "yes"}))
        until("both are counted", lambda: counted(a) == [("B", "breath", 1), ("B", "fever", 2), ("B", "rash", 1)])
        assert a.nurse.get("/api/epidemic").json["alarms"] == []
        a.save(a.nurse, "7102", "form", answers(**{"infect.fever": "yes"}))
        until("the third crosses the line", lambda: [(x["block"], x["sign"], x["people"]) for x in a.nurse.get("/api/epidemic").json["alarms"]] == [("B", "fever", 3)])
        a.save(a.nurse, "7101", "form", answers())
        until("what was put right counts no more", lambda: counted(a) == [("B", "breath", 1), ("B", "fever", 2)])
        assert a.command.get("/api/epidemic").status == 404


main(at_once=2)

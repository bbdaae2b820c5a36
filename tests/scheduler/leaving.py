#!/usr/bin/env python3
"""Somebody leaves for good: the registry announces it, the doctor reads and signs the summary, it is handed over with a receipt and sent on with consent; what
is still open has its own task. Custody reads none of it."""
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/rules")
import house  # noqa: E402
from bookings import refused  # noqa: E402
from house import CANARY, until  # noqa: E402
from registry import Sender, message, registry_site  # noqa: E402

ZH = {"Accept-Language": "zh-CN"}
FHIR = {"Content-Type": "application/fhir+json"}


def rows(who):
    return who.get("/api/release-summaries").json["rows"]


def what_has_not_been_handed_over_is_told_a_day_after_and_at_once_when_they_have_left():
    hour = 3600
    with registry_site(timed=True) as s:
        doctor, nurse, command = s.client().log_in("guqinghe"), s.token("nurse"), s.token("duty-command")
        sender = Sender(s.mllp)
        say = lambda event, control, number, name: sender.ask(message(event, number, control, int(control[2:]) * 10, name=name, cell="B/B03")).code
        late = lambda who: sorted(x["kind"] for x in who.get("/api/overdue").json["overdue"] if x["kind"] == "release-summary")
        for at, (event, number) in enumerate((("A01", "7300"), ("A01", "7301"), ("A16", "7300"), ("A16", "7301"))):
            assert say(event, f"t-{at}", number, "申屠^鹇" if number == "7300" else "端木^鹤") == "AA"
        assert len(rows(doctor)) == 2
        assert late(doctor) == []
        assert say("A03", "t-5", "7301", "端木^鹤") == "AA"
        until("who has left without it is told of at once", lambda: len(late(doctor)) == 1)
        assert late(nurse) == []
        s.hands.shift(2 * hour)
        until("the nurse is told an hour later", lambda: len(late(nurse)) == 1)
        assert len(late(s.client().log_in("guqinghe"))) == 1, "the other has a day"
        s.hands.shift(24 * hour + 60)
        doctor = s.client().log_in("guqinghe")
        until("and then is late too", lambda: len(late(doctor)) == 2)
        left = next(r for r in rows(doctor) if r["patient"]["number"] == "7301")
        path = f"/api/release-summaries/{left['id']}"
        read = doctor.get(path, headers=ZH).json
        assert doctor.post(f"{path}/sign", {"digest": read["digest"], "password": s.accounts["guqinghe"]["password"]}, headers=ZH).status == 200
        assert len(late(doctor)) == 2, "signed is not in hand"
        assert nurse.post(f"{path}/hand", {"witness": "陆白苏"}).status == 200
        until("in hand it is late no more", lambda: len(late(doctor)) == 1)
        assert command.get("/api/overdue").status == 404


def main():
    what_has_not_been_handed_over_is_told_a_day_after_and_at_once_when_they_have_left()
    with registry_site() as s:
        doctor, nurse = s.client().log_in("guqinghe"), s.token("nurse")
        sender = Sender(s.mllp)
        say = lambda event, control, minutes, **more: sender.ask(message(event, "7300", control, minutes, **more)).code
        assert say("A01", "l-1", 0, cell="B/B03") == "AA" and rows(doctor) == []
        assert say("A16", "l-2", 60) == "AA", "the release is announced"
        one = rows(doctor)
        assert len(one) == 1 and one[0]["state"] == "drafted" and one[0]["patient"]["number"] == "7300", one
        assert say("A16", "l-2", 60) == "AA" and len(rows(nurse)) == 1, "said twice it is one"
        patient = {"reference": f"Patient/{one[0]['patient']['id']}"}
        for body in ({"resourceType": "AllergyIntolerance", "patient": patient, "code": {"text": "青霉素"}},
                     {"resourceType": "Condition", "subject": patient, "code": {"text": f"哮喘 {CANARY}"}},
                     {"resourceType": "DiagnosticReport", "status": "registered", "subject": patient, "code": {"text": "痰培养"}}):
            assert doctor.post("/fhir/" + body["resourceType"], body, headers=FHIR).status == 201
        path = f"/api/release-summaries/{one[0]['id']}"
        read = doctor.get(path, headers=ZH).json
        assert [p["title"] for p in read["parts"]] == ["过敏", "在管问题", "现用药", "尚未回报的检查", "随访安排"], read
        assert "青霉素" in read["parts"][0]["text"] and "哮喘" in read["parts"][1]["text"] and "痰培养" in read["parts"][3]["text"], read
        refused(doctor.post(f"{path}/hand", {"witness": "陆白苏"}), 409, "release_state")
        assert doctor.get(f"{path}/summary.pdf").status == 404
        password = s.accounts["guqinghe"]["password"]
        refused(doctor.post(f"{path}/sign", {"digest": "0" * 64, "password": password}, headers=ZH), 409, "handover_changed")
        signed = doctor.post(f"{path}/sign", {"digest": read["digest"], "password": password}, headers=ZH)
        assert signed.status == 200 and signed.json["row"]["state"] == "signed", signed.body
        pdf = doctor.get(f"{path}/summary.pdf", headers=ZH)
        file = f"{s.root}/summary.pdf"
        with open(file, "wb") as out:
            out.write(pdf.body)
        words = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout
        for said in ("出所医疗小结", "青霉素", "痰培养", "核对码"):
            assert said in words, (said, words)
        got = subprocess.run([f"{house.BIN}/yunqiao", "verify", file], capture_output=True, text=True)
        assert got.returncode == 0 and "出所医疗小结" in got.stdout, got
        refused(nurse.post(f"{path}/send", {"agrees": True, "to": "x"}), 409, "release_state")
        refused(nurse.post(f"{path}/hand", {"witness": " "}), 400, "missing_field")
        assert nurse.post(f"{path}/hand", {"witness": "陆白苏"}).json["row"]["state"] == "handed"
        refused(nurse.post(f"{path}/send", {"agrees": True}), 400, "missing_field")
        assert say("A03", "l-3", 120) == "AA"
        last = nurse.post(f"{path}/send", {"agrees": True, "to": "岚桥社区卫生服务中心"}).json["row"]
        assert last["state"] == "closed" and last["receipt"] == "陆白苏" and last["to"] == "岚桥社区卫生服务中心" and rows(doctor) == [], last
        after = doctor.get("/fhir/Task?code=result-after-release").json["entry"]
        assert len(after) == 1 and len(after[0]["resource"]["input"]) == 1 and after[0]["resource"]["for"] == patient, after
        kept = doctor.get(f"/fhir/Provenance?target=Task/{one[0]['id']}").json["entry"]
        assert len(kept) >= 3, kept
        for role in ("duty-command", "guard", "scheduling-admin"):
            who = s.token(role)
            for way in ("/api/release-summaries", path, f"{path}/summary.pdf", f"/fhir/Task/{one[0]['id']}", f"/fhir/Task/{after[0]['resource']['id']}",
                        f"/fhir/{signed.json['row']['summary']}"):
                assert who.get(way).status == 404, (role, way)
            for verb in ("sign", "hand", "send"):
                assert who.post(f"{path}/{verb}", {}).status == 404, verb
        other = lambda event, control, minutes, **more: sender.ask(message(event, "7301", control, minutes, name="端木^鹤", birth="19790305", **more)).code
        assert other("A01", "m-1", 0, cell="B/B03") == "AA" and other("A16", "m-2", 60) == "AA" and len(rows(doctor)) == 1
        assert other("A11", "m-3", 90) == "AA" and rows(doctor) == [], "taken back before anybody has signed it"
        with open(s.log_path) as log:
            assert CANARY not in log.read()


if __name__ == "__main__":
    main()

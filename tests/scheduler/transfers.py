#!/usr/bin/env python3
"""A way to a hospital outside, through the API on the demo's whole site: asked for and approved by the clinic, arranged and reported by custody, which learns
when, where to, how many and how moved, and no word of what for."""
import subprocess
import sys
import time

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/rules")
import house  # noqa: E402
from bookings import at, refused  # noqa: E402
from escorts import listed, report  # noqa: E402
from house import CANARY  # noqa: E402
from line import Line  # noqa: E402
from ward import make  # noqa: E402

HOSPITAL, PATIENT = "demo-h1", "Patient/demo-p030"
ZH = {"Accept-Language": "zh-CN"}
SHOWN = {"id", "step", "name", "number", "cell", "room", "start", "end", "at", "reason", "precautions", "outing"}


class Ward:
    def __init__(self, site):
        self.site = site
        self.doctor, self.nurse = site.client().log_in("guqinghe"), site.token("nurse")
        self.command, self.guard = site.token("duty-command"), site.token("guard")

    def ask(self, patient=PATIENT, days=3, minutes=240, who=None, **more):
        body = {"patient": patient, "kind": "referral", "hospital": HOSPITAL, "means": "wheelchair", "officers": 3, "words": f"{CANARY} 左眼",
                "from": at(days), "minutes": minutes, **more}
        if body["kind"] == "emergency":
            del body["from"]
        got = (who or self.doctor).post("/api/transfers", body)
        assert got.status == 201, (got.status, got.body)
        return got.json["transfer"]

    def look(self, t):
        return self.doctor.get(f"/api/transfers/{t['id']}").json["transfer"]

    def do(self, t, verb, who=None, **body):
        got = (who or self.doctor).post(f"/api/transfers/{t['id']}/{verb}", body)
        assert got.status == 200, (verb, got.status, got.body)
        return got.json["transfer"]

    def task(self, t):
        """What custody has of it: the one escort's task that stands."""
        mine = [e for e in listed(self.command).values() if e["name"] == t["patient"]["name"] and "outing" in e and e["step"] != "failed"]
        assert len(mine) == 1, mine
        return mine[0]

    def arrange(self, t, who=None, **more):
        body = {"lead": "demo-escort-1", "officers": 2, "vehicle": "van", **more}
        return (who or self.command).post(f"/api/escorts/{self.task(t)['id']}/arrange", body)


def both_say_yes_and_the_same_task_brings_them_there_and_back(w):
    t = w.ask()
    assert t["state"] == "needed" and t["escort"]["arranged"] is False and t["approve_by"] == t["from"], t
    task = w.task(t)
    assert set(task) == SHOWN | {"owner"} and task["owner"] == "" and task["precautions"] == ["wheelchair"], task
    assert task["outing"] == {"means": "wheelchair", "vehicle": "", "officers": 3, "arranged": False} and task["room"] == t["hospital_name"], task
    assert task["id"] not in listed(w.guard), "nobody leads it yet"
    refused(w.doctor.post(f"/api/transfers/{t['id']}/approve", {}), 409, "transfer_unasked")
    refused(w.doctor.post(f"/api/transfers/{t['id']}/consent", {}), 400, "missing_field")
    t = w.do(t, "consent", who=w.nurse, witness="陆白苏")
    assert t["consented"]
    refused(w.nurse.post(f"/api/transfers/{t['id']}/approve", {}), 403, "not_allowed")
    t = w.do(t, "approve")
    assert t["state"] == "approved" and t["approved_by"] == "顾清和" and t["approve_by"] is None, t
    refused(report(w.command, task["id"], "collect"), 409, "escort_unready")
    refused(w.doctor.post(f"/api/transfers/{t['id']}/depart", {}), 409, "transfer_unready")
    refused(w.arrange(t, lead="demo-guqinghe"), 400, "bad_field")
    refused(w.arrange(t, vehicle=CANARY), 400, "bad_field")
    refused(w.arrange(t, note=CANARY), 400, "unknown_field")
    refused(w.arrange(t, who=w.guard), 404, "not_found")
    assert w.arrange(t).status == 204
    t = w.look(t)
    assert t["state"] == "ready" and t["escort"]["arranged"] and t["escort"]["officers"] == 2 and t["escort"]["vehicle"] == "van", t
    assert set(listed(w.guard)[task["id"]]) == SHOWN
    for verb, state in (("accept", "ready"), ("collect", "departed"), ("deliver", "at-hospital")):
        assert report(w.guard, task["id"], verb).json["changed"], verb
        assert w.look(t)["state"] == state, verb
    refused(w.doctor.post(f"/api/transfers/{t['id']}/call-off", {"reason": "x"}), 409, "transfer_state")
    assert w.do(t, "admit", who=w.nurse)["state"] == "admitted"
    assert report(w.guard, task["id"], "return").json["changed"]
    t = w.look(t)
    assert t["state"] == "returned" and t["over"] and all(t[m] for m in ("approved", "arranged", "departed", "arrived", "admitted", "returned")), t
    assert w.doctor.get(f"/fhir/ServiceRequest/{t['id']}").json["status"] == "completed"
    assert t["id"] not in [o["id"] for o in w.doctor.get("/api/transfers").json["transfers"]]
    assert t["id"] in [o["id"] for o in w.doctor.get("/api/transfers?patient=demo-p030").json["transfers"]]
    return t


def custody_arranges_first_and_cannot_and_the_approval_stands(w):
    """Arranged before it is approved; then it cannot be done, by a code: the Task says so for good, another is asked for, and the doctor's word stands."""
    t = w.ask(patient="Patient/demo-p007", days=5)
    first = w.task(t)["id"]
    assert w.arrange(t).status == 204 and w.look(t)["state"] == "arranged"
    w.do(t, "consent", witness="陆白苏")
    assert w.do(t, "approve")["state"] == "ready"
    other = w.ask(patient="Patient/demo-p012", days=5)
    refused(w.arrange(other), 409, "escort_busy")
    assert w.arrange(other, lead="demo-escort-2").status == 204
    w.do(other, "call-off", reason="hospital full")
    assert report(w.guard, first, "cannot", reason="no-escort").json["changed"]
    t = w.look(t)
    assert t["state"] == "approved" and t["approved"] and not t["arranged"] and t["escort"]["step"] == "requested", t
    again = w.task(t)
    assert again["id"] != first and not again["outing"]["arranged"]
    refused(w.command.post(f"/api/escorts/{first}/arrange", {"lead": "demo-escort-1", "officers": 2, "vehicle": "van"}), 404, "not_found")
    assert w.arrange(t).status == 204 and w.look(t)["state"] == "ready"
    t = w.do(t, "call-off", reason="appointment taken back by the hospital")
    assert t["state"] == "called-off" and t["escort"] is None, t
    assert not [e for e in listed(w.command).values() if e["id"] == again["id"]]


def the_packet_is_read_signed_and_printed_for_the_hospital_and_opened_by_nobody_on_the_way(w):
    """What was read is what is signed; on paper it is the same words, and it verifies away from the site; one byte changed does not."""
    patient = "Patient/demo-p001"
    t = w.ask(patient=patient, days=8, kind="surgery", words="左眼 视网膜脱离，需手术")
    path = f"/api/transfers/{t['id']}/packet"
    assert w.doctor.get(f"{path}.pdf").status == 404, "nothing is signed"
    read = w.doctor.get(path, headers=ZH).json
    titles = [p["title"] for p in read["parts"]]
    assert titles == ["转院原因", "过敏", "在管问题", "现用药", "最近的生命体征", "最近的会诊意见"], titles
    reason = read["parts"][0]["text"]
    assert reason == f"手术  {t['hospital_name']}\n左眼 视网膜脱离，需手术", reason
    password = w.site.accounts["guqinghe"]["password"]
    refused(w.doctor.post(path, {"digest": read["digest"], "password": "not mine at all"}), 401, "password_wrong")
    refused(w.doctor.post(path, {"digest": "0" * 64, "password": password}, headers=ZH), 409, "handover_changed")
    nurse = w.site.client().log_in(w.site.by_role["nurse"])
    refused(nurse.post(path, {"digest": read["digest"], "password": w.site.accounts[w.site.by_role["nurse"]]["password"]}), 403, "not_allowed")
    made = w.doctor.post("/fhir/AllergyIntolerance", {"resourceType": "AllergyIntolerance", "patient": {"reference": patient}, "code": {"text": "头孢曲松"}},
                         headers={"Content-Type": "application/fhir+json"})
    assert made.status == 201, made.body
    refused(w.doctor.post(path, {"digest": read["digest"], "password": password}, headers=ZH), 409, "handover_changed")
    read = w.doctor.get(path, headers=ZH).json
    assert "头孢曲松" in read["parts"][1]["text"]
    signed = w.doctor.post(path, {"digest": read["digest"], "password": password}, headers=ZH)
    assert signed.status == 200 and signed.json["transfer"]["packet"].startswith("Composition/"), signed.body
    kept = w.doctor.get(f"/fhir/{signed.json['transfer']['packet']}").json
    assert kept["status"] == "final" and kept["type"]["coding"][0]["code"] == "18761-7" and len(kept["section"]) == 6
    pdf = w.doctor.get(f"{path}.pdf", headers=ZH)
    assert pdf.status == 200 and pdf.headers["content-type"] == "application/pdf", pdf.status
    file = f"{w.site.root}/packet.pdf"
    with open(file, "wb") as out:
        out.write(pdf.body)
    words = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout
    for said in ("转院病情摘要", "头孢曲松", "视网膜脱离", t["hospital_name"], "顾清和", "核对码"):
        assert said in words, (said, words)
    verify = lambda name: subprocess.run([f"{house.BIN}/yunqiao", "verify", name], capture_output=True, text=True)
    got = verify(file)
    assert got.returncode == 0 and "转院病情摘要" in got.stdout and "签名于" in got.stdout, got
    wrong = f"{w.site.root}/wrong.pdf"
    with open(wrong, "wb") as out:
        out.write(pdf.body.replace(b"Composition/", b"Compositiom/", 1))
    assert verify(wrong).returncode != 0
    for who in (w.command, w.guard, w.site.token("scheduling-admin")):
        for way in (path, f"{path}.pdf", f"/fhir/{signed.json['transfer']['packet']}"):
            assert who.get(way).status == 404, way
    officer = w.site.token("privacy-officer")
    rows = officer.get("/api/audit?count=200").json["rows"]
    printed = [e for e in rows if e["action"] == "record.print" and e["target"] == signed.json["transfer"]["packet"]]
    assert len(printed) == 1 and printed[0]["outcome"] == "ok", [e for e in rows if e["action"].startswith(("record.print", "transfer"))][:5]
    w.do(t, "call-off", reason="a trial")


def stand_down(w):
    """Whoever leads what the demo planned for these hours cannot: an emergency comes at any."""
    for task in listed(w.guard, days=1):
        report(w.guard, task, "cannot", reason="no-escort")


def an_emergency_leaves_before_anybody_has_signed(w):
    stand_down(w)
    t = w.ask(patient="Patient/demo-p020", kind="emergency", means="stretcher", who=w.nurse)
    task = w.task(t)
    assert task["precautions"][0] == "stretcher" and task["outing"]["arranged"] is False, task
    assert w.do(t, "depart", who=w.nurse)["state"] == "departed"
    assert w.task(t)["step"] == "collected"
    led = w.arrange(t, vehicle="ambulance")
    assert led.status == 204, led.body  # who leads is said afterwards
    assert w.task(t)["step"] == "collected" and w.task(t)["outing"]["vehicle"] == "ambulance" and w.task(t)["owner"], w.task(t)
    refused(w.arrange(t), 409, "escort_state")
    for verb in ("deliver", "return"):
        assert report(w.guard, task["id"], verb).json["changed"], verb
    t = w.look(t)
    assert t["state"] == "returned" and not t["over"] and t["approve_by"], t
    assert t["id"] in [o["id"] for o in w.doctor.get("/api/transfers").json["transfers"]], "the form is still missing"
    assert w.do(t, "approve")["over"]
    refused(w.doctor.post(f"/api/transfers/{t['id']}/approve", {}), 409, "transfer_state")


def a_no_is_recorded_and_to_custody_a_task_that_is_gone(w):
    t = w.ask(patient="Patient/demo-p021", days=6)
    task = w.task(t)["id"]
    assert w.arrange(t).status == 204
    t = w.do(t, "consent", agrees=False, witness="陆白苏", reason=f"{CANARY} afraid")
    assert t["state"] == "refused" and t["why"].endswith("afraid") and t["escort"] is None, t
    said = w.doctor.get("/fhir/Consent?patient=Patient/demo-p021&status=rejected").json["entry"]
    assert len(said) == 1 and said[0]["resource"]["provision"]["data"][0]["reference"]["reference"] == f"ServiceRequest/{t['id']}"
    refused(w.doctor.post(f"/api/transfers/{t['id']}/approve", {}), 409, "transfer_over")
    for who in (w.command, w.guard):
        assert task not in listed(who)
        assert who.get(f"/fhir/Consent/{said[0]['resource']['id']}").status == 404
    body = w.command.get(f"/fhir/Task/{task}").body
    assert b"cancelled" in body and b"refus" not in body, body


def custody_knows_of_none_and_what_it_has_says_no_word(w, t):
    """(rules 1-3, 5, 6) By whatever way: not the request, not the words, not why it was refused."""
    request = f"/fhir/ServiceRequest/{t['id']}"
    for who in (w.command, w.guard, w.site.token("scheduling-admin")):
        for path in ("/api/transfers", f"/api/transfers/{t['id']}", f"/api/transfers/{t['id']}/packet.pdf", "/api/transfers/hospitals", request,
                     f"{request}/_history"):
            assert who.get(path).status == 404, path
        for verb in ("approve", "consent", "depart", "admit", "call-off"):
            assert who.post(f"/api/transfers/{t['id']}/{verb}", {}).status == 404, verb
        assert who.post("/api/transfers", {"patient": PATIENT, "kind": "emergency"}).status == 404
    for who in (w.command, w.guard):
        assert who.get("/fhir/ServiceRequest").json.get("total", 0) == 0
        seen = b"".join(who.get(p).body for p in (f"/api/escorts?from={at(-1)}&until={at(9)}", "/fhir/Task?_count=200", f"/fhir/Task?patient={PATIENT}",
                                                  "/fhir/Location?_count=200", "/api/isolation", "/fhir/Task?_revinclude=*&_include=*"))
        for word in (CANARY, "左眼", "referral", "emergency", "refused", "转诊", t["id"]):
            assert word.encode() not in seen, word
    every = [e for e in listed(w.command).values() if "outing" in e]
    assert every
    for e in every:
        assert set(e) == SHOWN | {"owner"} and set(e["outing"]) == {"means", "vehicle", "officers", "arranged"}, e
        task = w.doctor.get(f"/fhir/Task/{e['id']}").json
        assert set(task) <= {"resourceType", "id", "meta", "status", "businessStatus", "statusReason", "intent", "priority", "code", "for", "executionPeriod",
                             "authoredOn", "lastModified", "owner", "location", "input"}, sorted(task)
    with open(w.site.log_path) as log:
        assert CANARY not in log.read()


def the_clinic_alone_leads_it(w):
    """Led by the server: not even a doctor changes it by the way of every record; each write has its origin."""
    t = w.ask(patient="Patient/demo-p022", days=7)
    patch = b'[{"op":"replace","path":"/status","value":"active"}]'
    assert w.doctor.ask("PATCH", f"/fhir/ServiceRequest/{t['id']}", patch, {"Content-Type": "application/json-patch+json"}).status == 409
    origin = w.doctor.get(f"/fhir/Provenance?target=ServiceRequest/{t['id']}").json
    assert origin["entry"], origin
    w.do(t, "call-off", reason="a trial")


def one_without_a_doctors_word_is_told_when_they_leave_and_on_half_an_hour_later():
    """Each step once, by a notice without a word, to the clinic alone; an emergency, which does not wait for it, two hours after it was asked for."""
    hour = 3600
    with house.timed_site() as (s, hands):
        doctor, nurse, command, officer = (s.token(x) for x in ("guqinghe", "nurse", "duty-command", "privacy-officer"))
        patient = make(doctor, {"resourceType": "Patient", "name": [{"text": "卓远山"}]})
        other = make(doctor, {"resourceType": "Patient", "name": [{"text": "祝峰威"}]})
        hospital = make(doctor, {"resourceType": "Organization", "name": "市第一人民医院"})
        begin = int(time.time()) + 24 * hour
        hands.set(begin)
        line = Line(s.client().log_in(s.by_role["duty-command"]))
        stamp = lambda t: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))

        def ask(whom, **more):
            body = {"patient": f"Patient/{whom['id']}", "kind": "referral", "hospital": hospital["id"], "means": "walking", "words": CANARY, **more}
            got = doctor.post("/api/transfers", body)
            assert got.status == 201, got.body
            return got.json["transfer"]["id"]

        late = lambda who: [(x["kind"], x["id"]) for x in who.get("/api/overdue").json["overdue"]]
        told = lambda: sorted((r["target"], r["detail"]["to"]) for r in officer.get("/api/audit?action=work.overdue").json["rows"] if r["detail"]["kind"] == "transfer")
        planned = ask(patient, **{"from": stamp(begin + 6 * hour)})
        urgent = ask(other, kind="emergency")
        hands.set(begin + 2 * hour)
        house.until("the doctor is told of the emergency", lambda: late(doctor) == [("transfer", urgent)])
        assert late(nurse) == [] and told() == [(f"ServiceRequest/{urgent}", "clinic-doctor")]
        hands.set(begin + 2 * hour + 1800)
        house.until("and the nurse", lambda: late(nurse) == [("transfer", urgent)])
        assert doctor.post(f"/api/transfers/{urgent}/approve", {}).status == 200
        house.until("approved, it is late no more", lambda: late(doctor) == [] == late(nurse))
        hands.set(begin + 6 * hour - 60)
        assert late(doctor) == []
        hands.set(begin + 6 * hour)
        house.until("the doctor is told when they should leave", lambda: late(doctor) == [("transfer", planned)])
        hands.set(begin + 6 * hour + 1800)
        house.until("the nurse half an hour later", lambda: late(nurse) == [("transfer", planned)])
        hands.set(begin + 9 * hour)
        assert doctor.post(f"/api/transfers/{planned}/call-off", {"reason": CANARY}).status == 200
        house.until("called off, it is late no more", lambda: late(doctor) == [] == late(nurse))
        assert told() == sorted((f"ServiceRequest/{t}", to) for t in (planned, urgent) for to in ("clinic-doctor", "nurse")), told()
        assert command.get("/api/overdue").status == 404 and CANARY not in str(line.frames)


def main():
    one_without_a_doctors_word_is_told_when_they_leave_and_on_half_an_hour_later()
    with house.site() as s:
        assert s.run("demo", "--force", "--json").returncode == 0
        s.start()
        w = Ward(s)
        t = both_say_yes_and_the_same_task_brings_them_there_and_back(w)
        custody_arranges_first_and_cannot_and_the_approval_stands(w)
        the_packet_is_read_signed_and_printed_for_the_hospital_and_opened_by_nobody_on_the_way(w)
        an_emergency_leaves_before_anybody_has_signed(w)
        a_no_is_recorded_and_to_custody_a_task_that_is_gone(w)
        custody_knows_of_none_and_what_it_has_says_no_word(w, t)
        the_clinic_alone_leads_it(w)


if __name__ == "__main__":
    main()

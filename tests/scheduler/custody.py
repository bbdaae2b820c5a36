#!/usr/bin/env python3
"""What follows when a registry says that somebody moves, goes to court, is released or dies: on the demo's whole site, through the registry's own door."""
import contextlib
import json
import os
import sys
import time

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/rules")
import house  # noqa: E402
import registry  # noqa: E402
from escorts import booked, listed, task_of  # noqa: E402
from house import CANARY, free_port, until  # noqa: E402
from ward import FHIR, make, now, ref, words  # noqa: E402

HOUR = 3600


class Registry:
    """Its side of the door: what is said happened that many seconds ago."""

    def __init__(self, port, number):
        self.sender, self.number, self.count = registry.Sender(port), number, 0

    def say(self, event, ago=0, **more):
        self.count += 1
        seconds = int(time.time()) - ago - registry.AT
        ack = self.sender.ask(registry.message(event, self.number, f"{self.number}-{self.count}", seconds, name="淳于^鹭", **more))
        assert ack.code == "AA", ack.raw


@contextlib.contextmanager
def demo_with_registry():
    port = free_port()
    s = house.Site(config=registry.CONF.format(port=port), place=lambda root: (os.mkdir(f"{root}/drop", 0o700), f"{root}/site")[1])
    try:
        assert s.run("demo", "--force", "--unbooked", "--json").returncode == 0
        s.start()
        s.mllp = port
        yield s
    finally:
        s.close()


def whom(doctor, number):
    found = until("the person is there", lambda: doctor.get(f"/fhir/Patient?identifier=urn:yunqiao:detainee-number|{number}").json.get("entry"))
    return found[0]["resource"]


def count(doctor, query):
    got = doctor.get(f"/fhir/{query}&_summary=count")
    assert got.status == 200, (query, got.body)
    return got.json["total"]


def fill(doctor, nurse, patient):
    """Something of everything that stands open: a booking with its escort, a prescription, a sick call."""
    booking = booked(doctor, "demo-escort-1", f"Patient/{patient['id']}")
    make(doctor, {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", "subject": ref(patient),
                  "medicationCodeableConcept": words(), "authoredOn": now(-60),
                  "dosageInstruction": [{"timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}}}]})
    got = nurse.post("/api/sick-calls", {"patient": f"Patient/{patient['id']}", "words": CANARY})
    assert got.status == 201, got.body
    return booking


def open_things(doctor, patient):
    p = f"patient=Patient/{patient['id']}"
    return (count(doctor, f"Appointment?{p}&status=booked"), count(doctor, f"Task?{p}&code=escort&status=requested,accepted"),
            count(doctor, f"MedicationRequest?{p}&status=active,draft"), count(doctor, f"Task?{p}&code=sick-call&status=received,accepted,ready"))


def a_move_is_followed_and_a_release_ends_what_stands_open(s):
    doctor, nurse, command, officer = s.token("guqinghe"), s.token("nurse"), s.token("duty-command"), s.token("privacy-officer")
    reg = Registry(s.mllp, "7700001")
    reg.say("A01", ago=3 * HOUR, cell="B/B03")
    patient = whom(doctor, "7700001")
    booking = fill(doctor, nurse, patient)
    task = task_of(command, booking)
    assert listed(command)[task]["cell"] == "B03", listed(command)[task]
    reg.say("A02", ago=2 * HOUR, cell="B/B05")
    assert until("the escort fetches from the new cell", lambda: listed(command)[task]["cell"] == "B05")
    reg.say("A16", ago=HOUR)
    time.sleep(1.5)
    assert open_things(doctor, patient) == (1, 1, 1, 1), "announced is not gone"
    reg.say("A03", ago=1800, end="RELEASED")
    until("all of it is over", lambda: open_things(doctor, patient) == (0, 0, 0, 0))
    assert task not in listed(command)
    row = until("the trail says so", lambda: officer.get(f"/api/audit?action=custody.changed&target=Patient/{patient['id']}").json["rows"])[0]
    assert row["detail"]["state"] == "released" and row["detail"]["booking"] == 1 and row["detail"]["order"] == 1, row
    stopped = doctor.get(f"/fhir/MedicationRequest?patient=Patient/{patient['id']}").json["entry"][0]["resource"]
    assert stopped["status"] == "cancelled" and stopped["statusReason"]["coding"][0]["code"] == "released", stopped
    versions = [r["resource"] for r in doctor.get(f"/fhir/Provenance?target=MedicationRequest/{stopped['id']}").json.get("entry", [])]
    assert any(p["agent"][0]["who"]["identifier"]["value"] == "yunqiaod" for p in versions), "who wrote it is said"
    reg.say("A13", ago=60)
    until("somebody looks anew", lambda: count(doctor, f"Task?patient=Patient/{patient['id']}&code=concern&status=requested") == 1)
    assert open_things(doctor, patient) == (0, 0, 0, 0), "what was ended stays ended"
    for custody in (command, s.token("guard")):
        got = custody.get(f"/fhir/Task?patient=Patient/{patient['id']}&_count=100")
        assert CANARY not in got.body.decode() and "concern" not in got.body.decode() and "sick-call" not in got.body.decode()


def nobody_writes_in_the_record_of_who_has_died(s):
    doctor, nurse = s.token("guqinghe"), s.token("nurse")
    reg = Registry(s.mllp, "7700002")
    reg.say("A01", ago=3 * HOUR, cell="B/B04", birth="19700303")
    patient = whom(doctor, "7700002")
    note = make(doctor, {"resourceType": "Condition", "code": words(), "subject": ref(patient)})
    reg.say("A03", ago=60, end="DEAD", birth="19700303")

    def is_closed():
        got = doctor.ask("POST", "/fhir/Condition", json.dumps({"resourceType": "Condition", "code": words(), "subject": ref(patient)}).encode(), FHIR)
        return got.status == 409
    until("it is closed", is_closed)
    change = json.dumps([{"op": "add", "path": "/note", "value": [{"text": "x"}]}]).encode()
    got = doctor.ask("PATCH", f"/fhir/Condition/{note['id']}", change, {"Content-Type": "application/json-patch+json"})
    assert got.status == 409, got.body
    assert doctor.ask("DELETE", f"/fhir/Condition/{note['id']}").status == 409
    got = nurse.post("/api/sick-calls", {"patient": f"Patient/{patient['id']}", "words": CANARY})
    assert got.status == 409 and got.code == "record_closed", got.body
    got = doctor.post("/api/orders", {"patient": patient["id"], "drug": "amoxicillin", "dose": "0.5", "per_day": 3, "days": 5})
    assert got.status in (400, 409) and (got.status == 400 or got.code == "record_closed"), got.body
    assert doctor.get(f"/fhir/Condition/{note['id']}").status == 200, "it is read as before"
    a_privacy_officer_reviews_the_death(s, patient)
    reg.say("A13", ago=10, birth="19700303")
    until("a death told in error opens it", lambda: not is_closed())


def a_privacy_officer_reviews_the_death(s, patient):
    """Who opened what around it; opened, and closed with a remark, each once; nobody else learns that there is one."""
    officer = s.client().log_in(s.by_role["privacy-officer"])
    rows = officer.get("/api/death-reviews").json["rows"]
    mine = [r for r in rows if r["patient"] == patient["id"]]
    assert len(mine) == 1 and mine[0]["opened"] is None and mine[0]["closed"] is None, rows
    assert "淳于" not in json.dumps(rows, ensure_ascii=False), "a pseudonym"
    path = f"/api/death-reviews/{mine[0]['id']}"
    one = officer.get(path)
    assert one.json["review"][0]["patient"] == patient["id"] and any(r["action"].startswith("record") for r in one.json["rows"]), one.body
    assert CANARY not in one.body.decode()
    for role in s.by_role:
        if role != "privacy-officer":
            other = s.token(role)
            assert other.get("/api/death-reviews").status in (403, 404) and other.post(f"{path}/open", {}).status in (403, 404), role
    assert officer.post(f"{path}/close", {"remark": " "}).status == 400
    assert officer.post("/api/death-reviews/999999/open", {}).status == 404
    assert officer.post(f"{path}/open", {}).status == 204
    assert officer.post(f"{path}/open", {}).status == 409
    assert officer.post(f"{path}/close", {"remark": "查阅均在诊疗之内"}).status == 204
    assert officer.post(f"{path}/close", {"remark": "again"}).status == 409
    now_is = next(r for r in officer.get("/api/death-reviews").json["rows"] if r["patient"] == patient["id"])
    assert now_is["opened_by"]["display"] and now_is["closed_by"]["display"] and now_is["remark"] == "查阅均在诊疗之内", now_is
    said = [r["outcome"] for r in officer.get("/api/audit?action=death.close").json["rows"]]
    assert said.count("ok") == 1, said


def main():
    with demo_with_registry() as s:
        a_move_is_followed_and_a_release_ends_what_stands_open(s)
        nobody_writes_in_the_record_of_who_has_died(s)
    print("custody is followed")


if __name__ == "__main__":
    main()

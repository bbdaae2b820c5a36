#!/usr/bin/env python3
"""The order of what is proposed and of who waits, through the API: urgency, the earliest, who is known to the patient, a fair share; classes that are raised
and lowered, and that age."""
import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/rules")
import house  # noqa: E402
from bookings import at, done, find, refused, start  # noqa: E402
from ward import make  # noqa: E402

EYE = "specialist:ophthalmology"


def who(proposal, need=EYE):
    return next(s["reference"] for s in proposal["seats"] if s["need"] == need)


def who_is_known_comes_first_unless_it_is_urgent(admin, doctor):
    patient = "Patient/demo-p060"
    routine = find(admin, [{"need": EYE}], patient=patient, until=30, triage="routine")["proposals"]
    earliest = routine[0]
    later = next(p for p in find(admin, [{"need": EYE}], patient=patient, until=30, triage="routine", proposals=20)["proposals"]
                 if who(p) != who(earliest) and p["start"] > earliest["start"])
    assert earliest["strangers"] == 0, "where nobody knows the patient nobody is a stranger"
    make(doctor, {"resourceType": "Encounter", "status": "finished", "class": {"code": "VR"}, "subject": {"reference": patient},
                  "participant": [{"individual": {"reference": who(later)}}]})
    calm = find(admin, [{"need": EYE}], patient=patient, until=30, triage="routine", proposals=20)["proposals"]
    assert who(calm[0]) == who(later) and calm[0]["strangers"] == 0 and calm[0]["why"] == "first", calm[0]
    assert next(s for s in calm[0]["seats"] if s["need"] == EYE)["known"] is True
    strange = [p for p in calm if p["strangers"]]
    assert strange and strange[0]["why"] in ("strangers", "waits"), [(p["why"], p["strangers"]) for p in calm]
    now = find(admin, [{"need": EYE}], patient=patient, until=30, triage="emergency")["proposals"]
    assert now[0]["start"] == min(p["start"] for p in now) == earliest["start"], "an emergency takes the first hour, known or not"
    assert now[0]["strangers"] == 1


def work_is_shared(admin, doctor):
    need = [{"need": "clinic-doctor"}]
    new = [f"Patient/{make(doctor, {'resourceType': 'Patient', 'name': [{'text': '新来'}]})['id']}" for _ in range(2)]  # known to nobody
    one, other = "Practitioner/demo-guqinghe", "Practitioner/demo-xuwang"
    of = lambda person: find(admin, [{"need": "clinic-doctor", "reference": person}], patient=new[1], until=14)["proposals"][0]  # noqa: E731
    before = {person: of(person)["load_min"] for person in (one, other)}  # the demo has work for both
    more = max(3, (before[other] - before[one]) // 40 + 3)
    late = find(admin, [{"need": "clinic-doctor", "reference": one}], patient=new[0], until=10, proposals=20)["proposals"][-more:]
    for i, p in enumerate(late):
        done(start(admin, p, patient=f"Patient/demo-p0{62 + i}", ask=True), 201)
    assert of(one)["load_min"] >= before[one] + 120 and of(one)["load_min"] > of(other)["load_min"] == before[other]
    starts = {person: {p["start"] for p in find(admin, [{"need": "clinic-doctor", "reference": person}], patient=new[1], until=14, proposals=20)["proposals"]}
              for person in (one, other)}
    both = [p for p in find(admin, need, patient=new[1], until=14, proposals=20)["proposals"] if p["start"] in starts[one] & starts[other]]
    assert both and all(who(p, "clinic-doctor") == other for p in both), "where both could the less loaded is proposed"


def request(doctor, patient, priority, days_ago):
    return make(doctor, {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "priority": priority, "authoredOn": at(-days_ago),
                         "category": [{"coding": [{"system": "urn:yunqiao:category", "code": "consultation"}]}], "code": {"text": "x"},
                         "subject": {"reference": patient}, "requester": {"reference": "Practitioner/demo-guqinghe"},
                         "extension": [{"url": "https://yunqiao.invalid/fhir/consult-need", "valueCode": EYE}]})["id"]


def queue(who_asks):
    return who_asks.get("/api/waiting").json["waiting"]


def classes_are_raised_freely_and_lowered_with_a_reason(site, admin, doctor):
    nurse = site.token("nurse")
    mine = request(doctor, "Patient/demo-p070", "routine", 0)
    old = request(doctor, "Patient/demo-p071", "routine", 40)
    order = [w["request"].split("/")[1] for w in queue(admin)]
    assert order.index(old) < order.index(mine), "of one class the older first"
    aged = next(w for w in queue(admin) if w["request"].endswith(old))
    assert aged["triage"] == "routine" and aged["aged"] != "routine" and aged["target"] < at(), aged
    refused(admin.post(f"/api/waiting/{mine}/triage", {"triage": "urgent"}), 403, "booking_role")
    assert site.token("specialist").post(f"/api/waiting/{mine}/triage", {"triage": "urgent"}).status == 404
    assert nurse.post(f"/api/waiting/{mine}/triage", {"triage": "emergency"}).status == 204
    assert queue(admin)[0]["request"].endswith(mine) and queue(admin)[0]["triage"] == "emergency"
    refused(nurse.post(f"/api/waiting/{mine}/triage", {"triage": "soon"}), 400, "missing_field")
    assert nurse.post(f"/api/waiting/{mine}/triage", {"triage": "soon", "reason": "sight is back"}).status == 204
    assert next(w for w in queue(admin) if w["request"].endswith(mine))["triage"] == "soon"
    kept = doctor.get(f"/fhir/ServiceRequest/{mine}").json
    changes = [{p["url"]: p.get("valueCode") or p.get("valueString") for p in e["extension"]}
               for e in kept["extension"] if e["url"].endswith("triage-change")]
    assert kept["priority"] == "urgent" and [(c["from"], c["to"], c.get("why")) for c in changes] == [
        ("routine", "stat", None), ("stat", "urgent", "sight is back")], changes
    assert "sight is back" not in admin.get("/api/waiting").body.decode(), "who schedules learns the class alone"
    assert "sight is back" not in site.token("privacy-officer").get("/api/audit?action=waiting.triage").body.decode()


def main():
    site = house.Site()
    try:
        assert site.run("demo", "--force", "--json").returncode == 0
        site.start()
        admin, doctor = site.token("scheduling-admin"), site.token("guqinghe")
        who_is_known_comes_first_unless_it_is_urgent(admin, doctor)
        work_is_shared(admin, doctor)
        classes_are_raised_freely_and_lowered_with_a_reason(site, admin, doctor)
        uyghur = find(admin, [{"need": "clinic-doctor"}, {"need": "interpreter:ug"}], patient="Patient/demo-p067")["proposals"]
        assert who(uyghur[0], "interpreter:ug") == "Practitioner/demo-ayinuer", "an interpreter is found by the language"
        assert find(admin, [{"need": "interpreter:bo"}])["block"]["needs"][0]["state"] == "nobody"
    finally:
        site.close()
    print("4 passed, 0 failed")


if __name__ == "__main__":
    main()

"""Rule 22: every write has its Provenance: who, in what role, when by the server's clock, by which session. (The signature's own proof
stands in rule 21.) Rule 7's other half: a specialist writes into the granted encounter, and changes the own draft alone."""
import datetime
import json

from house import main, site, timed_site, until
from ward import FHIR, Ward, account, bind, change, image, make, now, ref


def origins(client, resource):
    got = client.get(f"/fhir/Provenance?target={resource['resourceType']}/{resource['id']}")
    assert got.status == 200, got.body
    return [e["resource"] for e in got.json.get("entry", [])]


def rule_create_change_and_transaction_each_leave_one():
    with site() as s:
        w = Ward(s)
        made = w.of["condition"]
        change(w.doctor, dict(made, code={"text": "changed"}))
        found = origins(w.doctor, made)
        assert len(found) == 2, found
        versions = {f["target"][0]["reference"] for f in found}
        assert versions == {f"Condition/{made['id']}/_history/1", f"Condition/{made['id']}/_history/2"}, versions
        for f in found:
            author = f["agent"][0]
            assert author["who"]["identifier"]["value"] == account(s, "guqinghe")
            assert author["role"][0]["coding"][0]["code"] == "clinic-doctor"
            assert f["agent"][1]["who"]["identifier"]["value"]
            at = datetime.datetime.fromisoformat(f["recorded"].replace("Z", "+00:00"))
            assert abs((datetime.datetime.now(datetime.timezone.utc) - at).total_seconds()) < 60
        entry = [{"resource": {"resourceType": "Observation", "status": "final", "code": {"text": str(i)}, "subject": ref(w.ben)},
                  "request": {"method": "POST", "url": "Observation"}} for i in range(5)]
        got = w.doctor.ask("POST", "/fhir", json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entry}).encode(), FHIR)
        assert got.status == 200, got.body
        first = got.json["entry"][0]["response"]["location"].split("/_history")[0].split("/")[-2:]
        found = origins(w.doctor, {"resourceType": first[0], "id": first[1]})
        assert len(found) == 1 and len(found[0]["target"]) == 5, found


def rule_no_version_is_without_its_origin_whatever_way_it_was_written():
    """Every screen's endpoint that writes into a record, and every interaction: each version in the whole history is named by one Provenance."""
    with site() as s:
        w = Ward(s)
        doctor, nurse, pharmacist, me = s.client().log_in("guqinghe"), s.token("nurse"), s.token("pharmacist"), s.token("detainee")
        bind(s, "zhuoyuanshan", w.anna)
        change(w.doctor, dict(w.of["condition"], code={"text": "changed"}))
        patch = json.dumps([{"op": "replace", "path": "/priority", "value": "routine"}]).encode()
        assert w.doctor.ask("PATCH", w.path("request"), patch, {"Content-Type": "application/json-patch+json"}).status == 200
        w.doctor.ask("DELETE", w.path("allergy"))
        carla = make(w.doctor, {"resourceType": "Patient", "identifier": [{"system": "urn:yunqiao:detainee-number", "value": "rule-22"}]})
        assert w.doctor.ask("POST", "/dicom-web/studies", image("rule-22"), {"Content-Type": "application/dicom"}).status == 200
        assert w.doctor.ask("POST", "/fhir/Binary", b"%PDF-1.4 x", {"Content-Type": "application/pdf",
                                                                   "X-Security-Context": f"Patient/{carla['id']}"}).status == 201
        order = w.doctor.post("/api/orders", {"patient": w.ben["id"], "drug": "loratadine", "dose": "10", "per_day": 1, "days": 3}).json["id"]
        assert pharmacist.post(f"/api/orders/{order}/approve", {"reason": "x"}).status == 204
        assert nurse.post(f"/api/orders/{order}/doses", {"outcome": "given"}).status == 201
        for act in ("hold", "resume", "stop"):
            assert w.doctor.post(f"/api/orders/{order}/{act}", {"reason": "x"}).status == 204, act
        strong = w.doctor.post("/api/orders", {"patient": w.ben["id"], "drug": "zopiclone", "dose": "7.5", "per_day": 1, "days": 3}).json["id"]
        assert pharmacist.post(f"/api/orders/{strong}/approve", {"reason": "x"}).status == 204
        dose = nurse.post(f"/api/orders/{strong}/doses", {"outcome": "given"}).json["id"]
        assert doctor.post(f"/api/doses/{dose}/sign", {"password": s.accounts["guqinghe"]["password"]}).status == 204
        assert me.post("/api/own/copy").status == 204 and nurse.post(f"/api/patients/{w.anna['id']}/copy").status == 204
        twin = make(w.doctor, {"resourceType": "Patient", "name": [{"family": "安"}]})
        merge = {"resourceType": "Parameters", "parameter": [{"name": "source-patient", "valueReference": ref(twin)},
                                                             {"name": "target-patient", "valueReference": ref(carla)}]}
        assert w.doctor.post("/fhir/Patient/$merge", merge).status == 200
        written, named, kinds = set(), set(), set()
        path = "/fhir/_history?_count=100"
        while path:
            got = w.doctor.get(path)
            assert got.status == 200, got.body
            for resource in (e["resource"] for e in got.json["entry"] if "resource" in e):
                if resource["resourceType"] == "Provenance":
                    named |= {t["reference"] for t in resource["target"] if "reference" in t}
                else:
                    written.add(f"{ref(resource)['reference']}/_history/{resource['meta']['versionId']}")
                    kinds.add(resource["resourceType"])
            following = [link["url"] for link in got.json["link"] if link["relation"] == "next"]
            path = "/fhir" + following[0].split("/fhir", 1)[1] if following else None
        assert kinds >= {"Binary", "ImagingStudy", "MedicationAdministration", "MedicationRequest", "CommunicationRequest", "Patient"}, kinds
        assert len(written) > 25 and not written - named, (len(written), sorted(written - named))


def rule_what_the_clock_writes_has_its_origin_and_its_row_too():
    """A hold that ends by itself: the next version of the Appointment is this program's, and so is the row of the trail."""
    with timed_site() as (s, hands):
        doctor, admin, officer = s.token("clinic-doctor"), s.token("scheduling-admin"), s.token("privacy-officer")
        room = make(doctor, {"resourceType": "Location", "status": "active", "name": "Room", "mode": "instance",
                             "type": [{"coding": [{"system": "urn:yunqiao:place", "code": "consulting-room"}]}]})
        held = admin.post("/api/bookings", {"triage": "emergency", "start": now(120), "minutes": 20,
                                            "seats": [{"need": "room:consulting-room", "reference": ref(room)["reference"]}]})
        assert held.status == 201, held.body
        booking = held.json["booking"]
        hands.shift(11 * 60)
        state = lambda: admin.get(f"/api/bookings/{booking['id']}").json["booking"]
        until("the hold is over", lambda: state()["state"] == "expired")
        version = f"Appointment/{booking['id']}/_history/{state()['version']}"
        [origin] = [o for o in origins(doctor, {"resourceType": "Appointment", "id": booking["id"]})
                    if version in {t["reference"] for t in o["target"]}]
        assert [a["who"]["identifier"] for a in origin["agent"]] == [{"system": "https://yunqiao.invalid/fhir/device", "value": "yunqiaod"}], origin
        [row] = officer.get("/api/audit?action=booking.clock").json["rows"]
        assert row["actor"] is None and row["from"] == "server" and row["target"] == f"Appointment/{booking['id']}", row
        assert officer.post("/api/audit/verify").json["ok"]


def rule_nobody_writes_a_provenance_by_hand_and_a_secret_keeps_its_own():
    with site() as s:
        w = Ward(s)
        body = {"resourceType": "Provenance", "target": [ref(w.anna)], "recorded": "2020-01-01T00:00:00Z",
                "agent": [{"who": {"display": "somebody else"}}]}
        for role in s.by_role:
            got = s.token(role).ask("POST", "/fhir/Provenance", json.dumps(body).encode(), FHIR)
            assert got.status in (403, 404, 422), (role, got.status)
        hiv = w.of["hiv"]
        assert len(origins(w.doctor, hiv)) == 1
        assert origins(s.token("nurse"), hiv) == [], "of what is hidden the origin is hidden"
        w.doctor.ask("DELETE", w.path("allergy"))
        rows = w.doctor.get("/fhir/Provenance?_count=200").json["entry"]
        assert any(t.get("identifier", {}).get("value", "").startswith("AllergyIntolerance/")
                   for e in rows for t in e["resource"]["target"]), "a deletion has its origin"


def rule_a_specialist_writes_under_the_grant_and_changes_the_own_draft():
    with site() as s:
        w = Ward(s)
        assert w.grant("observation").status == 201
        expert = s.token("wenzhiyuan")
        draft = make(expert, {"resourceType": "DiagnosticReport", "status": "preliminary", "code": {"text": "opinion"},
                              "subject": ref(w.anna), "encounter": ref(w.visit)})
        assert expert.get(f"/fhir/DiagnosticReport/{draft['id']}").status == 200
        change(expert, dict(draft, conclusion="glaucoma"))
        change(expert, dict(w.of["observation"], status="amended"), want=403)
        other = {"resourceType": "DiagnosticReport", "status": "preliminary", "code": {"text": "x"}, "subject": ref(w.anna)}
        got = expert.ask("POST", "/fhir/DiagnosticReport", json.dumps(other).encode(), FHIR)
        assert got.status == 403, got.status


main(at_once=2)

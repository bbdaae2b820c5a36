"""Rule 36: a doctor prescribes, a pharmacist checks before it takes effect, controlled drugs are refused in the remote path.
(互联网诊疗监管细则)"""
import json
import time

from house import main, site
from spread import Spread
from visiting import house_of_visits
from ward import account, bind, make, ref


class Clinic:
    def __init__(self, s):
        self.site = s
        self.doctor, self.nurse, self.pharmacist = s.token("guqinghe"), s.token("nurse"), s.token("pharmacist")
        self.patient = make(self.doctor, {"resourceType": "Patient", "name": [{"text": "安娜"}]})

    def order(self, drug="ibuprofen", by=None, **more):
        body = {"patient": self.patient["id"], "drug": drug, "dose": "0.20", "per_day": 3, "days": 3, **more}
        return (by or self.doctor).post("/api/orders", body)

    def state(self, order):
        return self.doctor.get(f"/fhir/MedicationRequest/{order}").json

    def act(self, order, act, by, reason="看过了"):
        return by.post(f"/api/orders/{order}/{act}", {"reason": reason})


def rule_a_prescription_is_the_doctors_alone():
    with site() as s:
        c = Clinic(s)
        for role in ("nurse", "pharmacist"):
            got = c.order(by=s.token(role))
            assert got.status == 403 and got.code == "not_prescriber", (role, got.status, got.body)
        for role in ("specialist", "interpreter", "scheduling-admin", "guard", "duty-command", "detainee", "privacy-officer",
                     "security-admin", "system-admin"):
            assert c.order(by=s.token(role)).status in (403, 404), role
        found = c.doctor.get(f"/fhir/MedicationRequest?patient=Patient/{c.patient['id']}").json
        assert not found.get("entry"), found
        assert c.order().status == 201


def rule_an_order_takes_effect_only_after_the_pharmacists_check():
    with site() as s:
        c = Clinic(s)
        order = c.order().json["id"]
        made = c.state(order)
        assert made["status"] == "draft", made
        assert '"value":0.20' in c.doctor.get(f"/fhir/MedicationRequest/{order}").body.decode()  # as it was written
        dose = c.nurse.post(f"/api/orders/{order}/doses", {"outcome": "given"})
        assert dose.status == 409 and dose.code == "order_state", dose.body
        for who in (c.doctor, c.nurse):  # there is a pharmacist: nobody else checks
            got = c.act(order, "approve", who)
            assert got.status == 403 and got.code == "not_checker", got.body
        assert c.act(order, "approve", c.pharmacist).status == 204
        now = c.state(order)
        assert now["status"] == "active", now
        assert "order-checked" in str(now["extension"]), now
        assert c.nurse.post(f"/api/orders/{order}/doses", {"outcome": "given"}).status == 201


def rule_a_controlled_drug_is_given_by_one_and_signed_by_another():
    with site() as s:
        c = Clinic(s)
        order = c.order("morphine", dose="10").json["id"]
        assert c.act(order, "approve", c.pharmacist).status == 204
        nurse, doctor = s.client().log_in("lubaisu"), s.client().log_in("guqinghe")
        dose = nurse.post(f"/api/orders/{order}/doses", {"outcome": "given"}).json["id"]
        path, place = f"/api/doses/{dose}/sign", f"/fhir/MedicationAdministration/{dose}"
        assert doctor.get(place).json["status"] == "in-progress", "half a dose is none"
        own = nurse.post(path, {"password": s.accounts["lubaisu"]["password"]})
        assert own.status == 409 and own.code == "own_dose", own.body
        assert doctor.post(path, {"password": "not the password"}).status == 401
        patch = b'[{"op":"replace","path":"/status","value":"completed"}]'
        for who in (nurse, doctor):
            assert who.ask("PATCH", place, patch, {"Content-Type": "application/json-patch+json"}).status == 403, "there is no other way"
        assert doctor.get(place).json["status"] == "in-progress"
        assert doctor.post(path, {"password": s.accounts["guqinghe"]["password"]}).status == 204
        given = doctor.get(place).json
        assert given["status"] == "completed" and len(given["performer"]) == 2, given
        assert doctor.post(path, {"password": s.accounts["guqinghe"]["password"]}).status == 409
        refused = nurse.post(f"/api/orders/{order}/doses", {"outcome": "refused", "reason": "no pain"}).json["id"]
        assert doctor.get(f"/fhir/MedicationAdministration/{refused}").json["status"] == "not-done", "what was not given takes one"
        plain = c.order().json["id"]
        assert c.act(plain, "approve", c.pharmacist).status == 204
        dose = nurse.post(f"/api/orders/{plain}/doses", {"outcome": "given"}).json["id"]
        assert doctor.get(f"/fhir/MedicationAdministration/{dose}").json["status"] == "completed"


PATCH = {"Content-Type": "application/json-patch+json"}


def refused(got, code, status=409):
    assert got.status == status and code in got.body.decode(), (got.status, got.body)


def rule_no_program_makes_an_order_effective():
    """Past the screens, at /fhir, by whatever way: only a draft is written there, and what was checked stays as it was checked."""
    with site() as s:
        c = Clinic(s)
        body = {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": ref(c.patient),
                "medicationCodeableConcept": {"coding": [{"system": "urn:yunqiao:drug", "code": "ibuprofen"}]}}
        bundle = {"resourceType": "Bundle", "entry": [{"resource": body, "request": {"method": "POST", "url": "MedicationRequest"}}]}
        checked = {"extension": [{"url": "https://yunqiao.invalid/fhir/order-checked", "valueString": "yes"}]}
        for state in ("active", "on-hold"):
            refused(c.doctor.post("/fhir/MedicationRequest", {**body, "status": state}), "not_checker")
        refused(c.doctor.put("/fhir/MedicationRequest/own-id", {**body, "id": "own-id"}), "not_checker")
        refused(c.doctor.post("/fhir", {**bundle, "type": "transaction"}), "not_checker")
        batch = c.doctor.post("/fhir", {**bundle, "type": "batch"})
        assert batch.status == 200 and batch.json["entry"][0]["response"]["status"] == "409", batch.body
        refused(c.doctor.post("/fhir/MedicationRequest", {**body, "status": "draft", **checked}), "not_checker")
        refused(c.doctor.post("/fhir/MedicationRequest", {**body, "status": "stopped", **checked}), "not_checker")
        order = c.doctor.post("/fhir/MedicationRequest", {**body, "status": "draft"}).json["id"]
        path = f"/fhir/MedicationRequest/{order}"
        steps = [{"op": "replace", "path": "/status", "value": "active"}], [{"op": "add", "path": "/extension", "value": checked["extension"]}], \
            [{"op": "replace", "path": "/status", "value": "active"}, {"op": "add", "path": "/reportedBoolean", "value": True}]
        for step in steps:
            refused(c.doctor.ask("PATCH", path, json.dumps(step).encode(), PATCH), "not_checker")
        assert c.state(order)["status"] == "draft"
        assert c.act(order, "approve", c.pharmacist).status == 204
        now = c.state(order)
        dose = [{"doseAndRate": [{"doseQuantity": {"value": 40}}]}]
        for change in ({"dosageInstruction": dose}, {"extension": None}, {"reportedBoolean": True}, {"intent": "plan"},
                       {"medicationCodeableConcept": {"text": "吗啡"}}):
            refused(c.doctor.put(path, {k: v for k, v in {**now, **change}.items() if v is not None}), "not_checker")
        for state in ("on-hold", "active", "stopped"):
            got = c.doctor.put(path, {**now, "status": state, "note": [{"text": "出庭"}]})
            assert got.status == 200, (state, got.body)
        got = c.doctor.put(path, {**now, "status": "active"})
        assert got.status == 409, ("what was stopped does not come back", got.status, got.body)


def rule_what_another_house_prescribed_is_kept_and_not_given():
    with site() as s:
        c = Clinic(s)
        body = {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": ref(c.patient), "reportedBoolean": True,
                "medicationCodeableConcept": {"text": "布洛芬"}}
        told = make(c.doctor, body)
        refused(c.nurse.post(f"/api/orders/{told['id']}/doses", {"outcome": "given"}), "order_state")
        refused(c.doctor.put(f"/fhir/MedicationRequest/{told['id']}", {k: v for k, v in told.items() if k != "reportedBoolean"}), "not_checker")
        for intent in ("plan", "proposal"):
            plan = make(c.doctor, {**body, "reportedBoolean": False, "intent": intent, "note": [{"text": "带来的"}]})
            refused(c.nurse.post(f"/api/orders/{plan['id']}/doses", {"outcome": "given"}), "order_state")
            refused(c.doctor.put(f"/fhir/MedicationRequest/{plan['id']}", {**plan, "intent": "order"}), "not_checker")


def rule_no_program_gives_a_controlled_dose_alone():
    """By code, in words, by a contained or other Medication, or by the order that it names."""
    with site() as s:
        c = Clinic(s)
        order = c.order("morphine", dose="10").json["id"]
        body = {"resourceType": "MedicationAdministration", "status": "completed", "subject": ref(c.patient), "effectiveDateTime": "2026-11-26",
                "performer": [{"actor": {"display": "甲"}}, {"actor": {"display": "乙"}}]}
        medication = make(c.doctor, {"resourceType": "Medication", "code": {"text": "盐酸吗啡片"}})
        inside = {"resourceType": "Medication", "id": "m", "code": {"coding": [{"system": "urn:yunqiao:drug", "code": "morphine"}]}}
        ways = ({"medicationCodeableConcept": {"coding": [{"system": "urn:yunqiao:drug", "code": "morphine"}]}},
                {"medicationCodeableConcept": {"text": "Morphine 10 mg"}}, {"medicationReference": ref(medication)},
                {"medicationReference": {"reference": "#m"}, "contained": [inside]},
                {"medicationCodeableConcept": {"text": "片剂"}, "request": {"reference": f"MedicationRequest/{order}"}})
        for way in ways:
            for state in ("completed", "in-progress", "on-hold", "stopped", "unknown"):
                refused(c.doctor.post("/fhir/MedicationAdministration", {**body, **way, "status": state}), "own_dose")
        refused(c.doctor.put("/fhir/MedicationAdministration/own-id", {**body, **ways[0], "id": "own-id"}), "own_dose")
        refused(c.doctor.post("/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": [
            {"resource": {**body, **ways[0]}, "request": {"method": "POST", "url": "MedicationAdministration"}}]}), "own_dose")
        make(c.doctor, {**body, **ways[0], "status": "not-done"})
        plain = c.order().json["id"]
        dose = {**body, "medicationCodeableConcept": {"text": "布洛芬"}, "request": {"reference": f"MedicationRequest/{plain}"}}
        refused(c.doctor.post("/fhir/MedicationAdministration", dose), "order_state")
        assert c.act(plain, "approve", c.pharmacist).status == 204
        make(c.doctor, dose)
        found = c.doctor.get(f"/fhir/MedicationAdministration?patient=Patient/{c.patient['id']}&status=completed").json
        assert len(found["entry"]) == 1, found


def rule_an_order_that_was_never_in_force_has_no_course_to_be_completed():
    """Nor is anything slipped into an order as it ends."""
    with site() as s:
        c = Clinic(s)
        body = {"resourceType": "MedicationRequest", "intent": "order", "subject": ref(c.patient),
                "medicationCodeableConcept": {"coding": [{"system": "urn:yunqiao:drug", "code": "ibuprofen"}]}}
        for state in ("completed", "stopped", "cancelled", "unknown"):
            refused(c.doctor.post("/fhir/MedicationRequest", {**body, "status": state}), "not_checker")
            refused(c.doctor.put("/fhir/MedicationRequest/own-id", {**body, "id": "own-id", "status": state}), "not_checker")
        refused(c.doctor.post("/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": [
            {"resource": {**body, "status": "completed"}, "request": {"method": "POST", "url": "MedicationRequest"}}]}), "not_checker")
        made = make(c.doctor, {**body, "status": "completed", "reportedBoolean": True})
        assert made["status"] == "completed", "what another house gave is told as it was"
        draft = make(c.doctor, {**body, "status": "draft"})
        for state in ("completed", "unknown"):
            refused(c.doctor.put(f"/fhir/{ref(draft)['reference']}", {**draft, "status": state}), "not_checker")
        assert c.doctor.put(f"/fhir/{ref(draft)['reference']}", {**draft, "status": "cancelled"}).status == 200
        order = c.order("loratadine").json["id"]
        assert c.act(order, "approve", c.pharmacist).status == 204
        now = c.state(order)
        dose = [{"doseAndRate": [{"doseQuantity": {"value": 40}}]}]
        for state in ("completed", "stopped", "cancelled"):
            refused(c.doctor.put(f"/fhir/MedicationRequest/{order}", {**now, "status": state, "dosageInstruction": dose}), "not_checker")
        assert c.doctor.put(f"/fhir/MedicationRequest/{order}", {**now, "status": "completed"}).status == 200


def rule_what_is_handed_over_meets_the_same_checks():
    with site() as s:
        c = Clinic(s)
        make(c.doctor, {"resourceType": "AllergyIntolerance", "patient": ref(c.patient), "code": {"text": "青霉素"}})

        def drug(code):
            return {"medicationCodeableConcept": {"coding": [{"system": "urn:yunqiao:drug", "code": code}]}}

        def hand(code, state="completed", by=None, **more):
            return (by or c.pharmacist).post("/fhir/MedicationDispense", {"resourceType": "MedicationDispense", "status": state, "subject": ref(c.patient),
                                                                          **drug(code), **more})

        for state in ("preparation", "in-progress", "on-hold", "completed", "stopped", "unknown"):
            refused(hand("morphine", state), "own_dose")
        for by in (c.pharmacist, c.doctor):
            refused(hand("amoxicillin", by=by), "order_alert")
        refused(c.pharmacist.put("/fhir/MedicationDispense/own-id", {"resourceType": "MedicationDispense", "id": "own-id", "status": "completed",
                                                                     "subject": ref(c.patient), **drug("amoxicillin")}), "order_alert")
        assert hand("amoxicillin", "declined").status == 201, "what was not handed over is only told"
        assert hand("amoxicillin", note=[{"text": "皮试阴性"}]).status == 201
        order = c.order("ibuprofen").json["id"]
        named = {"authorizingPrescription": [{"reference": f"MedicationRequest/{order}"}]}
        refused(hand("ibuprofen", **named), "order_state")
        assert c.act(order, "approve", c.pharmacist).status == 204
        refused(hand("amoxicillin", **named), "order_alert")
        assert hand("ibuprofen", **named).status == 201, "the order itself is no second of it"
        refused(hand("ibuprofen"), "order_alert")
        strong = c.order("morphine", dose="10", override="剧痛").json["id"]
        assert c.act(strong, "approve", c.pharmacist).status == 204
        refused(hand("ibuprofen", authorizingPrescription=[{"reference": f"MedicationRequest/{x}"} for x in (order, strong)]), "own_dose")
        given = make(c.pharmacist, {"resourceType": "MedicationDispense", "status": "in-progress", "subject": ref(c.patient), **drug("ibuprofen"), **named})
        patch = json.dumps([{"op": "replace", "path": "/medicationCodeableConcept/coding/0/code", "value": "morphine"}]).encode()
        refused(c.pharmacist.ask("PATCH", f"/fhir/{ref(given)['reference']}", patch, PATCH), "own_dose")


def rule_each_step_of_an_order_has_its_provenance():
    with site() as s:
        c = Clinic(s)
        order = c.order().json["id"]
        assert c.act(order, "approve", c.pharmacist).status == 204
        dose = c.nurse.post(f"/api/orders/{order}/doses", {"outcome": "given"}).json["id"]
        for target, roles in ((f"MedicationRequest/{order}", {"clinic-doctor", "pharmacist"}), (f"MedicationAdministration/{dose}", {"nurse"})):
            found = c.doctor.get(f"/fhir/Provenance?target={target}").json["entry"]
            assert all(role in str(found) for role in roles), (target, found)


def rule_an_order_lives_by_its_states():
    with site() as s:
        c = Clinic(s)
        order = c.order().json["id"]
        for act in ("hold", "resume"):
            assert c.act(order, act, c.doctor).status == 409, act
        assert c.act(order, "approve", c.pharmacist).status == 204
        assert c.act(order, "approve", c.pharmacist).status == 409
        assert c.act(order, "stop", c.nurse).status == 403
        assert c.act(order, "hold", c.doctor, reason="  ").status == 400
        for act, state in (("hold", "on-hold"), ("resume", "active"), ("stop", "stopped")):
            assert c.act(order, act, c.doctor).status == 204, act
            assert c.state(order)["status"] == state, act
        for act in ("approve", "hold", "resume", "stop"):
            assert c.act(order, act, c.pharmacist if act == "approve" else c.doctor).status == 409, act
        assert c.act("no-such", "stop", c.doctor).status == 404
        never = c.order("loratadine").json["id"]
        assert c.act(never, "stop", c.doctor).status == 204 and c.state(never)["status"] == "cancelled"


def rule_an_order_names_the_person_who_prescribed_it():
    with site() as s:
        c = Clinic(s)
        assert c.doctor.get("/api/session").json["account"]["person"] is None
        person = make(c.doctor, {"resourceType": "Practitioner", "name": [{"text": "顾清和"}]})
        bind(s, "guqinghe", person)
        assert c.doctor.get("/api/session").json["account"]["person"] == ref(person)["reference"]
        assert c.state(c.order().json["id"])["requester"]["reference"] == ref(person)["reference"]


def rule_each_dose_says_who_when_and_why_not():
    with site() as s:
        c = Clinic(s)
        order = c.order().json["id"]
        assert c.act(order, "approve", c.pharmacist).status == 204
        for outcome in ("refused", "held", "missed", "absent"):
            bare = c.nurse.post(f"/api/orders/{order}/doses", {"outcome": outcome})
            assert bare.status == 400, (outcome, bare.body)
            got = c.nurse.post(f"/api/orders/{order}/doses", {"outcome": outcome, "reason": "出庭"})
            dose = c.nurse.get(f"/fhir/MedicationAdministration/{got.json['id']}").json
            assert dose["status"] == "not-done" and dose["statusReason"][0]["coding"][0]["code"] == outcome, dose
            assert dose["effectiveDateTime"] and dose["performer"][0]["actor"]["display"] and dose["note"][0]["text"] == "出庭", dose
        given = c.nurse.post(f"/api/orders/{order}/doses", {"outcome": "given"}).json["id"]
        dose = c.nurse.get(f"/fhir/MedicationAdministration/{given}").json
        assert dose["status"] == "completed" and dose["dosage"]["dose"]["value"] == 0.2, dose
        assert c.nurse.post(f"/api/orders/{order}/doses", {"outcome": "eaten"}).status == 400
        assert c.pharmacist.post(f"/api/orders/{order}/doses", {"outcome": "given"}).status == 403


def rule_a_drug_refused_three_times_in_a_row_is_the_doctors_to_look_into():
    with site() as s:
        c = Clinic(s)
        order = c.order().json["id"]
        assert c.act(order, "approve", c.pharmacist).status == 204

        def dose(outcome):
            assert c.nurse.post(f"/api/orders/{order}/doses", {"outcome": outcome, "reason": "不想吃"}).status == 201

        def asked():
            return [r["words"] for r in c.doctor.get("/api/follow-ups").json["rows"]]

        for outcome in ("refused", "refused", "given", "refused", "refused"):
            dose(outcome)
            time.sleep(0.01)
        assert asked() == [], "one that was taken lies between"
        dose("refused")
        assert len(asked()) == 1 and "3" in asked()[0], asked()
        dose("refused")
        assert len(asked()) == 1, "the third alone, and again the sixth"


def rule_the_round_at_the_doors_shows_a_blocks_drugs_to_who_gives_them_alone():
    with site() as s:
        c = Clinic(s)
        order = c.order().json["id"]
        assert c.act(order, "approve", c.pharmacist).status == 204
        house = Spread(s, [("A", 1), ("B", 1)], "2026-01-01T00:00:00Z")
        house.person(9, house.cells[0], "2026-01-01T00:00:00Z")
        got = c.nurse.get("/api/doses/round?block=A").json
        assert got["rows"] == [] and got["blocks"] == [], "who is in no cell is on no round"
        at = "2026-01-02T00:00:00Z"
        make(c.doctor, {"resourceType": "Encounter", "status": "in-progress", "class": {"code": "IMP"}, "subject": ref(c.patient),
                        "type": [{"coding": [{"system": "urn:yunqiao:encounter", "code": "custody"}]}], "period": {"start": at},
                        "location": [{"location": ref(house.cells[0]), "status": "active", "period": {"start": at}}]})
        assert c.nurse.post(f"/api/orders/{order}/doses", {"outcome": "absent", "reason": "出庭"}).status == 201
        got = c.nurse.get("/api/doses/round?block=A").json
        assert [r["order"]["id"] for r in got["rows"]] == [order] and got["blocks"] == [{"block": "A", "name": "A", "orders": 1}], got
        assert [d["statusReason"][0]["coding"][0]["code"] for d in got["rows"][0]["doses"]] == ["absent"], got["rows"][0]["doses"]
        assert c.nurse.get("/api/doses/round?block=B").json["rows"] == []
        for role in s.by_role:
            if role not in ("nurse", "clinic-doctor"):
                assert s.token(role).get("/api/doses/round?block=A").status == 404, role


def rule_controlled_drugs_are_refused_while_a_consultation_by_video_runs():
    with site() as s:
        c = Clinic(s)
        assert c.order("zopiclone").status == 201  # on site, face to face
        visit = make(c.doctor, {"resourceType": "Encounter", "status": "in-progress", "class": {"code": "VR"},
                                "subject": ref(c.patient)})
        for more in ({}, {"encounter": visit["id"]}):
            got = c.order("morphine", override="剧痛", **more)
            assert got.status == 403 and got.code == "controlled_remote", got.body
        assert c.order("loratadine", encounter=visit["id"], override="与佐匹克隆同用").status == 201
        other = make(c.doctor, {"resourceType": "Patient", "name": [{"text": "本"}]})
        theirs = make(c.doctor, {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}, "subject": ref(other)})
        assert c.order(encounter=theirs["id"]).status == 404  # another patient's visit


def rule_a_specialist_in_the_call_orders_nothing_by_any_way_and_a_controlled_drug_comes_from_no_advice():
    """The whole visit: the specialist advises, the clinic's doctor orders; a controlled drug is refused from the advice, at the order form and at
    /fhir, as long as the conversation runs."""
    with house_of_visits() as h:
        v = h.ask(question="左眼红肿")
        h.book(v)
        v = h.look(v)
        expert, patient = h.specialist(v), v["patient"]["reference"]
        name = next(a for a in h.site.accounts if h.site.accounts[a]["role"] == "specialist" and h.account(expert) == account(h.site, a))
        h.step(v, "wait", who=expert)
        h.receive(v)
        h.step(v, "admit", account=h.account(expert))
        opinion = f"/api/visits/{v['id']}/opinion"
        before = h.doctor.get(f"/fhir/MedicationRequest?patient={patient}&_summary=count").json["total"]
        drug = {"medicationCodeableConcept": {"coding": [{"system": "urn:yunqiao:drug", "code": "loratadine"}]}}
        order = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", "subject": {"reference": patient}, **drug}
        exam = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": {"reference": patient}, "code": {"text": "CT"}}
        for encounter in ({}, {"encounter": {"reference": f"Encounter/{v['id']}"}}):
            for body in (order, dict(order, status="active", reportedBoolean=True), dict(order, intent="proposal"), exam):
                for way in (expert.post(f"/fhir/{body['resourceType']}", {**body, **encounter}),
                            expert.put(f"/fhir/{body['resourceType']}/own-id", {**body, **encounter, "id": "own-id"}),
                            expert.post("/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": [
                                {"resource": {**body, **encounter}, "request": {"method": "POST", "url": body["resourceType"]}}]})):
                    assert way.status in (403, 404), (body["resourceType"], way.status, way.body)
        for path, body in (("/api/orders", {"patient": patient.split("/")[1], "drug": "loratadine", "dose": "10", "per_day": 1, "days": 2, "encounter": v["id"]}),
                           (f"{opinion}/advice/a1", {"verdict": "order", "drug": "loratadine", "dose": "10", "per_day": 1, "days": 2})):
            assert expert.post(path, body).status in (403, 404), path
        advice = {"items": [{"id": "a1", "kind": "medication", "words": "吗啡 10 mg"}, {"id": "a2", "kind": "medication", "words": "氯雷他定 10 mg"}]}
        assert expert.put(f"{opinion}/parts/advice", {"rev": 0, "value": advice}).status == 200
        assert expert.post(f"{opinion}/sign", {"rev": expert.get(opinion).json["rev"], "password": h.site.accounts[name]["password"]}).status == 200
        strong = {"drug": "morphine", "dose": "10", "per_day": 1, "days": 1, "override": "剧痛"}
        refused(h.doctor.post(f"{opinion}/advice/a1", {"verdict": "order", **strong}), "controlled_remote", 403)
        refused(h.doctor.post("/api/orders", {"patient": patient.split("/")[1], **strong}), "controlled_remote", 403)
        refused(h.doctor.post("/fhir/MedicationRequest", {**order, "medicationCodeableConcept": {"coding": [{"system": "urn:yunqiao:drug", "code": "morphine"}]},
                                                          "note": [{"text": "剧痛"}]}), "controlled_remote")
        after = h.doctor.get(f"/fhir/MedicationRequest?patient={patient}&_summary=count").json["total"]
        assert after == before, "nobody has ordered anything"
        made = h.doctor.post(f"{opinion}/advice/a2", {"verdict": "order", "drug": "loratadine", "dose": "10", "per_day": 1, "days": 2, "override": "核对过"})
        assert made.status == 200, made.body
        placed = h.doctor.get(f"/fhir/{made.json['order']}").json
        assert placed["status"] == "draft" and placed["requester"]["reference"] == "Practitioner/demo-guqinghe", "the clinic's doctor ordered it, and a pharmacist checks it"


main()

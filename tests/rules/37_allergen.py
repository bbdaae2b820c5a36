"""Rule 37: prescribing a recorded allergen always alerts, an override needs a reason, and a check that cannot run says so loudly."""
import contextlib
import os

from house import Site, main, site, until
from visiting import EYES, house_of_visits
from ward import label, make, ref

PSY = label("http://terminology.hl7.org/CodeSystem/v3-ActCode", "PSY")


def patient_with(doctor, *allergies, **more):
    patient = make(doctor, {"resourceType": "Patient", "name": [{"text": "安娜"}]})
    for words in allergies:
        make(doctor, {"resourceType": "AllergyIntolerance", "patient": ref(patient), "code": {"text": words}, **more})
    return patient


def check(who, patient, drug):
    got = who.post("/api/orders/check", {"patient": patient["id"], "drug": drug})
    assert got.status == 200, got.body
    return got.json


def order(who, patient, drug, **more):
    return who.post("/api/orders", {"patient": patient["id"], "drug": drug, "dose": "0.5", "per_day": 3, "days": 5, **more})


def rule_a_recorded_allergen_alerts_and_only_a_reason_goes_past_it():
    with site() as s:
        doctor = s.token("guqinghe")
        patient = patient_with(doctor, "青霉素")
        said = check(doctor, patient, "amoxicillin")
        assert said["state"] == "ran" and [a["kind"] for a in said["alerts"]] == ["allergy"], said
        assert said["alerts"][0]["severity"] == "high", said
        for bare in ({}, {"override": ""}, {"override": "   "}):
            got = order(doctor, patient, "amoxicillin", **bare)
            assert got.status == 409 and got.code == "order_alert", got.body
        found = doctor.get(f"/fhir/MedicationRequest?patient=Patient/{patient['id']}").json
        assert not found.get("entry"), found
        made = order(doctor, patient, "amoxicillin", override="既往记录有误，皮试阴性")
        assert made.status == 201, made.body
        body = doctor.get(f"/fhir/MedicationRequest/{made.json['id']}").json
        assert body["note"][0]["text"] == "既往记录有误，皮试阴性", body


def rule_every_way_of_recording_it_alerts():
    with site() as s:
        doctor = s.token("guqinghe")
        for words in ("青霉素类", "阿莫西林", "Penicillin", "对氨苄西林过敏，皮疹"):
            assert check(doctor, patient_with(doctor, words), "amoxicillin")["alerts"], words
        coded = make(doctor, {"resourceType": "Patient", "name": [{"text": "本"}]})
        make(doctor, {"resourceType": "AllergyIntolerance", "patient": ref(coded),
                      "code": {"coding": [{"system": "urn:yunqiao:substance", "code": "penicillin"}]}})
        assert check(doctor, coded, "amoxicillin")["alerts"]
        assert not check(doctor, patient_with(doctor, "海鲜"), "amoxicillin")["alerts"]


def rule_an_allergy_that_the_asker_may_not_see_alerts_too():
    with site() as s:
        doctor, pharmacist = s.token("guqinghe"), s.token("pharmacist")
        patient = patient_with(doctor, "青霉素", meta=PSY)
        seen = pharmacist.get(f"/fhir/AllergyIntolerance?patient=Patient/{patient['id']}").json
        assert not seen.get("entry"), seen
        assert check(pharmacist, patient, "amoxicillin")["alerts"]


def rule_what_does_not_go_together_alerts():
    with site() as s:
        doctor = s.token("guqinghe")
        patient = patient_with(doctor)
        assert order(doctor, patient, "warfarin").status == 201
        said = check(doctor, patient, "ibuprofen")
        assert [a["kind"] for a in said["alerts"]] == ["interaction"], said
        assert order(doctor, patient, "ibuprofen").status == 409


def rule_what_is_written_past_the_order_form_meets_the_same_check():
    with site() as s:
        doctor = s.token("guqinghe")
        patient = patient_with(doctor, "青霉素")
        body = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", "subject": ref(patient),
                "medicationCodeableConcept": {"coding": [{"system": "urn:yunqiao:drug", "code": "amoxicillin"}]}}
        for way in (doctor.post("/fhir/MedicationRequest", body),
                    doctor.post("/fhir/MedicationRequest", {**body, "status": "active", "reportedBoolean": True}),
                    doctor.put("/fhir/MedicationRequest/own-id", {**body, "id": "own-id"}),
                    doctor.post("/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": [
                        {"resource": body, "request": {"method": "POST", "url": "MedicationRequest"}}]})):
            assert way.status == 409 and "order_alert" in way.body.decode(), (way.status, way.body)
        assert not doctor.get(f"/fhir/MedicationRequest?patient={patient['id']}").json.get("entry")
        assert doctor.post("/fhir/MedicationRequest", {**body, "note": [{"text": "皮试阴性"}]}).status == 201
        draft = order(doctor, patient, "ibuprofen").json["id"]
        patch = b'[{"op":"replace","path":"/status","value":"active"}]'
        got = doctor.ask("PATCH", f"/fhir/MedicationRequest/{draft}", patch, {"Content-Type": "application/json-patch+json"})
        assert got.status == 409 and "not_checker" in got.body.decode(), got.body


def rule_a_check_that_cannot_run_is_no_clean_answer():
    with site() as s:
        doctor = s.token("guqinghe")
        patient = patient_with(doctor)
        make(doctor, {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": ref(patient), "reportedBoolean": True,
                      "medicationCodeableConcept": {"text": "月尘散"}, "note": [{"text": "外院带来"}]})
        said = check(doctor, patient, "ibuprofen")
        assert said["state"] == "unavailable" and not said["alerts"], said
        assert order(doctor, patient, "ibuprofen").status == 409
        assert order(doctor, patient, "ibuprofen", override="逐项核对过").status == 201
        unnamed = patient_with(doctor)
        make(doctor, {"resourceType": "AllergyIntolerance", "patient": ref(unnamed)})
        assert check(doctor, unnamed, "ibuprofen")["state"] == "unavailable"


TABLE = ("drug\tloratadine\t氯雷他定片\tLoratadine\t10 mg×6\tmg\t口服\t氯雷他定|loratadine\t-\tfree\n"
         "drug\tamoxicillin\t阿莫西林胶囊\tAmoxicillin\t0.25 g×24\tg\t口服\t阿莫西林|amoxicillin\tpenicillin\tfree\nend\t2\n")


def rule_a_table_that_is_broken_or_gone_stops_no_order_and_is_never_silent():
    with contextlib.closing(Site(config="[orders]\ndrug_table = ROOT/drugs.tsv\n")) as s:
        with open(f"{s.root}/drugs.tsv", "w") as out:
            out.write(TABLE)
        s.start()
        doctor = s.token("guqinghe")
        patient = patient_with(doctor, "青霉素")
        assert check(doctor, patient, "loratadine")["state"] == "ran"
        assert [a["kind"] for a in check(doctor, patient, "amoxicillin")["alerts"]] == ["allergy"]
        assert doctor.post("/api/drugs/search", {"text": "ibuprofen"}).json == {"checked": True, "drugs": []}, "the site's own list, no other"
        told = lambda word: open(s.log_path).read().count(word)
        found = lambda text: doctor.post("/api/drugs/search", {"text": text}).json
        with open(f"{s.root}/new", "w") as out:  # the pharmacist brings a new one while it serves
            out.write(TABLE.replace("end\t2", "drug\tibuprofen\t布洛芬片\tIbuprofen\t0.2 g×20\tg\t口服\t布洛芬|ibuprofen\tnsaid\tfree\nend\t3"))
        os.replace(f"{s.root}/new", f"{s.root}/drugs.tsv")
        until("the new table is in use", lambda: found("ibuprofen")["drugs"])
        assert told("drug_table_read") == 1 and check(doctor, patient, "ibuprofen")["state"] == "ran"
        with open(f"{s.root}/drugs.tsv", "w") as out:
            out.write(TABLE[:-3])
        until("a broken one is said aloud", lambda: not found("loratadine")["checked"])
        assert (check(doctor, patient, "loratadine")["state"], check(doctor, patient, "loratadine")["why"]) == ("unavailable", "table")
        with open(f"{s.root}/new", "w") as out:
            out.write(TABLE)
        os.replace(f"{s.root}/new", f"{s.root}/drugs.tsv")
        until("a whole one is used again", lambda: found("loratadine")["checked"])
        assert [a["kind"] for a in check(doctor, patient, "amoxicillin")["alerts"]] == ["allergy"]
        broken = told("drug_table_broken")
        assert broken >= 1, "the operator is told"
        for how in ("cut", "gone"):
            if how == "cut":
                with open(f"{s.root}/drugs.tsv", "w") as out:
                    out.write(TABLE[:-20])
            else:
                os.unlink(f"{s.root}/drugs.tsv")
            s.stop()
            s.start()
            assert told("drug_table_broken") > broken, "the operator is told"
            broken = told("drug_table_broken")
            said = check(doctor, patient, "loratadine")
            assert (said["state"], said["why"]) == ("unavailable", "table"), said
            assert found("loratadine")["checked"] is False and found("loratadine")["drugs"], found("loratadine")
            bare = order(doctor, patient, "loratadine")
            assert bare.status == 409 and bare.code == "order_alert", bare.body
            body = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", "subject": ref(patient),
                    "medicationCodeableConcept": {"coding": [{"system": "urn:yunqiao:drug", "code": "loratadine"}]}}
            past = doctor.post("/fhir/MedicationRequest", body)
            assert past.status == 409 and "order_alert" in past.body.decode(), past.body
            assert order(doctor, patient, "loratadine", override="逐项核对过").status == 201
            order_id = doctor.get(f"/fhir/MedicationRequest?patient={patient['id']}").json["entry"][0]["resource"]["id"]
            assert doctor.post(f"/api/orders/{order_id}/stop", {"reason": "试验"}).status == 204


def rule_a_diagnosis_is_coded_from_the_sites_own_list_once_there_is_one():
    """Without a word of the server's: the list is asked for with each search."""
    with site() as s:
        doctor = s.token("guqinghe")
        find = lambda text: doctor.post("/api/codes/search", {"system": "icd-10", "text": text}).json["codes"]
        assert find("急性阑尾炎")[0] == {"code": "K35", "display": "急性阑尾炎"}
        with open(f"{s.root}/icd10.csv", "w") as out:
            out.write("code,name\nK35.900,急性阑尾炎不伴穿孔\nH05.200,眼球突出\n")
        done = s.run("codes", "load", "--list", "icd10", "--file", f"{s.root}/icd10.csv")
        assert done.returncode == 0, done.stderr
        for text in ("阑尾", "k35", "jxlwy", "jixinglanweiyan"):
            assert find(text) == [{"code": "K35.900", "display": "急性阑尾炎不伴穿孔"}], text
        assert find("霍乱") == find(" ") == [], "the site's own list, no other"


def rule_who_has_no_part_in_care_learns_nothing_of_it():
    with site() as s:
        doctor = s.token("guqinghe")
        patient = patient_with(doctor, "青霉素")
        for role in ("guard", "duty-command", "scheduling-admin", "interpreter", "specialist", "detainee", "privacy-officer"):
            who = s.token(role)
            there = who.post("/api/orders/check", {"patient": patient["id"], "drug": "amoxicillin"})
            absent = who.post("/api/orders/check", {"patient": "nobody", "drug": "amoxicillin"})
            assert there.status == absent.status == 404, (role, there.status, absent.status)
            assert there.body == absent.body, role
            paper = who.get(f"/api/patients/{patient['id']}/summary.pdf")
            assert paper.status == 404, (role, paper.status)


def rule_advice_of_a_consultation_becomes_no_order_past_an_allergen_without_a_reason():
    with house_of_visits() as h:
        v = h.ask(question="左眼红肿")
        h.book(v)
        v = h.look(v)
        expert, patient = h.specialist(v), v["patient"]["reference"]
        name = next(s["reference"] for s in v["booking"]["seats"] if s["need"] == EYES).replace("Practitioner/demo-", "")
        make(h.doctor, {"resourceType": "AllergyIntolerance", "patient": {"reference": patient}, "code": {"text": "青霉素"}})
        h.step(v, "wait", who=expert)
        h.receive(v)
        h.step(v, "admit", account=h.account(expert))
        opinion = f"/api/visits/{v['id']}/opinion"
        advice = {"items": [{"id": "a1", "kind": "medication", "words": "阿莫西林 0.5 g 每日三次"}]}
        assert expert.put(f"{opinion}/parts/advice", {"rev": 0, "value": advice}).status == 200
        assert expert.post(f"{opinion}/sign", {"rev": expert.get(opinion).json["rev"], "password": h.site.accounts[name]["password"]}).status == 200
        drug = {"verdict": "order", "drug": "amoxicillin", "dose": "0.5", "per_day": 3, "days": 5}
        for bare in ({}, {"override": ""}, {"override": "  "}):
            got = h.doctor.post(f"{opinion}/advice/a1", {**drug, **bare})
            assert got.status in (400, 409) and (got.status == 400 or got.code == "order_alert"), got.body
        assert h.doctor.get(opinion).json["advice"][0]["state"] == "open"
        made = h.doctor.post(f"{opinion}/advice/a1", {**drug, "override": "皮试阴性"})
        assert made.status == 200, made.body
        assert h.doctor.get(f"/fhir/{made.json['order']}").json["note"][0]["text"] == "皮试阴性"


main()

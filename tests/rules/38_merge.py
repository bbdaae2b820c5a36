"""Rule 38, as far as the record store reaches: two records found to be one person are read as one, nothing is rewritten, and undone all is as
it was, to the byte. (OpenMRS #6194 as the counter-example)"""
import json

from house import main, site
from registry import Sender, message, registry_site
from ward import FHIR, LABELS, OURS, TYPES, bind, change, ids, label, make, ref, words


def person(client, name, **more):
    return make(client, {"resourceType": "Patient", "name": [{"text": name}], **more})


def pair(source, target, **more):
    return {"resourceType": "Parameters", "parameter": [
        {"name": "source-patient", "valueReference": ref(source)}, {"name": "target-patient", "valueReference": ref(target)},
        *({"name": k, "valueBoolean": v} for k, v in more.items())]}


def ask(client, what, source, target, want=200, **more):
    got = client.ask("POST", f"/fhir/Patient/${what}", json.dumps(pair(source, target, **more)).encode(), FHIR)
    assert got.status == want, (what, got.status, got.body)
    return got


def fill(client, whom):
    made = [
        {"resourceType": "Observation", "status": "final", "code": words("血压"), "subject": ref(whom), "valueQuantity": {"value": 1.50}},
        {"resourceType": "Observation", "status": "final", "code": words("结果"), "subject": ref(whom), "meta": label(OURS, "released")},
        {"resourceType": "Observation", "status": "preliminary", "code": words("化验"), "subject": ref(whom), "meta": label(LABELS, "HIV")},
        {"resourceType": "Condition", "code": words("头痛"), "subject": ref(whom)},
        {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}, "subject": ref(whom)},
        {"resourceType": "AllergyIntolerance", "code": words("青霉素"), "patient": ref(whom)},
        {"resourceType": "Consent", "status": "active", "scope": words("care"), "category": [words("care")], "patient": ref(whom),
         "policyRule": words("care")},
        {"resourceType": "Task", "status": "requested", "intent": "order", "for": ref(whom), "meta": label(OURS, "custody")},
    ]
    return {f"{body['resourceType']}/{make(client, body)['id']}" for body in made}


def views(readers, patients):
    """What each reader gets of each patient, by whatever way; what changes with each answer or version is taken out."""
    found = {}
    for name, reader in readers.items():
        for p in patients:
            at = ref(p)["reference"]
            for path in [f"{at}", f"{at}/$everything", *(f"{at}/{kind}?_count=200" for kind in TYPES),
                         *(f"{kind}?patient={at}&_count=200&_total=accurate" for kind in ("Observation", "Condition", "AllergyIntolerance")),
                         f"Observation?subject:Patient={p['id']}&_sort=code", f"Task?patient={p['id']}", "Patient?_count=50"]:
                got = reader.get(f"/fhir/{path}")
                body = got.json
                for one in [body] + [e.get("resource", {}) for e in body.get("entry", [])]:
                    if one.get("resourceType") in ("Patient", "Bundle"):
                        one.pop("meta", None)
                        if one["resourceType"] == "Bundle":
                            one.pop("id", None)
                entries = [e for e in body.get("entry", []) if e["resource"]["resourceType"] != "Provenance"]  # of the merge itself
                found[name, path] = got.status, json.dumps({**body, "entry": entries})
    return found


def rule_merged_is_read_as_one_and_undone_is_as_before():
    with site() as s:
        doctor = s.token("guqinghe")
        old, new = person(doctor, "安娜", active=True), person(doctor, "安娜")
        theirs, ours = fill(doctor, old), fill(doctor, new)
        bind(s, "zhuoyuanshan", new)
        readers = {role: s.token(role) for role in ("nurse", "pharmacist", "detainee", "scheduling-admin", "duty-command")} | {"doctor": doctor}
        before = views(readers, (old, new))
        ask(doctor, "merge", old, new, preview=True)
        assert views(readers, (old, new)) == before, "a preview writes nothing"
        result = ask(doctor, "merge", old, new).json["parameter"][1]["resource"]
        assert result["id"] == new["id"] and result["link"] == [{"other": ref(old), "type": "replaces"}], result
        gone = doctor.get(f"/fhir/{ref(old)['reference']}").json
        assert gone["active"] is False and gone["link"] == [{"other": ref(new), "type": "replaced-by"}], gone
        at = ref(new)["reference"]
        seen = set().union(*(ids(doctor.get(f"/fhir/{kind}?patient={at}&_count=200")) for kind in ("Observation", "Condition", "AllergyIntolerance",
                                                                                                  "Encounter", "Consent", "Task")))
        assert seen == theirs | ours, seen ^ (theirs | ours)
        assert ids(doctor.get(f"/fhir/{at}/Observation")) == {x for x in theirs | ours if x.startswith("Observation")}
        assert theirs | ours | {ref(old)["reference"], at} <= ids(doctor.get(f"/fhir/{at}/$everything"))
        mine = ids(readers["detainee"].get(f"/fhir/Observation?patient={at}"))
        assert len(mine) == 2, ("both files' released results, whichever number they were begun under", mine)
        assert not ids(readers["nurse"].get(f"/fhir/Observation?patient={at}&status=preliminary")), "labels hold as before"
        assert ids(doctor.get(f"/fhir/Condition?patient={ref(old)['reference']}")) <= theirs, "the old number finds what was its own"
        alert = doctor.post("/api/orders/check", {"patient": new["id"], "drug": "amoxicillin"}).json
        assert [a["kind"] for a in alert["alerts"]] == ["allergy"], alert
        ask(doctor, "unmerge", old, new)
        after = views(readers, (old, new))
        for key, was in before.items():
            assert after[key] == was, (key, was, after[key])


def rule_a_merge_of_the_registrys_is_undone_to_the_byte():
    with registry_site() as s:
        sender, doctor = Sender(s.mllp), s.client().log_in("guqinghe")
        for number, name in (("7101", "淳于^鹭"), ("7102", "司徒^鹮")):
            assert sender.ask(message("A01", number, f"in-{number}", 0, cell="B/B03", name=name)).code == "AA"
        old, new = (doctor.get(f"/fhir/Patient?identifier=urn:yunqiao:detainee-number|{n}").json["entry"][0]["resource"] for n in ("7101", "7102"))
        fill(doctor, old), fill(doctor, new)
        readers = {role: s.token(role) for role in ("nurse", "pharmacist", "scheduling-admin", "duty-command")} | {"doctor": s.token("guqinghe")}
        before = views(readers, (old, new))
        merge = message("A40", "7102", "one", 60, prior="7101", name="司徒^鹮")
        assert sender.ask(merge).code == "AA"
        listed = doctor.get("/api/registry/merges").json["merges"]
        assert [(m["prior"], m["number"], m["state"]) for m in listed] == [("7101", "7102", "joined")], listed
        assert (listed[0]["from"]["id"], listed[0]["to"]["id"]) == (old["id"], new["id"]), listed
        joined = views(readers, (old, new))
        assert joined != before
        turn = {"source": "registry", "prior": "7101", "number": "7102"}
        assert doctor.post("/api/registry/merges", {**turn, "verdict": "join"}).code == "merge_state"
        assert doctor.post("/api/registry/merges", {**turn, "verdict": "part"}).status == 204
        after = views(readers, (old, new))
        for key, was in before.items():
            assert after[key] == was, (key, was, after[key])
        assert sender.ask(merge).code == "AA", "said again"
        assert views(readers, (old, new)) == before, "a person's word stands"
        assert doctor.get("/api/registry/merges").json["merges"][0]["state"] == "apart"
        assert doctor.post("/api/registry/merges", {**turn, "verdict": "join"}).status == 204
        assert views(readers, (old, new)) == joined


def rule_what_was_merged_away_takes_nothing_new():
    with site() as s:
        doctor = s.token("guqinghe")
        old, new, third = (person(doctor, name) for name in ("甲", "乙", "丙"))
        for source, target in ((old, old), (old, {**new, "id": "nobody"}), ({**old, "id": "nobody"}, new)):
            ask(doctor, "merge", source, target, want=409 if source is target else 404)
        visit = make(doctor, {"resourceType": "Observation", "status": "preliminary", "code": words("x"), "subject": ref(old)})
        ask(doctor, "merge", old, new)
        body = {"resourceType": "Observation", "status": "final", "code": words("x"), "subject": ref(old)}
        got = doctor.ask("POST", "/fhir/Observation", json.dumps(body).encode(), FHIR)
        assert got.status == 409 and b"merged" in got.body, got.body
        change(doctor, {**visit, "status": "final"})  # what was begun is ended
        stands = doctor.get(f"/fhir/{ref(old)['reference']}").json
        got = doctor.ask("PUT", f"/fhir/{ref(old)['reference']}", json.dumps({**stands, "active": True}).encode(), FHIR)
        assert got.status == 409, got.body
        for source, target in ((old, third), (third, old), (new, old)):
            ask(doctor, "merge", source, target, want=409)
        ask(doctor, "unmerge", old, third, want=409)
        ask(doctor, "merge", new, third)  # and so on up
        assert ids(doctor.get(f"/fhir/Observation?patient={third['id']}")) == {ref(visit)["reference"]}
        ask(doctor, "unmerge", new, third)
        assert not ids(doctor.get(f"/fhir/Observation?patient={third['id']}"))
        named = {"resourceType": "Parameters", "parameter": [
            {"name": f"{which}-patient-identifier", "valueIdentifier": {"system": "urn:x", "value": value}} for which, value in
            (("source", "a,1"), ("target", "b|2"))]}
        for whom, value in ((third, "a,1"), (new, "b|2")):
            change(doctor, {**doctor.get(f"/fhir/{ref(whom)['reference']}").json, "identifier": [{"system": "urn:x", "value": value}]})
        got = doctor.ask("POST", "/fhir/Patient/$merge", json.dumps(named).encode(), FHIR)
        assert got.status == 200, got.body
        for bad in ({}, {"parameter": named["parameter"][:1]}, {"parameter": [*named["parameter"], {"name": "result-patient"}]}):
            got = doctor.ask("POST", "/fhir/Patient/$merge", json.dumps({"resourceType": "Parameters", **bad}).encode(), FHIR)
            assert got.status == 400, got.body


def rule_an_erasure_takes_what_was_merged_too():
    with site() as s:
        doctor, officer = s.token("guqinghe"), s.client().log_in("luojingan")
        old, new = person(doctor, "甲"), person(doctor, "乙")
        mine = fill(doctor, old)
        ask(doctor, "merge", old, new)
        got = officer.post("/api/erasures", {"patient": new["id"], "reason": "court order", "code": s.code("luojingan")})
        assert got.status == 201, got.body
        other = s.client().log_in("guqinghe")
        got = other.post(f"/api/erasures/{got.json['id']}", {"verdict": "erase", "code": s.code("guqinghe")})
        assert got.status == 204, got.body
        assert all(doctor.get(f"/fhir/{at}").status == 410 for at in (*mine, ref(old)["reference"], ref(new)["reference"]))


def rule_who_may_not_write_a_patient_merges_none():
    with site() as s:
        doctor = s.token("guqinghe")
        old, new = person(doctor, "甲"), person(doctor, "乙")
        for role in ("pharmacist", "specialist", "interpreter", "scheduling-admin", "guard", "duty-command", "detainee", "privacy-officer"):
            got = s.token(role).ask("POST", "/fhir/Patient/$merge", json.dumps(pair(old, new)).encode(), FHIR)
            assert got.status in (403, 404), (role, got.status, got.body)
        assert doctor.get(f"/fhir/{ref(new)['reference']}").json["meta"]["versionId"] == "1"
        ask(s.token("nurse"), "merge", old, new)
        written = doctor.get(f"/fhir/Provenance?target={ref(old)['reference']}").json["entry"]
        assert "nurse" in str(written), written


main()

"""Rules 21 and 22: nothing final is changed or deleted by any role through any interface; a signature is checked by the openssl command
over the canonical bytes, and two people sign one opinion. (电子病历应用管理规范 2017; 电子签名法 13)"""
import base64
import json
import os
import subprocess
import tempfile

from house import main, site
from ward import FHIR, Ward, account, bind, image, make, ref

PATCH = {"Content-Type": "application/json-patch+json"}


def rule_no_role_changes_or_deletes_what_is_final():
    with site() as s:
        w = Ward(s)
        final, here = w.of["observation"], w.path("observation")
        before = w.doctor.get(here).body
        for role in s.by_role:
            client = s.token(role)
            tries = [
                client.ask("PUT", here, json.dumps(dict(final, status="amended")).encode(), FHIR),
                client.ask("PUT", here, json.dumps(dict(final, status="preliminary")).encode(), FHIR),
                client.ask("PATCH", here, json.dumps([{"op": "replace", "path": "/status", "value": "amended"}]).encode(), PATCH),
                client.ask("DELETE", here),
                client.ask("POST", "/fhir", json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [
                    {"resource": dict(final, status="amended"),
                     "request": {"method": "PUT", "url": f"Observation/{final['id']}"}}]}).encode(), FHIR),
            ]
            assert all(t.status in (403, 404, 409) or (t.status in (200, 204) and role != "clinic-doctor" and i == 3)
                       for i, t in enumerate(tries)), (role, [t.status for t in tries])
            assert w.doctor.get(here).body == before, role
        assert len(w.doctor.get(f"{here}/_history").json["entry"]) == 1


def rule_no_other_way_reaches_what_is_final():
    """By a search instead of an id, in a bundle, by the operator's import, as the paper or the picture that a final document is, and by merging."""
    with site() as s:
        w = Ward(s)
        number = "rule-21"
        carla = make(w.doctor, {"resourceType": "Patient", "identifier": [{"system": "urn:yunqiao:detainee-number", "value": number}]})
        paper = w.doctor.ask("POST", "/fhir/Binary", b"%PDF-1.4 as signed", {"Content-Type": "application/pdf",
                                                                             "X-Security-Context": f"Patient/{carla['id']}"})
        assert paper.status == 201, paper.body
        document = make(w.doctor, {"resourceType": "DocumentReference", "status": "current", "docStatus": "final", "subject": ref(carla), "content": [
            {"attachment": {"contentType": "application/pdf", "url": f"Binary/{paper.json['id']}"}}]})
        assert w.doctor.ask("POST", "/dicom-web/studies", image(number), {"Content-Type": "application/dicom"}).status == 200
        picture = "/dicom-web/studies/2.25.7002/series/2.25.7003/instances/2.25.7001"
        final, here = w.of["observation"], w.path("observation")
        watched = [here, f"/fhir/{ref(document)['reference']}", f"/fhir/Binary/{paper.json['id']}"]
        shown = lambda: w.doctor.get(picture, headers={"Accept": "application/dicom"}).body  # else a boundary of chance stands around it
        before, pixels = [w.doctor.get(path).body for path in watched], shown()
        assert pixels[128:132] == b"DICM"
        changed = dict(final, status="amended", code={"text": "changed"})
        whom = f"Observation?_id={final['id']}"

        def bundle(kind, method, url, resource=None):
            entry = {"request": {"method": method, "url": url}, **({"resource": resource} if resource else {})}
            return json.dumps({"resourceType": "Bundle", "type": kind, "entry": [entry]}).encode()

        for role in s.by_role:
            client = s.token(role)
            client.ask("PUT", f"/fhir/{whom}", json.dumps(changed).encode(), FHIR)
            client.ask("PATCH", f"/fhir/{whom}", json.dumps([{"op": "replace", "path": "/status", "value": "amended"}]).encode(), PATCH)
            client.ask("DELETE", f"/fhir/{whom}")
            for kind in ("batch", "transaction"):
                client.ask("POST", "/fhir", bundle(kind, "PUT", whom, changed), FHIR)
                client.ask("POST", "/fhir", bundle(kind, "DELETE", f"Observation/{final['id']}"), FHIR)
            client.ask("PUT", f"/fhir/Binary/{paper.json['id']}", b"%PDF-1.4 otherwise", {"Content-Type": "application/pdf"})
            client.ask("DELETE", f"/fhir/Binary/{paper.json['id']}")
            client.ask("PUT", watched[1], json.dumps(dict(document, docStatus="amended")).encode(), FHIR)
            client.ask("DELETE", watched[1])
            client.ask("POST", "/dicom-web/studies", image(number).replace(b"abcd", b"dcba"), {"Content-Type": "application/dicom"})
            now = [w.doctor.get(path).body for path in watched]
            assert now == before, (role, [a for a, b in zip(now, before) if a != b])
            assert shown() == pixels, role
        merged = w.doctor.post("/fhir/Patient/$merge", {"resourceType": "Parameters", "parameter": [
            {"name": "source-patient", "valueReference": ref(w.anna)}, {"name": "target-patient", "valueReference": ref(w.ben)}]})
        assert merged.status in (200, 400, 404), merged.body
        assert w.doctor.get(here).body == before[0], "a merge links and rewrites nothing"
        with open(f"{s.root}/bundle.json", "wb") as out:
            out.write(bundle("transaction", "PUT", f"Observation/{final['id']}", changed))
        for state in ("served", "stopped"):
            if state == "stopped":
                s.stop()
            assert s.run("import", f"{s.root}/bundle.json", "--json").returncode != 0, state
        s.start()
        assert w.doctor.get(here).body == before[0]
        assert len(w.doctor.get(f"{here}/_history").json["entry"]) == 1


def openssl(signature):
    with tempfile.TemporaryDirectory() as folder:
        value = base64.urlsafe_b64decode(signature["value"] + "=" * (-len(signature["value"]) % 4))
        for name, held in (("key.pem", signature["public"].encode()), ("text", signature["text"].encode()), ("value", value)):
            with open(os.path.join(folder, name), "wb") as f:
                f.write(held)
        words = (["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "value", "text"]
                 if signature["algorithm"] == "ecdsa-p256-sha256" else
                 ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "text", "-digest", "sm3",
                  "-pkeyopt", "distid:1234567812345678", "-sigfile", "value"])
        return subprocess.run(words, cwd=folder, capture_output=True).returncode


def password(s, name):
    return s.accounts[name]["password"]


def opinion(w, **more):
    made = make(w.doctor, {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "opinion"}, "subject": ref(w.anna),
                           "encounter": ref(w.visit), "conclusion": "1.50", **more})
    w.of["opinion"] = made
    return made, f"/api/seals/DiagnosticReport/{made['id']}"


def rule_a_joint_opinion_is_signed_by_two_and_checked_by_openssl():
    with site() as s:
        w = Ward(s)
        made, path = opinion(w)
        doctor, expert = s.client().log_in("guqinghe"), s.client().log_in("wenzhiyuan")
        assert expert.get(path).status == 404
        assert w.grant("opinion").status == 201
        assert doctor.post(path, {"version": 1, "password": "not the password"}).status in (400, 401, 403)
        assert doctor.post(path, {"version": 1}).status == 400
        assert doctor.post(path, {"version": 2, "password": password(s, "guqinghe")}).status == 409
        got = doctor.post(path, {"version": 1, "password": password(s, "guqinghe")})
        assert got.status == 201, got.body
        assert doctor.post(path, {"version": 1, "password": password(s, "guqinghe")}).status == 409
        got = expert.post(path, {"version": 1, "algorithm": "sm2-sm3", "password": password(s, "wenzhiyuan")})
        assert got.status == 201, got.body
        signatures = doctor.get(path).json["signatures"]
        assert [x["role"] for x in signatures] == ["clinic-doctor", "specialist"]
        assert {x["algorithm"] for x in signatures} == {"ecdsa-p256-sha256", "sm2-sm3"}
        bodies = {x["text"].split("\n", 1)[1] for x in signatures}
        assert len(bodies) == 1, "both signed the same bytes"
        for x in signatures:
            assert x["holds"] is True
            assert openssl(x) == 0
            assert openssl(dict(x, text=x["text"].replace("1.50", "1.5"))) != 0
            assert made["id"] in x["text"].split("\n")[0] and "version=1" in x["text"].split("\n")[0]
        draft = doctor.post(f"/api/seals/Observation/{w.of['hiv']['id']}", {"version": 1, "password": password(s, "guqinghe")})
        assert draft.status == 409 and draft.code == "not_final"


def rule_an_opinion_is_whole_when_all_who_were_asked_have_signed_or_dissented():
    with site() as s:
        w = Ward(s)
        made, path = opinion(w)
        doctor, expert, nurse = s.client().log_in("guqinghe"), s.client().log_in("wenzhiyuan"), s.client().log_in("lubaisu")
        asked = {"version": 1, "accounts": [account(s, "wenzhiyuan"), account(s, "lubaisu")]}
        assert doctor.post(f"{path}/ask", asked).status == 400, "who has no way to it cannot be asked"
        assert doctor.get(path).json["asked"] == [], "and nothing of it is kept"
        assert w.grant("observation").status == 201
        assert expert.get(path).status == 404
        assert doctor.post(f"{path}/ask", asked).status == 204
        assert doctor.post(f"{path}/ask", asked).status == 409
        for guest in (expert, nurse):
            row = guest.get("/api/signatures/waiting").json["rows"]
            assert [(r["type"], r["id"], r["version"], r["patient"]) for r in row] == [("DiagnosticReport", made["id"], 1, w.anna["id"])], row
        state = doctor.get(path).json
        assert not state["whole"] and [x["signed"] for x in state["asked"]] == [None, None], state
        assert expert.post(path, {"version": 1, "password": password(s, "wenzhiyuan")}).status == 201
        assert not doctor.get(path).json["whole"]
        assert nurse.post(f"{path}/dissent", {"version": 1, "reason": "  "}).status == 400
        assert nurse.post(f"{path}/dissent", {"version": 1, "reason": "the dose is too high"}).status == 204
        again = nurse.post(path, {"version": 1, "password": password(s, "lubaisu")})
        assert again.status == 409 and again.code == "dissented", again.body
        state = doctor.get(path).json
        assert state["whole"] and state["asked"][1]["dissent"] == "the dose is too high", state
        for guest in (expert, nurse):
            assert guest.get("/api/signatures/waiting").json["rows"] == []
        assert s.token("guard").get("/api/signatures/waiting").status == 404


def rule_an_amendment_stands_beside_the_final_original_and_says_why():
    with site() as s:
        w = Ward(s)
        note = {"resourceType": "Composition", "status": "final", "type": {"text": "note"}, "subject": ref(w.anna), "date": "2026-11-26",
                "author": [{"display": "Gu"}], "title": "note"}
        first, draft = make(w.doctor, note), make(w.doctor, dict(note, status="preliminary"))
        before = w.doctor.get(f"/fhir/{ref(first)['reference']}").body

        def amended(target, reason="a slip of the pen", **more):
            body = dict(note, status="preliminary", relatesTo=[{"code": "appends", "targetReference": ref(target)}], **more)
            if reason:
                body["extension"] = [{"url": "https://yunqiao.invalid/fhir/amendment-reason", "valueString": reason}]
            return body

        for wrong in (amended(first, None), amended(first, " "), amended(draft), amended(first, subject=ref(w.ben)), dict(note, status="amended")):
            make(w.doctor, wrong, want=422)
        beside = make(w.doctor, amended(first))
        make(w.doctor, amended(beside), want=422)
        found = w.doctor.get(f"/fhir/Composition?related-ref={ref(first)['reference']}").json["entry"]
        assert [e["resource"]["id"] for e in found] == [beside["id"]]
        assert w.doctor.get(f"/fhir/{ref(first)['reference']}").body == before, "the original is what it was"
        [origin] = w.doctor.get(f"/fhir/Provenance?target={ref(beside)['reference']}").json["entry"]
        said = origin["resource"]
        assert said["agent"][0]["who"]["identifier"]["value"] == account(s, "guqinghe") and said["recorded"], "whose it is, and when"
        assert beside["extension"][0]["valueString"] == "a slip of the pen", "and why"


def rule_what_is_final_is_released_beside_it_by_a_doctor_and_seen_by_its_patient():
    with site() as s:
        w = Ward(s)
        bind(s, "zhuoyuanshan", w.anna)
        patient, path = s.token("zhuoyuanshan"), w.path("observation")
        place = path.replace("/fhir/", "/api/releases/")
        before = w.doctor.get(path).body
        assert patient.get(path).status == 404
        for role in ("nurse", "specialist", "guard", "detainee", "privacy-officer"):
            assert s.token(role).post(place).status == 404, role
        assert w.doctor.post(w.path("hiv").replace("/fhir/", "/api/releases/")).status == 409, "a draft is nobody's to read"
        assert w.doctor.post(place).status == 204
        assert w.doctor.post(place).status == 409
        assert patient.get(path).status == 200
        assert w.doctor.get(path).body == before, "and the record is what it was"
        assert w.doctor.get(path.replace("/fhir/", "/api/seals/")).json["released"]


def rule_the_site_chooses_the_algorithm():
    with site(config="[seal]\nalgorithm = sm2-sm3\n") as s:
        w = Ward(s)
        _, path = opinion(w)
        doctor = s.client().log_in("guqinghe")
        assert doctor.get(path).json["algorithm"] == "sm2-sm3"
        assert doctor.post(path, {"version": 1, "password": password(s, "guqinghe")}).status == 201
        signature = doctor.get(path).json["signatures"][0]
        assert signature["algorithm"] == "sm2-sm3" and openssl(signature) == 0


main(at_once=2)

"""Rules 21 and 22: nothing final is changed or deleted by any role through any interface; a signature is checked by the openssl command
over the canonical bytes, and two people sign one opinion. (电子病历应用管理规范 2017; 电子签名法 13)"""
import base64
import json
import os
import subprocess
import tempfile

from house import main, site
from ward import FHIR, Ward, make, ref

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


def rule_a_joint_opinion_is_signed_by_two_and_checked_by_openssl():
    with site() as s:
        w = Ward(s)
        opinion = make(w.doctor, {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "opinion"},
                                  "subject": ref(w.anna), "encounter": ref(w.visit), "conclusion": "1.50"})
        w.of["opinion"] = opinion
        path = f"/api/seals/DiagnosticReport/{opinion['id']}"
        doctor, expert = s.client().log_in("guqinghe"), s.client().log_in("wenzhiyuan")
        assert expert.get(path).status == 404
        assert w.grant("opinion").status == 201
        assert doctor.post(path, {"version": 1, "code": "000000"}).status in (400, 401, 403)
        assert doctor.post(path, {"version": 2, "code": "000000"}).status == 409
        got = doctor.post(path, {"version": 1, "code": s.code("guqinghe")})
        assert got.status == 201, got.body
        assert doctor.post(path, {"version": 1, "code": s.code("guqinghe")}).status == 409
        got = expert.post(path, {"version": 1, "algorithm": "sm2-sm3", "code": s.code("wenzhiyuan")})
        assert got.status == 201, got.body
        signatures = doctor.get(path).json["signatures"]
        assert [x["role"] for x in signatures] == ["clinic-doctor", "specialist"]
        assert {x["algorithm"] for x in signatures} == {"ecdsa-p256-sha256", "sm2-sm3"}
        for x in signatures:
            assert x["holds"] is True
            assert openssl(x) == 0
            assert openssl(dict(x, text=x["text"].replace("1.50", "1.5"))) != 0
            assert opinion["id"] in x["text"].split("\n")[0] and "version=1" in x["text"].split("\n")[0]
        assert doctor.post(f"/api/seals/Observation/{w.of['hiv']['id']}", {"version": 1, "code": s.code("guqinghe")}).status == 409


main(at_once=2)

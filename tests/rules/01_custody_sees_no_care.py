"""Rules 1 and 2: custody gets of every clinical record what it would get if there were none, by every way there is, and no canary word
ever leaves to it. (MR 26, 31, 32; NCCHC H-02; CPT; PIPL 6, 28)"""
import json
import re

from house import CANARY, main, scan, site, until
from line import Line
from ward import FHIR, TYPES, Ward, change, ids, image, make, now, ref, words

ABSENT = "absent0000000000"


def same_but_ids(body, an_id):
    """The bytes with the id that was asked for taken out, and the request's own number."""
    return re.sub(rb'"request":"?[^",}]*"?', b"", body.replace(an_id.encode(), b"ID"))


def rule_custody_reads_a_record_as_if_there_were_none():
    with site() as s:
        w = Ward(s)
        for role, custody in w.custody().items():
            for name, resource in w.of.items():
                if name == "task":
                    continue
                kind, here = resource["resourceType"], resource["id"]
                for tail in ("", "/_history", "/_history/1", "/$everything" if kind == "Patient" else ""):
                    real = custody.get(f"/fhir/{kind}/{here}{tail}")
                    none = custody.get(f"/fhir/{kind}/{ABSENT}{tail}")
                    assert real.status == none.status == 404, (role, kind, tail, real.status, none.status)
                    assert same_but_ids(real.body, here) == same_but_ids(none.body, ABSENT), (kind, real.body, none.body)
                for method in ("PUT", "DELETE"):
                    body = None if method == "DELETE" else resource
                    got = custody.ask(method, f"/fhir/{kind}/{here}", body)
                    assert got.status in (403, 404, 200, 204), (method, kind, got.status)  # deleting nothing is no fault
                if name == "sealed":
                    continue  # closed to the doctor too
                assert w.doctor.get(f"/fhir/{kind}/{here}").json["meta"]["versionId"] == "1", "nothing was changed"


def rule_of_every_type_of_care_there_is_as_little_as_of_none():
    """One of each clinical type that the surface names, with the canary in it: by id, version, history, compartment, search, and as an error."""
    with site() as s:
        w = Ward(s)
        subject, about, when = {"subject": ref(w.anna)}, {"patient": ref(w.anna)}, now()
        order = {"medicationCodeableConcept": words(), "note": [{"text": CANARY}], **subject}
        bodies = [
            {"resourceType": "CarePlan", "status": "draft", "intent": "plan", "title": CANARY, **subject},
            {"resourceType": "ClinicalImpression", "status": "in-progress", "summary": CANARY, **subject},
            {"resourceType": "Communication", "status": "preparation", "payload": [{"contentString": CANARY}], **subject},
            {"resourceType": "Composition", "status": "preliminary", "type": words(), "date": when, "author": [{"display": CANARY}], "title": CANARY, **subject},
            {"resourceType": "Consent", "status": "draft", "scope": words(), "category": [words()], "policyRule": words(), **about},
            {"resourceType": "DiagnosticReport", "status": "final", "code": words(), "conclusion": CANARY, **subject},
            {"resourceType": "DocumentReference", "status": "current", "description": CANARY, "content": [{"attachment": {"title": CANARY}}], **subject},
            {"resourceType": "EpisodeOfCare", "status": "active", "type": [words()], **about},
            {"resourceType": "Flag", "status": "active", "code": words(), **subject},
            {"resourceType": "Goal", "lifecycleStatus": "active", "description": words(), **subject},
            {"resourceType": "ImagingStudy", "status": "available", "description": CANARY, **subject},
            {"resourceType": "Immunization", "status": "not-done", "vaccineCode": words(), "occurrenceDateTime": when, **about},
            {"resourceType": "MedicationAdministration", "status": "not-done", "effectiveDateTime": when, **order},
            {"resourceType": "MedicationDispense", "status": "declined", **order},
            {"resourceType": "MedicationStatement", "status": "active", **order},
            {"resourceType": "Procedure", "status": "preparation", "code": words(), **subject},
            {"resourceType": "QuestionnaireResponse", "status": "in-progress", "item": [{"linkId": "1", "text": CANARY}], **subject},
            {"resourceType": "CommunicationRequest", "status": "active", "payload": [{"contentString": CANARY}], **subject},
        ]
        known = {r["type"] for r in w.doctor.get("/fhir/metadata").json["rest"][0]["resource"]}
        made = [make(w.doctor, b) for b in bodies if b["resourceType"] in known] + [w.visit]
        assert len(made) > 15, [b["resourceType"] for b in bodies if b["resourceType"] not in known]
        for role, custody in w.custody().items():
            for resource in made:
                kind, here = resource["resourceType"], resource["id"]
                for tail in ("", "/_history", "/_history/1", "/$meta", f"?subject=Patient/{w.anna['id']}"):
                    real, none = custody.get(f"/fhir/{kind}/{here}{tail}"), custody.get(f"/fhir/{kind}/{ABSENT}{tail}")
                    assert real.status == none.status == 404 and same_but_ids(real.body, here) == same_but_ids(none.body, ABSENT), (role, kind, tail)
                for path in (f"/fhir/Patient/{w.anna['id']}/{kind}", f"/fhir/{kind}?_id={here}", f"/fhir/{kind}?_content={CANARY}",
                             f"/fhir/{kind}/_history", f"/fhir/{kind}?_id={here}&_elements=id&_total=accurate"):
                    got = custody.get(path)
                    assert got.status in (200, 400, 404), (role, path, got.status)
                    assert got.status != 200 or not got.json.get("entry") and not got.json.get("total"), (role, path, got.body)
                for wrong in (b"{", json.dumps({**resource, "nonsense": CANARY}).encode(), json.dumps({**resource, "status": "nonsense"}).encode()):
                    real = custody.ask("PUT", f"/fhir/{kind}/{here}", wrong, FHIR)
                    none = custody.ask("PUT", f"/fhir/{kind}/{ABSENT}", wrong.replace(here.encode(), ABSENT.encode()), FHIR)
                    assert real.status == none.status and same_but_ids(real.body, here) == same_but_ids(none.body, ABSENT), (role, kind, real.body, none.body)
                    assert CANARY.encode() not in real.body
            for method, path in (("GET", "/api/exports"), ("POST", "/api/exports/1/file"), ("POST", "/api/calendar-feed"), ("GET", "/api/calendar-feed"),
                                 ("GET", f"/api/patients/{w.anna['id']}/copy.pdf")):
                assert custody.ask(method, path, None if method == "GET" else {}).status == 404, (role, path)


def rule_no_push_reaches_custody_when_care_is_given():
    with site() as s:
        w = Ward(s)
        w.guard()
        doctor = s.client().log_in("guqinghe")
        lines = [Line(s.client().log_in(s.by_role[role])) for role in ("guard", "duty-command")]
        heard = [len(line.frames) for line in lines]
        change(w.doctor, dict(w.of["condition"], code=words("changed")))
        assert w.grant("observation").status == 201
        assert w.doctor.post(w.path("observation").replace("/fhir/", "/api/releases/")).status == 204
        assert doctor.post("/api/glass", {"patient": w.anna["id"], "reason": CANARY, "code": s.code("guqinghe")}).status == 201
        assert w.doctor.post("/api/orders", {"patient": w.anna["id"], "drug": "loratadine", "dose": "10", "per_day": 1, "days": 2,
                                             "override": "x"}).status == 201
        for line, before in zip(lines, heard):  # what is said to the end of its own session comes after all that went before
            line.say({"type": "ping"})
            until("the line is alive", lambda: line.closed.is_set() or len(line.frames) > before)
            assert all(f["type"] != "notice" for f in line.frames[before:]), line.frames[before:]


def rule_no_search_of_custody_finds_counts_includes_or_chains_to_care():
    with site() as s:
        w = Ward(s)
        task = f"Task/{w.of['task']['id']}"
        for role, custody in w.custody().items():
            for kind in TYPES:
                for query in ("", "?_summary=count", "?_total=accurate", "?_sort=-_lastUpdated", "?_include=*",
                              "?_revinclude=Observation:subject", "?_lastUpdated=gt2000-01-01"):
                    got = custody.get(f"/fhir/{kind}{query}")
                    if got.status == 400:
                        continue
                    assert got.status == 200, (role, kind, query, got.status, got.body)
                    assert ids(got) <= {task}, (role, kind, query, ids(got))
                    assert got.json.get("total", 0) <= (1 if kind == "Task" else 0), (role, kind, query)
                    assert CANARY.encode() not in got.body
            for query in ("Task?focus:Encounter.status=in-progress", f"Patient?_has:Condition:patient:code:text={CANARY}",
                          f"Task?patient:Patient._has:Condition:patient:code:text={CANARY}",
                          f"Observation?code:text={CANARY}", f"Patient?_id={w.anna['id']}", "Task?_include=Task:focus"):
                got = custody.get(f"/fhir/{query}")
                assert got.status in (200, 400), (query, got.status)
                assert got.status == 400 or ids(got) <= {task}, (query, ids(got))
                assert CANARY.encode() not in got.body.replace(f"={CANARY}".encode(), b""), query


def rule_an_escort_task_reaches_custody_without_any_free_text():
    with site() as s:
        w = Ward(s)
        got = w.guard().get(w.path("task"))
        assert got.status == 200, got.status
        assert CANARY.encode() not in got.body
        assert not set(got.json) & {"description", "note", "focus", "priority", "reasonCode", "basedOn", "input", "output"}, got.json
        assert got.json["status"] == "requested"


def rule_canaries_stand_in_no_log_and_no_plain_byte_on_disk():
    """Rule 28 too, and rule 31 as far as the disk shows it."""
    with site() as s:
        w = Ward(s)
        for name in w.of:
            w.doctor.get(w.path(name))
            s.token("duty-command").get(w.path(name))
        s.stop()
        found = scan(s.root, CANARY)
        assert not found, found


def rule_files_and_images_are_as_if_there_were_none():
    with site() as s:
        w = Ward(s)
        number = "rule-1"
        carla = make(w.doctor, {"resourceType": "Patient", "identifier": [{"system": "urn:yunqiao:detainee-number", "value": number}]})
        got = w.doctor.ask("POST", "/dicom-web/studies", image(number), {"Content-Type": "application/dicom"})
        assert got.status == 200, (got.status, got.body)
        paper = w.doctor.ask("POST", "/fhir/Binary", b"%PDF-1.4 " + CANARY.encode(),
                             {"Content-Type": "application/pdf", "X-Security-Context": f"Patient/{carla['id']}"})
        assert paper.status == 201, paper.body
        study, one = "/dicom-web/studies/2.25.7002", "/series/2.25.7003/instances/2.25.7001"
        paths = [study, study + "/metadata", study + "/thumbnail", study + one, study + one + "/rendered", study + one + "/frames/1",
                 study + one + "/bulkdata/7FE00010"]
        for path in paths:
            assert w.doctor.get(path).status == 200, path
        for role, custody in w.custody().items():
            for path in paths:
                real, none = custody.get(path), custody.get(path.replace("2.25.7002", "2.25.7999"))
                assert real.status == none.status == 404 and same_but_ids(real.body, "2.25.7002") == same_but_ids(none.body, "2.25.7999"), (role, path)
            for path in ("/dicom-web/studies", f"/dicom-web/studies?StudyDescription={CANARY}", "/dicom-web/instances", study + "/series"):
                found = custody.get(path)
                assert (found.status, found.body) == (200, b"[]"), (role, path, found.body)
            assert custody.get(f"/fhir/Binary/{paper.json['id']}").body == custody.get(f"/fhir/Binary/{ABSENT}").body
            sent = custody.ask("POST", "/dicom-web/studies", image(number), {"Content-Type": "application/dicom"})
            assert sent.status == 404, (role, sent.status)
        s.stop()
        assert scan(s.root, CANARY) == []


def rule_no_route_of_the_api_tells_custody_a_canary():
    with site() as s:
        Ward(s)
        custody = s.token("guard")
        for path in ("/api/session", "/api/account", "/api/audit", "/api/glass", "/api/glass/reviews", "/api/erasures", "/api/grants",
                     "/fhir/metadata", "/fhir", "/fhir/_history", "/fhir/Observation/_history"):
            got = custody.get(path)
            assert CANARY.encode() not in got.body, path


main(at_once=2)

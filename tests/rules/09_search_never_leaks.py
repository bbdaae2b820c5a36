"""Rules 9 and 10: whatever is searched, by parameter, modifier, chain, _has, sort, total or summary, gives over the full store what it gives
over one from which the reader's forbidden rows are deleted; and every page is decided anew. (HAPI #6065; Microsoft ADR-2607)

One site for each role: all questions are asked, the doctor deletes what the role may not see, and they are asked again. YQ_LONG asks them
all; else a sample drawn with a printed seed."""
import itertools
import json
import os
import random

from house import CANARY, main, site
from ward import CONFIDENTIAL, LABELS, OURS, Ward, bind, ids, label, make, now, ref, words

LONG = bool(os.environ.get("YQ_LONG"))
SAMPLE = 10**9 if LONG else 220
SEED = int(os.environ.get("YQ_SEED", "20261126"))
KINDS = ["AllergyIntolerance", "Appointment", "Condition", "Encounter", "MedicationRequest", "Observation", "Patient", "Practitioner",
         "ServiceRequest", "Task"]
VALUES = {"string": [CANARY, "安", "a"], "token": ["urgent", "booked", "final", "preliminary", f"{LABELS}|HIV"], "date": ["gt2000-01-01", "2026"],
          "reference": ["Patient/ANNA", "Encounter/VISIT"], "number": ["1"], "quantity": ["1.5", "gt1"], "uri": ["x"]}
MODIFIERS = {"string": ["", ":exact", ":contains"], "token": ["", ":not", ":text"]}


def seed(w):
    """Much that is secret, released, for custody, or none of these; nothing of it final, so that it can be deleted."""
    anyone = [{}, label(LABELS, "HIV"), label(LABELS, "PSY"), label(CONFIDENTIAL, "R"), label(OURS, "released"), label(OURS, "custody")]
    for i, (meta, whom) in enumerate(itertools.product(anyone, (w.anna, w.ben))):
        more = {"meta": meta} if meta else {}
        made = [
            {"resourceType": "Observation", "status": "preliminary", "code": words(f"{CANARY} {i}"), "subject": ref(whom),
             "valueQuantity": {"value": 1.5 + i}, **more},
            {"resourceType": "Condition", "code": words(f"{CANARY} {i}"), "subject": ref(whom), **more},
            {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "priority": "urgent", "code": words(), "subject": ref(whom),
             **more},
            {"resourceType": "Task", "status": "requested", "intent": "order", "description": CANARY, "for": ref(whom),
             "priority": "stat", **({"owner": ref(w.escort)} if whom is w.anna else {}), **more},
            {"resourceType": "Appointment", "status": "booked", "reasonCode": [words()], "start": now(120 + 40 * i), "end": now(150 + 40 * i),
             "participant": [{"actor": ref(whom), "status": "accepted"}], **more},
        ]
        for body in made:
            w.of[f"{body['resourceType']}{i}"] = make(w.doctor, body)


def questions(w, metadata):
    """Type?query for each parameter, value and modifier, and the hops."""
    found = []
    for kind in metadata["rest"][0]["resource"]:
        if kind["type"] not in KINDS:
            continue
        for p in kind.get("searchParam", []):
            for value in VALUES.get(p["type"], []):
                for modifier in MODIFIERS.get(p["type"], [""]):
                    found.append(f"{kind['type']}?{p['name']}{modifier}={value}")
            found += [f"{kind['type']}?{p['name']}:missing={b}" for b in ("true", "false")]
            found.append(f"{kind['type']}?_sort=-{p['name']}")
            if p["type"] == "reference":
                found += [f"{kind['type']}?_include={kind['type']}:{p['name']}", f"{kind['type']}?{p['name']}:Patient.name=安"]
    for kind in KINDS:
        found += [f"Patient?_has:{kind}:patient:_id:missing=false", f"Patient?_has:{kind}:patient:status=booked",
                  f"Patient?_revinclude={kind}:patient", f"{kind}?_content={CANARY}", f"{kind}?patient.name:contains=安"]
    ways = ["", "&_total=accurate", "&_summary=count", "&_count=2", "&_sort=_lastUpdated"]
    asked = [q.replace("ANNA", w.anna["id"]).replace("VISIT", w.visit["id"]).replace("安", "%E5%AE%89") + way
             for q in found for way in ways]
    return random.Random(SEED).sample(asked, min(SAMPLE, len(asked)))


def answer(client, question):
    got = client.get(f"/fhir/{question}")
    assert got.status in (200, 400, 404), (question, got.status, got.body)
    if got.status != 200:
        return got.status, json.loads(got.body)["issue"][0]["code"]
    entries = got.json.get("entry", [])
    shown = [(f"{e['resource']['resourceType']}/{e['resource']['id']}", e.get("search", {}).get("mode")) for e in entries]
    # An included or matching Provenance of the deletions themselves is new, and nobody's secret.
    return got.json.get("total"), [x for x in shown if not x[0].startswith("Provenance/")], any(
        link["relation"] == "next" for link in got.json.get("link", []))


def compare(role, prepare=lambda s, w: None):
    with site() as s:
        w = Ward(s)
        seed(w)
        prepare(s, w)
        reader = s.token(role)
        asked = questions(w, reader.get("/fhir/metadata").json)
        full = [answer(reader, q) for q in asked]
        gone = 0
        for name in w.of:
            if reader.get(w.path(name)).status == 404:
                gone += w.doctor.ask("DELETE", w.path(name)).status == 204
        assert gone > 5, (role, gone)
        rest = [answer(reader, q) for q in asked]
        for q, a, b in zip(asked, full, rest):
            assert a == b, (role, q, a, b)
        told = sum(1 for a in full if isinstance(a[1], list) and a[1])
        print(f"  {role}: {len(asked)} questions, {told} with matches, {gone} rows deleted between, seed {SEED}")


def rule_the_nurse_learns_nothing_of_what_is_secret():
    compare("nurse")


def rule_the_pharmacist_learns_nothing_beyond_medication():
    compare("pharmacist")


def rule_the_scheduler_learns_no_reason():
    compare("scheduling-admin")


def rule_the_guard_learns_nothing_but_tasks():
    compare("guard", lambda s, w: w.guard())


def rule_the_specialist_learns_nothing_beyond_the_grant():
    compare("wenzhiyuan", lambda s, w: w.grant("observation", "condition", "Observation0", "Condition0"))


def rule_the_detainee_learns_nothing_beyond_the_own_released_file():
    compare("detainee", lambda s, w: bind(s, "zhuoyuanshan", w.anna))


def rule_a_page_word_proves_nothing():
    with site() as s:
        w = Ward(s)
        seed(w)
        got = w.doctor.get("/fhir/Observation?_count=2")
        following = next(link["url"] for link in got.json["link"] if link["relation"] == "next")
        path = "/fhir" + following.split("/fhir", 1)[1]
        assert ids(w.doctor.get(path)), "the doctor goes on"
        guard = s.token("guard").get(path)
        assert guard.status in (200, 400, 404, 410) and not (guard.status == 200 and ids(guard)), guard.body


main(at_once=2)

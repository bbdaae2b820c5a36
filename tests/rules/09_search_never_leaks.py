"""Rules 9 and 10: whatever is searched, by parameter, modifier, chain, _has, sort, total or summary, gives over the full store what it gives
over one from which the reader's forbidden rows are deleted; and every page is decided anew. (HAPI #6065; Microsoft ADR-2607)

The proof is proved too: a server whose guard has a hole on purpose (leak.c) must be caught.

One site for each role: all questions are asked, the doctor deletes what the role may not see, and they are asked again. YQ_LONG asks them
all; else a sample drawn with a printed seed."""
import itertools
import json
import os
import random
import statistics
import time

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


def questions(w, metadata, among=lambda question: True, sample=SAMPLE):
    """Type?query for each parameter, value and modifier, and the hops; a sample of those among which."""
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
        found += [f"Patient?_has:{kind}:patient:_security={LABELS}|HIV", f"{kind}?patient:Patient._id={w.anna['id']}",
                  f"Patient?_has:{kind}:patient:_id:missing=false", f"Patient?_has:{kind}:patient:status=booked",
                  f"Patient?_revinclude={kind}:patient", f"{kind}?_content={CANARY}", f"{kind}?patient.name:contains=安"]
    ways = ["", "&_total=accurate", "&_summary=count", "&_count=2", "&_sort=_lastUpdated"]
    asked = [q.replace("ANNA", w.anna["id"]).replace("VISIT", w.visit["id"]).replace("安", "%E5%AE%89") + way
             for q in found if among(q) for way in ways]
    return random.Random(SEED).sample(asked, min(sample, len(asked)))


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


def compare(role, prepare=lambda s, w: None, among=lambda question: True, sample=SAMPLE, **more):
    with site(**more) as s:
        w = Ward(s)
        seed(w)
        prepare(s, w)
        reader = s.token(role)
        asked = questions(w, reader.get("/fhir/metadata").json, among, sample)
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


def is_found(leak, among, sample):
    try:
        compare("nurse", among=among, sample=sample, program="yunqiaod-leaky", serving={"YQ_LEAK": leak})
    except AssertionError as found:
        assert isinstance(found.args[0], tuple) and len(found.args[0]) == 4, found  # a difference, and nothing else that went wrong
        print(f"  {leak}: {found.args[0][1]}")
        return True
    return False


def rule_a_hole_in_the_guard_of_the_walk_is_found():
    assert is_found("walk", lambda q: True, 60)


def rule_a_hole_in_the_guard_of_the_hops_is_found():
    assert is_found("hop", lambda q: "_has" in q, 60)


def rule_what_is_hidden_is_answered_as_what_is_absent():
    """The same bytes and the same fields; what each costs is printed beside the other, and no wall time is asserted."""
    own = ("date", "x-request-id")
    with site() as s:
        w = Ward(s)
        seed(w)
        for role in ("nurse", "guard"):
            reader, took = s.token(role), {True: [], False: []}
            hidden = [w.path(name) for name in w.of if reader.get(w.path(name)).status == 404]
            assert len(hidden) > 2, role
            for path in hidden * (8 if LONG else 3):
                absent = path.rsplit("/", 1)[0] + "/01990000-0000-7000-8000-000000000000"
                for tail in ("", "/_history", "/_history/1", "/$meta"):
                    answers = []
                    for is_there, at in ((True, path), (False, absent)):
                        since = time.perf_counter()
                        answers.append(reader.get(at + tail))
                        took[is_there].append(time.perf_counter() - since)
                    a, b = answers
                    shape = [(k.lower(), v) for k, v in a.headers.items() if k.lower() not in own]
                    assert (a.status, a.body) == (b.status, b.body) and a.status == 404, (role, path, tail, a.body, b.body)
                    assert shape == [(k.lower(), v) for k, v in b.headers.items() if k.lower() not in own], (role, path, tail)
            print(f"figure rule_09.{role}.hidden_over_absent {statistics.median(took[True]) / statistics.median(took[False]):.2f}")


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

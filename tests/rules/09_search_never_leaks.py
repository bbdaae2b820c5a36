"""Rules 9 and 10: whatever is searched, by parameter, modifier, chain, _has, sort, total or summary, gives over the full store what it gives
over one from which the reader's forbidden rows are deleted; and every page is decided anew. (HAPI #6065; Microsoft ADR-2607)

The proof is proved too: a server whose guard has a hole on purpose (leak.c) must be caught.

One site for each role: all questions are asked, the doctor deletes what the role may not see, and they are asked again. Images are asked for
by QIDO beside. YQ_LONG asks them all, hundreds in a batch; else a sample drawn with a printed seed, each by itself."""
import collections
import itertools
import json
import os
import random
import statistics
import time

from house import CANARY, Skip, main, site
from ward import CONFIDENTIAL, FHIR, LABELS, OURS, Ward, bind, change, ids, image, label, make, now, ref, words

LONG = bool(os.environ.get("YQ_LONG"))
SAMPLE = 10**9 if LONG else 220
BATCH = 250
SEED = int(os.environ.get("YQ_SEED", "20261126"))
KINDS = ["AllergyIntolerance", "Appointment", "Condition", "Encounter", "MedicationRequest", "Observation", "Patient", "Practitioner",
         "ServiceRequest", "Task"]
NUMBERS, LOINC = "urn:rule-9", "http://loinc.org"
VALUES = {"string": [CANARY, "安", "a"], "token": ["urgent", "booked", "final", "preliminary", f"{LABELS}|HIV", f"{LOINC}|1-1", f"{NUMBERS}|"],
          "date": ["gt2000-01-01", "2026"], "reference": ["Patient/ANNA", "Encounter/VISIT"], "number": ["1"], "quantity": ["1.5", "gt1"],
          "uri": ["x"], "composite": [f"{LOINC}|1-1$gt1", f"1-1${CANARY}", f"1-1${LOINC}|1-1", "1-1$gt2000-01-01"]}
MODIFIERS = {"string": ["", ":exact", ":contains"], "token": ["", ":not", ":text"]}
# Values of a form of their own.
FORMS = {"token": [f":of-type={LABELS}|MR|{CANARY}", f":of-type={LABELS}|MR|n1"], "reference": [f":identifier={NUMBERS}|anna", ":identifier=anna"]}
WAYS = ["", "&_total=accurate", "&_summary=count", "&_count=2", "&_sort=_lastUpdated"]


def named(whom, number):
    return {**ref(whom), "identifier": {"system": NUMBERS, "value": number}}


def coded(i):
    return {"coding": [{"system": LOINC, "code": f"1-{1 + i % 2}"}], "text": f"{CANARY} {i}"}


def seed(w):
    """Much that is secret, released, for custody, or none of these; nothing of it final, so that it can be deleted."""
    anyone = [{}, label(LABELS, "HIV"), label(LABELS, "PSY"), label(CONFIDENTIAL, "R"), label(OURS, "released"), label(OURS, "custody")]
    for i, (meta, (whom, number)) in enumerate(itertools.product(anyone, ((w.anna, "anna"), (w.ben, "ben")))):
        more = {"meta": meta} if meta else {}
        numbers = {"identifier": [{"type": {"coding": [{"system": LABELS, "code": "MR"}]}, "system": NUMBERS, "value": value}
                                  for value in (CANARY, f"n{i % 3}")]}
        made = [
            {"resourceType": "Observation", "status": "preliminary", "code": coded(i), "subject": named(whom, number), **numbers,
             "effectiveDateTime": "2026-11-01", "valueQuantity": {"value": 1.5 + i},
             "component": [{"code": coded(0), "valueQuantity": {"value": 2}}, {"code": coded(0), "valueString": CANARY},
                           {"code": coded(0), "valueCodeableConcept": coded(0)}], **more},
            {"resourceType": "Condition", "code": coded(i), "subject": named(whom, number), **numbers, **more},
            {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "priority": "urgent", "code": words(),
             "subject": named(whom, number), **numbers, **more},
            {"resourceType": "Task", "status": "requested", "intent": "order", "description": CANARY, "for": ref(whom),
             "priority": "stat", **({"owner": ref(w.escort)} if whom is w.anna else {}), **more},
            {"resourceType": "Appointment", "status": "booked", "reasonCode": [words()], "start": now(120 + 40 * i), "end": now(150 + 40 * i),
             "participant": [{"actor": ref(whom), "status": "accepted"}], **more},
        ]
        for body in made:
            w.of[f"{body['resourceType']}{i}"] = make(w.doctor, body)


def seed_images(w):
    """Four studies: nothing to say of one, one secret, one released, one of somebody else."""
    system = "urn:yunqiao:detainee-number"
    for whom, number in ((w.anna, "rule-9-a"), (w.ben, "rule-9-b")):
        body = w.doctor.get(f"/fhir/{ref(whom)['reference']}").json
        change(w.doctor, {**body, "identifier": [{"system": system, "value": number}]})
    for i, (number, meta) in enumerate((("rule-9-a", {}), ("rule-9-a", label(LABELS, "HIV")), ("rule-9-a", label(OURS, "released")), ("rule-9-b", {}))):
        got = w.doctor.ask("POST", "/dicom-web/studies", image(number, f"2.25.90{i}"), {"Content-Type": "application/dicom"})
        assert got.status == 200, got.body
        study = w.doctor.get(f"/fhir/ImagingStudy?identifier=urn:dicom:uid|urn:oid:2.25.90{i}2").json["entry"][0]["resource"]
        if meta:
            change(w.doctor, {**study, "meta": meta})
        w.of[f"ImagingStudy{i}"] = study


def questions(w, metadata):
    """Type?query for each parameter, value and modifier, and the hops, each with the word for its kind."""
    found = []
    for kind in metadata["rest"][0]["resource"]:
        if kind["type"] not in KINDS:
            continue
        for p in kind.get("searchParam", []):
            for modifier, value in itertools.product(MODIFIERS.get(p["type"], [""]), VALUES.get(p["type"], [])):
                found.append((p["type"] + modifier, f"{kind['type']}?{p['name']}{modifier}={value}"))
            found += [(form.split("=")[0], f"{kind['type']}?{p['name']}{form}") for form in FORMS.get(p["type"], [])
                      if p["type"] != "token" or p["name"] == "identifier"]
            found += [(":missing", f"{kind['type']}?{p['name']}:missing={b}") for b in ("true", "false")]
            found.append(("_sort", f"{kind['type']}?_sort=-{p['name']}"))
            if p["type"] == "reference":
                found += [("_include", f"{kind['type']}?_include={kind['type']}:{p['name']}"),
                          ("chain", f"{kind['type']}?{p['name']}:Patient.name=安")]
    for kind in KINDS:
        found += [("_has", f"Patient?_has:{kind}:patient:_security={LABELS}|HIV"), ("chain", f"{kind}?patient:Patient._id={w.anna['id']}"),
                  ("_has", f"Patient?_has:{kind}:patient:_id:missing=false"), ("_has", f"Patient?_has:{kind}:patient:status=booked"),
                  ("_has", f"Patient?_has:{kind}:patient:identifier:of-type={LABELS}|MR|{CANARY}"),
                  ("_has", f"Patient?_has:{kind}:subject:code-value-quantity=1-1$gt1"),
                  ("_revinclude", f"Patient?_revinclude={kind}:patient"), ("_content", f"{kind}?_content={CANARY}"),
                  ("chain", f"{kind}?patient.name:contains=安")]
    names = {"ANNA": w.anna["id"], "VISIT": w.visit["id"], "安": "%E5%AE%89"}
    for name, text in names.items():
        found = [(kind, question.replace(name, text)) for kind, question in found]
    return [(kind, question + way) for kind, question in found for way in WAYS]


def draw(asked, sample):
    """So many of them, of each kind as many as of another."""
    shelves, drawn = collections.defaultdict(list), []
    for kind, question in random.Random(SEED).sample(asked, len(asked)):
        shelves[kind].append((kind, question))
    while len(drawn) < min(sample, len(asked)):
        drawn += [shelf.pop() for shelf in shelves.values() if shelf]
    return drawn[:sample]


def told_by(status, body):
    if status != 200:
        return status, body["issue"][0]["code"]
    shown = [(f"{e['resource']['resourceType']}/{e['resource']['id']}", e.get("search", {}).get("mode")) for e in body.get("entry", [])]
    # An included or matching Provenance of the deletions themselves is new, and nobody's secret.
    return body.get("total"), [x for x in shown if not x[0].startswith("Provenance/")], any(
        link["relation"] == "next" for link in body.get("link", []))


def answer(client, question):
    got = client.get(f"/fhir/{question}")
    assert got.status in (200, 400, 404), (question, got.status, got.body)
    return told_by(got.status, got.json)


def answer_batch(client, asked):
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": q}} for q in asked]}
    got = client.ask("POST", "/fhir", json.dumps(bundle).encode(), FHIR)
    assert got.status == 200, (got.status, got.body[:500])
    for q, e in zip(asked, got.json["entry"], strict=True):
        status = int(e["response"]["status"])
        assert status in (200, 400, 404), (q, e)
        yield told_by(status, e["resource"] if status == 200 else e["response"]["outcome"])


def answers(client, asked):
    """Of those that are many, a batch at a time; and then the first of them by themselves, which is to be the same."""
    if len(asked) <= BATCH:
        return [answer(client, q) for q in asked]
    found = [a for at in range(0, len(asked), BATCH) for a in answer_batch(client, asked[at:at + BATCH])]
    for q, a in zip(asked[:BATCH], found):
        assert answer(client, q) == a, (q, a)
    return found


IMAGES = [f"/dicom-web/{level}?{asked}" for level in ("studies", "series", "instances", "studies/2.25.9012/series", "studies/2.25.9002/instances")
          for asked in ("", f"StudyDescription={CANARY}", "StudyDescription=*", "PatientID=rule-9-a", "PatientID=rule-9-*", "00100020=rule-9-b",
                        "StudyInstanceUID=2.25.9012", "StudyInstanceUID=2.25.9012,2.25.9032", "SOPInstanceUID=2.25.9011", "Rows=2",
                        "NumberOfStudyRelatedInstances=1", "includefield=all", "limit=1", "offset=1", "limit=1&offset=1",
                        "fuzzymatching=true", "StudyDate=2000-20300101", "nonsense=1")]


def shown_images(client):
    got = [client.get(path, headers={"Accept": "application/dicom+json"}) for path in IMAGES]
    assert all(g.status in (200, 204, 400, 404) for g in got), [(p, g.status, g.body) for p, g in zip(IMAGES, got)]
    return [(g.status, g.body) for g in got]


def compare(role, prepare=lambda s, w: None, among=lambda kind: True, sample=SAMPLE, images=True, **more):
    with site(**more) as s:
        w = Ward(s)
        seed(w)
        if images:
            seed_images(w)
        prepare(s, w)
        reader = s.token(role)
        asked = [(k, q) for k, q in questions(w, reader.get("/fhir/metadata").json) if among(k)]
        kinds, asked = zip(*draw(asked, sample))
        full, shown = answers(reader, asked), shown_images(reader) if images else []
        gone = 0
        for name in w.of:
            if reader.get(w.path(name)).status == 404:
                gone += w.doctor.ask("DELETE", w.path(name)).status == 204
        assert gone > 5, (role, gone)
        rest = answers(reader, asked)
        for q, a, b in zip(asked, full, rest):
            assert a == b, (role, q, a, b)
        for path, a, b in zip(IMAGES, shown, shown_images(reader) if images else []):
            assert a == b, (role, path, a, b)
        told = collections.Counter(kind for kind, a in zip(kinds, full) if isinstance(a[1], list) and a[1])
        pictures = sum(1 for status, body in shown if status == 200 and body != b"[]")
        print(f"  {role}: {len(asked)} questions, {told.total()} with matches, {len(shown)} of images, {pictures} with matches, "
              f"{gone} rows deleted between, seed {SEED}")
        return told


def rule_the_nurse_learns_nothing_of_what_is_secret():
    told = compare("nurse")
    for kind in (":of-type", ":identifier", "composite", "_has", "chain", ":missing", "_include"):
        assert told[kind], (kind, told)  # that they were asked proves nothing where nothing is ever found


def rule_the_pharmacist_learns_nothing_beyond_medication():
    compare("pharmacist")


def rule_the_scheduler_learns_no_reason():
    compare("scheduling-admin")


def rule_the_guard_learns_nothing_but_tasks():
    compare("guard", lambda s, w: w.guard())


def rule_the_specialist_learns_nothing_beyond_the_grant():
    compare("wenzhiyuan", lambda s, w: w.grant("observation", "condition", "Observation0", "Condition0", "ImagingStudy0"))


def rule_the_detainee_learns_nothing_beyond_the_own_released_file():
    compare("detainee", lambda s, w: bind(s, "zhuoyuanshan", w.anna))


def rule_the_other_roles_learn_nothing_either():
    """Who sees next to nothing can be told little: the long tier alone asks."""
    if not LONG:
        raise Skip("the long tier asks for the command, the interpreter and the privacy officer")
    for role in ("duty-command", "interpreter", "privacy-officer"):
        compare(role)


def rule_a_doctor_learns_nothing_of_what_is_sealed():
    """Another doctor, who has broken the glass, deletes it."""
    def breaks(s, w):
        by_hand = s.client().log_in("xuwang")
        for whom in (w.anna, w.ben):
            got = by_hand.post("/api/glass", {"patient": whom["id"], "reason": "rule 9", "code": s.code("xuwang")})
            assert got.status == 201, got.body
        w.doctor = by_hand
        for i, whom in enumerate((w.anna, w.anna, w.anna, w.ben, w.ben, w.ben)):
            w.of[f"sealed{i}"] = make(w.doctor, {"resourceType": "Observation", "status": "preliminary", "code": coded(i), "subject": ref(whom),
                                                 "meta": label(CONFIDENTIAL, "V")})
    compare("guqinghe", breaks, sample=SAMPLE if LONG else 60, images=False)


def is_found(leak, among, sample):
    try:
        compare("nurse", among=among, sample=sample, images=False, program="yunqiaod-leaky", serving={"YQ_LEAK": leak})
    except AssertionError as found:
        assert isinstance(found.args[0], tuple) and len(found.args[0]) == 4, found  # a difference, and nothing else that went wrong
        print(f"  {leak}: {found.args[0][1]}")
        return True
    return False


def rule_a_hole_in_the_guard_of_the_walk_is_found():
    assert is_found("walk", lambda kind: True, 60)


def rule_a_hole_in_the_guard_of_the_hops_is_found():
    assert is_found("hop", lambda kind: kind == "_has", 60)


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

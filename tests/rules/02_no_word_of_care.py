"""Rule 2, over a whole consultation: a canary in each clinical field (problem, drug, allergy, question, note, sick call, answer, specialty, the specialist's and the
hospital's name), then it is booked, escorted and held; and nothing that custody can reach says it: no answer, notice, calendar, address or
file name, no line of the log, no byte on disk. (PIPL 6, 28) What custody sees of records by themselves stands in rules/01."""
import datetime
import re
import sys

from house import CANARY, TOP, Site, main, scan
from line import Line
from ward import change, make, words

sys.path.insert(0, f"{TOP}/tests/scheduler")
from bookings import at, done, event, find, start  # noqa: E402

PATIENT, SPECIALIST = "Patient/demo-p030", "Practitioner/demo-wenzhiyuan"
NEEDS = [{"need": "clinic-doctor", "reference": "Practitioner/demo-guqinghe"}, {"need": "specialist:ophthalmology", "reference": SPECIALIST},
         {"need": "room:video-room"}, {"need": "escort", "reference": "Practitioner/demo-escort-1"}]
# Every address of a GET that docs/PROTOCOL.md tells of.
ADDRESS = re.compile(r"`GET (/[^`\[]*)")


def told():
    with open(f"{TOP}/docs/PROTOCOL.md") as page:
        return sorted(set(ADDRESS.findall(page.read())) - {"/ws"})


def seed(doctor):
    """The word in all that is told of the patient and of who is asked."""
    who = doctor.get(f"/fhir/{SPECIALIST}").json
    change(doctor, {**who, "name": [{"text": f"{CANARY} the specialist"}]})
    for role in doctor.get(f"/fhir/PractitionerRole?practitioner={SPECIALIST}").json["entry"]:
        held = role["resource"]
        for specialty in held.get("specialty", []):
            specialty["text"] = f"{CANARY} the specialty"
        change(doctor, held)
        hospital = doctor.get(f"/fhir/{held['organization']['reference']}").json
        change(doctor, {**hospital, "name": f"{CANARY} hospital"})
    subject = {"reference": PATIENT}
    make(doctor, {"resourceType": "Condition", "code": words(), "subject": subject, "note": [{"text": CANARY}]})
    make(doctor, {"resourceType": "Observation", "status": "final", "code": words(), "valueString": CANARY, "subject": subject})
    make(doctor, {"resourceType": "AllergyIntolerance", "code": words(), "patient": subject})
    make(doctor, {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "reportedBoolean": True, "subject": subject,
                  "medicationCodeableConcept": words(), "note": [{"text": CANARY}]})
    make(doctor, {"resourceType": "Composition", "status": "preliminary", "type": words(), "subject": subject, "date": at(), "title": CANARY,
                  "author": [{"display": CANARY}]})
    asked = doctor.post("/api/sick-calls", {"patient": PATIENT, "words": CANARY, "place": "eye"})
    assert asked.status == 201, asked.body
    call = f"/api/sick-calls/{asked.json['call']['id']}"
    assert doctor.post(f"{call}/triage", {"triage": "emergency"}).status == 200
    assert doctor.post(f"{call}/triage", {"triage": "soon", "reason": CANARY}).status == 200
    visit = doctor.post(f"{call}/visit").json["call"]["visit"]["id"]
    for step, said in (("begin", {}), ("sight", {"reason": CANARY}), ("finish", {"outcome": "consultation"})):
        assert doctor.post(f"/api/local-visits/{visit}/{step}", said).status == 200, step
    more = doctor.post("/api/sick-calls", {"patient": PATIENT, "words": f"{CANARY} again"}).json["call"]["id"]
    assert doctor.post(f"/api/sick-calls/{more}/triage", {"triage": "routine"}).status == 200
    assert doctor.post(f"/api/sick-calls/{more}/answer", {"answer": CANARY}).status == 200
    return make(doctor, {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "priority": "urgent", "code": words(),
                         "reasonCode": [words()], "subject": subject, "note": [{"text": CANARY}]})


def booked(doctor, expert, question):
    made = done(start(doctor, find(doctor, NEEDS, patient=PATIENT, until=25)["proposals"][0], patient=PATIENT, ask=True,
                      request=f"ServiceRequest/{question['id']}"), 201)
    assert done(event(expert, made, "accept"))["state"] == "booked"
    return done(doctor.get(f"/api/bookings/{made['id']}"))


def asked(client, path, filled):
    for name, value in filled.items():
        path = path.replace(name, value)
    path = re.sub(r"[A-Z]{2,}|\{[^}]*\}", "none", path)
    return path, client.get(path)


def look_everywhere(client, role, filled, week):
    """All addresses, the records by type, and the custody's own lists; what was answered with something."""
    seen = []
    paths = told() + [f"/api/escorts?{week}", f"/api/engagements?{week}", f"/api/bookings?{week}", "/fhir/_history"]
    kinds = [r["type"] for r in client.get("/fhir/metadata").json["rest"][0]["resource"]]
    paths += [f"/fhir/{kind}{tail}" for kind in kinds for tail in ("", "?_count=200", "/_history")]
    for path in paths:
        path, got = asked(client, path, filled)
        assert CANARY.encode() not in got.body, (role, path, got.body)
        assert CANARY not in str(got.headers), (role, path)
        if got.status == 200 and got.body not in (b"", b"[]"):
            seen.append(path)
    return seen


def rule_nothing_that_custody_reaches_says_a_word_of_care():
    s = Site(options=["--log", "debug"])
    try:
        assert s.run("demo", "--force", "--json").returncode == 0
        s.start()
        doctor = s.token("guqinghe")
        watching = {role: Line(s.client().log_in(s.by_role[role])) for role in ("guard", "duty-command")}
        question = seed(doctor)
        made = booked(doctor, s.token("wenzhiyuan"), question)
        filled = {"{id}": made["id"], "ID": made["id"], "{type}": "ServiceRequest", "Q": question["id"]}
        command, guard = s.token("duty-command"), s.token("guard")
        around = datetime.datetime.fromisoformat(made["start"].replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)
        week = f"from={at(around.days - 1)}&until={at(around.days + 8)}"
        name = next(x["name"] for x in made["seats"] if x["need"] == "patient")
        task = next(e for e in command.get(f"/api/escorts?{week}").json["escorts"] if e["name"] == name and e["step"] == "requested")
        for step in ("accept", "collect", "deliver"):
            got = command.post(f"/api/escorts/{task['id']}/{step}")
            assert got.status == 200 and CANARY.encode() not in got.body, (step, got.body)
        for role, client in (("guard", guard), ("duty-command", command)):
            seen = look_everywhere(client, role, filled, week)
            assert any(path.startswith("/api/escorts") for path in seen) and "/fhir/Task" in seen, (role, seen)
            for verb in ("PUT", "PATCH", "DELETE"):
                got = client.ask(verb, f"/fhir/ServiceRequest/{question['id']}", dict(question, priority="routine") if verb == "PUT" else b"[]")
                assert CANARY.encode() not in got.body, (role, verb)
            frames = [{k: v for k, v in f.items() if k != "heard"} for f in watching[role].frames]
            assert CANARY not in str(frames), (role, frames)
        feed = doctor.post("/api/calendar-feed")
        assert feed.status == 201, feed.body
        calendar = s.client().get(feed.json["path"])
        assert calendar.status == 200 and b"BEGIN:VEVENT" in calendar.body
        assert CANARY.encode() not in calendar.body.replace(b"\r\n ", b""), "an address that was lost tells nothing either"
        assert guard.post("/api/calendar-feed").status == 404
        s.stop()
        with open(s.log_path) as log:
            assert CANARY not in log.read()
        assert scan(s.root, CANARY) == []
        print(f"  {len(told())} addresses of the protocol asked")
    finally:
        s.close()


main()

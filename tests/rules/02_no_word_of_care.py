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
sys.path.insert(0, f"{TOP}/tests/scene/stills")
from bookings import at, done, event, find, start  # noqa: E402
from stills import keep, png  # noqa: E402
from visiting import House, join, signature  # noqa: E402

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


def told_of_a_visit(h):
    """The word in all that is said of a visit: what is asked, asked back, refused and withdrawn, in chat and under a still, in each part of the
    opinion and in what is told after it. What is to be filled into addresses, one after the other."""
    s = h.site
    v = h.begin(question=CANARY)
    h.step(v, "consent", kind="request", witness=CANARY)
    v = h.step(v, "activate")
    h.book(v)
    v = h.look(v)
    eye = h.specialist(v)
    h.step(v, "ask", who=eye, text=CANARY)
    h.step(v, "answer", text=CANARY)
    h.step(v, "wait", who=eye)
    h.receive(v)
    h.step(v, "admit", account=h.account(eye))
    room = v["booking"]["room"]
    line, desk = join(eye, room), join(h.doctor, room)
    line.hear("call.joined"), desk.hear("call.joined")
    line.say({"type": "call.chat", "text": CANARY})
    chat = desk.hear("call.chat", lambda f: f["text"] == CANARY)["id"]
    still = keep(h.doctor, v["id"], png(), source=CANARY)
    assert still.status == 201, still.body
    picture = h.doctor.get(f"/fhir/DocumentReference/{still.json['id']}").json["content"][0]["attachment"]["url"]
    opinion = f"/api/visits/{v['id']}/opinion"
    for part, value in (("findings", {"text": CANARY}), ("assessment", {"text": CANARY, "codes": [{"code": "H40.2", "display": CANARY}]}),
                        ("advice", {"items": [{"id": "a1", "kind": "other", "words": CANARY}]}), ("follow-up", {"text": CANARY, "due": "2099-01-01"})):
        got = eye.put(f"{opinion}/parts/{part}", {"rev": 0, "value": value})
        assert got.status == 200, (part, got.body)
    h.step(v, "withdraw")
    h.step(v, "consent", kind="camera")
    h.step(v, "admit", account=h.account(eye))
    signed = eye.post(f"{opinion}/sign", {"rev": eye.get(opinion).json["rev"], "password": s.accounts["wenzhiyuan"]["password"]})
    assert signed.status == 200, signed.body
    for item in ("a1", "followup"):
        assert h.doctor.post(f"{opinion}/advice/{item}", {"verdict": "decline", "reason": CANARY}).status == 200, item
    assert h.doctor.post(f"{opinion}/tell", {"words": CANARY}).status == 204
    paper = h.doctor.get(f"{opinion}.pdf")
    assert paper.status == 200 and paper.body.startswith(b"%PDF")
    other = h.begin(patient="Patient/demo-p004", question=CANARY)
    h.step(other, "refuse", signature=signature(), reason=CANARY)
    emergency = h.begin(patient="Patient/demo-p003", question=CANARY)
    h.step(emergency, "except", reason=CANARY)
    return v, [v["id"], other["id"], emergency["id"], v["booking"]["id"], room, signed.json["composition"], still.json["id"], picture.split("/")[1], chat,
               v["request"].split("/")[1], v["patient"]["reference"].split("/")[1], v["consents"][0]["id"]]


def rule_a_whole_visit_says_no_word_to_custody_and_none_to_a_specialist_without_a_grant():
    s = Site(options=["--log", "debug"])
    try:
        assert s.run("demo", "--force", "--unbooked", "--json").returncode == 0
        h = House(s.start())
        roles = {"guard": s.by_role["guard"], "duty-command": s.by_role["duty-command"], "a specialist without a grant": "yinshu"}
        watching = {role: Line(s.client().log_in(name)) for role, name in roles.items()}
        v, filled = told_of_a_visit(h)
        week = f"from={at(-1)}&until={at(3)}"
        for role, name in roles.items():
            client = s.token(name)
            for one in filled:
                paths = {re.sub(r"[A-Z]{2,}|\{[^}]*\}", one, path) for path in told() if re.search(r"[A-Z]{2,}|\{", path)}
                paths |= {f"/fhir/{kind}/{one}{tail}" for kind in KINDS for tail in ("", "/_history/1")}
                for path in sorted(paths):
                    got = client.get(path)
                    assert CANARY.encode() not in got.body and CANARY not in str(got.headers), (role, path, got.body)
                    assert not got.body.startswith((b"%PDF", b"\x89PNG")), (role, path)
            look_everywhere(client, role, {}, week)
            for path in (f"/api/visits/{v['id']}", f"/api/visits/{v['id']}/opinion", f"/api/visits/{v['id']}/opinion.pdf", f"/api/visits/{v['id']}/opinion/bundle"):
                assert client.get(path).status == 404, (role, path)
            held = s.client().log_in(name)
            got = held.post(f"/api/rooms/{v['booking']['room']}/join")
            assert got.status in (403, 404), (role, got.status)
            assert keep(held, v["id"], png()).status in (403, 404), role
            frames = [{k: x for k, x in f.items() if k != "heard"} for f in watching[role].frames]
            assert CANARY not in str(frames) and v["id"] not in str(frames), (role, frames)
        s.stop()
        with open(s.log_path) as log:
            assert CANARY not in log.read()
        assert scan(s.root, CANARY) == []
    finally:
        s.close()


KINDS = ["Appointment", "Binary", "Communication", "Composition", "Condition", "Consent", "DocumentReference", "Encounter", "Patient", "Provenance",
         "ServiceRequest", "Task"]


main()

"""Rule 3: the escort task has no free-text field, and unknown keys are refused: what the server writes into one and shows of one is codes, times, names
and places, and what custody reports is a code and a time."""
import json
import re
import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/scheduler")
from bookings import at  # noqa: E402
from escorts import booked, listed, report, task_of  # noqa: E402
from house import CANARY, Site, main  # noqa: E402
from visiting import house_of_visits  # noqa: E402
from ward import FHIR  # noqa: E402

CODED = re.compile(r"[a-z0-9][A-Za-z0-9:./_-]*|https?://\S+|\d{4}-\d\d-\d\dT[\d:.]+Z|(Patient|Practitioner|Location|Task)/[\w.-]+")


def texts(value, path=""):
    """Each text of a body, and where it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, path)
    elif isinstance(value, str):
        yield path, value


def rule_a_task_is_codes_times_names_and_places_and_takes_no_words():
    s = Site()
    try:
        assert s.run("demo", "--force", "--unbooked", "--json").returncode == 0
        s.start()
        doctor, guard, command = s.token("guqinghe"), s.token("guard"), s.token("duty-command")
        booking = booked(doctor, "demo-escort-1", "Patient/demo-p030")
        task = task_of(command, booking)
        body = doctor.get(f"/fhir/Task/{task}").json
        assert set(body) == {"resourceType", "id", "meta", "status", "intent", "priority", "code", "for", "executionPeriod", "authoredOn", "owner",
                             "location"}, sorted(body)
        for path, text in texts(body):
            assert path == ".resourceType" or CODED.fullmatch(text), (path, text)
        # what custody may send: no other key, no other word, by whatever way
        for more in ({"note": CANARY}, {"text": CANARY}, {"description": "x"}, {"reason": CANARY}, {"at": CANARY}, {"reason": "court", "why": "x"}):
            got = report(guard, task, "cannot" if "reason" in more else "accept", **more)
            assert got.status == 400 and got.code in ("unknown_field", "bad_field"), (more, got.status, got.body)
        for client in (guard, command):
            patch = b'[{"op":"add","path":"/description","value":"' + CANARY.encode() + b'"}]'
            got = client.ask("PATCH", f"/fhir/Task/{task}", patch, {"Content-Type": "application/json-patch+json"})
            assert got.status in (403, 404), (got.status, got.body)
            wild = b'[{"op":"replace","path":"/nothing/there","value":1}]'
            again = client.ask("PATCH", f"/fhir/Task/{task}", wild, {"Content-Type": "application/json-patch+json"})
            assert again.status == got.status, "whatever the patch says of what they see of it"
            assert client.ask("POST", "/fhir/Task", b'{"resourceType":"Task","status":"requested","intent":"order"}', FHIR).status in (403, 404)
        made = command.post("/api/engagements", {"patient": "Patient/demo-p007", "kind": "lawyer", "start": at(20), "minutes": 30, "note": CANARY})
        assert made.status == 400 and made.code == "unknown_field", made.body
        assert command.post("/api/engagements", {"patient": "Patient/demo-p007", "kind": CANARY, "start": at(20), "minutes": 30}).status == 400
        assert doctor.get(f"/fhir/Task/{task}").json == body
        # what custody is shown of it
        shown = listed(guard)[task]
        assert set(shown) == {"id", "step", "name", "number", "cell", "room", "start", "end", "at", "reason", "precautions"}, shown
        assert set(shown["precautions"]) <= {"mask", "isolated", "wheelchair", "stretcher", "unfit", "watch"}, shown  # how to bring, never why
        assert report(guard, task, "cannot", reason="no-escort").json["changed"]
        after = doctor.get(f"/fhir/Task/{task}").json
        for path, text in texts(after):
            assert path == ".resourceType" or CODED.fullmatch(text), (path, text)
        assert CANARY not in str(after)
    finally:
        s.close()


def rule_the_task_that_a_visit_orders_has_no_words_of_the_visit():
    """Whatever is said in its request, in what is asked back, and when it is received: the escort's task is as that of any booking."""
    with house_of_visits() as h:
        command = h.site.token("duty-command")
        v = h.ask(question=f"{CANARY} 左眼")
        b = h.book(v)
        v = h.look(v)
        eye = h.specialist(v)
        h.step(v, "ask", who=eye, text=f"{CANARY} 眼压？")
        h.step(v, "answer", text=f"{CANARY} 右18左17")
        task = task_of(command, b)
        body = h.doctor.get(f"/fhir/Task/{task}").json
        assert set(body) == {"resourceType", "id", "meta", "status", "intent", "priority", "code", "for", "executionPeriod", "authoredOn", "owner",
                             "location"}, sorted(body)
        for path, text in texts(body):
            assert path == ".resourceType" or CODED.fullmatch(text), (path, text)
        shown = listed(command)[task]
        assert set(shown) == {"id", "step", "name", "number", "cell", "room", "start", "end", "at", "reason", "precautions", "owner"}, shown
        h.receive(v)
        h.step(v, "refuse", witness="陆白苏", reason=CANARY, want=200) if "refuse" in h.look(v)["may"] else None
        for got in (command.get(f"/fhir/Task/{task}"), command.get(f"/api/escorts?from={at(-1)}&until={at(3)}")):
            assert got.status == 200 and CANARY.encode() not in got.body and b"visit" not in got.body.lower(), got.body


def rule_a_platforms_concern_is_coded_becomes_the_clinics_task_and_a_state_alone_comes_back():
    s = Site()
    try:
        assert s.run("demo", "--force", "--unbooked", "--json").returncode == 0
        s.start()
        nurse, doctor, platform, command = s.token("nurse"), s.token("guqinghe"), s.token("guard"), s.token("duty-command")
        number = next(i["value"] for i in doctor.get("/fhir/Patient/demo-p007").json["identifier"] if i["system"] == "urn:yunqiao:detainee-number")
        signal = {"id": "sensor-17:4711", "kind": "not-eating", "person": number, "at": at()}
        for wrong in ({**signal, "words": CANARY}, {**signal, "kind": CANARY}, {**signal, "at": CANARY}, {**signal, "id": "a/b"}, {**signal, "at": at(-9)},
                      {**signal, "kind": "release-undone"}, {k: v for k, v in signal.items() if k != "person"}):
            assert platform.post("/api/signals", wrong).status == 400, wrong
        assert platform.post("/api/signals", {**signal, "person": "none"}).status == 404
        first = platform.post("/api/signals", signal)
        assert first.status == 201 and first.json == {"id": signal["id"], "state": "received"}, first.body
        again = platform.post("/api/signals", signal)
        assert again.status == 200 and again.json == first.json, "raised once, however often it is sent"
        cell = platform.post("/api/signals", {"id": "sensor-17:4712", "kind": "fight", "cell": "A/A01", "at": at()})
        assert cell.status in (201, 404), cell.body
        mine = [c for c in nurse.get("/api/concerns").json["concerns"] if c["patient"]["number"] == number]
        assert len(mine) == 1 and mine[0]["kind"] == "not-eating" and mine[0]["state"] == "received" and mine[0]["due"], mine
        concern = mine[0]["id"]
        # custody reads, takes and changes none of it, by whatever way; the browser of a guard raises none
        for client in (platform, command):
            assert client.get("/api/concerns").status in (403, 404)
            assert client.post(f"/api/concerns/{concern}/seen").status in (403, 404)
            assert client.get(f"/fhir/Task/{concern}").status == 404
            assert concern not in client.get("/fhir/Task?code=concern&_count=100").body.decode()
        browser = s.client().log_in(s.by_role["guard"])
        assert browser.post("/api/signals", {**signal, "id": "by-hand"}).status == 404
        assert command.post("/api/signals", signal).status in (403, 404) and nurse.post("/api/signals", signal).status in (403, 404)
        assert doctor.ask("PATCH", f"/fhir/Task/{concern}", json.dumps([{"op": "add", "path": "/note", "value": [{"text": CANARY}]}]).encode(),
                          {"Content-Type": "application/json-patch+json"}).status == 200
        assert nurse.post(f"/api/concerns/{concern}/seen").json["concern"]["state"] == "seen"
        told = platform.get(f"/api/signals/{signal['id']}")
        assert told.json == {"id": signal["id"], "state": "seen"}, told.body
        assert nurse.post(f"/api/concerns/{concern}/done").json["concern"]["state"] == "done"
        assert platform.get(f"/api/signals/{signal['id']}").json["state"] == "done" and CANARY not in platform.get(f"/api/signals/{signal['id']}").body.decode()
        assert platform.get("/api/signals/never-sent").status == 404
        assert all(c["id"] != concern for c in nurse.get("/api/concerns").json["concerns"])
    finally:
        s.close()


main()

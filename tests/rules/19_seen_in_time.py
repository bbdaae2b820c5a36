"""Rule 19: a sick call is triaged within 24 hours and the patient seen within 48 (72 over a weekend), on a clock that is moved; what is late is
told, each step once; and the three moments, once set, are changed by no role and through no interface."""
import json
import time

from house import CANARY, main, timed_site, until
from line import Line
from ward import Ward, bind, label, LABELS, make, now, ref

HOUR = 3600
WORDS = "右眼肿了三天，看东西重影"


def monday(weeks=1):
    """A Monday to come, 02:00 UTC: ten o'clock there."""
    day = int(time.time()) // 86400 + 1
    while (day + 3) % 7:  # 1970-01-01 was a Thursday
        day += 1
    return (day + 7 * (weeks - 1)) * 86400 + 2 * HOUR


def call(client, whom, words=WORDS, **more):
    got = client.post("/api/sick-calls", {"patient": f"Patient/{whom['id']}", "words": words, **more})
    assert got.status == 201, got.body
    return got.json["call"]


def happen(client, c, verb, status=200, **more):
    got = client.post(f"/api/sick-calls/{c['id']}/{verb}", more)
    assert got.status == status, (verb, got.status, got.body)
    return got.json.get("call")


def step(client, visit, verb, status=200, **more):
    got = client.post(f"/api/local-visits/{visit}/{verb}", more)
    assert got.status == status, (verb, got.status, got.body)
    return got.json.get("visit")


def instant(text):
    return time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone


def due_after(c):
    return round((instant(c["due"]) - instant(c["received"])) / HOUR)


def told(officer):
    rows = officer.get("/api/audit?action=work.overdue").json["rows"]
    return sorted((r["target"], r["detail"]["kind"], r["detail"]["to"]) for r in rows)


def late(client):
    got = client.get("/api/overdue")
    assert got.status == 200, got.body
    return [(x["kind"], x["id"]) for x in got.json["overdue"]]


def rule_triaged_within_a_day_seen_within_two_and_three_over_a_weekend():
    with timed_site() as (s, hands):
        w = Ward(s)
        nurse, doctor, officer = s.token("nurse"), w.doctor, s.token("privacy-officer")
        begin = monday()
        hands.set(begin)
        c = call(nurse, w.anna)
        task = f"Task/{c['id']}"
        assert (c["state"], c["clock"], due_after(c)) == ("received", "triage", 24), c
        hands.set(begin + 24 * HOUR - 2)
        time.sleep(2.5)
        assert late(nurse) == [] and told(officer) == []
        hands.set(begin + 24 * HOUR)
        until("the nurse is told that nobody has triaged it", lambda: late(nurse) == [("triage", c["id"])])
        assert late(doctor) == [], "the doctor an hour later"
        hands.set(begin + 25 * HOUR)
        until("the doctor is told", lambda: late(doctor) == [("triage", c["id"])])
        time.sleep(2.5)
        assert told(officer) == [(task, "triage", "clinic-doctor"), (task, "triage", "nurse")], "each once"
        c = happen(nurse, c, "triage", triage="routine")
        assert (c["state"], c["clock"], due_after(c)) == ("triaged", "seen", 48), c
        until("what was late is done", lambda: late(nurse) == [] and late(doctor) == [])
        hands.set(begin + 48 * HOUR)
        until("the nurse is told that nobody has seen her", lambda: late(nurse) == [("visit", c["id"])])
        c = happen(nurse, c, "visit")
        assert late(nurse) != [], "a visit that is planned is none"
        step(doctor, c["visit"]["id"], "begin")
        until("she is seen", lambda: late(nurse) == [])
        step(doctor, c["visit"]["id"], "finish", outcome="treated")
        c = doctor.get(f"/api/sick-calls/{c['id']}").json["call"]
        assert c["state"] == "closed" and c["seen"] and c["clock"] is None, c
        hands.set(begin + 4 * 24 * HOUR)  # Friday
        assert due_after(happen(nurse, call(nurse, w.anna), "triage", triage="routine")) == 72
        assert call(nurse, w.ben, "牙疼")["clock"] == "triage"


def rule_more_urgent_is_free_less_urgent_takes_a_reason_and_an_emergency_is_told_to_the_command_without_a_word():
    with timed_site() as (s, hands):
        w = Ward(s)
        nurse, doctor, officer, command = (s.token(x) for x in ("nurse", "guqinghe", "privacy-officer", "duty-command"))
        hands.set(monday())
        watching = Line(s.client().log_in(s.by_role["duty-command"]))
        c = call(nurse, w.anna, f"{CANARY} {WORDS}")
        happen(nurse, c, "visit", 409)
        c = happen(nurse, c, "triage", triage="soon")
        c = happen(nurse, c, "triage", triage="emergency")
        assert instant(c["due"]) == monday() + 15 * 60, c
        happen(doctor, c, "triage", 400, triage="soon")
        assert command.get("/api/alarm").json == {"since": None, "coming": None}
        hands.set(monday() + 15 * 60)
        until("nurse and doctor are told", lambda: late(nurse) == [("emergency", c["id"])] == late(doctor))
        assert command.get("/api/alarm").json == {"since": None, "coming": None}
        hands.set(monday() + 25 * 60)
        until("the command is told", lambda: command.get("/api/alarm").json["since"])
        until("by a notice", lambda: any(f.get("kind") == "clinic_alarm" for f in watching.frames))
        said = len([f for f in watching.frames if f.get("kind") == "clinic_alarm"])
        for client in (officer, command, s.token("guard"), s.token("specialist"), s.token("detainee")):
            assert client.post(f"/api/sick-calls/{c['id']}/go").status == 404
        going = happen(nurse, c, "go")
        assert going["going"] and going["going_by"] and going["state"] == c["state"], going
        happen(doctor, c, "go", 409)
        until("the command learns that somebody goes", lambda: len([f for f in watching.frames if f.get("kind") == "clinic_alarm"]) > said)
        alarm = command.get("/api/alarm").json
        assert set(alarm) == {"since", "coming"} and alarm["since"] and alarm["coming"] == going["going"], "a state, and nobody's name"
        (row,) = [r for r in officer.get("/api/audit?action=sickcall.going").json["rows"] if r["outcome"] == "ok"]
        assert row["target"] == f"Task/{c['id']}" and row["role"] == "nurse", row
        notice = next(f for f in watching.frames if f.get("kind") == "clinic_alarm")
        assert notice["data"] == {} and CANARY not in str(watching.frames)
        assert len(told(officer)) == 3, told(officer)
        assert command.get("/api/overdue").status == 404 and command.get(f"/api/sick-calls/{c['id']}").status == 404
        c = happen(doctor, c, "triage", triage="soon", reason="已测生命体征，平稳")
        until("the alarm is over", lambda: command.get("/api/alarm").json == {"since": None, "coming": None})
        task = doctor.get(f"/fhir/Task/{c['id']}").json
        parts = next(e for e in task["extension"] if e["url"].endswith("/sick-call"))["extension"]
        changes = [{x["url"]: next(v for k, v in x.items() if k.startswith("value")) for x in e["extension"]} for e in parts if e["url"] == "class"]
        assert [(x.get("from"), x["to"], x.get("why")) for x in changes] == [
            (None, "soon", None), ("soon", "emergency", None), ("emergency", "soon", "已测生命体征，平稳")], changes


def moments(client, c):
    now_is = client.get(f"/api/sick-calls/{c['id']}").json["call"]
    return now_is["received"], now_is["triaged"], now_is["seen"]


def tries(task, other):
    """Each interface by which a Task could be written at /fhir."""
    parts = next(e for e in task["extension"] if e["url"].endswith("/sick-call"))["extension"]
    moved = json.loads(json.dumps(task))
    for part in next(e for e in moved["extension"] if e["url"].endswith("/sick-call"))["extension"]:
        if "valueInstant" in part:
            part["valueInstant"] = "2020-01-01T00:00:00Z"
    bare = {k: v for k, v in task.items() if k != "extension"}
    path = f"/fhir/Task/{task['id']}"
    at = next(i for i, e in enumerate(parts) if e["url"] == "received")
    patches = [[{"op": "replace", "path": f"/extension/0/extension/{at}/valueInstant", "value": "2020-01-01T00:00:00Z"}],
               [{"op": "remove", "path": "/extension"}], [{"op": "replace", "path": "/status", "value": "completed"}]]
    yield "PUT", path, moved
    yield "PUT", path, bare
    yield "PUT", f"/fhir/Task?_id={task['id']}", bare
    yield "DELETE", path, None
    yield "DELETE", f"/fhir/Task?_id={task['id']}", None
    for patch in patches:
        yield "PATCH", path, patch
    for kind in ("batch", "transaction"):
        for method, body in (("PUT", moved), ("DELETE", None)):
            entry = {"request": {"method": method, "url": f"Task/{task['id']}"}, **({"resource": body} if body else {})}
            yield "POST", "/fhir", {"resourceType": "Bundle", "type": kind, "entry": [entry]}
    yield "POST", "/fhir/Task", {k: v for k, v in moved.items() if k not in ("id", "meta")}
    yield "PUT", f"/fhir/Task/{other}", {**bare, "id": other, "extension": moved["extension"]}


def send(client, method, path, body):
    media = "application/json-patch+json" if method == "PATCH" else "application/fhir+json"
    return client.ask(method, path, None if body is None else json.dumps(body).encode(), headers={"Content-Type": media})


def rule_the_three_moments_are_set_once_and_no_interface_changes_them():
    with timed_site() as (s, hands):
        w = Ward(s)
        nurse, doctor = s.token("nurse"), w.doctor
        begin = monday()
        hands.set(begin)
        c = call(nurse, w.anna)
        hands.set(begin + 600)
        c = happen(nurse, c, "triage", triage="urgent")
        visit = happen(nurse, c, "visit")["visit"]["id"]
        hands.set(begin + 1200)
        step(nurse, visit, "prepare")
        step(doctor, visit, "begin")
        hands.set(begin + 1800)
        assert moments(doctor, c)[2] is None
        step(doctor, visit, "finish", outcome="consultation")
        was = moments(doctor, c)
        assert [instant(x) for x in was] == [begin, begin + 600, begin + 1200], was
        hands.set(begin + 3600)
        task = doctor.get(f"/fhir/Task/{c['id']}").json
        plain = make(doctor, {"resourceType": "Task", "status": "requested", "intent": "order", "for": ref(w.anna)})
        clients = {role: s.token(role) for role in s.by_role}
        count = 0
        for role, client in clients.items():
            for method, path, body in tries(task, plain["id"]):
                got = send(client, method, path, body)
                is_batch = body is not None and isinstance(body, dict) and body.get("type") == "batch"
                refused = got.status >= 400 or (is_batch and all(e["response"]["status"] >= "4" for e in got.json["entry"]))
                deletes = method == "DELETE" or '"DELETE"' in json.dumps(body)
                unseen = deletes and role not in ("nurse", "clinic-doctor", "pharmacist")  # as if there were none: 204
                assert refused or unseen, (role, method, path, got.status, got.body)
                assert moments(doctor, c) == was, (role, method, path)
                count += 1
        for verb, body in (("submit", {}), ("triage", {"triage": "emergency"}), ("visit", {}), ("answer", {"answer": "x"}), ("withdraw", {}),
                           ("link", {"to": plain["id"]}), ("part", {})):
            happen(doctor, c, verb, 409, **body)
            count += 1
        for verb, body in (("begin", {}), ("finish", {"outcome": "treated"}), ("arrive", {}), ("cancel", {"reason": "other"})):
            step(doctor, visit, verb, 409, **body)
            count += 1
        file = f"{s.root}/bundle.json"
        moved = next(body for method, _, body in tries(task, plain["id"]) if method == "PUT")
        with open(file, "w") as out:
            json.dump({"resourceType": "Bundle", "type": "transaction", "entry": [
                {"resource": moved, "request": {"method": "PUT", "url": f"Task/{c['id']}"}}]}, out)
        assert s.run("import", file).returncode != 0, "nor does the operator's command"
        assert moments(doctor, c) == was
        happen(doctor, c, "close")
        assert moments(doctor, c) == was and doctor.get(f"/fhir/Task/{c['id']}").json["status"] == "completed"
        print(f"  {count} tries")


def rule_whoever_asks_learns_a_number_and_a_word_and_may_withdraw_and_nobody_else_learns_anything():
    with timed_site() as (s, hands):
        w = Ward(s)
        hands.shift(0)
        bind(s, "zhuoyuanshan", w.anna)
        me, nurse, doctor = s.token("detainee"), s.token("nurse"), w.doctor
        got = me.post("/api/sick-calls", {"words": CANARY, "place": "eye"})
        assert got.status == 201, got.body
        mine = got.json["call"]
        assert mine["number"] > 0 and mine["word"] == "received" and "due" not in mine and "triage" not in mine, mine
        assert me.post("/api/sick-calls", {"words": "x", "patient": f"Patient/{w.ben['id']}"}).status == 400, "for nobody else"
        theirs = call(nurse, w.ben, f"{CANARY} 2")
        assert me.get(f"/api/sick-calls/{theirs['id']}").status == 404
        seen = [x["id"] for x in nurse.get("/api/sick-calls").json["calls"]]
        assert seen == [mine["id"], theirs["id"]], "the clinic sees both"
        happen(nurse, mine, "triage", triage="urgent")
        assert [x["word"] for x in me.get("/api/sick-calls").json["calls"]] == ["today"]
        assert me.post(f"/api/sick-calls/{mine['id']}/triage", {"triage": "emergency"}).status == 404
        again = me.post("/api/sick-calls", {"words": "眼睛还是肿", "place": "eye"}).json["call"]
        row = next(x for x in nurse.get("/api/sick-calls").json["calls"] if x["id"] == again["id"])
        assert row["like"] == [mine["id"]], row
        happen(nurse, mine, "link", 409, to=again["id"])  # the earlier one's clock runs on
        assert happen(nurse, again, "link", to=mine["id"])["state"] == "duplicate"
        visit = happen(nurse, mine, "visit")["visit"]["id"]
        assert step(doctor, visit, "begin")["state"] == "in-progress"
        assert me.post(f"/api/sick-calls/{mine['id']}/withdraw").status == 409
        step(doctor, visit, "sight", reason="对方情绪激动，请民警在可视处")
        assert step(doctor, visit, "finish", outcome="treated")["sights"] == 1
        assert {x["word"] for x in me.get("/api/sick-calls").json["calls"]} == {"seen"}, "what is linked goes the same way"
        last = me.post("/api/sick-calls", {"words": "头晕", "place": "head"}).json["call"]
        assert me.post(f"/api/sick-calls/{last['id']}/withdraw").json["call"]["word"] == "withdrawn"
        for role in s.by_role:
            if role not in ("nurse", "clinic-doctor", "detainee"):
                client = s.token(role)
                paths = ["/api/sick-calls", f"/api/sick-calls/{mine['id']}", f"/api/local-visits/{visit}", "/api/results"]
                for path in paths + ([] if role == "pharmacist" else [f"/fhir/Task/{mine['id']}"]):  # who is of the clinic
                    got = client.get(path)
                    assert got.status == 404 and CANARY.encode() not in got.body, (role, path, got.status)
                assert client.post("/api/sick-calls", {"words": "x"}).status == 404, role


def rule_results_follow_ups_and_opinions_have_their_hour_too():
    with timed_site() as (s, hands):
        w = Ward(s)
        nurse, doctor = s.token("nurse"), w.doctor
        bind(s, "wenzhiyuan", w.specialist)
        begin = monday()
        hands.set(begin)
        laboratory = [{"coding": [{"code": "laboratory"}]}]
        high = make(doctor, {"resourceType": "Observation", "status": "final", "category": laboratory, "code": {"text": "钾"}, "subject": ref(w.anna),
                             "valueQuantity": {"value": 2.9, "unit": "mmol/L"}, "interpretation": [{"coding": [{"code": "LL"}]}]})
        held = make(doctor, {"resourceType": "Observation", "status": "final", "category": laboratory, "code": {"text": "白细胞"}, "subject": ref(w.anna)})
        report = make(doctor, {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "血常规"}, "subject": ref(w.anna),
                               "result": [ref(held)]})
        make(doctor, {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "去年的"}, "subject": ref(w.anna), "issued": "2020-01-01T00:00:00Z"})
        secret = make(doctor, {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": CANARY}, "subject": ref(w.ben),
                               "meta": label(LABELS, "HIV")})
        follow = make(doctor, {"resourceType": "Task", "status": "requested", "intent": "order", "code": {"coding": [{"code": "follow-up"}]},
                               "description": "复查视力", "for": ref(w.anna),
                               "restriction": {"period": {"end": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begin + 2 * HOUR))}}})
        opinion = make(doctor, {"resourceType": "Composition", "status": "preliminary", "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
                                "subject": ref(w.anna), "encounter": ref(w.visit), "title": "x", "author": [ref(w.specialist)],
                                "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begin))})

        def waiting():
            return [x["id"] for x in doctor.get("/api/results").json["results"]]

        until("results wait for the doctor, the critical one first", lambda: waiting() == [high["id"], report["id"], secret["id"]])
        assert nurse.get("/api/results").status == 404 and late(doctor) == []
        hands.set(begin + 15 * 60)
        until("the critical one is late", lambda: late(doctor) == [("result", high["id"])])
        got = doctor.post(f"/api/results/Observation/{high['id']}/acknowledge")
        assert got.status == 201, got.body
        record = doctor.get(f"/fhir/Task/{got.json['id']}").json
        assert record["focus"] == ref(high) and record["status"] == "completed" and record["owner"]["display"], record
        assert doctor.post(f"/api/results/Observation/{high['id']}/acknowledge").status == 409
        until("it is done", lambda: waiting() == [report["id"], secret["id"]] and late(doctor) == [])
        hands.set(begin + 2 * HOUR)
        until("the follow-up is the nurse's first", lambda: late(nurse) == [("follow-up", follow["id"])])
        assert late(doctor) == []
        hands.set(begin + 24 * HOUR)
        expert = s.token("wenzhiyuan")
        until("the opinion is the author's first", lambda: len(s.token("privacy-officer").get("/api/audit?action=work.overdue").json["rows"]) >= 7)
        assert ("opinion", opinion["id"]) not in late(doctor), "the doctor twelve hours later"
        assert late(expert) == [], "and no grant shows her nothing"
        assert set(late(nurse)) == {("follow-up", follow["id"]), ("result", report["id"])}, "what is secret is not the nurse's"
        hands.set(begin + 36 * HOUR)
        until("the doctor's", lambda: ("opinion", opinion["id"]) in late(doctor))
        amended = doctor.get(f"/fhir/DiagnosticReport/{report['id']}")
        assert amended.status == 200
        for other in s.by_role:
            if other != "clinic-doctor":
                assert s.token(other).post(f"/api/results/DiagnosticReport/{report['id']}/acknowledge").status == 404, other


main(at_once=2)

"""Rule 6: what an escort sees of the queue does not tell how urgent somebody is, nor for which specialty: the own tasks and no others, without
priority, in no order of theirs."""
from house import CANARY, main, site
from visiting import BRAIN, EYES, at, house_of_visits, signature
from ward import OURS, Ward, bind, change, ids, label, make, ref


def task(w, owner, priority, whom=None, **more):
    return make(w.doctor, {"resourceType": "Task", "status": "requested", "intent": "order", "priority": priority, "for": ref(whom or w.anna),
                           "owner": ref(owner), "meta": label(OURS, "custody"), **more})


def shown(client, resource):
    got = client.get(f"/fhir/{ref(resource)['reference']}")
    return None if got.status == 404 else {k: v for k, v in got.json.items() if k not in ("id", "meta")}


def rule_an_urgent_task_and_a_routine_one_look_the_same():
    with site() as s:
        w = Ward(s)
        urgent = task(w, w.escort, "stat", description=f"ophthalmology {CANARY}", focus=ref(w.visit), reasonCode={"text": CANARY})
        routine = task(w, w.escort, "routine")
        for role, custody in w.custody().items():
            assert shown(custody, urgent) == shown(custody, routine) is not None, role
            assert "priority" not in shown(custody, urgent), role
            found = [ids(custody.get(f"/fhir/Task?priority={p}")) for p in ("stat", "routine", "urgent")]
            assert found == [set(), set(), set()], (role, found)
            orders = {custody.get(f"/fhir/Task?_sort={by}priority").status for by in ("", "-")}
            assert orders == {400}, (role, orders)


def rule_an_escort_sees_the_own_tasks_and_whom_they_are_about_and_nobody_else():
    with site() as s:
        w = Ward(s)
        colleague = make(w.doctor, {"resourceType": "Practitioner", "name": [{"text": "Colleague"}]})
        for whom in (w.anna, w.ben):
            whom["meta"] = label(OURS, "custody")
            change(w.doctor, whom)
        own, others = task(w, w.escort, "routine"), task(w, colleague, "stat", w.ben)
        loose = make(w.doctor, {"resourceType": "Task", "status": "requested", "intent": "order", "for": ref(w.ben), "meta": label(OURS, "custody")})
        guard, command = w.guard(), s.token("duty-command")
        here = {ref(own)["reference"], ref(w.of["task"])["reference"]}
        assert ids(guard.get("/fhir/Task")) == here
        assert guard.get("/fhir/Task?_summary=count").json["total"] == len(here), "nor how many wait"
        for other in (others, loose, w.ben):
            assert shown(guard, other) is None
        assert shown(guard, w.anna), "whom to fetch"
        assert ids(command.get("/fhir/Task")) == here | {ref(others)["reference"], ref(loose)["reference"]}, "the command sees all errands"
        for done in (w.of["task"], own):  # the escort has no more to do with her
            change(w.doctor, dict(done, status="completed"))
        assert shown(guard, w.anna) is None
        bind(s, s.by_role["guard"], colleague)
        assert ids(guard.get("/fhir/Task")) == {ref(others)["reference"]}, "the tasks are the person's, not the account's"


def rule_no_sick_call_and_no_visit_of_the_clinic_is_in_the_queue():
    """Nor how many there are, nor how urgent: an emergency and a routine request leave what custody sees as it was."""
    with site() as s:
        w = Ward(s)
        nurse = s.token("nurse")
        custody = w.custody()

        def seen():
            """What they get by records and by the custody's own lists; of a 404 only that it is one."""
            told = {}
            for role, client in custody.items():
                for path in ("/fhir/Task", "/fhir/Encounter", "/fhir/Task?code=urn:yunqiao:task|sick-call", "/fhir/Patient"):
                    told[role, path] = ids(client.get(path))
                for path in ("/api/isolation", "/api/alarm", "/api/sick-calls", "/api/local-visits", "/api/results", "/api/overdue"):
                    got = client.get(path)
                    told[role, path] = got.body if got.status == 200 else got.status
            return told

        was = seen()
        for urgency in ("emergency", "routine"):
            made = nurse.post("/api/sick-calls", {"patient": ref(w.anna)["reference"], "words": f"{CANARY} {urgency}", "place": "eye"})
            assert made.status == 201, made.body
            path = f"/api/sick-calls/{made.json['call']['id']}"
            assert nurse.post(f"{path}/triage", {"triage": urgency}).status == 200
            visit = nurse.post(f"{path}/visit").json["call"]["visit"]["id"]
            assert w.doctor.post(f"/api/local-visits/{visit}/begin").status == 200
            for role, client in custody.items():
                for place in (path, f"{path}/withdraw", f"/api/local-visits/{visit}", f"/fhir/Encounter/{visit}"):
                    got = client.post(place) if place.endswith("withdraw") else client.get(place)
                    assert got.status == 404 and CANARY.encode() not in got.body, (role, place)
            assert seen() == was, urgency


def rule_no_consultation_is_in_the_queue_until_it_is_booked_and_then_only_its_time():
    """Asked for, asked back, waited for, received: what custody sees stays as it was, but for one escort's task; and that of an emergency with a
    specialist of one kind is as that of a routine one with another, by its keys and its words."""
    with house_of_visits() as h:
        week = f"from={at(-1)}&until={at(3)}"
        custody = {role: h.site.token(role) for role in ("guard", "duty-command")}

        def seen():
            told = {}
            for role, client in custody.items():
                for path in ("/fhir/Task", "/fhir/Encounter", "/fhir/ServiceRequest", "/fhir/Appointment", "/fhir/Consent", "/fhir/Communication"):
                    told[role, path] = ids(client.get(path)) if client.get(path).status == 200 else 404
                for path in ("/api/visits", "/api/waiting", "/api/alarm", "/api/isolation", f"/api/escorts?{week}"):
                    got = client.get(path)
                    told[role, path] = got.body if got.status == 200 else got.status
            return told

        was = seen()
        kinds = []
        for patient, need, triage in (("Patient/demo-p001", EYES, "urgent"), ("Patient/demo-p004", BRAIN, "routine")):
            v = h.begin(patient=patient, needs=(need,), triage=triage, question=CANARY)
            h.step(v, "consent", kind="request", signature=signature())
            v = h.step(v, "activate")
            assert seen() == was, (triage, "asked for", [(k, was[k], x) for k, x in seen().items() if x != was[k]])
            h.book(v, triage=triage)
            v = h.look(v)
            now = seen()
            changed = {key for key in now if now[key] != was[key]}
            assert changed <= {(role, path) for role in custody for path in ("/fhir/Task", "/fhir/Appointment", f"/api/escorts?{week}")}, changed
            mine = [e for e in custody["duty-command"].get(f"/api/escorts?{week}").json["escorts"]
                    if e["name"] == v["patient"]["name"] and e["start"] <= v["booking"]["start"] < e["end"] and not e["id"].startswith("demo-")]
            assert len(mine) == 1, mine
            kinds.append({k: x for k, x in mine[0].items() if k not in ("id", "name", "number", "cell", "start", "end", "owner", "room")})
            was = seen()
            h.step(v, "ask", who=h.specialist(v, need), text=CANARY)
            h.step(v, "answer", text=CANARY)
            h.receive(v)
            assert seen() == was, (triage, "received")
        assert kinds[0] == kinds[1], kinds
        for role, client in custody.items():
            for path in (f"/api/visits/{v['id']}", f"/api/visits/{v['id']}/opinion", f"/fhir/Encounter/{v['id']}", f"/fhir/{v['request']}", f"/api/rooms/{v['booking']['room']}"):
                assert client.get(path).status == 404, (role, path)


main(at_once=2)

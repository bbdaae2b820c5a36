"""Rules 7 and 8: a specialist sees exactly what is attached to the granted encounter, from a quarter of an hour before it; a grant is
one person's, and its end is told at once. (The milliseconds of both ends are proved in unit/guard too.)"""
import time

from house import main, site, timed_site
from visiting import at, house_of_visits
from ward import Ward, account, bind, ids, make, now, ref


def rule_only_what_is_attached_is_seen_and_only_while_granted():
    with site() as s:
        w = Ward(s)
        bind(s, "wenzhiyuan", w.specialist)
        expert = s.token("wenzhiyuan")
        for name in w.of:
            if name != "booking":
                assert expert.get(w.path(name)).status == 404, name
        given = w.grant("observation", "condition", "hiv")
        assert given.status == 201, given.body
        seen = {name for name in w.of if expert.get(w.path(name)).status == 200}
        assert seen == {"observation", "condition", "booking"}, seen
        assert expert.get(f"/fhir/Patient/{w.anna['id']}").status == 200
        assert expert.get(f"/fhir/Patient/{w.ben['id']}").status == 404
        assert expert.get(f"/fhir/Encounter/{w.other_visit['id']}").status == 404
        assert ids(expert.get("/fhir/Observation")) == {f"Observation/{w.of['observation']['id']}"}
        other = s.token("peiyan")
        assert other.get(w.path("observation")).status == 404, "a grant is one person's"
        doctor = s.client().log_in("guqinghe")
        assert doctor.post(f"/api/grants/{given.json['id']}/revoke").status == 204
        assert expert.get(w.path("observation")).status == 404
        assert ids(expert.get("/fhir/Observation")) == set()
        assert doctor.post(f"/api/grants/{given.json['id']}/revoke").status == 404


def rule_a_consult_about_a_secret_opens_its_label_and_no_other():
    with site() as s:
        w = Ward(s)
        assert w.grant("hiv", labels=["HIV"]).status == 201
        expert = s.token("wenzhiyuan")
        assert expert.get(w.path("hiv")).status == 200
        assert expert.get(w.path("observation")).status == 404


def rule_before_the_quarter_of_an_hour_and_after_the_end_there_is_nothing():
    with site() as s:
        w = Ward(s)
        expert = s.token("wenzhiyuan")
        assert w.grant("observation", starts=now(20)).status == 201
        assert expert.get(w.path("observation")).status == 404, "20 minutes before"
        assert w.grant("condition", starts=now(10)).status == 201
        assert expert.get(w.path("condition")).status == 200, "10 minutes before"
        assert w.grant("allergy", starts=now(-60), ends=now(-1)).status == 201
        assert expert.get(w.path("allergy")).status == 404, "a minute after"


def rule_accepting_opens_nothing_before_the_quarter_of_an_hour():
    """A specialist who has accepted sees no earlier than one who has not (docs/decisions/0170)."""
    with site() as s:
        w = Ward(s)
        bind(s, "wenzhiyuan", w.specialist)
        expert = s.token("wenzhiyuan")
        booked = expert.get(w.path("booking")).json
        assert booked["status"] == "booked" and {p["status"] for p in booked["participant"]} == {"accepted"}, booked
        make(w.doctor, {"resourceType": "AppointmentResponse", "appointment": ref(w.of["booking"]), "actor": ref(w.specialist),
                        "participantStatus": "accepted"})
        assert w.grant("observation", "condition", starts=booked["start"]).status == 201
        for name in ("observation", "condition"):
            assert expert.get(w.path(name)).status == 404, name
        assert ids(expert.get("/fhir/Observation")) == set() and expert.get(f"/fhir/Encounter/{w.visit['id']}").status == 404
        assert w.grant("observation", starts=now(14)).status == 201
        assert expert.get(w.path("observation")).status == 200, "by the time alone"


def rule_it_opens_a_quarter_of_an_hour_before_and_closes_72_hours_after_the_signature_to_the_second():
    """By a clock that stands still: at the last second there is the record, one second later there is nothing."""
    with timed_site() as (s, hands):
        w = Ward(s)
        begin = int(time.time()) + 3600
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begin))
        opinion = make(w.doctor, {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "opinion"}, "subject": ref(w.anna),
                                  "encounter": ref(w.visit)})
        w.of["opinion"] = opinion
        assert w.grant("observation", "opinion", starts=at).status == 201
        expert = s.token("wenzhiyuan")

        def opened(second):
            hands.set(second)
            found = {expert.get(w.path("observation")).status, expert.get(f"/fhir/Encounter/{w.visit['id']}").status,
                     200 if ids(expert.get("/fhir/Observation")) else 404}
            assert len(found) == 1, (second, found)
            return found == {200}

        assert not opened(begin - 15 * 60 - 1), "a second too early"
        assert opened(begin - 15 * 60)
        signed = begin + 30 * 60
        hands.set(signed)
        by_hand = s.client().log_in("wenzhiyuan")
        got = by_hand.post(f"/api/seals/DiagnosticReport/{opinion['id']}", {"version": 1, "password": s.accounts["wenzhiyuan"]["password"]})
        assert got.status == 201, got.body
        end = signed + 72 * 3600
        assert opened(end - 1), "the last second"
        assert not opened(end), "one second later"
        assert ids(expert.get("/fhir/Observation?_summary=count")) == set() and expert.get(w.path("opinion")).status == 404


def rule_nobody_else_gives_a_grant_and_nothing_foreign_is_attached():
    with site() as s:
        w = Ward(s)
        body = {"account": account(s, "wenzhiyuan"), "encounter": w.visit["id"], "starts": now()}
        for role in s.by_role:
            if role != "clinic-doctor":
                assert s.token(role).post("/api/grants", body).status in (403, 404), role
        doctor = s.token("guqinghe")
        assert doctor.post("/api/grants", dict(body, account=account(s, "jingyuan0613"))).status == 400
        assert doctor.post("/api/grants", dict(body, attached=[f"Patient/{w.ben['id']}"])).status == 400
        assert s.token("wenzhiyuan").get(w.path("observation")).status == 404, "what was refused left nothing"


def rule_a_booked_seat_is_a_grant_of_the_attached_set_and_goes_with_the_seat():
    """Given by the booking, for just what the doctor attached and previewed; gone with the booking, or when the patient cannot be brought."""
    with house_of_visits() as h:
        mine = [ref(e["resource"])["reference"] for e in h.doctor.get("/fhir/Condition?patient=Patient/demo-p001").json["entry"]][:1]
        other = ref(h.doctor.get("/fhir/Composition?patient=Patient/demo-p001").json["entry"][0]["resource"])["reference"]
        shown = h.doctor.post("/api/visits/preview", {"patient": "Patient/demo-p001", "attached": mine}).json["attached"]
        assert [(a["reference"], a["seen"]) for a in shown] == [(mine[0], True)], shown
        v = h.ask(attached=mine)
        b = h.book(v)
        v = h.look(v)
        expert = h.specialist(v)
        seen = (f"/fhir/{mine[0]}", f"/fhir/{v['request']}", f"/fhir/Encounter/{v['id']}", "/fhir/Patient/demo-p001")
        assert [expert.get(path).status for path in seen] == [200] * 4
        assert expert.get(f"/fhir/{other}").status == 404, "what is not attached"
        assert h.look(v, expert)["question"] == v["question"]
        h.step(v, "attach", attached=[other])
        assert expert.get(f"/fhir/{other}").status == 200, "attached later"
        gone = h.doctor.post(f"/api/bookings/{b['id']}/cancel", {"version": b["version"], "side": "clinic", "reason": "other-duty"})
        assert gone.status == 200, gone.body
        assert [expert.get(path).status for path in (*seen, f"/fhir/{other}")] == [404] * 5, "with the booking"
        v = h.look(v)
        assert v["state"] == "active" and any(w["request"] == v["request"] for w in h.doctor.get("/api/waiting").json["waiting"]), "it waits for another time"
        h.book(v)
        v = h.look(v)
        expert = h.specialist(v)
        assert expert.get(seen[0]).status == 200
        command = h.site.token("duty-command")
        task = next(e for e in command.get(f"/api/escorts?from={at(-1)}&until={at(3)}").json["escorts"] if e["name"] == v["patient"]["name"] and e["step"] == "requested")
        assert command.post(f"/api/escorts/{task['id']}/cannot", {"reason": "lockdown"}).status == 200
        v = h.look(v)
        assert v["booking"]["state"] != "booked" and expert.get(seen[0]).status == 404, "the search is open again, and the chart closed"
        acts = {r["action"] for r in h.site.token("privacy-officer").get("/api/audit?action=grant.").json["rows"]}
        assert {"grant.give", "grant.revoke"} <= acts, acts


main(at_once=2)

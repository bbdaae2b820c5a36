"""Rules 7 and 8: a specialist sees exactly what is attached to the granted encounter, from a quarter of an hour before it; a grant is
one person's, and its end is told at once. (The milliseconds of both ends are proved with a false clock in unit/guard.)"""
from house import main, site
from ward import Ward, account, bind, ids, now


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


main(at_once=2)

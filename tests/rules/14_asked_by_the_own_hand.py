"""Rule 14: a request to be seen is made by the detainee's own hand, without any guard; its text is the clinic's alone."""
from house import CANARY, main, site
from ward import Ward, bind


def rule_asked_at_the_terminal_without_any_guard_and_read_by_the_clinic_alone():
    with site() as s:
        w = Ward(s)
        bind(s, "zhuoyuanshan", w.anna)
        me = s.client().log_in("zhuoyuanshan")
        for wrong in ({"words": "x", "regions": ["tail"]}, {"words": "x", "regions": ["head", "head"]}, {"words": "x", "regions": "head"},
                      {"words": "x", "regions": ["head"] * 13}, {"words": "x", "patient": f"Patient/{w.ben['id']}"}, {"regions": ["head"]}):
            assert me.post("/api/sick-calls", wrong).status == 400, wrong
        made = me.post("/api/sick-calls", {"words": f"头疼 {CANARY}", "regions": ["face", "left-arm"]})
        assert made.status == 201, made.body
        own = made.json["call"]
        assert set(own) == {"id", "number", "word", "asked", "words", "answer", "regions", "repeat"}, own
        assert own["number"] > 0 and own["word"] == "received" and not own["repeat"], own
        again = me.post("/api/sick-calls", {"words": "又疼了", "regions": ["head"]}).json["call"]
        assert again["repeat"] and again["number"] > own["number"], "about the same, said at once"
        for role in ("nurse", "clinic-doctor"):
            seen = {c["id"]: c for c in s.token(role).get("/api/sick-calls").json["calls"]}
            assert seen[own["id"]]["regions"] == ["face", "left-arm"] and seen[own["id"]]["place"] == "head", seen
            assert seen[own["id"]]["door"] == "terminal" and own["id"] in seen[again["id"]]["like"], seen
        for role in ("guard", "duty-command", "scheduling-admin", "specialist", "pharmacist", "interpreter", "privacy-officer", "security-admin", "system-admin"):
            who = s.token(role)
            assert who.get("/api/sick-calls").status == 404 and who.get(f"/api/sick-calls/{own['id']}").status == 404, role
            if role == "pharmacist":
                continue  # of the clinic: reads the record of it, leads none
            got = who.get(f"/fhir/Task/{own['id']}")
            assert got.status == 404 and CANARY not in got.body.decode(), role
        assert me.post(f"/api/sick-calls/{own['id']}/withdraw").json["call"]["word"] == "withdrawn"
        assert me.post(f"/api/sick-calls/{own['id']}/withdraw").status == 409
        assert CANARY not in open(s.log_path).read()


main()

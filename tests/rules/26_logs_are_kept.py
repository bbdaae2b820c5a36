"""Rule 26: the trail is kept at least six months, here as long as the record: what was done 400 days ago is there, and the chain still
verifies. (网络安全法 21)"""
from house import Site, faketime, main


def rule_what_was_done_400_days_ago_is_still_in_the_trail():
    past = {"LD_PRELOAD": faketime(), "FAKETIME": "-400d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    s = Site(env=past)
    try:
        s.start(env=past)
        then = s.token("clinic-doctor", env=past)
        made = then.ask("POST", "/fhir/Patient", b'{"resourceType":"Patient","name":[{"text":"x"}]}', {"Content-Type": "application/fhir+json"})
        assert made.status == 201, made.body
        assert then.put("/api/drafts/old", {"text": "an old draft"}).status == 200
        s.stop()
        s.start()
        now, officer = s.token("clinic-doctor"), s.token("privacy-officer")
        assert now.get(f"/fhir/Patient/{made.json['id']}").status == 200
        rows = officer.get(f"/api/audit?patient={made.json['id']}").json["rows"]
        assert [r["action"] for r in rows] == ["record.read", "record.create"], rows
        ages = [int(r["at"][:4]) * 12 + int(r["at"][5:7]) for r in rows]
        assert ages[0] - ages[1] >= 12, rows
        told = officer.post("/api/audit/verify").json
        assert told["ok"], told
        oldest = officer.get("/api/audit?before=3").json["rows"]
        assert [r["seq"] for r in oldest] == [2, 1], "from the very first row"
    finally:
        s.close()


main()

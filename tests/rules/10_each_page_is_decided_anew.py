"""Rule 10: authorisation is applied before limits, and again on every page; the word of a page proves nothing. (Microsoft ADR-2607; that a word in
other hands opens nothing stands in rule 9 too.)"""
from house import main, site
from ward import LABELS, Ward, account, bind, ids, label, make, ref, words


def following(answer):
    links = [link["url"] for link in answer.json["link"] if link["relation"] == "next"]
    return "/fhir" + links[0].split("/fhir", 1)[1] if links else None


def rule_limits_count_what_may_be_seen():
    with site() as s:
        w = Ward(s)
        seen = [make(w.doctor, {"resourceType": "Condition", "code": words(str(i)), "subject": ref(w.ben)}) for i in range(7)]
        for i in range(30):
            make(w.doctor, {"resourceType": "Condition", "code": words(f"secret {i}"), "subject": ref(w.ben), "meta": label(LABELS, "HIV")})
        nurse = s.token("nurse")
        found, path, pages = [], f"/fhir/Condition?subject=Patient/{w.ben['id']}&_count=5&_total=accurate", 0
        while path:
            got = nurse.get(path)
            assert got.json["total"] == 7, "what is hidden is not counted"
            found += sorted(ids(got))
            path, pages = following(got), pages + 1
        assert pages == 2 and sorted(found) == sorted(f"Condition/{x['id']}" for x in seen), (pages, found)
        history = nurse.get("/fhir/Condition/_history?_count=5")
        assert len(history.json["entry"]) == 5 and all(e["resource"].get("meta", {}).get("security") is None for e in history.json["entry"])


def rule_every_page_is_decided_anew_of_records_and_of_the_trail():
    with site() as s:
        w = Ward(s)
        for i in range(6):
            w.of[f"c{i}"] = make(w.doctor, {"resourceType": "Condition", "code": words(str(i)), "subject": ref(w.anna)})
        doctor = s.client().log_in("guqinghe")
        given = doctor.post("/api/grants", {"account": account(s, "wenzhiyuan"), "encounter": w.visit["id"], "starts": "2020-01-01T00:00:00Z",
                                            "attached": [ref(w.of[f"c{i}"])["reference"] for i in range(6)]})
        assert given.status == 201, given.body
        expert = s.token("wenzhiyuan")
        first = expert.get("/fhir/Condition?_count=2")
        assert len(ids(first)) == 2
        second = following(first)
        assert len(ids(expert.get(second))) == 2
        assert doctor.post(f"/api/grants/{given.json['id']}/revoke").status == 204
        assert ids(expert.get(second)) == set(), "the same word, after the grant ended"

        bind(s, "zhuoyuanshan", w.anna)
        officer, me = s.token("privacy-officer"), s.token("detainee")
        word = following(officer.get("/fhir/AuditEvent?_count=1"))
        assert word
        for role in ("guard", "nurse", "clinic-doctor", "system-admin"):
            got = s.token(role).get(word)
            assert got.status in (200, 404) and not (got.status == 200 and got.json.get("entry")), (role, got.body[:200])
        [shown] = me.get(word).json["entry"]
        named = [x["what"]["reference"] for x in shown["resource"]["entity"]]
        assert f"Patient/{w.anna['id']}" in named and w.ben["id"] not in str(shown), shown
        assert "network" not in str(shown) and "altId" not in str(shown)


main(at_once=2)

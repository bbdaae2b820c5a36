"""Rule 34: custody is shown counts, none below five, and no sum that would tell one; and no illness, unless a doctor has told it to that very
person, with a reason."""
import json
import time

from house import main, site
from spread import Spread
from ward import ref

WORDS = ("influenza", "Influenza", "流行性感冒", "epidemic")


def text(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 86400))


def counts(client):
    got = client.get("/api/epidemic/counts")
    assert got.status == 200, got.body
    return {b["name"]: (b["apart"], b["watched"]) for b in got.json["blocks"]}, got.json["apart"], got.json["watched"]


def rule_no_count_below_five_is_shown_and_no_sum_that_would_tell_it():
    with site() as s:
        w = Spread(s, [("A", 7), ("B", 6)], text(-9))
        a, b = w.people[:7], w.people[7:]
        assert counts(w.command) == ({"A": (None, None), "B": (None, None)}, None, None), "none at all is below five too"
        cases = [w.suspect(p, "influenza") for p in a[:4] + b[:4]]
        assert counts(w.command)[0] == {"A": (None, None), "B": (None, None)}
        assert counts(w.command)[1:] == (None, None), "eight in all would tell four and four"
        cases.append(w.suspect(a[4], "influenza"))
        assert counts(w.command) == ({"A": (None, 5), "B": (None, None)}, None, None), "the sum less five would tell"
        cases.append(w.suspect(b[4], "influenza"))
        assert counts(w.command) == ({"A": (None, 5), "B": (None, 5)}, None, 10)
        for c in [c for c in cases if c["patient"]["id"] in {p["id"] for p in a}]:
            w.act(c, "isolate", w.nurse)
        assert counts(w.command)[0] == {"A": (5, 5), "B": (None, 5)}
        for role in s.by_role:
            if role != "duty-command":
                got = s.token(role).get("/api/epidemic/counts")
                assert got.status == 404, (role, got.status)


def rule_custody_knows_who_is_kept_apart_and_not_why():
    with site() as s:
        w = Spread(s, [("A", 6)], text(-9))
        case = w.act(w.suspect(w.people[0], "influenza"), "isolate", w.nurse)
        for role in ("guard", "duty-command"):
            client = s.token(role)
            for path in ("/api/epidemic", f"/fhir/Flag/{case['id']}", "/fhir/Flag", "/fhir/Task", "/api/isolation", "/api/epidemic/counts", "/api/epidemic/told"):
                got = client.get(path)
                assert not any(x in got.body.decode() for x in WORDS), (role, path, got.body)
                assert got.status in (200, 404), (role, path, got.status)
            assert client.get("/api/epidemic").status == 404 and client.get(f"/fhir/Flag/{case['id']}").status == 404
            for verb in ("isolate", "confirm", "exclude", "course", "report", "trace", "tell", "release"):
                assert client.post(f"/api/epidemic/cases/{case['id']}/{verb}", {}).status == 404, (role, verb)
            assert client.post("/api/epidemic/cases", {"patient": ref(w.people[1])["reference"], "illness": "influenza"}).status == 404
        assert [x["cell"] for x in w.command.get("/api/isolation").json["isolated"]] == ["A00"]
        assert s.token("guard").get("/api/isolation").status == 404


def rule_an_illness_is_told_to_a_named_person_with_a_reason_and_leaves_its_row():
    with site() as s:
        w = Spread(s, [("A", 6)], text(-9))
        case = w.act(w.suspect(w.people[0], "influenza"), "isolate", w.nurse)
        whom = w.all()["commands"]
        assert len(whom) >= 1 and "commands" not in w.all(w.nurse), whom
        account = whom[0]["id"]
        path = f"/api/epidemic/cases/{case['id']}/tell"
        assert w.nurse.post(path, {"account": account, "reason": "officers"}).status == 403
        assert w.doctor.post(path, {"account": account, "reason": "because he asked"}).status == 400, "a code, no words"
        assert w.doctor.post(path, {"account": "nobody", "reason": "officers"}).status == 400
        assert w.command.get("/api/epidemic/told").json == {"told": []}
        assert w.doctor.post(path, {"account": account, "reason": "officers"}).status == 204
        assert w.doctor.post(path, {"account": account, "reason": "law"}).status == 409
        told = w.command.get("/api/epidemic/told").json["told"]
        assert [(x["number"], x["illness"], x["reason"]) for x in told] == [("70000", "流行性感冒", "officers")] and told[0]["by"], told
        officer = s.token("privacy-officer")
        said = officer.get("/api/audit?action=epidemic.tell").json["rows"]
        assert any(r["detail"].get("account") == account and r["detail"].get("reason") == "officers" for r in said), said
        assert officer.get("/api/audit?action=epidemic.told").json["rows"], "and that it was read"
        w.act(case, "exclude")
        assert not any(x in json.dumps(w.command.get("/api/isolation").json, ensure_ascii=False) for x in WORDS)


main(at_once=3)

"""Rule 24: a trace of every login, read, change and refusal; append-only and chained; edit, deletion and truncation are each detected.
(GB/T 22239 L3 安全审计; the tampering with single rows is proved in unit/store, where the rows can be reached.)"""
import json
import os
import shutil

from house import CANARY, main, site, timed_site, until
from line import join, room_of
from ward import FHIR, Ward, ref


def trail(s, **query):
    words = "&".join(f"{k}={v}" for k, v in query.items())
    officer = s.token("privacy-officer")
    got = officer.get(f"/api/audit?{words}")
    assert got.status == 200, got.body
    return got.json["rows"]


def rule_what_is_done_read_or_refused_leaves_its_row():
    with site() as s:
        doctor = s.client().log_in("guqinghe")
        s.client().post("/api/login", {"name": "lubaisu", "password": "not the password"})
        admin = s.token("security-admin")
        admin.get("/api/accounts")
        made = admin.post("/api/accounts", {"name": "newcomer", "display": "新人", "staff_number": "N1", "roles": ["nurse"]}).json
        admin.post(f"/api/accounts/{made['account']['id']}/disable", {"reason": "a proof"})
        admin.post("/api/tokens", {"account": made["account"]["id"], "label": "x", "ttl_s": 60})
        assert doctor.get("/api/accounts").status == 404
        doctor.post("/api/logout")
        rows = trail(s)
        seen = {(r["action"], r["outcome"], (r["actor"] or {}).get("name")) for r in rows}
        actions = {(r["action"], r["outcome"]) for r in rows}
        print("  " + ", ".join(sorted(f"{a}:{o}" for a, o in actions)))
        assert any(a.startswith("login") and o == "ok" and n == "guqinghe" for a, o, n in seen)
        assert any(a.startswith("login") and o in ("refused", "failed") for a, o, _ in seen)
        assert any(a.startswith("logout") and n == "guqinghe" for a, _, n in seen)
        assert any(a.startswith("account") and "create" in a and n == "fangjiming" for a, _, n in seen)
        assert any("disable" in a for a, _, _ in seen)
        assert any(o == "refused" and n == "guqinghe" for _, o, n in seen), "a forbidden read"
        assert any(a.startswith("account") and "read" in a or a == "account.list" for a, _, _ in seen), "a read of accounts"
        assert any(a.startswith("audit") for a, _, _ in {(r["action"], 0, 0) for r in trail(s)}), "reading the trail is in the trail"


def rule_every_version_that_left_or_was_made_is_named():
    """Searches, transactions, prints, signatures and grants: each row says which versions, and as AuditEvents they are references."""
    with site() as s:
        w = Ward(s)
        officer = s.token("privacy-officer")

        def newest(action):
            got = officer.get(f"/fhir/AuditEvent?subtype=https://yunqiao.invalid/fhir/audit-action|{action}&_count=1").json["entry"][0]["resource"]
            return {x["what"]["reference"] for x in got["entity"] if "_history" in x["what"]["reference"]}, got

        found = w.doctor.get("/fhir/Observation?_count=50&_include=Observation:subject").json["entry"]
        given = {f"{e['resource']['resourceType']}/{e['resource']['id']}/_history/{e['resource']['meta']['versionId']}" for e in found}
        assert newest("record.search-type")[0] == given and len(given) > 3
        entry = [{"resource": {"resourceType": "Condition", "code": {"text": str(i)}, "subject": ref(w.ben)},
                  "request": {"method": "POST", "url": "Condition"}} for i in range(4)]
        entry.append({"request": {"method": "GET", "url": f"Patient/{w.anna['id']}"}})
        done = w.doctor.ask("POST", "/fhir", json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entry}).encode(), FHIR).json["entry"]
        made = {"/".join(e["response"]["location"].split("/")[-4:]) for e in done if "location" in e["response"]}
        named, event = newest("record.bundle")
        assert made <= named and f"Patient/{w.anna['id']}/_history/1" in named and len(made) == 5, (made, named)
        assert len([n for n in named if n.startswith("Provenance/")]) == 1, "who wrote them is written too"
        assert {x["what"]["reference"] for x in event["entity"] if "_history" not in x["what"]["reference"]} == {ref(w.anna)["reference"], ref(w.ben)["reference"]}
        assert w.doctor.get(f"/api/patients/{w.anna['id']}/summary.pdf").status == 200
        assert f"AllergyIntolerance/{w.of['allergy']['id']}/_history/1" in newest("record.print")[0]
        assert w.doctor.ask("DELETE", w.path("condition")).status == 204
        assert f"Condition/{w.of['condition']['id']}/_history/2" in newest("record.delete")[0], "a tombstone is a version"
        assert w.grant("observation").status == 201
        rows = trail(s, patient=w.anna["id"])
        assert {"record.search-type", "record.bundle", "record.print", "record.delete", "grant.give"} <= {r["action"] for r in rows}
        assert CANARY not in json.dumps(trail(s)), "codes and ids, no clinical word"


def rule_a_long_answer_is_traced_whole():
    """A row holds 4,000 versions; what is more goes on in the next, and nothing is left out."""
    with site() as s:
        doctor = s.token("clinic-doctor")
        entry = [{"resource": {"resourceType": "Location", "name": "x"}, "request": {"method": "POST", "url": "Location"}} for _ in range(1000)]
        got = doctor.ask("POST", "/fhir", json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entry}).encode(), {**FHIR, "Prefer": "return=minimal"})
        assert got.status == 200, got.body[:300]
        entry = [{"request": {"method": "GET", "url": "Location?_count=1000"}} for _ in range(5)]
        got = doctor.ask("POST", "/fhir", json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entry}).encode(), FHIR)
        assert got.status == 200
        parts = [r["detail"] for r in trail(s, action="record.bundle")][:2]
        assert parts[0]["part"] == 2 and len(parts[0]["versions"]) + len(parts[1]["versions"]) == 5000, [len(p["versions"]) for p in parts]


def rule_who_came_into_a_call_who_left_and_who_was_sent_away_stands_there():
    with site() as s:
        host, guest = s.client().log_in("guqinghe"), s.client().log_in("wenzhiyuan")
        room = room_of(host, guest)
        line, _ = join(guest, room)
        line.say({"type": "call.leave"})
        until("the trail has both", lambda: {"call.join", "call.leave"} <= {r["action"] for r in trail(s, action="call.")})
        rows = [r for r in trail(s, action="call.") if r["action"] in ("call.join", "call.leave")]
        assert all(r["actor"]["name"] == "wenzhiyuan" and room in json.dumps(r) for r in rows), rows


BACKED_UP = "[backup]\ntarget = ROOT/backup\n"


def rule_an_anchor_is_kept_elsewhere_each_hour():
    with timed_site(config=BACKED_UP, steady=False) as (s, hands):
        folder = f"{s.root}/backup/anchors"

        def lines():
            return [line for name in sorted(os.listdir(folder)) for line in open(f"{folder}/{name}")] if os.path.isdir(folder) else []

        def trace():
            assert s.token("security-admin").get("/api/accounts").status == 200

        trace()
        held = until("the first anchor", lines)
        for hour in (1, 2):
            hands.shift(hour * 3600 + 60)
            trace()
            more = until(f"one more after hour {hour}", lambda: lines()[len(held):])
            assert lines() == held + more and len(more) == 1, "appended, one an hour"
            held = lines()
        assert len(set(held)) > 1, "each the newest that was shipped"


def rule_a_trail_cut_short_with_its_own_anchor_is_caught_by_the_anchor_elsewhere():
    """Whoever puts back the whole folder as it was, its anchor with it, meets the one in the backup target."""
    with site(config=BACKED_UP) as s:
        s.stop()
        shutil.copytree(s.data, f"{s.root}/kept")
        s.start()
        s.client().log_in("guqinghe")
        s.stop()
        shutil.rmtree(s.data)
        os.rename(f"{s.root}/kept", s.data)
        s.start(wait=False)
        assert s.process.wait(20) == 3
        with open(s.log_path) as log:
            assert "older" in log.read().splitlines()[-1]


def rule_rows_are_numbered_without_a_gap_and_each_has_its_hash():
    with site() as s:
        for _ in range(3):
            s.client().post("/api/login", {"name": "lubaisu", "password": "not the password"})
        rows = trail(s)
        numbers = [r["seq"] for r in rows]
        assert numbers == list(range(numbers[0], numbers[0] - len(numbers), -1)), numbers
        assert len({r["hash"] for r in rows}) == len(rows)
        officer = s.token("privacy-officer")
        told = officer.post("/api/audit/verify").json
        assert told["ok"] and told["rows"] >= numbers[0], told


def rule_no_role_can_change_or_delete_a_row():
    with site() as s:
        for role in s.by_role:
            client = s.token(role)
            for method in ("DELETE", "PUT", "PATCH", "POST"):
                got = client.ask(method, "/api/audit", {})
                assert got.status in (403, 404, 405), (role, method, got.status)


def rule_an_older_copy_put_back_is_refused():
    with site() as s:
        s.stop()
        kept = f"{s.root}/kept"
        shutil.copytree(s.data, kept)
        s.start()
        s.client().log_in("guqinghe")
        s.stop()
        for name in ("yunqiao.db", "yunqiao.db-wal"):
            if os.path.exists(f"{s.data}/{name}"):
                os.remove(f"{s.data}/{name}")
            if os.path.exists(f"{kept}/{name}"):
                shutil.copy2(f"{kept}/{name}", f"{s.data}/{name}")
        got = s.run("audit", "verify")
        assert got.returncode == 3 and "older copy" in got.stderr + got.stdout, (got.returncode, got.stderr)
        s.start(wait=False)
        assert s.process.wait(20) == 3


def rule_a_missing_or_foreign_anchor_is_refused():
    with site() as s:
        s.stop()
        anchor = f"{s.data}/audit.anchor"
        with open(anchor, "rb") as f:
            held = f.read()
        os.remove(anchor)
        assert s.run("audit", "verify").returncode == 3
        other = f"{s.root}/elsewhere"
        assert s.run("demo", "--bare", "--json", data=other, key=f"{s.root}/elsewhere.key").returncode == 0
        shutil.copy2(f"{other}/audit.anchor", anchor)
        assert s.run("audit", "verify").returncode == 3
        with open(anchor, "wb") as f:
            f.write(held)
        assert s.run("audit", "verify").returncode == 0


def rule_a_damaged_page_is_refused_and_not_served():
    with site() as s:
        s.stop()
        with open(f"{s.data}/yunqiao.db", "rb") as f:
            held = f.read()
        refused = 0
        for at in range(2000, len(held), max(1, len(held) // 24)):
            spoiled = bytearray(held)
            spoiled[at] ^= 0x10
            copy = f"{s.root}/copy{at}"
            shutil.copytree(s.data, copy)
            with open(f"{copy}/yunqiao.db", "wb") as f:
                f.write(spoiled)
            got = s.run("scrub", "--json", data=copy)
            assert got.returncode in (1, 3), (at, got.returncode, got.stdout, got.stderr)
            refused += 1
        assert refused >= 20
        got = s.run("scrub", "--json")
        assert got.returncode == 0 and json.loads(got.stdout), (got.returncode, got.stderr)


main(at_once=3)

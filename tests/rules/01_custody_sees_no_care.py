"""Rules 1 and 2: custody gets of every clinical record what it would get if there were none, by every way there is, and no canary word
ever leaves to it. (MR 26, 31, 32; NCCHC H-02; CPT; PIPL 6, 28)"""
import re

from house import CANARY, main, scan, site
from ward import TYPES, Ward, ids

ABSENT = "absent0000000000"


def same_but_ids(body, an_id):
    """The bytes with the id that was asked for taken out, and the request's own number."""
    return re.sub(rb'"request":"?[^",}]*"?', b"", body.replace(an_id.encode(), b"ID"))


def rule_custody_reads_a_record_as_if_there_were_none():
    with site() as s:
        w = Ward(s)
        for role, custody in w.custody().items():
            for name, resource in w.of.items():
                if name == "task":
                    continue
                kind, here = resource["resourceType"], resource["id"]
                for tail in ("", "/_history", "/_history/1", "/$everything" if kind == "Patient" else ""):
                    real = custody.get(f"/fhir/{kind}/{here}{tail}")
                    none = custody.get(f"/fhir/{kind}/{ABSENT}{tail}")
                    assert real.status == none.status == 404, (role, kind, tail, real.status, none.status)
                    assert same_but_ids(real.body, here) == same_but_ids(none.body, ABSENT), (kind, real.body, none.body)
                for method in ("PUT", "DELETE"):
                    body = None if method == "DELETE" else resource
                    got = custody.ask(method, f"/fhir/{kind}/{here}", body)
                    assert got.status in (403, 404, 200, 204), (method, kind, got.status)  # deleting nothing is no fault
                if name == "sealed":
                    continue  # closed to the doctor too
                assert w.doctor.get(f"/fhir/{kind}/{here}").json["meta"]["versionId"] == "1", "nothing was changed"


def rule_no_search_of_custody_finds_counts_includes_or_chains_to_care():
    with site() as s:
        w = Ward(s)
        task = f"Task/{w.of['task']['id']}"
        for role, custody in w.custody().items():
            for kind in TYPES:
                for query in ("", "?_summary=count", "?_total=accurate", "?_sort=-_lastUpdated", "?_include=*",
                              "?_revinclude=Observation:subject", "?_lastUpdated=gt2000-01-01"):
                    got = custody.get(f"/fhir/{kind}{query}")
                    if got.status == 400:
                        continue
                    assert got.status == 200, (role, kind, query, got.status, got.body)
                    assert ids(got) <= {task}, (role, kind, query, ids(got))
                    assert got.json.get("total", 0) <= (1 if kind == "Task" else 0), (role, kind, query)
                    assert CANARY.encode() not in got.body
            for query in ("Task?focus:Encounter.status=in-progress", f"Patient?_has:Condition:patient:code:text={CANARY}",
                          f"Task?patient:Patient._has:Condition:patient:code:text={CANARY}",
                          f"Observation?code:text={CANARY}", f"Patient?_id={w.anna['id']}", "Task?_include=Task:focus"):
                got = custody.get(f"/fhir/{query}")
                assert got.status in (200, 400), (query, got.status)
                assert got.status == 400 or ids(got) <= {task}, (query, ids(got))
                assert CANARY.encode() not in got.body.replace(f"={CANARY}".encode(), b""), query


def rule_an_escort_task_reaches_custody_without_any_free_text():
    with site() as s:
        w = Ward(s)
        got = w.guard().get(w.path("task"))
        assert got.status == 200, got.status
        assert CANARY.encode() not in got.body
        assert not set(got.json) & {"description", "note", "focus", "priority", "reasonCode", "basedOn", "input", "output"}, got.json
        assert got.json["status"] == "requested"


def rule_canaries_stand_in_no_log_and_no_plain_byte_on_disk():
    """Rule 28 too, and rule 31 as far as the disk shows it."""
    with site() as s:
        w = Ward(s)
        for name in w.of:
            w.doctor.get(w.path(name))
            s.token("duty-command").get(w.path(name))
        s.stop()
        found = scan(s.root, CANARY)
        assert not found, found


def rule_no_route_of_the_api_tells_custody_a_canary():
    with site() as s:
        Ward(s)
        custody = s.token("guard")
        for path in ("/api/session", "/api/account", "/api/audit", "/api/glass", "/api/glass/reviews", "/api/erasures", "/api/grants",
                     "/fhir/metadata", "/fhir", "/fhir/_history", "/fhir/Observation/_history"):
            got = custody.get(path)
            assert CANARY.encode() not in got.body, path


main(at_once=2)

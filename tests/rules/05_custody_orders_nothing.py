"""Rule 5: custody can neither create, cancel nor reprioritise a clinical order. (MR 27(2))
Rule 6: what custody sees of two people in the queue does not tell who is urgent or for which specialty."""
from house import main, site
from ward import FHIR, Ward, change, make, ref
import json


def rule_no_order_is_made_cancelled_or_moved_by_custody():
    with site() as s:
        w = Ward(s)
        for role in ("guard", "duty-command"):
            custody = s.token(role)
            for name in ("order", "request", "booking"):
                before = w.doctor.get(w.path(name)).body
                body = dict(w.of[name], status="cancelled" if name == "booking" else "revoked", priority="routine")
                if name == "booking":
                    body["priority"] = 9
                got = custody.ask("PUT", w.path(name), json.dumps(body).encode(), FHIR)
                assert got.status in (403, 404), (name, got.status, got.body)
                patch = json.dumps([{"op": "replace", "path": "/status", "value": "cancelled"}]).encode()
                got = custody.ask("PATCH", w.path(name), patch, {"Content-Type": "application/json-patch+json"})
                assert got.status == 404, (name, got.status)
                custody.ask("DELETE", w.path(name))
                fresh = {k: v for k, v in w.of[name].items() if k not in ("id", "meta")}
                got = custody.ask("POST", f"/fhir/{fresh['resourceType']}", json.dumps(fresh).encode(), FHIR)
                assert got.status in (400, 403, 404, 422), (name, got.status)  # 422: whom it names is not there
                assert w.doctor.get(w.path(name)).body == before, name


def rule_the_queue_tells_custody_neither_urgency_nor_specialty():
    with site() as s:
        w = Ward(s)
        urgent = dict(w.of["task"], priority="routine")
        del urgent["id"], urgent["meta"]["versionId"], urgent["meta"]["lastUpdated"]
        other = make(w.doctor, dict(urgent, description="ophthalmology, at once"))
        custody = s.token("guard")
        seen = []
        for task in (w.of["task"], other):
            got = custody.get(f"/fhir/{ref(task)['reference']}").json
            seen.append({k: v for k, v in got.items() if k not in ("id", "meta", "priority")})
        assert seen[0] == seen[1], seen


main()

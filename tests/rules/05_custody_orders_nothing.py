"""Rule 5: custody can neither create, cancel nor reprioritise a clinical order. (MR 27(2))"""
from house import main, site
from ward import FHIR, Ward
import json


def rule_no_order_is_made_cancelled_or_moved_by_custody():
    with site() as s:
        w = Ward(s)
        for role, custody in w.custody().items():
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


main()

#!/usr/bin/env python3
"""Rule 16: a patient's no is recorded, signed or witnessed, as a fact of its own; to custody it is a cancelled booking and nothing more."""
import house
from visiting import at, house_of_visits, signature

WORD = "zhegebuyaojinsique"  # what the patient said; nothing else says it


def rule_a_no_is_recorded_signed_and_ends_the_request():
    with house_of_visits() as h:
        v = h.begin()
        h.refused(v, "refuse", "missing_field", status=400)
        v = h.step(v, "refuse", signature=signature(), reason=WORD)
        assert v["state"] == "refused" and v["consents"][0]["says"] == "refused" and v["consents"][0]["signed"], v
        kept = h.doctor.get(f"/fhir/Consent/{v['consents'][0]['id']}").json
        assert kept["status"] == "rejected", kept
        assert h.doctor.get(f"/fhir/{v['request']}").json["status"] == "revoked"
        assert h.doctor.get(f"/fhir/Encounter/{v['id']}").json["status"] == "cancelled"
        for verb in ("activate", "consent", "arrive", "refuse"):
            h.refused(v, verb, "visit_state")


def rule_a_no_at_the_last_moment_cancels_the_booking_and_custody_learns_only_that():
    with house_of_visits() as h:
        v = h.ask()
        h.book(v)
        h.step(v, "arrive")
        v = h.step(v, "refuse", who=h.nurse, witness="陆白苏", reason=WORD)
        assert v["state"] == "refused" and v["booking"]["state"] == "cancelled", v
        consent = v["consents"][0]["id"]
        for role in ("guard", "duty-command"):
            custody = h.site.token(role)
            for path in (f"/api/visits/{v['id']}", "/api/visits", f"/fhir/Consent/{consent}", f"/fhir/Encounter/{v['id']}", f"/fhir/{v['request']}"):
                got = custody.get(path)
                assert got.status == 404, (role, path, got.status)
            assert custody.get(f"/fhir/Consent?patient={v['patient']['reference']}").json.get("total", 0) == 0
            said = b"".join(custody.get(p).body for p in (f"/api/escorts?from={at(-1)}&until={at(3)}", f"/fhir/Task?patient={v['patient']['reference']}",
                                                          f"/fhir/Appointment?patient={v['patient']['reference']}"))
            for word in (WORD, "refus", "care-refused", "non-compliance", "拒绝"):
                assert word.encode() not in said, (role, word)
            tasks = [e for e in custody.get(f"/api/escorts?from={at(-1)}&until={at(3)}").json["escorts"] if e["name"] == v["patient"]["name"]]
            assert all(not t["reason"] for t in tasks), tasks


if __name__ == "__main__":
    house.main(at_once=2)

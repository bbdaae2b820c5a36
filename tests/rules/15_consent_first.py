#!/usr/bin/env python3
"""Rule 15: no consultation by video without the patient's consent, given for that one and naming who takes part, or an emergency that two
clinicians say is one; recording has a consent of its own; who takes it back ends it at once."""
import house
from visiting import house_of_visits, join, signature, visit


def rule_a_request_goes_out_with_consent_alone():
    with house_of_visits() as h:
        v = h.begin()
        assert v["state"] == "draft" and v["lacks"] == ["consent"] and "activate" in v["may"], v
        h.refused(v, "activate", "visit_consent")
        h.refused(v, "consent", "missing_field", status=400, kind="request")
        h.refused(v, "consent", "bad_field", status=400, kind="request", signature="x" * 200)
        v = h.step(v, "consent", kind="request", signature=signature())
        assert v["stands"]["request"] and not v["stands"]["camera"], v["stands"]
        v = h.step(v, "activate")
        assert v["state"] == "active", v
        print(v)
        b = h.book(v)
        v = h.look(v)
        assert v["booking"]["id"] == b["id"] and v["booking"]["room"], v


if __name__ == "__main__":
    house.main()

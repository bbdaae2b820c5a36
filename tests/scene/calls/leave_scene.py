#!/usr/bin/env python3
"""A consultation whose call is lost: the server itself, by the clock, says that it is interrupted, not a moment too soon, and that it goes on when both
sides are back. The clock is moved by hand."""
import sys
import time

sys.path.insert(0, __file__.rsplit("/", 3)[0] + "/rules")
from house import Hands, until  # noqa: E402
from line import Line  # noqa: E402
from visiting import house_of_visits, join  # noqa: E402

LOOKS_S = 2.5  # the watch looks each second


def state(h, v):
    return h.look(v)["state"]


def a_lost_call_is_interrupted_by_the_clock_and_goes_on_when_both_are_back():
    hands = []

    def clock(s):
        hands.append(Hands(s))
        return hands[0].env

    with house_of_visits(env=clock) as h:
        v = h.ask()
        h.book(v)
        v = h.look(v)
        room, eye = v["booking"]["room"], h.specialist(v)
        h.step(v, "wait", who=eye)
        h.receive(v)
        h.step(v, "admit", account=h.account(eye))
        watching = Line(h.nurse)
        inside, outside = join(h.doctor, room), join(eye, room)
        inside.hear("call.joined"), outside.hear("call.joined")
        hands[0].shift(60)
        time.sleep(LOOKS_S)
        assert state(h, v) == "in-progress", "both are there, however late it is"
        outside.say({"type": "call.leave"})
        inside.hear("call.gone")
        time.sleep(LOOKS_S)
        hands[0].shift(69)
        time.sleep(LOOKS_S)
        assert state(h, v) == "in-progress", "not within the quarter of a minute"
        told = len(watching.frames)
        hands[0].shift(80)
        until("it is interrupted", lambda: state(h, v) == "onleave")
        heard = watching.hear("notice", lambda f: f["kind"] == "visit_changed" and f["data"]["state"] == "onleave", after=told)
        assert heard["data"] == {"visit": v["id"], "state": "onleave"}, heard
        seen = h.doctor.get(f"/fhir/Encounter/{v['id']}").json
        assert seen["status"] == "onleave", seen
        rows = [r for r in h.site.token("privacy-officer").get("/api/audit?action=visit.clock").json["rows"] if r["target"] == f"Encounter/{v['id']}"]
        assert len(rows) == 1 and rows[0]["outcome"] == "ok" and rows[0]["actor"] is None, rows
        origin = h.doctor.get(f"/fhir/Provenance?target=Encounter/{v['id']}").json["entry"]
        assert any(e["resource"]["agent"][0]["who"].get("display", e["resource"]["agent"][0]["who"].get("identifier", {}).get("value")) == "yunqiaod"
                   for e in origin), origin[-1]
        again = join(eye, room)
        assert isinstance(again, Line), again
        again.hear("call.joined")
        until("it goes on", lambda: state(h, v) == "in-progress")
        hands[0].shift(200)
        time.sleep(LOOKS_S)
        assert state(h, v) == "in-progress", "and is not interrupted again while both are there"
        again.say({"type": "call.leave"})
        inside.say({"type": "call.leave"})
        time.sleep(LOOKS_S)
        hands[0].shift(220)
        until("nobody is there", lambda: state(h, v) == "onleave")


if __name__ == "__main__":
    a_lost_call_is_interrupted_by_the_clock_and_goes_on_when_both_are_back()
    print("1 passed, 0 failed")

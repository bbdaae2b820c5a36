#!/usr/bin/env python3
"""A camera that is moved from afar, against the running server: who has it, what whose camera it is hears, and the trail, which has who took it and how
that ended. The camera's connection is aiortc's; what is seen and moved in a browser is e2e/call-steer."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rules"))
import house  # noqa: E402
from filming import PYTHON, wanted  # noqa: E402
from visiting import join  # noqa: E402

OFFER = """
import asyncio
from aiortc import RTCPeerConnection
from aiortc.mediastreams import VideoStreamTrack
async def go():
    pc = RTCPeerConnection()
    pc.addTransceiver(VideoStreamTrack(), direction="sendonly")
    await pc.setLocalDescription(await pc.createOffer())
    print(pc.localDescription.sdp, end="")
asyncio.run(go())
"""


class Call:
    """A doctor, whose exam camera can be moved, a specialist and a nurse in one room."""

    def __init__(self, s):
        self.s = s
        doctor, eye, nurse = (s.client().log_in(s.by_role[role]) for role in ("clinic-doctor", "specialist", "nurse"))
        members = [{"account": c.get("/api/session").json["account"]["id"], "role": "member"} for c in (eye, nurse)]
        room = doctor.post("/api/rooms", {"title": "裂隙灯", "members": members}).json["room"]["id"]
        self.doctor, self.eye, self.nurse = (join(c, room) for c in (doctor, eye, nurse))
        self.me = {line: line.hear("call.joined")["me"] for line in (self.doctor, self.eye, self.nurse)}
        sdp = subprocess.run([PYTHON, "-c", OFFER], capture_output=True, text=True, check=True).stdout
        self.doctor.say({"type": "call.offer", "n": 1, "peer": "up", "sdp": sdp, "fresh": True, "tracks": [{"mid": "0", "label": "exam"}]})
        self.track = self.doctor.hear("call.track")["track"]["id"]
        self.stands(zoom=0)

    def stands(self, zoom):
        at = len(self.eye.frames)
        axes = {"pan": 5000, "tilt": 5000, "zoom": zoom}
        self.doctor.say({"type": "call.ptz", "track": self.track, "axes": axes})
        self.eye.hear("call.track", lambda f: f["track"]["ptz"] == axes, after=at)

    def steer(self, line, on, has):
        """has: who has it then, as everybody is told."""
        at = {each: len(each.frames) for each in self.me}
        line.say({"type": "call.steer", "track": self.track, "on": on})
        for each in self.me:
            each.hear("call.track", lambda f: (f["track"]["steer"] or {}).get("by") == self.me.get(has), after=at[each])


def test_who_had_a_camera_and_how_that_ended_stands_in_the_trail():
    wanted()
    s = house.Site()
    try:
        assert s.run("demo", "--force", "--json").returncode == 0
        call = Call(s.start())
        call.steer(call.eye, True, call.eye)
        call.eye.say({"type": "call.move", "track": call.track, "axes": {"zoom": 1500}})
        heard = call.doctor.hear("call.move")
        assert heard["axes"] == {"zoom": 1500} and heard["by"] == call.me[call.eye], heard
        call.stands(zoom=1500)
        call.steer(call.nurse, True, call.nurse)
        call.eye.say({"type": "call.move", "track": call.track, "axes": {"zoom": 0}})
        assert call.eye.hear("call.refused")["code"] == "not_steering"
        call.steer(call.doctor, False, None)
        call.steer(call.eye, True, call.eye)
        call.steer(call.eye, False, None)
        officer = s.client().log_in(s.by_role["privacy-officer"])

        def trail(action):
            return list(reversed(officer.get(f"/api/audit?action={action}").json["rows"]))
        house.until("three ends", lambda: len(trail("call.steer-end")) == 3)
        taken, over = trail("call.steer"), trail("call.steer-end")
        assert [r["actor"]["id"] for r in taken] == [r["actor"]["id"] for r in over] and len({r["actor"]["id"] for r in over}) == 2, (taken, over)
        assert [(r["detail"]["why"], r["detail"]["moves"]) for r in over] == [("taken", 1), ("taken", 0), ("given", 0)], over
    finally:
        s.close()


if __name__ == "__main__":
    house.main("test_")

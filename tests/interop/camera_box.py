#!/usr/bin/env python3
"""The box beside a camera: `yunqiao-camera` between the running server and a camera that speaks ONVIF (onvif_camera). aiortc sends the picture by WHIP.
A specialist takes the camera and moves it; what the camera cannot, or no more can, everybody is told."""
import json
import os
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rules"))
import house  # noqa: E402
from filming import PEERS, PYTHON, wanted  # noqa: E402
from onvif_camera import Camera  # noqa: E402
from visiting import join  # noqa: E402

SECRET = "jiancha-deng-7"


class Scene:
    """A doctor and a specialist in a room, a source there, and a box whose settings file can be written anew."""

    def __init__(self, s):
        self.s, self.camera = s, Camera("operator", SECRET, "Profile_1")
        doctor, eye = (s.client().log_in(s.by_role[role]) for role in ("clinic-doctor", "specialist"))
        members = [{"account": eye.get("/api/session").json["account"]["id"], "role": "member"}]
        self.room = doctor.post("/api/rooms", {"title": "诊室", "members": members}).json["room"]["id"]
        self.doctor, self.eye = (join(c, self.room) for c in (doctor, eye))
        self.me = self.eye.hear("call.joined")["me"]
        self.account = doctor
        made = doctor.post(f"/api/rooms/{self.room}/source-token", {"source": "wall", "publish": True, "subscribe": False, "ttl_s": 600})
        assert made.status == 201, made.json
        self.token = made.json["token"]
        self.base = f"https://127.0.0.1:{s.port}"
        self.publisher = subprocess.Popen([PYTHON, f"{PEERS}/aiortc_peer.py", "publish", f"{self.base}/whip/{self.room}/wall", self.token, "1", "440", "VP8", "200"],
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.publisher.stdout.readline() == "up\n"
        self.track = self.eye.hear("call.track", lambda f: f["track"]["kind"] == "video")["track"]["id"]
        self.file, self.box = f"{s.root}/camera.conf", None
        with open(f"{s.root}/authority.pem", "w") as out:
            out.write(self.authority())

    def authority(self):
        body = self.s.client().get("/ca.crt").body
        return body.decode() if body.startswith(b"-----") else ssl.DER_cert_to_PEM_cert(body)

    def start(self, password=SECRET, mode=0o600):
        with open(self.file, "w") as out:
            out.write(f"[server]\nurl = {self.base}/ptz/{self.room}/wall\npass = {self.token}\nauthority = {self.s.root}/authority.pem\n\n"
                      f"[camera]\nurl = {self.camera.url}\nuser = operator\npassword = {password}\nprofile = Profile_1\n")
        os.chmod(self.file, mode)
        self.box = subprocess.Popen([f"{house.BIN}/yunqiao-camera", self.file], stderr=subprocess.PIPE, text=True)
        return self.box

    def stop(self):
        self.box.terminate()
        assert self.box.wait(20) == 0
        return self.box.stderr.read()

    def stands(self, axes, after):
        return self.eye.hear("call.track", lambda f: f["track"]["id"] == self.track and f["track"]["ptz"] == axes, after=after)

    def close(self):
        if self.box and self.box.poll() is None:
            self.box.kill()
        self.publisher.kill()
        self.publisher.wait()
        self.camera.close()


def whole():
    wanted()
    s = house.Site()
    assert s.run("demo", "--force", "--json").returncode == 0
    s.start()
    return s


def test_a_camera_on_the_wall_is_moved_by_who_has_it_and_its_password_stays_with_the_box():
    s = whole()
    try:
        scene = Scene(s)
        at = len(scene.eye.frames)
        scene.start()
        scene.stands({"pan": 5000, "tilt": 3333, "zoom": 0}, at)
        scene.eye.say({"type": "call.steer", "track": scene.track, "on": True})
        scene.eye.hear("call.track", lambda f: (f["track"]["steer"] or {}).get("by") == scene.me, after=at)
        at = len(scene.eye.frames)
        scene.eye.say({"type": "call.move", "track": scene.track, "axes": {"pan": 8000}})
        scene.stands({"pan": 8000, "tilt": 3333, "zoom": 0}, at)
        assert abs(scene.camera.at["pan"] - 0.6) < 0.001 and scene.camera.at["tilt"] == 0, scene.camera.at
        at = len(scene.eye.frames)
        for zoom in (500, 1000, 2500):
            scene.eye.say({"type": "call.move", "track": scene.track, "axes": {"zoom": zoom}})
        scene.eye.say({"type": "call.move", "track": scene.track, "axes": {"tilt": 0}})
        scene.stands({"pan": 8000, "tilt": 0, "zoom": 2500}, at)
        assert abs(scene.camera.at["tilt"] + 0.5) < 0.001 and abs(scene.camera.at["zoom"] - 0.25) < 0.001, scene.camera.at
        assert scene.camera.faults == [], scene.camera.faults
        at = len(scene.eye.frames)
        said = scene.stop()
        scene.stands(None, at)  # the box goes, and says so
        assert SECRET not in said and scene.token not in said, said
        officer = s.client().log_in(s.by_role["privacy-officer"])
        over = house.until("the end", lambda: officer.get("/api/audit?action=call.steer-end").json["rows"])
        assert [(r["detail"]["why"], r["detail"]["moves"]) for r in over] == [("gone", 5)], over
        scene.close()
    finally:
        s.close()


def test_a_camera_that_does_not_answer_or_refuses_is_nobodys_to_move():
    s = whole()
    try:
        scene = Scene(s)
        at = len(scene.eye.frames)
        scene.start(password="another")
        house.until("it is refused", lambda: "not authorized" in scene.camera.faults)
        scene.stop()
        assert not any((f.get("track") or {}).get("ptz") for f in scene.eye.frames[at:] if f["type"] == "call.track")
        scene.start()
        scene.stands({"pan": 5000, "tilt": 3333, "zoom": 0}, at)
        at = len(scene.eye.frames)
        scene.camera.close()
        scene.eye.say({"type": "call.steer", "track": scene.track, "on": True})
        scene.eye.say({"type": "call.move", "track": scene.track, "axes": {"pan": 1}})
        scene.stands(None, at)
        scene.publisher.kill()
        scene.box.kill()
    finally:
        s.close()


def test_another_pass_opens_nothing_and_what_is_no_place_is_refused():
    s = whole()
    try:
        scene = Scene(s)
        other = scene.account.post(f"/api/rooms/{scene.room}/source-token", {"source": "wall", "publish": True, "subscribe": False, "ttl_s": 600}).json["token"]

        def put(token, body, kind="application/json", source="wall"):
            made = subprocess.run(["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "-X", "PUT", "-H", f"Content-Type: {kind}", "-H", f"Authorization: Bearer {token}",
                                   "--data-binary", body if isinstance(body, str) else json.dumps(body), f"{scene.base}/ptz/{scene.room}/{source}"], capture_output=True, text=True)
            return int(made.stdout)
        place = {"axes": {"zoom": 1}}
        assert put(other, place) == 403
        assert put("yqr_nothing", place) == 401
        assert put(scene.token, place, source="floor") == 403
        assert [put(scene.token, b) for b in ({"axes": {"zoom": 10001}}, {"axes": []}, {}, "{", {"axes": {}, "by": 1})] == [400] * 5
        assert put(scene.token, place, kind="text/plain") == 415
        assert put(scene.token, place) == 204
        scene.publisher.kill()
        house.until("the source is gone", lambda: put(scene.token, place) == 404, wait_s=40)
        scene.camera.close()
    finally:
        s.close()


def test_settings_that_others_may_read_are_none():
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as out:
        out.write("[server]\nurl = https://127.0.0.1/ptz/r/s\n")
        out.flush()
        os.chmod(out.name, 0o644)
        open_to_all = subprocess.run([f"{house.BIN}/yunqiao-camera", out.name], capture_output=True, text=True)
        assert open_to_all.returncode == 2 and "600" in open_to_all.stderr, open_to_all
        os.chmod(out.name, 0o600)
        half = subprocess.run([f"{house.BIN}/yunqiao-camera", out.name], capture_output=True, text=True)
        assert half.returncode == 2 and "must be set" in half.stderr, half


if __name__ == "__main__":
    house.main("test_")

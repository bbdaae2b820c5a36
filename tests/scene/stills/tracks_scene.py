"""Stills of tracks that programs of others send into a consultation's room: the picture of that moment, made by the codec child, whose death
costs a still for a moment and nobody the call. One house for all of it, as it takes long to fill."""
import concurrent.futures
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../../rules", f"{HERE}/../../interop/media"]
import house  # noqa: E402
from stills import again, document, file_of, grab, instant, said  # noqa: E402
from visiting import BRAIN, EYES, house_of_visits, join  # noqa: E402

PEERS = f"{HERE}/../../interop/media"
if not all(importlib.util.find_spec(m) for m in ("aiortc", "gi", "numpy")):
    print("wants Debian's python3-aiortc, python3-gi and GStreamer's plugins")
    sys.exit(77)


def token_of(s, room):
    made = s.run("room-token", "--room", room, "--publish", "--subscribe", "--json")
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)["token"]


class Source:
    """A program that publishes a picture with a counter in it, by WHIP."""
    PROGRAMS = {"aiortc": "aiortc_peer.py", "gstreamer": "gst_peer.py"}

    def __init__(self, c, program, codec, who):
        self.c, self.codec, self.who, self.name = c, codec, who, f"exam-{codec.lower()}"
        url = f"https://127.0.0.1:{c.s.port}/whip/{c.room}/{self.name}"
        self.p = subprocess.Popen(
            ["/usr/bin/python3", f"{PEERS}/{self.PROGRAMS[program]}", "publish", url, token_of(c.s, c.room), str(who), "440", codec, "300"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.p.stdout.readline() == "up\n"
        source = c.line.hear("call.participant", lambda f: f["participant"]["display"] == self.name, wait_s=15)["participant"]["id"]
        self.track = c.line.hear("call.track", lambda f: f["track"]["kind"] == "video" and f["track"]["participant"] == source, wait_s=15)["track"]["id"]


class Consultation:
    """A doctor and two specialists in the visit's room, the second of them not in the call."""

    def __init__(self, h):
        self.h, self.s = h, h.site
        v = h.ask(needs=(EYES, BRAIN))
        b = h.book(v)
        h.receive(v)
        names = [s["reference"].removeprefix("Practitioner/demo-") for s in b["seats"] if s["need"] in (EYES, BRAIN)]
        self.visit, self.room, self.doctor = v["id"], b["room"], h.doctor
        self.eye, self.brain = (h.site.client().log_in(n) for n in names)
        for one in (self.eye, self.brain):
            assert one.post(f"/api/visits/{self.visit}/wait", {}).status in (200, 204)
            h.step(v, "admit", account=h.account(one))
        self.line, self.other = join(self.doctor, self.room), join(self.eye, self.room)
        for line in (self.line, self.other):
            line.hear("call.joined")

    def grab(self, client, track):
        return grab(client, self.visit, self.room, track)

    def worker(self):
        return self.s.token("system-admin").get("/api/system/workers").json["workers"][0]


def luma_of(picture):
    import av
    frame = next(av.open(io.BytesIO(picture)).decode(video=0))
    return frame.to_ndarray(format="gray"), frame.to_ndarray(format="rgb24")


def psnr_of(picture, who):
    """How near a still is to the picture that was sent with the number which it shows; in the colours that came out of the same YUV."""
    import av
    import marks
    import numpy
    grey, rgb = luma_of(picture)
    mark = marks.read(grey)
    assert mark and mark[0] == who, mark
    sent = av.VideoFrame.from_ndarray(numpy.frombuffer(marks.frame(who, mark[1]), numpy.uint8).reshape(marks.HEIGHT * 3 // 2, marks.WIDTH),
                                      format="yuv420p").to_ndarray(format="rgb24")
    error = ((rgb.astype(float) - sent.astype(float)) ** 2).mean()
    return mark[1], 10 * numpy.log10(255 * 255 / error)


def the_picture_of_that_moment(c, source):
    before, counts = time.time(), []
    for client in (c.doctor, c.eye):
        began = time.time()
        got = c.grab(client, source.track)
        assert got.status == 201, got.body
        made, doc = got.json, document(c.doctor, got.json)
        for reader in (c.doctor, c.eye, c.brain):  # who is let into the visit, in the call or not
            picture = file_of(reader, doc)
        count, psnr = psnr_of(picture, source.who)
        counts.append(count)
        print(f"figure still of a WHIP source in {source.codec}: {psnr:.1f} dB, {len(picture)} bytes, {1000 * (time.time() - began):.0f} ms with its reading, "
              f"clock {made['clock']}, taken {1000 * (instant(made['at']) - began):.0f} ms after it was asked for", flush=True)
        assert psnr > 28 and (made["width"], made["height"]) == (320, 192)
        assert made["clock"] in ("source", "server") and before - 1 < instant(made["at"]) < time.time() + 0.1, made
        assert said(doc, "kind") == "track" and said(doc, "device") == source.name and said(doc, "track") == source.track
        assert said(doc, "at") == made["at"] and said(doc, "clock") == made["clock"]
        time.sleep(0.5)
    # The pictures' own numbers run as their instants do.
    assert 0 < (counts[1] - counts[0]) % 4096 < 200, counts


def who_is_not_shown_it_has_none(c, source):
    assert c.grab(c.doctor, source.track + 100).code == "no_track"
    got = c.grab(c.brain, source.track)  # let in, and not in the call
    assert (got.status, got.code) == (403, "not_in_call"), got.body
    assert c.grab(c.h.nurse, source.track).code == "not_in_call"
    for role in ("guard", "duty-command", "detainee", "pharmacist"):
        assert c.grab(c.s.token(role), source.track).status == 404, role


def four_are_made_at_once(c, source):
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        got = list(pool.map(lambda one: c.grab(one, source.track), [again(one) for one in [c.doctor] * 5 + [c.eye] * 3]))
    codes = [(g.status, None if g.status == 201 else g.code) for g in got]
    assert set(codes) <= {(201, None), (503, "still_busy")} and codes.count((201, None)) >= 4, codes
    assert c.grab(c.doctor, source.track).status == 201


def a_death_of_the_child_costs_a_moment(c, source):
    before = c.worker()
    viewer = subprocess.Popen(["/usr/bin/python3", f"{PEERS}/aiortc_peer.py", "play", f"https://127.0.0.1:{c.s.port}/whep/{c.room}/{source.name}",
                               token_of(c.s, c.room), str(source.who), "440", source.codec, "25"], stdout=subprocess.PIPE, text=True)
    child = before["codec"]["pid"]
    for _ in range(3):
        # It holds still with the picture in its hands, and is gone.
        os.kill(child, signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            asked = pool.submit(c.grab, c.doctor, source.track)
            time.sleep(0.6)
            assert not asked.done()
            os.kill(child, signal.SIGKILL)
            got = asked.result(20)
        assert got.status == 201, got.body
        assert psnr_of(file_of(c.doctor, document(c.doctor, got.json)), source.who)[1] > 28
        child = house.until("another child", lambda: c.worker()["codec"]["pid"])
    after = c.worker()
    assert after["pid"] == before["pid"] and after["restarts"] == 0 and after["codec"]["restarts"] >= 3, after
    assert "yunqiao_codec_restarts_total 3" in c.s.token("system-admin").get("/metrics").body.decode()
    seen = json.loads(viewer.communicate(timeout=40)[0])
    assert seen["enough"] and seen["others"] == 0 and seen["rising"] >= seen["distinct"] - 3, seen


def what_is_taken_in_a_private_talk_is_not_everybodys(c, source):
    joined = join(c.brain, c.room).hear("call.joined")
    c.line.say({"type": "call.private", "on": True, "cut": [joined["me"]]})
    c.line.hear("call.private", lambda f: f["private"])
    assert c.grab(c.brain, source.track).code == "still_no_picture"
    made = c.grab(c.eye, source.track)
    assert made.status == 201, made.body
    c.line.say({"type": "call.private", "on": False})
    assert c.eye.get(f"/fhir/DocumentReference/{made.json['id']}").status == 200
    assert c.doctor.get(f"/fhir/Binary/{made.json['file']}").status == 200
    for place in (f"DocumentReference/{made.json['id']}", f"Binary/{made.json['file']}"):
        assert c.brain.get(f"/fhir/{place}").status == 404, place


def scene_what_a_source_shows_becomes_a_still():
    with house_of_visits() as h:
        c = Consultation(h)
        assert c.worker()["codec"] == {"pid": None, "restarts": 0}
        sources = []
        try:
            for who, (program, codec) in enumerate((("aiortc", "VP8"), ("gstreamer", "VP9"), ("gstreamer", "H264")), 3):
                sources.append(Source(c, program, codec, who))
                the_picture_of_that_moment(c, sources[-1])
            assert c.worker()["codec"]["restarts"] == 0 and c.worker()["codec"]["pid"]
            who_is_not_shown_it_has_none(c, sources[0])
            four_are_made_at_once(c, sources[0])
            a_death_of_the_child_costs_a_moment(c, sources[0])
            what_is_taken_in_a_private_talk_is_not_everybodys(c, sources[0])
        finally:
            for source in sources:
                source.p.kill()
                source.p.wait()


house.main("scene_")

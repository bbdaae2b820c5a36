#!/usr/bin/env python3
"""A room system by plain RTP, played by ffmpeg with its own SRTP and Opus: it is called into a room, is told to be there once it is heard, and
ffmpeg decodes what the others say and not what it said itself. aiortc is the other, by WHIP. No browser."""
import base64
import cmath
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import wave

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rules"))
import house  # noqa: E402
from filming import PEERS, PYTHON, wanted  # noqa: E402
from visiting import join  # noqa: E402

SUITE, OWN_HZ, OTHERS_HZ = "AES_CM_128_HMAC_SHA1_80", 1000, 440


def udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    return s, s.getsockname()[1]


def free_port():
    s, port = udp()
    s.close()
    return port


class Device:
    """One port before two programs: what ffmpeg sends goes to the site from it, what the site sends there goes to another ffmpeg."""

    def __init__(self, listen):
        self.outside, self.port = udp()
        self.inside, self.from_port = udp()
        self.to_port, self.came = free_port(), 0
        for s, work in ((self.inside, self.out), (self.outside, self.into)):
            threading.Thread(target=self.run, args=(s, work), daemon=True).start()
        self.listen = listen

    def run(self, s, work):
        try:
            while True:
                work(s.recv(2048))
        except OSError:
            pass

    def out(self, data):
        self.outside.sendto(data, ("127.0.0.1", self.listen))

    def into(self, data):
        self.came += 1
        self.outside.sendto(data, ("127.0.0.1", self.to_port))


def ffmpeg(*asked):
    return subprocess.Popen(["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", *asked], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def decoded(device, key, folder, seconds=5):
    """Power of what the device hears, and of each tone in it."""
    sdp, wav = f"{folder}/hears.sdp", f"{folder}/hears.wav"
    with open(sdp, "w") as out:
        out.write(f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {device.to_port} RTP/SAVP 96\n"
                  f"a=rtpmap:96 opus/48000/2\na=crypto:1 {SUITE} inline:{key}\n")
    p = ffmpeg("-protocol_whitelist", "file,udp,rtp,srtp", "-i", sdp, "-t", str(seconds), "-ac", "1", "-ar", "48000", "-y", wav)
    try:
        said = p.communicate(timeout=60)[1]
    except subprocess.TimeoutExpired:
        p.kill()
        raise AssertionError("ffmpeg heard nothing") from None
    assert os.path.exists(wav), said
    with wave.open(wav) as f:
        n = f.getnframes()
        samples = memoryview(f.readframes(n)).cast("h")
    tone = {hz: abs(sum(s * cmath.exp(-2j * math.pi * hz * i / 48000) for i, s in enumerate(samples[:96000]))) ** 2 * 2 / 96000 ** 2 / 32768 ** 2 for hz in (OWN_HZ, OTHERS_HZ)}
    return n / 48000, sum(s * s for s in samples) / n / 32768 ** 2, tone


def test_ffmpeg_gives_its_sound_and_gets_that_of_all_others():
    wanted()
    if not shutil.which("ffmpeg"):
        raise house.Skip("ffmpeg is not here")
    its, ours = (base64.b64encode(os.urandom(30)).decode() for _ in range(2))
    listen = free_port()
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/keys", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
            out.write(f"{its}\n{ours}\n")
        config = f"[room_system]\nname = 三号会议室\nlisten = 127.0.0.1:{listen}\naddress = 127.0.0.1\nkey_file = {folder}/keys\n"
        s = house.Site(config=config)
        running = []
        try:
            assert s.run("demo", "--force", "--json").returncode == 0
            doctor = s.start().client().log_in("guqinghe")
            room = doctor.post("/api/rooms", {"title": "全省会诊", "members": []}).json["room"]["id"]
            line = join(doctor, room)
            assert line.hear("call.joined")["endpoint"] == "三号会议室"
            made = json.loads(s.run("room-token", "--room", room, "--publish", "--json").stdout)
            running.append(subprocess.Popen([PYTHON, f"{PEERS}/aiortc_peer.py", "publish", f"https://127.0.0.1:{s.port}/whip/{room}/exam", made["token"], "1",
                                             str(OTHERS_HZ), "VP8", "400"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            assert running[0].stdout.readline() == "up\n"
            device = Device(listen)
            running.append(ffmpeg("-re", "-f", "lavfi", "-i", f"sine=frequency={OWN_HZ}:sample_rate=48000", "-ac", "1", "-c:a", "libopus", "-b:a", "32k", "-payload_type", "96",
                                  "-srtp_out_suite", SUITE, "-srtp_out_params", its, "-f", "rtp", f"srtp://127.0.0.1:{device.from_port}"))
            time.sleep(2)
            assert running[1].poll() is None and device.came == 0, "nobody has called it"
            line.say({"type": "call.endpoint", "on": True})
            here = line.hear("call.participant", lambda f: f["participant"]["kind"] == "endpoint" and f["participant"]["state"] == "here", wait_s=20)["participant"]
            assert line.hear("call.track", lambda f: f["track"]["participant"] == here["id"])["track"]["codec"] == "opus"
            seconds, power, tone = decoded(device, ours, folder)
            print(f"figure endpoint_hears seconds={seconds:.1f} power_db={10 * math.log10(power):.1f} others_db={10 * math.log10(tone[OTHERS_HZ]):.1f} own_db={10 * math.log10(tone[OWN_HZ] + 1e-12):.1f}")
            assert seconds > 3 and tone[OTHERS_HZ] > 1e-5, "the other is heard"
            assert tone[OWN_HZ] < tone[OTHERS_HZ] / 100, "it does not hear itself"
            sends = line.hear("call.quality", lambda f: any(q["participant"] == here["id"] and q["up"] and q["up"]["kbps"] > 5 for q in f["participants"]), wait_s=20)
            assert sends, "its sound comes"
            running[1].kill()
            line.hear("call.participant", lambda f: f["participant"]["id"] == here["id"] and f["participant"]["state"] == "away", after=len(line.frames), wait_s=20)
            line.say({"type": "call.endpoint", "on": False})
            assert line.hear("call.gone")["participant"] == here["id"]
            time.sleep(0.3)
            came = device.came
            time.sleep(1)
            assert device.came == came, "nothing more goes to it"
        finally:
            for p in running:
                p.kill()
            s.close()


if __name__ == "__main__":
    house.main("test_")

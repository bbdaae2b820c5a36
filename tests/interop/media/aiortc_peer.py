"""aiortc as Debian has it, publishing by WHIP or playing by WHEP: aiortc_peer.py publish|play URL TOKEN WHO HZ CODEC SECONDS.
A publisher prints "up" when it is connected and goes on until its time is over or its input closes; a player prints what it saw as JSON. SHAPE: the
publisher asks as another program does (shapes.py)."""
import asyncio
import fractions
import json
import os
import sys
import time

import av
import numpy
import shapes
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from http_face import Face
from marks import FPS, HEIGHT, RATE, WIDTH, Eyes, frame, tone

how, url, token = sys.argv[1:4]
who, hz, codec, seconds = int(sys.argv[4]), float(sys.argv[5]), sys.argv[6], float(sys.argv[7])


class Picture(MediaStreamTrack):
    kind = "video"

    def __init__(self):
        super().__init__()
        self.count, self.began = 0, time.monotonic()

    async def recv(self):
        await asyncio.sleep(max(0, self.began + self.count / FPS - time.monotonic()))
        luma = numpy.frombuffer(frame(who, self.count), numpy.uint8).reshape(HEIGHT * 3 // 2, WIDTH)
        out = av.VideoFrame.from_ndarray(luma, format="yuv420p")
        out.pts, out.time_base = self.count * 90000 // FPS, fractions.Fraction(1, 90000)
        self.count += 1
        return out


class Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self):
        super().__init__()
        self.at, self.began = 0, time.monotonic()

    async def recv(self):
        await asyncio.sleep(max(0, self.began + self.at / RATE - time.monotonic()))
        out = av.AudioFrame.from_ndarray(tone(hz, self.at, 960).reshape(1, -1), format="s16", layout="mono")
        out.sample_rate, out.pts, out.time_base = RATE, self.at, fractions.Fraction(1, RATE)
        self.at += 960
        return out


async def describe(pc):
    """The offer goes when all candidates are in it; the answer comes back."""
    await pc.setLocalDescription(await pc.createOffer())
    face = Face(url, token)
    shape = shapes.SHAPES.get(os.environ.get("SHAPE"), shapes.Plain)(pc.localDescription.sdp)
    answer = await asyncio.get_running_loop().run_in_executor(None, shape.ask, face)
    await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    return face, shape


async def connected(pc):
    until = time.monotonic() + 15
    while pc.connectionState != "connected":
        assert time.monotonic() < until and pc.connectionState != "failed", pc.connectionState
        await asyncio.sleep(0.02)


async def publish(pc):
    pc.addTrack(Tone())
    video = pc.addTransceiver(Picture(), direction="sendonly")
    video.setCodecPreferences([c for c in RTCRtpSender.getCapabilities("video").codecs if c.mimeType in (f"video/{codec}", "video/rtx")])
    face, shape = await describe(pc)
    await connected(pc)
    shape.connected(face)
    print("up", flush=True)
    # Until our input closes.
    loop = asyncio.get_running_loop()
    await asyncio.wait([loop.run_in_executor(None, sys.stdin.read)], timeout=seconds)
    face.end()


async def look(track, eyes):
    while True:
        try:
            got = await track.recv()
        except MediaStreamError:  # it is over
            return
        if track.kind == "video":
            eyes.see(got.to_ndarray(format="gray"))
        else:
            eyes.hear(got.to_ndarray().reshape(-1, len(got.layout.channels))[:, 0])


async def play(pc):
    eyes, tasks = Eyes(who, hz, 20), []
    pc.on("track", lambda track: tasks.append(asyncio.ensure_future(look(track, eyes))))
    pc.addTransceiver("audio", direction="recvonly")
    pc.addTransceiver("video", direction="recvonly")
    face, _ = await describe(pc)
    await connected(pc)
    until = time.monotonic() + seconds
    while time.monotonic() < until and not eyes.has_enough():
        await asyncio.sleep(0.1)
    print(json.dumps(eyes.result()), flush=True)
    face.end()


async def main():
    pc = RTCPeerConnection()
    await (publish(pc) if how == "publish" else play(pc))
    await pc.close()


asyncio.run(asyncio.wait_for(main(), seconds + 30))

"""An exam camera that speaks WHIP and has no browser: exam_camera.py URL TOKEN WHO. It sends what it sees of an eye, without sound, prints "up" once connected, and goes on
until its input closes. The upper quarter of each picture carries WHO and its number, as call-lib.mjs reads them."""
import asyncio
import fractions
import http.client
import ssl
import sys
import time
import urllib.parse

import av
import numpy
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

url, token, who = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2], int(sys.argv[3])
WIDTH, HEIGHT, FPS, CELLS = 640, 480, 5, 16


def ellipse(cx, cy, rx, ry):
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2


def eye(shift):
    """A swollen lid, an eye that is red at its edge, and a pupil that has moved by so much."""
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH].astype(numpy.float32)
    out = numpy.empty((HEIGHT, WIDTH, 3), numpy.float32)
    out[:] = (214, 160, 136)
    out += (8 * numpy.sin(x / 37) * numpy.sin(y / 29))[..., None]
    lid = ellipse(320, 296, 262, 176)
    out[lid < 1] = (198, 112, 98)
    white = ellipse(320, 310, 206, 92)
    inside = white < 1
    red = numpy.clip(white, 0, 1)[..., None]
    out[inside] = (numpy.array((246, 238, 232)) * (1 - red) + numpy.array((214, 108, 104)) * red)[inside]
    iris = ellipse(320 + shift, 308, 80, 80)
    fibre = (18 * numpy.sin(24 * numpy.arctan2(y - 308, x - 320 - shift)))[..., None]
    out[inside & (iris < 1)] = (numpy.array((92, 60, 36)) + fibre)[inside & (iris < 1)]
    out[inside & (ellipse(320 + shift, 308, 32, 32) < 1)] = (14, 12, 12)
    out[inside & (ellipse(344 + shift, 286, 11, 9) < 1)] = (252, 252, 250)
    return numpy.clip(out, 0, 255).astype(numpy.uint8)


LOOKS = [eye(s) for s in (-22, -11, 0, 11, 22, 11, 0, -11)]


def picture(count):
    out = LOOKS[count // 3 % len(LOOKS)].copy()
    bits = (who & 15) << 12 | count & 0xFFF
    row = numpy.array([235 if bits >> (CELLS - 1 - i) & 1 else 16 for i in range(CELLS)], numpy.uint8).repeat(WIDTH // CELLS)
    cell = HEIGHT // 8
    out[:cell], out[cell:2 * cell] = row[None, :, None], (251 - row)[None, :, None]
    return out


class Camera(MediaStreamTrack):
    kind = "video"

    def __init__(self):
        super().__init__()
        self.count, self.began = 0, time.monotonic()

    async def recv(self):
        await asyncio.sleep(max(0, self.began + self.count / FPS - time.monotonic()))
        out = av.VideoFrame.from_ndarray(picture(self.count), format="rgb24")
        out.pts, out.time_base = self.count * 90000 // FPS, fractions.Fraction(1, 90000)
        self.count += 1
        return out


def ask(method, path, body=None):
    c = http.client.HTTPSConnection(url.hostname, url.port, timeout=15, context=ssl._create_unverified_context())
    c.request(method, path, body, {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"})
    got = c.getresponse()
    status, location, text = got.status, got.headers.get("Location"), got.read().decode()
    c.close()
    assert status in (200, 201), (status, text)
    return location, text


async def main():
    loop, pc = asyncio.get_running_loop(), RTCPeerConnection()
    video = pc.addTransceiver(Camera(), direction="sendonly")
    video.setCodecPreferences([c for c in RTCRtpSender.getCapabilities("video").codecs if c.mimeType in ("video/VP8", "video/rtx")])
    await pc.setLocalDescription(await pc.createOffer())
    session, answer = await loop.run_in_executor(None, ask, "POST", url.path, pc.localDescription.sdp)
    await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    until = time.monotonic() + 60
    while pc.connectionState != "connected":
        assert time.monotonic() < until and pc.connectionState != "failed", pc.connectionState
        await asyncio.sleep(0.02)
    print("up", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    await loop.run_in_executor(None, ask, "DELETE", session)
    await pc.close()


asyncio.run(main())

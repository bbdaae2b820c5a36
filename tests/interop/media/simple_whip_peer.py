"""Meetecho's whip-client as Debian has it (simple-whip-client), unmodified: publishes by WHIP with trickled candidates. Words as aiortc_peer.py has them; what it
sends is piped into its pipeline.

In Debian 12 it cannot start: it is linked with libsoup 2, and libnice through libgupnp-igd with libsoup 3, which ends a process that has both. Nothing here asks for
UPnP, so a library of that name that does nothing stands in the way of the second."""
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

from marks import FPS, HEIGHT, RATE, WIDTH, frame

how, url, token = sys.argv[1:4]
who, hz, codec, seconds = int(sys.argv[4]), float(sys.argv[5]), sys.argv[6], float(sys.argv[7])
assert how == "publish"
ENCODERS = {
    "VP8": "vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay pt=96 ssrc=2 picture-id-mode=15-bit ! queue ! "
           "application/x-rtp,media=video,encoding-name=VP8,payload=96",
    "H264": "openh264enc gop-size=30 ! h264parse ! rtph264pay pt=96 ssrc=2 config-interval=-1 aggregate-mode=zero-latency ! queue ! "
            "application/x-rtp,media=video,encoding-name=H264,payload=96",
}
VIDEO = (f"fdsrc fd=0 ! rawvideoparse format=i420 width={WIDTH} height={HEIGHT} framerate={FPS}/1 ! identity sync=true ! queue ! "
         f"videoconvert ! {ENCODERS[codec]}")
AUDIO = (f"audiotestsrc is-live=true wave=sine freq={hz} volume=0.3 ! audio/x-raw,rate={RATE},channels=1 ! opusenc ! rtpopuspay pt=111 ssrc=1 ! "
         "queue ! application/x-rtp,media=audio,encoding-name=OPUS,payload=111")

NOTHING = "".join(f"void *gupnp_simple_igd_{name}(void) {{ return 0; }}\n" for name in ("get_type", "thread_new", "add_port", "remove_port_local"))
aside = tempfile.TemporaryDirectory()
subprocess.run(["cc", "-shared", "-fPIC", "-xc", "-", "-o", f"{aside.name}/libgupnp-igd-1.0.so.4"], input=NOTHING.encode(), check=True)

client = subprocess.Popen(["/usr/bin/whip-client", "-u", url, "-t", token, "-A", AUDIO, "-V", VIDEO, "-o", "-l", "5"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "LD_LIBRARY_PATH": aside.name})
said = []
is_over = threading.Event()


def paint():
    count, due = 0, time.monotonic()
    while not is_over.is_set():
        try:
            client.stdin.write(frame(who, count))
            client.stdin.flush()
        except OSError:
            return
        count, due = count + 1, due + 1 / FPS
        time.sleep(max(0, due - time.monotonic()))


def listen():
    for line in client.stdout:
        said.append(line.decode(errors="replace").rstrip())
        if os.environ.get("TALK"):
            print(said[-1], file=sys.stderr, flush=True)


def until(what, condition):
    end = time.monotonic() + 30
    while not condition():
        assert client.poll() is None and time.monotonic() < end, (what, said[-30:])
        time.sleep(0.05)


for work in (paint, listen):
    threading.Thread(target=work, daemon=True).start()
until("connected", lambda: any("PeerConnection connected" in s for s in said))
until("all candidates told", lambda: any("Sending candidates: end-of-candidates" in s for s in said))
assert not any("[trickle]" in s or "[ERR]" in s for s in said), [s for s in said if "[" in s][-20:]
print("up", flush=True)
sys.stdin.read()
client.send_signal(signal.SIGINT)
is_over.set()
assert client.wait(10) == 0
assert any("Disconnecting from server" in s for s in said), said[-10:]

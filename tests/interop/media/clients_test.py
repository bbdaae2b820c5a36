"""Programs of others, unmodified, against our WHIP and WHEP: each publishes and each plays, with pictures that carry a counter and a tone.
The quick tier tries one of each kind; YQ_LONG=1 all that they can send with all that they can play."""
import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../../rules")
import house  # noqa: E402

LONG = bool(os.environ.get("YQ_LONG"))
PEERS = {"aiortc": ("aiortc_peer.py", ("VP8", "H264")), "gstreamer": ("gst_peer.py", ("VP8", "H264", "VP9")),
         "libdatachannel": ("obs_peer.py", ("H264",)), "whip-client": ("simple_whip_peer.py", ("VP8", "H264"))}
IS_THERE = {"libdatachannel": os.path.isdir(f"{HERE}/node_modules/node-datachannel") and shutil.which("node"),
            "whip-client": os.path.exists("/usr/bin/whip-client") and shutil.which("cc")}
PLAYS = {"aiortc": ("VP8", "H264"), "gstreamer": ("VP8", "H264", "VP9")}
for module in ("aiortc", "gi", "numpy"):
    if importlib.util.find_spec(module) is None:
        print(f"wants Debian's python3-aiortc, python3-gi and GStreamer's plugins: {module} is missing")
        sys.exit(77)


def token_of(s):
    made = s.run("room-token", "--room", "bench-*", "--publish", "--subscribe", "--json")
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)["token"]


def run(program, how, s, source, token, who, hz, codec, seconds, shape=""):
    url = f"https://127.0.0.1:{s.port}/{'whip' if how == 'publish' else 'whep'}/bench-interop/{source}"
    return subprocess.Popen(["/usr/bin/python3", f"{HERE}/{program}", how, url, token, str(who), str(hz), codec, str(seconds)],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "SHAPE": shape})


@contextlib.contextmanager
def publishing(s, token, client, codec, who, hz, shape=""):
    source = shape or f"{client}-{codec.lower()}"
    p = run(PEERS[client][0], "publish", s, source, token, who, hz, codec, 300, shape)
    try:
        said = p.stdout.readline()
        assert said == "up\n", (said, p.wait(5))
        yield source
        p.stdin.close()
        assert p.wait(15) == 0
    finally:
        p.kill()


def seen(s, token, client, source, codec, who, hz):
    p = run(PEERS[client][0], "play", s, source, token, who, hz, codec, 60 if LONG else 25)
    out = p.communicate(timeout=90)[0]
    assert p.returncode == 0, (client, source, out)
    got = json.loads(out)
    print(f"{client:10} plays {source:16} {got}", flush=True)
    assert got["enough"] and got["others"] == 0 and got["rising"] >= got["distinct"] - 3, got


def exchange(s, pairs):
    token = token_of(s)
    for who, (publisher, codec, players) in enumerate(pairs, 1):
        hz = 400 + 50 * who
        with publishing(s, token, publisher, codec, who, hz) as source:
            for player in players:
                seen(s, token, player, source, codec, who, hz)
        gone = s.client()
        gone.token = token
        house.until("the source is gone", lambda: gone.ask("POST", f"/whep/bench-interop/{source}", b"v=0", headers={
            "Content-Type": "application/sdp"}).status == 409)


def interop_publish_and_play():
    pairs = [("aiortc", "VP8", ["gstreamer"]), ("gstreamer", "H264", ["aiortc"])]
    if LONG:
        pairs = [(client, codec, [p for p in PLAYS if codec in PLAYS[p]]) for client in PLAYS for codec in PEERS[client][1]]
    with house.site() as s:
        exchange(s, pairs)


def publishes(client, codecs):
    """A client that only sends, as its makers build it."""
    if not IS_THERE[client] or not codecs:
        print(f"skipped: {client}: {'long tier' if IS_THERE[client] else 'not installed'}")
        return
    with house.site() as s:
        exchange(s, [(client, codec, ["aiortc", "gstreamer"] if LONG else ["aiortc"]) for codec in codecs])


def interop_the_stack_of_obs_publishes():
    publishes("libdatachannel", ("H264",))


def interop_simple_whip_client_publishes_and_trickles():
    publishes("whip-client", ("VP8", "H264") if LONG else ())


def interop_what_obs_ffmpeg_and_simple_whip_put_on_the_wire():
    shapes = ("obs", "ffmpeg", "simple-whip") if LONG else () if IS_THERE["libdatachannel"] else ("obs",)
    if not shapes:
        print("skipped here: OBS's own stack was tried; all shapes in the long tier")
        return
    with house.site() as s:
        token = token_of(s)
        for who, shape in enumerate(shapes, 7):
            with publishing(s, token, "aiortc", "H264", who, 700, shape) as source:
                seen(s, token, "gstreamer" if shape == "ffmpeg" else "aiortc", source, "H264", who, 700)


house.main("interop_")

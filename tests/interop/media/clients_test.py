"""Programs of others, unmodified, against our WHIP and WHEP: each publishes and each plays, with pictures that carry a counter and a tone.
The quick tier tries one of each kind; YQ_LONG=1 all that they can send with all that they can play."""
import contextlib
import importlib.util
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../../rules")
import house  # noqa: E402

LONG = bool(os.environ.get("YQ_LONG"))
PEERS = {"aiortc": ("aiortc_peer.py", ("VP8", "H264")), "gstreamer": ("gst_peer.py", ("VP8", "H264", "VP9"))}
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
        pairs = [(client, codec, [p for p in PLAYS if codec in PLAYS[p]]) for client, (_, codecs) in PEERS.items() for codec in codecs]
    with house.site() as s:
        exchange(s, pairs)


def interop_what_obs_ffmpeg_and_simple_whip_put_on_the_wire():
    with house.site() as s:
        token = token_of(s)
        for who, shape in enumerate(("obs", "ffmpeg", "simple-whip") if LONG else ("obs",), 7):
            with publishing(s, token, "aiortc", "H264", who, 700, shape) as source:
                seen(s, token, "gstreamer" if shape == "ffmpeg" else "aiortc", source, "H264", who, 700)


house.main("interop_")

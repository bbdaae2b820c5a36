"""Fifty moments at which the codec child or the worker is killed while a consultation is recorded: ffmpeg decodes each file to its end, and two seconds at most are lost."""
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from recording_scene import Consultation, Source, decoded, house, of_kind, started  # noqa: E402
from visiting import house_of_visits  # noqa: E402

KILLS = 50 if os.environ.get("YQ_LONG") else 4


def pid_of(c, what):
    worker = c.s.token("system-admin").get("/api/system/workers").json["workers"][0]
    return worker["codec"]["pid"] if what == "codec" else worker["pid"]


def film_grows(c, n):
    """The newest of more than n files, once ffmpeg has pictures of it."""
    house.until("another file", lambda: len(c.files()) > n, wait_s=60)
    house.until("a film in it", lambda: c.read(c.files()[-1]).status == 200, wait_s=30)
    return c.files()[-1]


def kill(c, what, file):
    c.line.say({"type": "ping", "id": 0})  # a line that says nothing for a minute is closed
    time.sleep(random.uniform(2, 6))
    os.kill(pid_of(c, what), signal.SIGKILL)
    died = time.time()
    time.sleep(1)
    film = c.read(file).body
    return died - started(film) - of_kind(decoded(film), "video")[-1]


def scene_killed_at_any_moment_it_leaves_films_that_play_to_their_end():
    with house_of_visits() as h:
        c = Consultation(h)
        source = Source(c, "VP8", 3, 3600)
        lost = {"codec": [], "worker": []}
        try:
            c.h.step(c.v, "consent", kind="recording")
            assert c.record(True).status == 200
            file = film_grows(c, 0)
            for i in range(KILLS):
                what, n = ("codec", "worker")[i % 2], len(c.files())
                lost[what].append(kill(c, what, file))
                if what == "worker":  # its source has gone with it, and is there again
                    source.close()
                    house.until("a worker", lambda: c.s.token("system-admin").get("/api/system/workers").json["workers"][0]["state"] == "up", wait_s=30)
                    source = Source(c, "VP8", 3, 3600)
                file = film_grows(c, n)
        finally:
            source.close()
            for what, each in lost.items():
                if each:
                    print(f"figure {what} killed {len(each)} times: {max(each):.2f} s of film lost at most, {sorted(each)[len(each) // 2]:.2f} s by the median, "
                          "each file decoded by ffmpeg to its end", flush=True)
        assert len(lost["codec"]) + len(lost["worker"]) == KILLS and max(lost["codec"] + lost["worker"]) < 2, lost


house.main("scene_")

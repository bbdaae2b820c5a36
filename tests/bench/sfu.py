#!/usr/bin/env python3
"""Our worker beside Debian's janus as forwarders: the same load (bench_sfu) by WHIP and WHEP on us and by the videoroom's HTTP API on
janus, with event_loops=1 and ICE-lite, AES-128-GCM on all legs, over loopback. The server has one core and the load the other; A B A B,
three rounds (one for the largest room and for memory), the median of the rounds' ratios counts. Ours is the time of yunqiaod and of its worker together; times are of the processor's,
by the kernel's own count, so that what else runs on the machine disturbs little.

    YQ_BIN=build/release/bin python3 tests/bench/sfu.py [--short] [--only cost,rooms,spread,ramp,memory] [--ours]
"""
import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "rules"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lab"))
from house import BIN, Site, free_port  # noqa: E402
from janus import Janus, pin, pinned  # noqa: E402

SERVER_CORE, LOAD_CORE = 0, 1
GOALS = {"cost": 0.30, "rooms": 0.35, "ramp": 2.0, "p50": 0.4, "p95": 0.4, "join": 0.4, "memory": 0.3}


class Ours:
    name, address = "yunqiao", "127.0.0.1"

    def __init__(self, core):
        self.core = core

    def __enter__(self):
        self.site = Site(config="[media]\npeers = 1600\nrooms = 64\n[limits]\nconnections_per_address = 1024\n")
        self.http = free_port()
        self.site.options += ["--http", f"127.0.0.1:{self.http}"]
        self.site.start()
        made = self.site.run("room-token", "--room", "bench-*", "--publish", "--subscribe", "--ttl", "3600", "--json")
        assert made.returncode == 0, made.stderr
        said = json.loads(made.stdout)
        self.url, self.token = f"http://127.0.0.1:{self.http}", said.get("token") or said["result"]["token"]
        worker = subprocess.run(["pgrep", "-P", str(self.site.process.pid)], capture_output=True, text=True).stdout.split()
        self.pids = [str(self.site.process.pid), *worker]
        for pid in self.pids:
            pin(self.core, pid)
        return self

    def __exit__(self, *_):
        self.site.close()


def peak_mib(pids):
    return [kib_of(pid, "status", "VmHWM:") / 1024 for pid in pids]


def kib_of(pid, file, field):
    with open(f"/proc/{pid}/{file}") as f:
        return next((int(line.split()[1]) for line in f if line.startswith(field)), 0)


class Share(threading.Thread):
    """The most memory that was the server's at a time: a page that several processes map counts once, by its parts (Pss)."""

    def __init__(self, pids):
        super().__init__(daemon=True)
        self.pids, self.kib, self.is_over = pids, 0, threading.Event()

    def run(self):
        while not self.is_over.wait(0.3):
            with contextlib.suppress(OSError):
                self.kib = max(self.kib, sum(kib_of(pid, "smaps_rollup", "Pss:") for pid in self.pids))

    def end_mib(self):
        self.is_over.set()
        self.join()
        return self.kib / 1024


def load(make, rooms, publishers, viewers, seconds, how, has_share=False):
    """What the load saw, each line of it, and the server's peak of memory."""
    with make(SERVER_CORE) as server:
        kind = "whip" if server.name == "yunqiao" else "janus"
        command = [f"{BIN}/bench_sfu", kind, server.url, server.token, f"{server.address}:0", *map(str, (rooms, publishers, viewers, seconds)), how, *server.pids]
        done = pinned(LOAD_CORE, command, stdout=subprocess.PIPE, text=True)
        share = Share(server.pids)
        if has_share:
            share.start()
        said = [json.loads(line) for line in done.stdout]
        assert done.wait() == 0, f"{server.name}: the load failed"
        joins, runs = said[0], said[1:]
        for run in runs:
            print(f"  {server.name:8}{how:7}viewers={run['viewers']} pps={run['pps']:.0f} cpu={run['cpu_ns_a_packet'] / 1000:.2f}us a packet, "
                  f"share={run['cpu_share']:.2f} lost={run['lost_ppm']:.0f}ppm added={run['p50_us']}/{run['p95_us']}/{run['p99_us']}us", flush=True)
        peaks = peak_mib(server.pids)
        shared = share.end_mib() if has_share else 0
        print(f"  {server.name:8}joins p50={joins['offer_us'] / 1000:.1f}ms p95={joins['offer_p95_us'] / 1000:.1f}ms "
              f"(from asking {joins['asked_us'] / 1000:.1f}ms), peak {' + '.join(f'{p:.0f}' for p in peaks)} MiB"
              + (f", {shared:.0f} MiB by parts" if has_share else ""), flush=True)
        return {"run": runs[-1], "joins": joins, "memory": sum(peaks), "share": shared, "most": max([r for r in runs if r["lost_ppm"] < 1000] or runs[:1],
                                                                             key=lambda r: r["pps"])}


def figure(name, ours, theirs, unit, goal=None):
    """Medians of each, and of the rounds' ratios."""
    a, b = statistics.median(ours), statistics.median(theirs)
    ratio = statistics.median(x / y for x, y in zip(ours, theirs))
    print(f"figure sfu_{name} yunqiao={a:.2f}{unit} janus={b:.2f}{unit}")
    print(f"ratio sfu_{name}_of_janus {ratio:.3f}" + (f" (goal {goal})" if goal else ""), flush=True)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--short", action="store_true")
    words.add_argument("--ours", action="store_true", help="without janus: for a look between two changes")
    words.add_argument("--only", default="")
    words.add_argument("--rounds", type=int, default=0)
    asked = words.parse_args()
    if os.cpu_count() < 2 or not (asked.ours or Janus.can_be()):
        print("skipped: janus, an interface beside loopback, and two cores are needed")
        return 77
    makes = [Ours] if asked.ours else [Ours, Janus]
    rounds, seconds = asked.rounds or (1 if asked.short else 3), 1 if asked.short else 8
    #         rooms, publishers a room, viewers of each, seconds, how
    runs = {"cost": (1, 1, 50, seconds, "burst"), "rooms": (20, 2, 1, seconds, "burst"), "spread": (1, 1, 50, seconds, "spread"),
            "memory": (1, 1, 330, 2, "burst"), "ramp": (1, 1, 150, 0, "ramp")}
    wanted = [r for r in runs if r in asked.only.split(",")] if asked.only else (["cost"] if asked.short else list(runs))
    for what in wanted:
        got = {make.name: [] for make in makes}
        for _ in range(1 if what in ("memory", "ramp") else rounds):
            for make in makes:
                got[make.name].append(load(make, *runs[what], has_share=what == "memory"))
        if asked.ours:
            continue
        ours, theirs = got["yunqiao"], got["janus"]

        def both(pick):
            return [pick(g) for g in ours], [pick(g) for g in theirs]
        if what in ("cost", "rooms", "spread"):
            names = {"cost": "cpu_1_to_50", "rooms": "cpu_20_rooms_of_2", "spread": "cpu_1_to_50_evenly_sent"}
            figure(names[what], *both(lambda g: g["run"]["cpu_ns_a_packet"] / 1000), "us", GOALS.get(what))
        if what == "cost":
            figure("added_p50", *both(lambda g: g["run"]["p50_us"]), "us", GOALS["p50"])
            figure("added_p95", *both(lambda g: g["run"]["p95_us"]), "us", GOALS["p95"])
            figure("added_p99", *both(lambda g: g["run"]["p99_us"]), "us")
            figure("join", *both(lambda g: g["joins"]["offer_us"] / 1000), "ms", GOALS["join"])
            figure("join_from_asking", *both(lambda g: g["joins"]["asked_us"] / 1000), "ms")
        if what == "memory":
            figure("peak_330_viewers", *both(lambda g: g["memory"]), "MiB", GOALS["memory"])
            figure("peak_330_viewers_by_parts", *both(lambda g: g["share"]), "MiB", GOALS["memory"])
        if what == "ramp":
            figure("largest_1_to_n", *both(lambda g: g["most"]["viewers"]), "viewers", GOALS["ramp"])
            figure("largest_1_to_n_pps", *both(lambda g: g["most"]["pps"] / 1000), "kpps")
    return 0


sys.exit(main())

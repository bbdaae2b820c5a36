#!/usr/bin/env python3
"""A registry's events a second through the MLLP door, each answered once it is durable, over several connections: one under way on each, as
simple senders do it, and sixteen or sixty-four, as one does that has a night to make up for. `admit` makes a person, a stay and a cell's place
of each message; `life` is what follows too (moves, court, releases). Beside it, on the same disk, SQLite alone: a body and ten index rows,
durable, 64 in a transaction; and what the two sides spend on a processor, as the sender here is no program of C.

  registry.py [SECONDS]     of each way, three rounds in turns; the median counts; prints lines "figure registry …"
"""
import os
import random
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/rules")
from house import BIN  # noqa: E402
from registry import Ack, Sender, life, message, registry_site  # noqa: E402

SECONDS, ROUNDS = float(sys.argv[1]) if sys.argv[1:] else 4, 3
WAYS = [("admit", 1, 1), ("admit", 8, 1), ("admit", 64, 1), ("admit", 1, 64), ("admit", 4, 16), ("admit", 4, 64), ("life", 4, 64)]


def admissions(people):
    for n in people:
        birth = f"{1940 + n % 67}{n // 67 % 12 + 1:02d}{n // 804 % 28 + 1:02d}"
        yield message("A01", str(n), f"{n}-0", 60, cell=f"B/B{n % 16 + 1:02d}", name=f"淳于^{n}", birth=birth)


def days(people):
    chance = random.Random(39)
    for n in people:
        yield from life(str(n), n % 3600, chance)


class Line(threading.Thread):
    """One connection that keeps `width` messages under way until the time is over, then hears the rest out."""

    def __init__(self, port, messages, width, end):
        super().__init__()
        self.sender, self.messages, self.width, self.end = Sender(port), messages, width, end
        self.times, self.fault = [], None

    def run(self):
        under_way = []
        try:
            while time.perf_counter() < self.end or under_way:
                while len(under_way) < self.width and time.perf_counter() < self.end:
                    text = next(self.messages).encode()
                    under_way.append(time.perf_counter())
                    self.sender.send(text)
                if under_way:
                    ack = Ack(self.sender.answer())
                    assert ack.code == "AA", ack.raw
                    self.times.append((time.perf_counter() - under_way.pop(0)) * 1000)
        except Exception as fault:
            self.fault = fault
        self.sender.close()


def processor_s(site):
    """What the server and all that it started have spent on a processor."""
    pids = [site.process.pid] + [int(p) for p in subprocess.run(["pgrep", "-P", str(site.process.pid)], capture_output=True,
                                                                text=True).stdout.split()]
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as f:
            ticks += sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(site, kind, connections, width, first):
    """Events a second, their times in ms, and the microseconds of processor of each: the server's and ours."""
    ours, theirs, began = time.process_time(), processor_s(site), time.perf_counter()
    lines = [Line(site.mllp, (admissions if kind == "admit" else days)(range(first + n * 200000, first + (n + 1) * 200000)), width,
                  began + SECONDS) for n in range(connections)]
    for line in lines:
        line.start()
    for line in lines:
        line.join()
        if line.fault:
            raise line.fault
    took = time.perf_counter() - began
    times = sorted(t for line in lines for t in line.times)
    return (len(times) / took, times, (processor_s(site) - theirs) * 1e6 / len(times), (time.process_time() - ours) * 1e6 / len(times))


def main():
    with registry_site() as s:
        floors, told = [], {way: [] for way in WAYS}
        for turn in range(ROUNDS):
            os.mkdir(f"{s.root}/floor{turn}")
            floors.append(float(subprocess.run([f"{BIN}/bench_floor", f"{s.root}/floor{turn}", "20000"], check=True, capture_output=True,
                                               text=True).stdout))
            for n, way in enumerate(WAYS):
                told[way].append(measure(s, *way, 100000000 * (turn * len(WAYS) + n + 1)))
        floor = statistics.median(floors)
        print(f"figure registry.floor {floor:.0f}/s")
        for (kind, connections, width), rounds in told.items():
            rate, times, server_us, sender_us = sorted(rounds, key=lambda r: r[0])[len(rounds) // 2]
            print(f"figure registry.mllp_{kind}_{connections}x{width} {rate:.0f}/s p50 {times[len(times) // 2]:.2f} ms "
                  f"p99 {times[len(times) * 99 // 100]:.2f} ms cpu {server_us:.1f} us, sender {sender_us:.1f} us, {rate / floor:.3f} of the floor",
                  flush=True)
        assert s.process.poll() is None


main()

#!/usr/bin/env python3
"""Runs the tests of the built presets and sums up. Called by scripts/test, from the top of the tree."""
import argparse
import functools
import os
import re
import signal
import subprocess
import sys
import time

import results
from suite import Pool, tests_of


def of(*labels):
    return lambda test: bool(set(labels) & set(test.labels))


# Where a test runs: on what is served, and what is labelled so under the sanitizers too. In the quick tier units and what is fuzzed run under
# the address sanitizer alone, and the thread sanitizer has the parts that threads are made of; in the long tier servers run under both, it has all
# that is C, and libFuzzer runs for YQ_FUZZ_SECONDS a target.
QUICK = {"release": lambda test: not {"unit", "fuzz"} & set(test.labels), "asan": of("unit", "fuzz"), "tsan": of("threads")}
LONG = {"release": lambda test: True, "asan": of("unit", "scene", "fuzz"), "tsan": of("unit", "scene"), "fuzz": of("libfuzzer")}
SLOWEST = 15
PATIENCE = 6  # times a test's limit: full counts, under a sanitizer, beside whatever else the machine does
TELLS_WHY = re.compile(r"^\s*not ok\b|\b(error:|\w*Error\b|FAILED|failed:|gave up|Timeout|waiting for|assert|limit of)|Sanitizer")
WHY_LINES = 12


def why(said):
    """The lines that tell why a test failed, for who has the end of a run alone; its last lines where none does."""
    lines = [line.strip()[:300] for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if TELLS_WHY.search(line)]
    return telling[:WHY_LINES] or lines[-WHY_LINES:]


def tests_in(presets):
    return [t for preset, runs in presets.items() for t in tests_of(preset) if runs(t)]


def is_wanted(test, pattern):
    return not pattern or re.search(pattern, test.name) or re.search(pattern, test.key)


class Sum:
    """What has ended: told as it comes, summed up at the end."""

    def __init__(self, of):
        self.of, self.ended = of, []

    def add(self, test, outcome):
        self.ended.append((test, outcome))
        if outcome.result == "failed":
            print(outcome.said[-30000:], flush=True)
        print(f"{len(self.ended):4}/{self.of} {outcome.result:7} {outcome.seconds:7.1f} s {outcome.processor_s:6.1f} cpu  {test.key}", flush=True)

    def close(self, seconds):
        """Prints the sums; the exit code."""
        counts = [sum(o.result == r for _, o in self.ended) for r in ("passed", "failed", "skipped")]
        print(f"\nthe slowest of {len(self.ended)} tests, {sum(o.seconds for _, o in self.ended):.0f} s together:")
        print("  seconds  processor")
        for test, outcome in sorted(self.ended, key=lambda e: -e[1].seconds)[:SLOWEST]:
            print(f"  {outcome.seconds:7.1f}  {outcome.processor_s:9.1f}  {test.key}")
        processor = round(sum(o.processor_s for _, o in self.ended))
        print(f"\ntests took {seconds // 60}:{seconds % 60:02d}, {processor // 60}:{processor % 60:02d} of processor")
        for test, outcome in self.ended:
            if outcome.result == "failed":
                print(f"failed: {test.key}", *why(outcome.said), sep="\n    ")
        print(f"{counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
        return 1 if counts[1] else 0


def git(*words):
    return subprocess.run(["git", *words], capture_output=True, text=True).stdout.strip()


def commit_now():
    return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain", "--", ".", f":!{results.PATH}") else "")


@functools.lru_cache
def is_since(commit, since):
    """Is `commit` the commit `since`, or one that came after it?"""
    return subprocess.run(["git", "merge-base", "--is-ancestor", since, commit.rstrip("+")], capture_output=True).returncode == 0


def must_run(row, again, since):
    """What the page has not, what failed or could not be done there; with `since`, also what was last run before that commit."""
    return again or row is None or row.result != "passed" or bool(since and not is_since(row.commit, since))


def long_choice(tests, rows, again, since):
    """The tests to run, those that never ran first, then those that failed, then by how long ago they ran (in commits)."""
    chosen = [t for t in tests if must_run(rows.get(t.key), again, since)]

    def rank(test):
        row = rows.get(test.key)
        return 0 if row is None else 1 if row.result == "failed" else 2
    return sorted(chosen, key=rank)


def long_tier(args, pool):
    os.environ["YQ_LONG"] = "1"
    every = tests_in(LONG)
    for test in every:
        test.timeout_s *= PATIENCE
    known = {t.key for t in every}
    rows = results.read()
    wanted = [t for t in every if is_wanted(t, args.pattern)]
    chosen = long_choice(wanted, rows, args.again, args.since)
    head = git("rev-parse", "HEAD")
    older = sum(1 for k, r in rows.items() if k in known and not is_since(r.commit, head))
    print(f"{results.PATH}: {len(known & set(rows))} of {len(known)} tests have a row, {older} of commits before this one "
          f"(--since COMMIT runs older ones again); {len(chosen)} to run now", flush=True)
    told = Sum(len(chosen))

    def on_end(test, outcome):
        told.add(test, outcome)
        results.add(test.key, results.Row(outcome.result, round(outcome.seconds), commit, results.kept_lines(outcome.said)), known)
    commit = commit_now()
    end = time.monotonic() + args.budget * 60 if args.budget else None
    pool.run(chosen, on_end, may_start=lambda: end is None or time.monotonic() < end)
    return told, len(wanted)


def quick_tier(args, pool):
    wanted = [t for t in tests_in(QUICK) if "long" not in t.labels and is_wanted(t, args.pattern)]
    told = Sum(len(wanted))
    pool.run(wanted, told.add)
    return told, len(wanted)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--long", action="store_true")
    args.add_argument("--again", action="store_true")
    args.add_argument("--since", default="")
    args.add_argument("--budget", type=float, default=0)
    args.add_argument("--jobs", type=int, help="at once: by default 2, and 3 of the quick tier's, many of which wait rather than work")
    args.add_argument("--pattern", default="")
    args = args.parse_args()
    if args.since and not git("rev-parse", "--verify", "--quiet", args.since + "^{commit}"):
        sys.exit(f"yunqiao: no commit {args.since}")
    pool = Pool(args.jobs or (2 if args.long else 3))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs us in the background has it ignored
    started = time.monotonic()
    try:
        told, wanted = (long_tier if args.long else quick_tier)(args, pool)
    except KeyboardInterrupt:
        return 130
    if not wanted:
        print(f"no test's name matches {args.pattern!r}")
        return 1
    return told.close(round(time.monotonic() - started))


if __name__ == "__main__":
    sys.exit(main())

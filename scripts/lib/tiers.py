#!/usr/bin/env python3
"""Runs the tests of the built presets and sums up. Called by scripts/test, from the top of the tree."""
import argparse
import json
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

SANITIZED = r"^(unit|scene|fuzz)/"  # what runs under the sanitizers too
# Under the thread sanitizer the quick tier runs what has threads; the long one all of it.
THREADED = r"^(unit/(api|app|base|codes|desk|guard|net|paper|record_store|sandbox|store|transport|vault)$|scene/)"
PRESETS = {"release": r".", "asan": SANITIZED, "tsan": THREADED}
LONG_PRESETS = {**PRESETS, "tsan": r"^(unit|scene)/", "fuzz": r"^fuzz/.*-long$"}  # libFuzzer, for YQ_FUZZ_SECONDS a target
STATE = "build/long.json"
RESULTS = "docs/RESULTS.md"
KEEP = re.compile(r"^(figure|bench|ratio)\b|\d+ passed, \d+ failed")  # lines that stand in docs/RESULTS


def tests_of(preset):
    """name -> labels, in ctest's order."""
    shown = subprocess.run(["ctest", "--test-dir", f"build/{preset}", "--show-only=json-v1"],
                           check=True, capture_output=True, text=True).stdout
    found = {}
    for test in json.loads(shown)["tests"]:
        labels = next((p["value"] for p in test.get("properties", []) if p["name"] == "LABELS"), [])
        found[test["name"]] = labels
    return found


def wanted(preset, name, pattern, presets=LONG_PRESETS):
    return re.search(presets[preset], name) and (not pattern or re.search(pattern, name))


def counts_of(junit):
    """(passed, failed, skipped, names of the failed) of one ctest run."""
    passed = failed = skipped = 0
    bad = []
    for case in xml.parse(junit).getroot().iter("testcase"):
        if case.find("failure") is not None or case.get("status") == "fail":
            failed += 1
            bad.append(case.get("name"))
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped, bad


def run_ctest(preset, names, junit, jobs):
    if os.path.exists(junit):
        os.remove(junit)
    regex = "^(" + "|".join(re.escape(n) for n in names) + ")$"
    subprocess.run(["ctest", "--test-dir", f"build/{preset}", "--output-on-failure", "-j", str(jobs), "-R", regex,
                    "--no-tests=error", "--output-junit", os.path.abspath(junit)], check=False)
    return counts_of(junit)


def quick(pattern):
    total = [0, 0, 0]
    bad = []
    for preset in PRESETS:
        names = [n for n, labels in tests_of(preset).items() if "long" not in labels and wanted(preset, n, pattern, PRESETS)]
        if not names:
            continue
        print(f"\n== {preset}: {len(names)} tests", flush=True)
        *counts, failed = run_ctest(preset, names, f"build/{preset}/quick.xml", 2)
        total = [a + b for a, b in zip(total, counts)]
        bad += [f"{preset}: {name}" for name in failed]
    return total, bad


def output_of(junit):
    return "".join(o.text or "" for o in xml.parse(junit).getroot().iter("system-out"))


def long_tier(pattern, again):
    os.environ["YQ_LONG"] = "1"
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    tree = subprocess.run(["git", "rev-parse", "HEAD:server", "HEAD:media", "HEAD:scheduler", "HEAD:tests"], capture_output=True,
                          text=True).stdout
    state = {}
    if os.path.exists(STATE) and not again:
        state = json.load(open(STATE))
    if state.get("tree") != tree:
        state = {"tree": tree, "commit": commit, "tests": {}}
    for preset in LONG_PRESETS:
        for name in tests_of(preset):
            key = f"{preset} {name}"
            if not wanted(preset, name, pattern) or state["tests"].get(key, {}).get("result") in ("passed", "skipped"):
                continue
            print(f"\n== {key}", flush=True)
            started = time.monotonic()
            passed, failed, skipped, _ = run_ctest(preset, [name], f"build/{preset}/long.xml", 1)
            lines = [line for line in output_of(f"build/{preset}/long.xml").splitlines() if KEEP.search(line)]
            state["tests"][key] = {"result": "passed" if passed else "failed" if failed else "skipped",
                                   "seconds": round(time.monotonic() - started), "lines": lines[-40:]}
            with open(STATE + ".new", "w") as out:
                json.dump(state, out, indent=1)
            os.replace(STATE + ".new", STATE)
    write_results(state, [f"{preset} {name}" for preset in LONG_PRESETS for name in tests_of(preset) if wanted(preset, name, "")])
    results = [t["result"] for t in state["tests"].values()]
    bad = [k for k, t in state["tests"].items() if t["result"] == "failed"]
    return [results.count("passed"), results.count("failed"), results.count("skipped")], bad


def write_results(state, all_tests):
    missing = [key for key in all_tests if key not in state["tests"]]
    with open(RESULTS, "w") as out:
        out.write("# The long tier's last result\n\nWritten by `scripts/test --long`. Tests run with their full counts; figures are of one "
                  "run on a shared\nmachine of 2 cores: read them as proportions.\n\n")
        out.write(f"Commit `{state['commit'][:12]}`, {time.strftime('%Y-%m-%d')}.\n\n")
        if missing:
            out.write(f"Stopped before {len(missing)} of {len(all_tests)} tests: {', '.join(missing)}.\n\n")
        out.write("| build | test | result | seconds |\n|---|---|---|---|\n")
        for key, test in sorted(state["tests"].items()):
            preset, name = key.split(" ", 1)
            out.write(f"| {preset} | {name} | {test['result']} | {test['seconds']} |\n")
        out.write("\n## What they printed\n")
        for key, test in sorted(state["tests"].items()):
            if test["lines"]:
                out.write(f"\n`{key}`\n\n" + "".join(f"    {line.strip()}\n" for line in test["lines"]))


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--long", action="store_true")
    args.add_argument("--again", action="store_true")
    args.add_argument("--pattern", default="")
    args = args.parse_args()
    started = time.monotonic()
    total, bad = long_tier(args.pattern, args.again) if args.long else quick(args.pattern)
    minutes, seconds = divmod(round(time.monotonic() - started), 60)
    print(f"\ntests took {minutes}:{seconds:02d}")
    for name in bad:
        print(f"failed: {name}")
    if sum(total) == 0:
        print(f"no test's name matches {args.pattern!r}")
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] or sum(total) == 0 else 0


if __name__ == "__main__":
    sys.exit(main())

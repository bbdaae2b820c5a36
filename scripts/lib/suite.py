"""The tests that a built preset holds, as ctest tells them, and the running of them: several at once, each measured.

ctest runs them too (the properties mean the same); this adds what both tiers want: one pool over all presets, the processor time of
each, all that it printed, and an end at any moment that leaves no process behind.
"""
import json
import os
import signal
import subprocess
import tempfile
import threading
import time


class Test:
    """One test of one preset. `key`, "preset name", is what it is called in docs/RESULTS."""

    def __init__(self, preset, told):
        properties = {p["name"]: p["value"] for p in told.get("properties", [])}
        self.preset, self.name, self.key = preset, told["name"], f"{preset} {told['name']}"
        self.command = told.get("command")  # none: its program was not built
        self.labels = properties.get("LABELS", [])
        self.environment = dict(pair.split("=", 1) for pair in properties.get("ENVIRONMENT", []))
        self.folder = properties.get("WORKING_DIRECTORY", ".")
        self.timeout_s = properties.get("TIMEOUT", 120)
        self.skip_code = properties.get("SKIP_RETURN_CODE", 77)
        self.is_alone = properties.get("RUN_SERIAL", False)
        self.locks = frozenset(properties.get("RESOURCE_LOCK", []))


class Outcome:
    def __init__(self, result, seconds=0.0, processor_s=0.0, said=""):
        self.result, self.seconds, self.processor_s, self.said = result, seconds, processor_s, said


def tests_of(preset):
    """The preset's tests, in ctest's order."""
    shown = subprocess.run(["ctest", "--test-dir", f"build/{preset}", "--show-only=json-v1"], check=True, capture_output=True,
                           text=True).stdout
    return [Test(preset, told) for told in json.loads(shown)["tests"]]


class Pool:
    """Runs tests, at most `jobs` at once, two that share a lock never; one that wants to be alone runs beside none."""

    def __init__(self, jobs):
        self.jobs = jobs
        self.running = {}  # test -> its process, or None while it starts
        self.changed = threading.Condition()
        self.is_stopped = False

    def run(self, tests, on_end, may_start=lambda: True):
        """Calls on_end(test, outcome), one at a time, as they end. Those that want to be alone come last. `may_start` is asked before
        each; at its no, what runs is waited for and the rest stays undone. Those with locks come first, most locks first: they are one after the other."""
        waiting = sorted(tests, key=lambda t: (t.is_alone, -len(t.locks)))
        try:
            with self.changed:
                while waiting and not self.is_stopped and may_start():
                    test = next((t for t in waiting if self.has_room_for(t)), None)
                    if test is None:
                        self.changed.wait(1)
                        continue
                    waiting.remove(test)
                    self.running[test] = None
                    threading.Thread(target=self.one, args=(test, on_end), daemon=True).start()
                while self.running:
                    self.changed.wait(1)
        finally:
            self.stop()

    def has_room_for(self, test):
        if test.is_alone or any(t.is_alone for t in self.running):
            return not self.running
        return len(self.running) < self.jobs and not any(t.locks & test.locks for t in self.running)

    def one(self, test, on_end):
        try:
            outcome = self.outcome_of(test)
        except OSError as why:
            outcome = Outcome("failed", said=f"{why}\n")
        with self.changed:
            if not self.is_stopped:
                on_end(test, outcome)
            del self.running[test]
            self.changed.notify_all()

    def outcome_of(self, test):
        if test.command is None:
            return Outcome("failed", said="its program was not built\n")
        with tempfile.TemporaryFile() as out:
            started = time.monotonic()
            process = subprocess.Popen(test.command, cwd=test.folder, env={**os.environ, **test.environment}, stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=subprocess.STDOUT, process_group=0)
            with self.changed:
                self.running[test] = process
                if self.is_stopped:
                    kill(process)
            limit = threading.Timer(test.timeout_s, kill, [process])
            limit.start()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            limit.cancel()
            seconds = time.monotonic() - started
            kill(process, is_ended=True)  # what it left behind
            out.seek(0)
            said = out.read().decode(errors="replace")
        code = process.returncode
        if seconds >= test.timeout_s:
            said += f"ended at its limit of {test.timeout_s:.0f} s\n"
        return Outcome("passed" if code == 0 else "skipped" if code == test.skip_code else "failed", seconds,
                       usage.ru_utime + usage.ru_stime, said)

    def stop(self):
        """Ends what runs; nothing is told of it."""
        with self.changed:
            self.is_stopped = True
            for process in self.running.values():
                if process:
                    kill(process)


def kill(process, is_ended=False):
    """The process and all that it started, by its group. (Not a session of its own: Linux gives each session an equal share of the
    processors, whatever its niceness.)"""
    try:
        if is_ended or process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass

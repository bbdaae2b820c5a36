#!/usr/bin/env python3
"""Debian's janus as a peer to compare with: the videoroom alone, event_loops=1 (as it is fastest), ICE-lite, its HTTP API on a free port of
loopback. As a program it says where it is in a line of JSON, and lives until its input ends."""
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "rules"))
from house import free_port, until  # noqa: E402


def pin(core, pid):
    """To a core, and there before others as far as that is allowed: a neighbour's work is not what is measured. (Niceness would
    not do: where sessions are scheduled as groups, it counts inside one only.)"""
    for task in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(task), {core})
        with contextlib.suppress(OSError):
            os.sched_setscheduler(int(task), os.SCHED_RR, os.sched_param(1))


def pinned(core, command, **more):
    return subprocess.Popen(command, preexec_fn=None if core is None else lambda: pin(core, os.getpid()), **more)


class Janus:
    name, token = "janus", "-"

    def __init__(self, core=None):
        self.core = core

    def __enter__(self):
        interface, self.address = self.interface()
        self.root, port = tempfile.mkdtemp(prefix="yunqiao-janus-"), free_port()
        for file, text in {
                "janus.jcfg": f'''general: {{ configs_folder = "{self.root}" plugins_folder = "{self.lib}/plugins"
                    transports_folder = "{self.lib}/transports" events_folder = "{self.lib}/events" loggers_folder = "{self.lib}/loggers"
                    debug_level = 2 event_loops = 1 }}
                    nat: {{ ice_lite = true ice_enforce_list = "{interface}" }} media: {{ }}
                    plugins: {{ disable = "{",".join(f"libjanus_{p}.so" for p in self.others)}" }}
                    transports: {{ disable = "libjanus_pfunix.so,libjanus_websockets.so,libjanus_mqtt.so,libjanus_nanomsg.so" }}''',
                "janus.transport.http.jcfg": f'general: {{ json = "compact" base_path = "/janus" http = true port = {port} ip = "127.0.0.1" }}',
                "janus.plugin.videoroom.jcfg": "general: { }"}.items():
            with open(f"{self.root}/{file}", "w") as out:
                out.write(text)
        self.log = open(f"{self.root}/log", "wb")
        self.process = pinned(self.core, ["janus", "-F", self.root, "-C", f"{self.root}/janus.jcfg"], stdout=self.log,
                              stderr=self.log, stdin=subprocess.DEVNULL)
        self.url, self.pids = f"http://127.0.0.1:{port}/janus", [str(self.process.pid)]
        until("janus serves", lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
        return self

    lib = "/usr/lib/x86_64-linux-gnu/janus"
    others = ["audiobridge", "duktape", "echotest", "lua", "nosip", "recordplay", "sip", "streaming", "textroom", "videocall", "voicemail"]

    @staticmethod
    def interface():
        """janus takes no loopback address; packets to any of our own stay on the machine all the same."""
        addresses = subprocess.run(["ip", "-4", "-o", "addr"], capture_output=True, text=True).stdout
        words = next((line.split() for line in addresses.splitlines() if " lo " not in line), None)
        return (words[1], words[3].split("/")[0]) if words else None

    @classmethod
    def can_be(cls):
        return bool(shutil.which("janus") and shutil.which("ip") and cls.interface())

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)


if __name__ == "__main__":
    with Janus() as it:
        print(json.dumps({"url": it.url, "address": it.address}), flush=True)
        sys.stdin.read()

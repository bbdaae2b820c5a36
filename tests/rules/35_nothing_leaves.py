"""Rule 35: no data leaves the machine: outward connections are on an allow-list (the settings name each); CSP forbids third-party origins."""
import glob
import gzip
import os
import re
import subprocess
import time

from house import TOP, main, site
from registry import Asked, registry_site

WEB = os.environ.get("YQ_WEB", f"{TOP}/web-client/dist")
# Names, not addresses: what stands for a namespace, a standard or a list of codes is never fetched (and the CSP forbids it).
NAMES = re.compile(r"https?://(www\.w3\.org/|localhost|127\.0\.0\.1|hl7\.org/fhir/|terminology\.hl7\.org/CodeSystem|loinc\.org$"
                   r"|unitsofmeasure\.org$|yunqiao\.invalid/)")


def policy_of(answer):
    return {part.split()[0]: part.split()[1:] for part in answer.headers["Content-Security-Policy"].split(";") if part.strip()}


def rule_every_answer_forbids_other_origins():
    with site() as s:
        client = s.client()
        assets = re.findall(r'(?:src|href)="(/[^"]+)"', client.get("/").body.decode())
        assert assets
        for path in ["/", "/login", "/ca", "/nowhere.txt", "/api/session", "/api/nowhere", "/healthz", *assets]:
            policy = policy_of(client.get(path))
            assert policy["default-src"] in (["'none'"], ["'self'"]), (path, policy)
            for directive, sources in policy.items():
                for source in sources:
                    assert source in ("'self'", "'none'", "data:", "blob:"), (path, directive, source)
            for directive in ("frame-ancestors", "base-uri"):
                assert policy[directive] == ["'none'"], (path, directive)


def rule_the_client_names_no_other_origin():
    files = [f for f in glob.glob(f"{WEB}/**/*", recursive=True) if os.path.isfile(f)]
    assert len(files) > 5
    for path in files:
        held = gzip.open(path).read() if path.endswith(".gz") else open(path, "rb").read()
        for url in re.findall(rb"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"'`)]*", held):
            text = url.decode(errors="replace")
            assert NAMES.match(text) or text.startswith("//") and "." not in text.split("/")[2], (path, text)


def family_of(pid):
    """The process and those that it started."""
    pids = {str(pid)}
    for entry in glob.glob("/proc/[0-9]*/stat"):
        try:
            parent = open(entry).read().rsplit(")", 1)[1].split()[1]
        except OSError:
            continue
        if parent == str(pid):
            pids.add(entry.split("/")[2])
    return pids


def talks(s):
    """(local, peer) of each connection that is none of a client's."""
    pids = family_of(s.process.pid)
    shown = subprocess.run(["ss", "-Htunap"], capture_output=True, text=True, check=True).stdout.splitlines()
    ours = [line.split() for line in shown if any(f"pid={pid}," in line for pid in pids)]
    assert ours
    for _, state, _, _, local, peer, *_ in ours:
        is_listening = state in ("LISTEN", "UNCONN")
        is_answering = state in ("ESTAB", "TIME-WAIT", "CLOSE-WAIT") and local.endswith(f":{s.port}")
        if not is_listening and not is_answering:
            yield local, peer


def rule_the_server_and_its_workers_connect_to_nobody():
    with site() as s:
        doctor = s.client().log_in("guqinghe")
        doctor.get("/api/account")
        s.run("audit", "verify")
        assert len(family_of(s.process.pid)) == 2, "the server and one worker"
        assert not list(talks(s))


def rule_a_registry_that_the_settings_name_is_the_only_place_gone_to():
    registry = Asked([], wait_s=1)
    with registry_site(f"poll_url = http://127.0.0.1:{registry.port}/events\npoll_s = 1\n") as s:
        seen, begun = set(), time.monotonic()
        while time.monotonic() < begun + 6 or not seen and time.monotonic() < begun + 40:
            seen |= {peer for _, peer in talks(s)}
            time.sleep(0.05)
        assert seen == {f"127.0.0.1:{registry.port}"}, seen


main()

"""Rule 35: no data leaves the machine: outward connections are on an allow-list (today: none); CSP forbids third-party origins."""
import glob
import gzip
import os
import re
import subprocess

from house import TOP, main, site

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


def rule_the_server_and_its_workers_connect_to_nobody():
    with site() as s:
        doctor = s.client().log_in("guqinghe")
        doctor.get("/api/account")
        s.run("audit", "verify")
        pids = {str(s.process.pid)}
        for entry in glob.glob("/proc/[0-9]*/stat"):
            try:
                parent = open(entry).read().rsplit(")", 1)[1].split()[1]
            except OSError:
                continue
            if parent == str(s.process.pid):
                pids.add(entry.split("/")[2])
        assert len(pids) == 2, "the server and one worker"
        shown = subprocess.run(["ss", "-Htunap"], capture_output=True, text=True, check=True).stdout.splitlines()
        ours = [line.split() for line in shown if any(f"pid={pid}," in line for pid in pids)]
        assert ours
        for kind, state, _, _, local, peer, *_ in ours:
            is_listening = state in ("LISTEN", "UNCONN")
            is_answering = state in ("ESTAB", "TIME-WAIT", "CLOSE-WAIT") and local.endswith(f":{s.port}")
            assert is_listening or is_answering, (kind, state, local, peer)


main()

"""Files as Binary, seen from outside: up and down in one piece and in parts, whose they are, what is refused, and what is left of them
after a kill, an erasure, a full disk and a restore."""
import base64
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rules"))
import house
from house import CANARY, scan, site
from ward import FHIR, make, ref

PDF = b"%PDF-1.4\n" + CANARY.encode() * 40 + b"\n%%EOF\n"
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
BACKUP = "[backup]\ntarget = ROOT/backup\n"


def patient(client, name="安"):
    return make(client, {"resourceType": "Patient", "name": [{"family": name}]})


def put(client, body, about, kind="application/pdf", **more):
    headers = {"Content-Type": kind, **({"X-Security-Context": ref(about)["reference"]} if about else {}), **more}
    return client.ask("POST", "/fhir/Binary", body, headers)


def native(client, made, **headers):
    return client.ask("GET", f"/fhir/Binary/{made['id']}", headers={"Accept": "*/*", **headers})


def sealed_files(s, ending=32):
    return [os.path.join(top, n) for top, _, names in os.walk(f"{s.data}/files") for n in names if len(n) == ending]


def proof_a_file_goes_up_and_comes_down():
    with site() as s:
        doctor, nurse = s.token("clinic-doctor"), s.token("nurse")
        anna = patient(doctor)
        got = put(nurse, PDF, anna)
        assert got.status == 201, (got.status, got.body)
        made = got.json
        assert made["contentType"] == "application/pdf" and "data" not in made
        assert got.headers["Location"].endswith(f"/fhir/Binary/{made['id']}/_history/1")
        back = native(doctor, made)
        assert (back.status, back.body, back.headers["Content-Type"]) == (200, PDF, "application/pdf")
        assert back.headers["X-Content-Type-Options"] == "nosniff" and "no-store" in back.headers["Cache-Control"]
        part = native(doctor, made, Range="bytes=5-8")
        assert (part.status, part.body, part.headers["Content-Range"]) == (206, PDF[5:9], f"bytes 5-8/{len(PDF)}")
        assert native(doctor, made, Range=f"bytes={len(PDF)}-").status == 416
        assert doctor.ask("GET", f"/fhir/Binary/{made['id']}/_history/1", headers={"Accept": "*/*"}).body == PDF
        whole = doctor.ask("GET", f"/fhir/Binary/{made['id']}", headers={"Accept": "application/fhir+json"})
        assert base64.b64decode(whole.json["data"]) == PDF
        assert doctor.ask("HEAD", f"/fhir/Binary/{made['id']}", headers={"Accept": "*/*"}).headers["Content-Length"] == str(len(PDF))
        # A document that names it, and the same as JSON.
        make(nurse, {"resourceType": "DocumentReference", "status": "current", "subject": ref(anna),
                     "content": [{"attachment": {"contentType": "application/pdf", "url": f"Binary/{made['id']}", "title": "x"}}]})
        inline = make(nurse, {"resourceType": "Binary", "contentType": "image/png", "securityContext": ref(anna),
                              "data": base64.b64encode(PNG).decode()})
        assert native(doctor, inline).body == PNG
        # Who may not see the patient's file does not see that it is there; nobody is told what it holds.
        guard = s.token("guard")
        for path in (f"/fhir/Binary/{made['id']}", f"/fhir/Binary/{inline['id']}"):
            refused, absent = guard.get(path), guard.get("/fhir/Binary/nothing-is-here")
            assert refused.status == 404 and refused.body == absent.body
        assert put(guard, PDF, anna).status == 404
        assert put(s.token("pharmacist"), PDF, anna).status == 403
        s.stop()
        assert scan(s.root, CANARY) == [], scan(s.root, CANARY)


def proof_what_is_not_what_it_says_is_refused_and_leaves_nothing():
    with site() as s:
        nurse = s.token("nurse")
        anna = patient(nurse)
        html = b"<html><script>alert(1)</script></html>"
        for body, kind, want in ((html, "application/pdf", 415), (html, "text/html", 415), (html, "image/svg+xml", 415),
                                 (PNG, "image/jpeg", 415), (b"x" * 200, "application/dicom", 415),
                                 (b"var x", "text/javascript", 415), (b"\0\1", "text/plain", 415)):
            got = put(nurse, body, anna, kind)
            assert got.status == want, (kind, got.status, got.body)
            assert got.json["resourceType"] == "OperationOutcome"
        assert put(nurse, PDF, None).status == 422
        assert nurse.ask("POST", "/fhir/Binary", PDF, {"Content-Type": "application/pdf",
                                                        "X-Security-Context": "Patient/none"}).status == 404
        odd = put(nurse, b"x\xff" * 8, anna, "application/octet-stream")
        back = native(nurse, odd.json)
        assert odd.status == 201 and back.headers["Content-Disposition"] == "attachment"
        s.stop()
        assert len(sealed_files(s)) == 1, "only what was taken is there"


def stream_up(s, token, about, bytes_n, piece, stop_after=None):
    """A raw upload, piece by piece; the open connection."""
    c = ssl._create_unverified_context().wrap_socket(socket.create_connection(("127.0.0.1", s.port)))
    c.settimeout(60)
    c.sendall((f"POST /fhir/Binary HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/octet-stream\r\n"
               f"X-Security-Context: {ref(about)['reference']}\r\nContent-Length: {bytes_n}\r\n\r\n").encode())
    sent = 0
    while sent < (stop_after or bytes_n):
        c.sendall(piece[:min(len(piece), bytes_n - sent)])
        sent += min(len(piece), bytes_n - sent)
    return c


def memory_of(s):
    with open(f"/proc/{s.process.pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) * 1024


def proof_large_files_never_stand_in_memory():
    """By the server's peak (VmHWM), not by what it holds afterwards."""
    with site() as s:
        nurse = s.token("nurse")
        anna = patient(nurse)
        size = (200 if os.environ.get("YQ_LONG") else 48) << 20
        before = memory_of(s)
        began = time.monotonic()
        piece = os.urandom(1 << 20)
        c = stream_up(s, nurse.token, anna, size, piece)
        answer = http.client.HTTPResponse(c)
        answer.begin()
        assert answer.status == 201, answer.read()
        made = json.loads(answer.read())
        print(f"figure attach_up_mb_s {size / 1e6 / (time.monotonic() - began):.0f}")
        began = time.monotonic()
        back = native(nurse, made)
        print(f"figure attach_down_mb_s {size / 1e6 / (time.monotonic() - began):.0f}")
        assert back.status == 200 and len(back.body) == size
        assert all(back.body[at:at + len(piece)] == piece for at in range(0, size, len(piece))), "what came down is what went up"
        grown = memory_of(s) - before
        print(f"figure attach_memory_grown_mib {grown / (1 << 20):.1f}")
        assert grown < 24 << 20, grown
        # More than may be is refused by its announced length, before a byte of it is read.
        c = stream_up(s, nurse.token, anna, (200 << 20) + 1, b"x", 1)
        assert b" 413 " in c.recv(4096)


def proof_a_kill_leaves_all_or_nothing():
    with site() as s:
        nurse = s.token("nurse")
        token, anna = nurse.token, patient(nurse)
        kept = [put(nurse, PDF + bytes([i]), anna).json for i in range(3)]
        c = stream_up(s, token, anna, 8 << 20, os.urandom(1 << 20), 5 << 20)
        house.until("a part of it is on the disk", lambda: any(os.path.getsize(p) > 1 << 20 for p in sealed_files(s, 37)))
        s.stop(signal.SIGKILL)
        c.close()
        s.start()
        assert sealed_files(s, 37) == [] and len(sealed_files(s)) == 3
        nurse = house.Client(s, token)
        for i, made in enumerate(kept):
            assert native(nurse, made).body == PDF + bytes([i])


def proof_an_erasure_destroys_the_files():
    with site(config=BACKUP) as s:
        doctor = s.token("clinic-doctor")
        anna, ben = patient(doctor), patient(doctor, "本")
        gone, stays = put(doctor, PDF, anna).json, put(doctor, PDF, ben).json
        copies = lambda: {n for _, _, names in os.walk(f"{s.root}/backup/files") for n in names}
        house.until("both are in the backup", lambda: len(copies()) == 2)
        officer = s.client().log_in(s.by_role["privacy-officer"])
        asked = officer.post("/api/erasures", {"patient": anna["id"], "reason": "by order", "code": s.code(s.by_role["privacy-officer"])})
        assert asked.status == 201, asked.body
        other = s.client().log_in(s.by_role["clinic-doctor"])
        done = other.post(f"/api/erasures/{asked.json['id']}", {"verdict": "erase", "code": s.code(s.by_role["clinic-doctor"])})
        assert done.status == 204, done.body
        assert native(doctor, gone).status in (404, 410) and native(doctor, stays).body == PDF
        assert len(sealed_files(s)) == 1
        house.until("its copy is gone too", lambda: len(copies()) == 1)


def proof_a_backup_brings_the_files_back():
    with site(config=BACKUP) as s:
        nurse = s.token("nurse")
        token, anna = nurse.token, patient(nurse)
        house.until("a base is made", lambda: any("manifest" in n for _, _, n in os.walk(f"{s.root}/backup/bases")))
        made = [put(nurse, PDF + bytes([i]) * 70000, anna).json for i in range(4)]
        s.stop()
        shutil.rmtree(s.data)
        got = s.run("restore", "--from", f"{s.root}/backup", "--json")
        assert got.returncode == 0, (got.stdout, got.stderr)
        assert scan(f"{s.root}/backup", CANARY) == []
        s.start()
        for i, one in enumerate(made):
            assert native(house.Client(s, token), one).body == PDF + bytes([i]) * 70000


def small_disk(root):
    at = f"{root}/disk"
    os.mkdir(at)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "none", at], capture_output=True).returncode != 0:
        raise house.Skip("a tmpfs cannot be mounted here")
    return f"{at}/site"


def proof_a_full_disk_is_told_and_nothing_is_half_there():
    s = house.Site(place=small_disk)
    try:
        s.start()
        nurse = s.token("nurse")
        anna = patient(nurse)
        free = os.statvfs(s.data).f_bavail * os.statvfs(s.data).f_frsize
        body = os.urandom(free + (1 << 20))
        got = put(nurse, body, anna, "application/octet-stream")
        assert got.status == 507, (got.status, got.body)
        house.until("what was written is removed", lambda: not sealed_files(s) and not sealed_files(s, 37))
        assert put(nurse, PDF, anna).status == 201
    finally:
        s.stop(signal.SIGKILL)
        subprocess.run(["umount", f"{s.root}/disk"], capture_output=True)
        s.close()


if __name__ == "__main__":
    house.main("proof_", at_once=2)

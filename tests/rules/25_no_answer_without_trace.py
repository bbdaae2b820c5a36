"""Rule 25: if the audit row cannot be made durable, the request fails; a full disk loses nothing and heals by itself."""
import os
import signal
import subprocess

from house import CANARY, Client, Site, Skip, main
from ward import Ward


class SmallDisk:
    """A site whose data lies on a small disk of its own (tmpfs), so that it can be filled."""

    def __enter__(self):
        self.mounted = None

        def mount(root):
            os.mkdir(f"{root}/disk", 0o700)
            got = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", f"{root}/disk"], capture_output=True, text=True)
            if got.returncode:
                raise Skip(f"no disk can be mounted here: {got.stderr.strip()}")
            self.mounted = f"{root}/disk"
            return f"{root}/disk/site"

        self.s = Site(place=mount)
        return self.s.start(), f"{self.s.root}/disk/ballast"

    def __exit__(self, *_):
        self.s.stop(signal.SIGKILL)
        subprocess.run(["umount", "-l", self.mounted], check=False)
        self.s.close()


def fill(ballast):
    """To the last block."""
    with open(ballast, "wb", buffering=0) as out:
        piece = b"\0" * 65536
        while len(piece) >= 512:
            try:
                while True:
                    if out.write(piece) < len(piece):
                        break
            except OSError:
                pass
            piece = piece[:len(piece) // 2]


def rule_nothing_is_answered_that_left_no_trace_and_nothing_is_lost():
    with SmallDisk() as (s, ballast):
        w, doctor = Ward(s), s.client().log_in("guqinghe")
        admin = s.token("security-admin")
        assert doctor.put("/api/drafts/before", {"text": "kept"}).status == 200
        assert admin.get("/api/accounts").status == 200
        fill(ballast)
        refused = set()
        for i in range(40):  # what is left in the log's last block may still take some
            refused.add(doctor.put(f"/api/drafts/during{i % 4}", {"text": "x" * 20000}).status)
            refused.add(admin.get("/api/accounts").status)
        assert 507 in refused and refused <= {200, 507}, refused
        assert admin.get("/api/accounts").code == "disk_full", "a read that must leave a trace"
        for path in (w.path("condition"), f"{w.path('condition')}/_history/1", "/fhir/Observation", f"/fhir/Patient/{w.anna['id']}/$everything",
                     f"/api/patients/{w.anna['id']}/summary.pdf", "/dicom-web/studies"):
            got = w.doctor.get(path)  # of the record nothing leaves untraced either
            assert got.status == 507 and CANARY.encode() not in got.body, (path, got.status)
        assert Client(s).get("/healthz").status in (200, 503)
        os.remove(ballast)
        assert doctor.put("/api/drafts/after", {"text": "again"}).status == 200
        assert doctor.get("/api/drafts/before").json["text"] == "kept"
        assert admin.get("/api/accounts").status == 200
        assert w.doctor.get(w.path("condition")).status == 200
        s.stop()
        assert s.run("audit", "verify").returncode == 0


def rule_a_start_on_a_full_disk_is_refused_clearly():
    with SmallDisk() as (s, ballast):
        s.stop()
        fill(ballast)
        s.start(wait=False)
        assert s.process.wait(20) == 5
        with open(s.log_path) as log:
            assert "disk" in log.read().lower().splitlines()[-1]
        os.remove(ballast)
        s.start()


main()

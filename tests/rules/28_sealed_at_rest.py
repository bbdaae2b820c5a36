"""Rule 28: database, log, backups and temporary files hold no plaintext canary; the key stands apart; rotation without downtime.
(GB/T 22239 8.1.4.8, GB/T 39786.)"""
import base64
import json
import os
import stat
import threading

from house import CANARY, main, scan, site, until
from ward import Ward, image, make

CONFIG = "[backup]\ntarget = ROOT/backup\n"


def plant(s):
    """The canary in every place where words can be put today."""
    admin = s.token("security-admin")
    made = admin.post("/api/accounts", {"name": f"{CANARY}1", "display": f"姓{CANARY}", "staff_number": f"{CANARY}2", "roles": ["nurse"]})
    assert made.status == 201, made.body
    token = admin.post("/api/tokens", {"account": made.json["account"]["id"], "label": f"for {CANARY}", "ttl_s": 3600})
    assert token.status == 201, token.body
    admin.post(f"/api/accounts/{made.json['account']['id']}/disable", {"reason": f"because {CANARY}"})
    doctor = s.client().log_in("guqinghe")
    assert doctor.put(f"/api/drafts/note/{CANARY}", {"text": f"{CANARY} " * 800}).status == 200
    return doctor


def filed(w, patient):
    """A paper and a picture of the patient's that say the canary; the paper's place."""
    got = w.doctor.ask("POST", "/fhir/Binary", b"%PDF-1.4 " + CANARY.encode() * 99, {"Content-Type": "application/pdf",
                                                                                     "X-Security-Context": f"Patient/{patient['id']}"})
    assert got.status == 201, got.body
    assert w.doctor.ask("POST", "/dicom-web/studies", image("rule-28"), {"Content-Type": "application/dicom"}).status == 200
    return f"/fhir/Binary/{got.json['id']}"


def rule_the_scanner_finds_what_is_plain():
    with site() as s:
        for i, held in enumerate([CANARY.encode(), CANARY.encode("utf-16-le"), base64.b64encode(b"xy" + CANARY.encode() + b"z"),
                                  CANARY.encode().hex().encode()]):
            with open(f"{s.data}/plain{i}", "wb") as out:
                out.write(b"\0" * 5000 + held + b"\0" * 99)
        assert len(scan(s.root, CANARY)) == 4


def rule_no_file_of_the_site_holds_a_canary_served_or_stopped():
    with site(config=CONFIG) as s:
        plant(s)
        w = Ward(s)
        carla = make(w.doctor, {"resourceType": "Patient", "identifier": [{"system": "urn:yunqiao:detainee-number", "value": "rule-28"}]})
        filed(w, carla)
        assert s.run("backup", "--json").returncode == 0
        until("a segment reaches the target", lambda: any(n.startswith("gen-") or n.endswith(".wal") for _, _, ns in os.walk(f"{s.root}/backup") for n in ns))
        sizes = sum(os.path.getsize(os.path.join(top, n)) for top, _, ns in os.walk(s.root) for n in ns if os.path.isfile(os.path.join(top, n)))
        assert sizes > 50_000, "there is too little to scan"
        assert scan(s.root, CANARY) == [], scan(s.root, CANARY)
        s.stop()
        assert scan(s.root, CANARY) == [], scan(s.root, CANARY)


def rule_files_and_pictures_are_sealed_backed_up_sealed_and_gone_with_their_patient():
    with site(config=CONFIG) as s:
        w = Ward(s)
        carla = make(w.doctor, {"resourceType": "Patient", "identifier": [{"system": "urn:yunqiao:detainee-number", "value": "rule-28"}]})
        paper = filed(w, carla)
        picture = "/dicom-web/studies/2.25.7002/series/2.25.7003/instances/2.25.7001"
        assert CANARY.encode() in w.doctor.get(paper).body and w.doctor.get(picture).status == 200
        assert s.run("backup", "--json").returncode == 0
        held = [os.path.join(top, n) for top, _, names in os.walk(f"{s.data}/files") for n in names]
        assert len(held) == 2, held
        kept = [os.path.join(top, n) for top, _, names in os.walk(f"{s.root}/backup") for n in names]
        assert all(any(os.path.basename(h) in k for k in kept) for h in held), "the backup has them too"
        assert scan(s.root, CANARY) == []
        officer, doctor = s.client().log_in("luojingan"), s.client().log_in("guqinghe")
        got = officer.post("/api/erasures", {"patient": carla["id"], "reason": "court order", "code": s.code("luojingan")})
        assert doctor.post(f"/api/erasures/{got.json['id']}", {"verdict": "erase", "code": s.code("guqinghe")}).status == 204
        gone = w.doctor.get(paper)
        assert gone.status == 410 and gone.json["issue"][0]["code"] == "deleted" and "deleted" in gone.json["issue"][0]["details"]["text"], gone.body
        assert w.doctor.get(picture).status in (404, 410)
        until("the files are gone", lambda: not any(os.path.exists(path) for path in held))


def rule_the_log_never_says_it():
    with site(options=["--log", "debug"]) as s:
        plant(s)
        s.client().post("/api/login", {"name": CANARY, "password": CANARY})
        s.client().get(f"/api/accounts?q={CANARY}")
        with open(s.log_path) as log:
            assert CANARY not in log.read()


def rule_keys_and_folders_are_the_owners_alone_and_the_key_is_apart():
    with site() as s:
        assert stat.S_IMODE(os.stat(s.data).st_mode) == 0o700
        assert stat.S_IMODE(os.stat(s.key).st_mode) == 0o600
        for top, _, names in os.walk(s.data):
            for name in names:
                mode = os.lstat(os.path.join(top, name)).st_mode
                assert stat.S_IMODE(mode) & 0o077 == 0, (name, oct(mode))
        with open(s.key) as key_file:
            words = [w for w in key_file.read().split() if len(w) >= 40]
        assert words
        for word in words:
            assert scan(s.data, word) == []


def rule_without_its_key_the_store_does_not_open():
    with site() as s:
        s.stop()
        other = f"{s.root}/other.key"
        made = s.run("demo", "--bare", "--json", data=f"{s.root}/elsewhere", key=other)
        assert made.returncode == 0, made.stderr
        got = s.run("audit", "verify", key=other)
        assert got.returncode == 3, (got.returncode, got.stderr)
        got = s.run("audit", "verify", key=f"{s.root}/absent.key")
        assert got.returncode == 3 and not os.path.exists(f"{s.root}/absent.key"), got.stderr
        assert s.run("audit", "verify").returncode == 0


def rule_the_key_is_rotated_while_serving():
    with site() as s:
        doctor = plant(s)
        failures, done = [], threading.Event()

        def read_on():
            reader = s.token("guqinghe")
            while not done.is_set():
                got = reader.get("/api/session")
                if got.status != 200:
                    failures.append(got.status)

        thread = threading.Thread(target=read_on)
        thread.start()
        with open(s.key) as f:
            before = f.read()
        rotated = s.run("rotate-key", "--json")
        done.set()
        thread.join()
        assert rotated.returncode == 0, rotated.stderr
        with open(s.key) as f:
            assert f.read() != before
        assert failures == [], failures
        assert CANARY in doctor.get(f"/api/drafts/note/{CANARY}").json["text"]
        assert scan(s.data, CANARY) == []
        s.stop()
        s.start()
        assert json.loads(s.run("audit", "verify", "--json").stdout)


def rule_two_persons_erase_a_patient_and_the_trail_stays_whole():
    with site() as s:
        w = Ward(s)
        officer, doctor = s.client().log_in("luojingan"), s.client().log_in("guqinghe")
        order = {"patient": w.anna["id"], "reason": "court order 12/2026"}
        assert doctor.post("/api/erasures", dict(order, code=s.code("guqinghe"))).status in (403, 404)
        got = officer.post("/api/erasures", dict(order, code=s.code("luojingan")))
        assert got.status == 201, got.body
        path = f"/api/erasures/{got.json['id']}"
        assert officer.post("/api/erasures", dict(order, code=s.code("luojingan"))).status == 409
        assert officer.post(path, {"verdict": "erase", "code": s.code("luojingan")}).status == 409, "the same person"
        assert doctor.get(w.path("condition")).status == 200
        assert doctor.post(path, {"verdict": "erase", "code": "000000"}).status in (400, 401, 403)
        assert doctor.post(path, {"verdict": "erase", "code": s.code("guqinghe")}).status == 204
        for name in w.of:
            got = doctor.get(w.path(name))
            assert got.status in (404, 410), (name, got.status)
            old = doctor.get(f"{w.path(name)}/_history/1")
            assert old.status in (404, 410), (name, old.status)
        for query in (f"Condition?code:text={CANARY}", "Patient?name=安", f"Observation?_content={CANARY}", "Condition"):
            got = doctor.get("/fhir/" + query.replace("安", "%E5%AE%89"))
            assert got.status in (200, 400), (query, got.status)
            assert got.status == 400 or not got.json.get("entry"), query
        assert doctor.get(f"/fhir/Patient/{w.ben['id']}").status == 200
        assert officer.post(path, {"verdict": "decline", "code": s.code("luojingan")}).status == 404
        told = s.token("privacy-officer").post("/api/audit/verify").json
        assert told["ok"], told
        rows = officer.get("/api/erasures").json["rows"]
        assert len(rows) == 1 and rows[0]["done"] is True, rows
        made = doctor.ask("POST", "/fhir/Observation", {"resourceType": "Observation", "status": "final", "code": {"text": "x"},
                                                        "subject": {"reference": f"Patient/{w.anna['id']}"}})
        assert made.status >= 400, "nothing new is written about who was erased"


main()

"""Rule 33: an export is watermarked with user and time, needs a reason, is limited per day, and counted to the privacy officer. (And two
people of two duties make one: docs/decisions/0121.)"""
import datetime
import hashlib
import io
import json
import os
import subprocess
import tempfile
import zipfile
import zoneinfo

from house import CANARY, Skip, main, scan, site, until
from ward import FHIR, Ward, now, ref

RECIPIENT = "市人民检察院"


def enter(s, name):
    """Logged in, with recovery codes at hand: each proves the person again without waiting for the clock."""
    client = s.client().log_in(name)
    client.codes = client.post("/api/account/recovery-codes", {"code": s.code(name)}).json["recovery_codes"]
    return client


def ask(client, want=201, **more):
    body = {"kind": "record", "format": "zip", "recipient": RECIPIENT, "reason": "ordered by the court", **more}
    got = client.post("/api/exports", {**body, "code": client.codes.pop()})
    assert got.status == want, (got.status, got.body)
    return got


def decide(client, number, verdict="grant", want=204):
    got = client.post(f"/api/exports/{number}", {"verdict": verdict, "code": client.codes.pop()})
    assert got.status == want, (got.status, got.body)


def fetch(client, number):
    key = client.post(f"/api/exports/{number}/key")
    assert key.status == 201, (key.status, key.body)
    got = client.post(f"/api/exports/{number}/file", {"key": key.json["key"]}, headers={"Accept-Language": "zh-CN"})
    assert got.status == 200, (got.status, got.body[:200])
    return got, key.json["key"]


def pages(pdf):
    """The words of each page, blanks left out: the mark lies across them letter by letter."""
    try:
        said = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True)
    except FileNotFoundError as absent:
        raise Skip("pdftotext is not here (poppler-utils)") from absent
    assert said.returncode == 0, said.stderr
    return ["".join(p.split()) for p in said.stdout.decode().split("\f")[:-1]]


def marked(at):
    """The minute as the mark says it, by the site's wall."""
    local = datetime.datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(zoneinfo.ZoneInfo("Asia/Shanghai"))
    return local.strftime("%Y-%m-%d%H:%M")


def people(s):
    return enter(s, "guqinghe"), enter(s, "luojingan")


def checked_by_openssl(z):
    with tempfile.TemporaryDirectory() as folder:
        z.extractall(folder)
        words = ["openssl", "dgst", "-sha256", "-verify", "signer.pem", "-signature", "manifest.sig", "manifest.json"]
        return subprocess.run(words, cwd=folder, capture_output=True).returncode == 0


def rule_a_record_leaves_by_two_marked_on_every_page_and_once():
    with site() as s:
        w = Ward(s)
        many = [{"resource": {"resourceType": "Condition", "code": {"text": "one of many"}, "subject": ref(w.anna)},
                 "request": {"method": "POST", "url": "Condition"}} for _ in range(60)]
        got = w.doctor.ask("POST", "/fhir", json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": many}).encode(), FHIR)
        assert got.status == 200, got.body
        doctor, officer = people(s)
        for missing in ("reason", "recipient", "patient"):
            body = {"kind": "record", "format": "pdf", "recipient": "x", "reason": "y", "patient": w.anna["id"], missing: "  "}
            if missing == "patient":
                body["patient"] = ""
            got = doctor.post("/api/exports", {**body, "code": "000000"})
            assert got.status == 400 and got.json["error"]["where"] == missing, got.body
        assert doctor.post("/api/exports", {"kind": "record", "format": "pdf", "recipient": "x", "reason": "y", "patient": w.anna["id"],
                                            "code": "000000"}).status in (400, 401)
        number = ask(doctor, patient=w.anna["id"]).json["id"]
        assert doctor.post(f"/api/exports/{number}/key").status == 404, "not granted yet"
        decide(doctor, number, want=409)
        decide(officer, number)
        assert officer.post(f"/api/exports/{number}/key").status == 404, "an officer reads no record"
        got, key = fetch(doctor, number)
        assert doctor.post(f"/api/exports/{number}/file", {"key": key}).status == 404, "good once"
        assert doctor.post(f"/api/exports/{number}/key").status == 404, "and no second"
        assert CANARY not in got.headers["Content-Disposition"] and "娜" not in got.headers["Content-Disposition"]
        z = zipfile.ZipFile(io.BytesIO(got.body))
        assert z.testzip() is None
        manifest = json.loads(z.read("manifest.json"))
        for held in manifest["files"]:
            assert hashlib.sha256(z.read(held["name"])).hexdigest() == held["sha256"]
        assert checked_by_openssl(z)
        entries = [json.loads(line) for line in z.read("export.ndjson").splitlines()]
        seen = {f"{e['resourceType']}/{e['id']}" for e in entries}
        assert f"Observation/{w.of['observation']['id']}" in seen and len(seen) == manifest["entries"]
        assert f"Observation/{w.of['sealed']['id']}" not in seen, "what the doctor may not see is not in it"
        assert f"Patient/{w.ben['id']}" not in seen
        sheets = pages(z.read("export.pdf"))
        assert len(sheets) >= 2
        for sheet in sheets:
            assert RECIPIENT in sheet and "导出人顾清和" in sheet and f"导出编号{number}" in sheet and marked(manifest["at"]) in sheet, sheet
        trail = officer.get(f"/api/audit?action=export.&patient={w.anna['id']}").json["rows"]
        assert [r["action"] for r in trail] == ["export.fetch", "export.decide", "export.ask"], trail
        assert len(trail[0]["detail"]["versions"]) >= len(entries) and trail[0]["detail"]["sha256"] == hashlib.sha256(got.body).hexdigest()


def rule_an_officer_orders_a_record_for_the_doctor_and_takes_rows_of_the_trail_and_nobody_else_does():
    with site() as s:
        w = Ward(s)
        doctor, officer = people(s)
        number = ask(officer, patient=w.anna["id"], format="pdf").json["id"]
        decide(officer, number, want=409)
        decide(doctor, number)
        assert officer.post(f"/api/exports/{number}/key").status == 404
        got, _ = fetch(doctor, number)
        assert got.headers["Content-Type"] == "application/pdf" and RECIPIENT in pages(got.body)[0]
        declined = ask(officer, patient=w.ben["id"]).json["id"]
        decide(doctor, declined, "decline")
        assert doctor.post(f"/api/exports/{declined}/key").status == 404
        assert ask(doctor, 403, kind="audit").code == "not_allowed"
        number = ask(officer, kind="audit", action="record.", patient=w.anna["id"]).json["id"]
        decide(doctor, number)
        got, _ = fetch(officer, number)
        z = zipfile.ZipFile(io.BytesIO(got.body))
        rows = [json.loads(line) for line in z.read("export.ndjson").splitlines()]
        shown = officer.get(f"/api/audit?action=record.&patient={w.anna['id']}").json["rows"]
        assert rows and [r["hash"] for r in rows] == [r["hash"] for r in shown] and checked_by_openssl(z)
        assert CANARY not in z.read("export.ndjson").decode() and CANARY not in "".join(pages(z.read("export.pdf")))
        for role in s.by_role:
            if role not in ("clinic-doctor", "privacy-officer"):
                client = s.token(role)
                for method, path in (("GET", "/api/exports"), ("POST", "/api/exports"), ("POST", "/api/exports/1/key"), ("POST", "/api/exports/1/file")):
                    assert client.ask(method, path, None if method == "GET" else {}).status == 404, (role, path)


def peak_kib(s):
    with open(f"/proc/{s.process.pid}/status") as f:
        return int(next(line for line in f if line.startswith("VmHWM")).split()[1])


def rule_an_export_is_streamed_and_leaves_no_file_behind():
    """What is in memory is one record and the paper, however long the file is; the sealed file goes when it has been answered. The record has
    been read once before: what was opened is kept for whoever reads next, up to a bound of the server's own, and is not the export's."""
    with site(config="[store]\nreaders = 1\n") as s:
        w = Ward(s)
        doctor, officer = people(s)
        number = ask(doctor, patient=w.anna["id"]).json["id"]
        decide(officer, number)
        fetch(doctor, number)  # fonts and the like are there from now on
        held = 0
        for _ in range(30 if os.environ.get("YQ_LONG") else 1):
            words = f"{CANARY} " + os.urandom(2000).hex()
            many = [{"resource": {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": ref(w.anna),
                                  "note": [{"text": words}]}, "request": {"method": "POST", "url": "Observation"}} for _ in range(1000)]
            body = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": many}).encode()
            held += len(body)
            assert w.doctor.ask("POST", "/fhir", body, {**FHIR, "Prefer": "return=minimal"}).status == 200
        for _ in range(2):
            number = ask(doctor, patient=w.anna["id"]).json["id"]
            decide(officer, number)
            fetch(doctor, number)
        number = ask(doctor, patient=w.anna["id"]).json["id"]
        decide(officer, number)
        with open(f"/proc/{s.process.pid}/clear_refs", "w") as f:
            f.write("5")  # the peak is what stands now
        stands = peak_kib(s)
        got, _ = fetch(doctor, number)
        grown = (peak_kib(s) - stands) * 1024
        z = zipfile.ZipFile(io.BytesIO(got.body))
        assert z.testzip() is None and len(z.read("export.ndjson")) > held
        print(f"figure rules.33.record_mib {held / 2**20:.1f}\nfigure rules.33.grown_mib {grown / 2**20:.1f}")
        assert grown < 16 << 20, (grown, held)
        until("the sealed file is gone", lambda: not [name for _, _, names in os.walk(f"{s.data}/files") for name in names])
        assert scan(s.data, CANARY) == []


def rule_no_more_than_five_a_day_and_counted_to_the_officer():
    with site() as s:
        w = Ward(s)
        doctor, officer = people(s)
        limit = officer.get("/api/exports").json["limit"]
        for left in range(limit, 0, -1):
            assert doctor.get("/api/exports").json["left"] == left
            ask(doctor, patient=w.anna["id"])
        full = ask(doctor, 409, patient=w.anna["id"])
        assert full.code == "export_limit" and full.json["error"]["until"]
        listed = officer.get("/api/exports").json
        assert [(c["account"]["display"], c["asked"]) for c in listed["counts"]] == [("顾清和", limit)]
        assert all(r["reason"] == "ordered by the court" and r["to_decide"] for r in listed["rows"])
        assert doctor.get("/api/exports").json["counts"] == []
        assert len(officer.get("/api/audit?action=export.ask").json["rows"]) == limit + 1, "the refused one too"


ASYNC = {"Prefer": "respond-async"}


def granted(doctor, officer, **scope):
    number = ask(doctor, kind="bulk", format="ndjson", **scope).json["id"]
    decide(officer, number)
    return number


def kick(client, path="/fhir/$export", method="GET", **headers):
    return client.ask(method, path, headers={**ASYNC, **headers})


def below(url):
    return url[url.index("/fhir/"):]


def manifest(client, path):
    def is_done():
        got = client.get(path)
        assert got.status in (200, 202), (got.status, got.body)
        if got.status == 202:
            assert got.headers["X-Progress"] and int(got.headers["Retry-After"]) > 0
        return got if got.status == 200 else None
    return until("the files are made", is_done).json


def lines(client, m):
    """What each file holds, by type; each is as many lines as the manifest says."""
    held = {}
    for out in m["output"]:
        got = client.get(below(out["url"]))
        assert got.status == 200 and got.headers["Content-Type"] == "application/fhir+ndjson", (got.status, got.body[:200])
        rows = [json.loads(line) for line in got.body.splitlines()]
        assert len(rows) == out["count"] and {r["resourceType"] for r in rows} == {out["type"]}
        held.setdefault(out["type"], []).extend(rows)
    return held


def sealed_files(s):
    return [name for _, _, names in os.walk(f"{s.data}/files") for name in names]


def rule_many_records_leave_by_two_marked_on_every_line_and_only_what_was_granted():
    with site() as s:
        w = Ward(s)
        doctor, officer, program = *people(s), s.token("guqinghe")
        assert kick(program).status == 403, "nobody granted it"
        outcome = kick(program, **{"Accept-Language": "zh-CN"})
        assert outcome.json["resourceType"] == "OperationOutcome" and "导出" in outcome.body.decode()
        number = ask(doctor, kind="bulk", format="ndjson", level="patient").json["id"]
        assert kick(program, "/fhir/Patient/$export").status == 403, "asked for, not granted"
        decide(doctor, number, want=409)
        decide(officer, number)
        assert doctor.post(f"/api/exports/{number}/key").status == 404, "no other way to it"
        assert kick(program).status == 403, "all there is, where patients were granted"
        assert kick(s.token("privacy-officer"), "/fhir/Patient/$export").status == 403, "an officer reads no record"
        assert program.get("/fhir/Patient/$export").status == 400, "not waited for"
        for wrong in ("_type=Binary", "_type=AuditEvent", "_type=Nonsense", "_since=yesterday", "_outputFormat=csv", "patient=1"):
            assert kick(program, f"/fhir/Patient/$export?{wrong}").status == 400, wrong
        got = kick(program, "/fhir/Patient/$export")
        assert got.status == 202, (got.status, got.body)
        path = below(got.headers["Content-Location"])
        assert kick(program, "/fhir/Patient/$export").status == 403, "granted once"
        for other in (s.token("privacy-officer"), s.token("nurse"), s.token("duty-command")):
            assert other.get(path).status == 404
        m = manifest(program, path)
        assert m["requiresAccessToken"] is True and m["request"].endswith("/fhir/Patient/$export") and m["error"] == []
        held = lines(program, m)
        seen = {f"{t}/{r['id']}" for t, rows in held.items() for r in rows}
        mine = program.get(f"/fhir/Patient/{w.anna['id']}/$everything").json["entry"]
        of_patients = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in mine} - {f"Practitioner/{w.specialist['id']}", f"Practitioner/{w.escort['id']}"}
        assert of_patients <= seen and f"Patient/{w.ben['id']}" in seen and "Practitioner" not in held
        assert f"Observation/{w.of['sealed']['id']}" not in seen, "what the doctor may not see is not in it"
        for rows in held.values():
            for r in rows:
                tag = next(t for t in r["meta"]["tag"] if t["system"] == "https://yunqiao.invalid/fhir/export")
                assert tag["code"] == str(number) and RECIPIENT in tag["display"] and "顾清和" in tag["display"], tag
                assert marked(m["transactionTime"]) in tag["display"].replace(" ", ""), tag
        bare = json.loads(program.get(w.path("observation")).body)
        copy = next(r for r in held["Observation"] if r["id"] == bare["id"])
        copy["meta"].pop("tag")
        assert copy == bare
        assert sealed_files(s) and scan(s.data, CANARY) == [], "sealed while they wait"
        first = below(m["output"][0]["url"])
        part = program.ask("GET", first, headers={"Range": "bytes=0-9"})
        assert part.status == 206 and len(part.body) == 10
        for other in (s.token("privacy-officer"), s.token("nurse"), s.client()):
            assert other.get(first).status in (401, 404)
        trail = officer.get("/api/audit?action=export.&limit=200").json["rows"]
        of_it = [r for r in trail if r["target"] == f"export/{number}" and r["outcome"] == "ok"]
        assert {"export.ask", "export.decide", "export.begin", "export.bulk", "export.file"} <= {r["action"] for r in of_it}, trail
        versions = {v for r in of_it if r["action"] == "export.bulk" for v in r["detail"]["versions"]}
        assert len(versions) == sum(o["count"] for o in m["output"]), "each version that left is in the trail"
        own = officer.get(f"/api/audit?action=export.bulk&patient={w.anna['id']}").json["rows"]
        assert own and own[0]["detail"]["versions"], "and in that of whom it is about"
        assert [c["fetched"] for c in officer.get("/api/exports").json["counts"]] == [1]
        got = program.ask("DELETE", path)
        assert got.status == 202, got.body
        assert program.get(path).status == 404 and program.get(first).status == 404 and program.ask("DELETE", path).status == 404
        until("its files are gone", lambda: not sealed_files(s))


def rule_a_bulk_export_is_narrowed_and_made_anew_after_a_restart_and_given_up_at_an_erasure():
    with site() as s:
        w = Ward(s)
        doctor, officer, program = *people(s), s.token("guqinghe")
        granted(doctor, officer, types="Observation,Practitioner")
        since = now()
        until("the clock goes on", lambda: now() > since)
        since = now()
        w.add({"resourceType": "Observation", "status": "final", "code": {"text": "later"}, "subject": ref(w.ben)})
        assert kick(program).status == 403, "all types, where two were granted"
        got = kick(program, f"/fhir/$export?_type=Observation&_since={since}", "POST")
        assert got.status == 202, got.body
        path = below(got.headers["Content-Location"])
        held = lines(program, manifest(program, path))
        assert [r["code"]["text"] for r in held["Observation"]] == ["later"] and len(held) == 1
        s.stop()
        s.start()
        program = s.token("guqinghe")
        assert not sealed_files(s), "their keys were in memory alone"
        held = lines(program, manifest(program, path))
        assert [r["code"]["text"] for r in held["Observation"]] == ["later"] and len(held) == 1
        doctor, officer = s.client().log_in("guqinghe"), s.client().log_in("luojingan")
        doctor.codes = doctor.post("/api/account/recovery-codes", {"code": s.code("guqinghe")}).json["recovery_codes"]
        officer.codes = officer.post("/api/account/recovery-codes", {"code": s.code("luojingan")}).json["recovery_codes"]
        asked = officer.post("/api/erasures", {"patient": w.ben["id"], "reason": "ordered by the court", "code": officer.codes.pop()})
        assert asked.status == 201, asked.body
        got = doctor.post(f"/api/erasures/{asked.json['id']}", {"verdict": "erase", "code": doctor.codes.pop()})
        assert got.status == 204, got.body
        assert not sealed_files(s), "what was erased waits nowhere"
        assert lines(program, manifest(program, path)) == {}


main(at_once=3)

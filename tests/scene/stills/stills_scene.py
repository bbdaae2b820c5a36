"""Stills of a consultation: what is taken is what is kept, under its hash; of a track it is the picture of that moment, made by the codec child,
whose death costs a still for a moment and nobody the call."""
import hashlib
import http.client
import json
import os
import ssl
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, f"{HERE}/../../rules"]
import house  # noqa: E402
from stills import document, file_of, instant, keep, grab, now_text, png, said  # noqa: E402
from ward import Ward, bind  # noqa: E402


def scene_the_bytes_of_a_camera_are_kept_as_they_came():
    with house.site() as s:
        w = Ward(s)
        visit, picture = w.visit["id"], png()
        bind(s, "wenzhiyuan", w.specialist)
        assert w.grant("observation").status == 201
        doctor, expert = s.client().log_in("guqinghe"), s.client().log_in("wenzhiyuan")
        at = now_text(-1)
        got = keep(doctor, visit, picture, at=at)
        assert got.status == 201, got.body
        made = got.json
        assert made["sha256"] == hashlib.sha256(picture).hexdigest() and made["at"] == at and (made["width"], made["height"]) == (4, 3)
        doc = document(doctor, made)
        assert file_of(doctor, doc) == picture
        assert doc["status"] == "current" and doc["docStatus"] == "final" and doc["subject"]["reference"] == f"Patient/{w.anna['id']}"
        assert doc["context"]["encounter"] == [{"reference": f"Encounter/{visit}"}] and doc["author"][0]["display"]
        assert said(doc, "at") == at and said(doc, "clock") == "browser" and said(doc, "kind") == "camera" and doc["description"] == "检查摄像头"
        assert "hash" not in doc["content"][0]["attachment"] and abs(instant(doc["date"]) - time.time()) < 30
        # Nothing changes it.
        headers = {"Content-Type": "application/fhir+json"}
        assert doctor.ask("PUT", f"/fhir/DocumentReference/{doc['id']}", json.dumps({**doc, "description": "x"}).encode(), headers).status == 409
        assert doctor.ask("DELETE", f"/fhir/Binary/{made['file']}").status == 409
        assert doctor.ask("DELETE", f"/fhir/DocumentReference/{doc['id']}").status == 409
        # Whoever is let into the visit sees it, and takes stills too; the other specialist does not.
        assert file_of(expert, document(expert, made)) == picture
        own = keep(expert, visit, picture, source="")
        assert own.status == 201, own.body
        assert file_of(doctor, document(doctor, own.json)) == picture and file_of(expert, document(expert, own.json)) == picture
        other = s.client().log_in("peiyan")
        assert other.get(f"/fhir/DocumentReference/{made['id']}").status == 404 and keep(other, visit, picture).status == 404
        # Origin and trail.
        origin = doctor.get(f"/fhir/Provenance?target=DocumentReference/{made['id']}").json["entry"]
        assert len(origin) == 1
        trail = s.token("privacy-officer").get("/api/audit?action=still.take").json["rows"]
        assert [r["outcome"] for r in trail].count("ok") == 2, trail


def scene_what_is_no_picture_or_nobodys_to_add_is_refused():
    with house.site() as s:
        w = Ward(s)
        visit, picture = w.visit["id"], png()
        doctor = s.client().log_in("guqinghe")
        for status, code, more in ((415, "file_type", {"body": b"GIF89a" + b"x" * 40}), (415, "media_type", {"media": "image/svg+xml"}),
                                   (400, "bad_field", {"width": 0}), (400, "bad_field", {"height": "9x"}), (400, "bad_field", {"at": "yesterday"}),
                                   (400, "bad_field", {"at": now_text(3 * 86400)}), (400, "bad_field", {"source": "x" * 200})):
            got = keep(doctor, visit, more.pop("body", picture), more.pop("media", "image/png"), **more)
            assert (got.status, got.code) == (status, code), (got.status, got.body, code, more)
        # Too much is refused by what is announced, before any of it is read.
        query = urllib.parse.urlencode({"at": now_text(), "width": 4, "height": 3})
        big = http.client.HTTPSConnection("127.0.0.1", s.port, timeout=20, context=ssl._create_unverified_context())
        big.putrequest("POST", f"/api/visits/{visit}/stills?{query}")
        for name, value in (("Content-Type", "image/png"), ("Content-Length", str(20 * 1024 * 1024 + 1)), ("Cookie", doctor.cookie), ("X-CSRF-Token", doctor.csrf)):
            big.putheader(name, value)
        big.endheaders()
        assert big.getresponse().status == 413
        assert keep(doctor, "nothing", picture).status == 404
        for role in ("guard", "duty-command", "detainee", "pharmacist", "interpreter", "scheduling-admin"):
            if role in s.by_role:
                got = keep(s.client().log_in(s.by_role[role]), visit, picture)
                assert got.status in (403, 404), (role, got.status)
        assert grab(doctor, visit, "r-none", 1).code == "not_in_call"
        assert doctor.get("/fhir/DocumentReference?_summary=count").json["total"] == 0
        left = [f for _, _, files in os.walk(f"{s.data}/files") for f in files if not f.endswith(".gone")]
        assert not left, "nothing of what was refused is left on the disk"


def scene_a_photo_of_a_browser_on_a_narrow_way():
    """Goal T3: a photo within 3 s on 1 Mbit/s. Printed, not asserted: how large photos are, is the browser's choice."""
    with house.site() as s:
        w = Ward(s)
        doctor = s.client().log_in("guqinghe")
        body = b"\xff\xd8\xff" + os.urandom(320_000)  # a JPEG of two megapixels
        query = urllib.parse.urlencode({"at": now_text(), "width": 1920, "height": 1080, "source": "exam"})
        c = http.client.HTTPSConnection("127.0.0.1", s.port, timeout=30, context=ssl._create_unverified_context())
        began = time.monotonic()
        c.putrequest("POST", f"/api/visits/{w.visit['id']}/stills?{query}")
        for name, value in (("Content-Type", "image/jpeg"), ("Content-Length", str(len(body))), ("Cookie", doctor.cookie), ("X-CSRF-Token", doctor.csrf)):
            c.putheader(name, value)
        c.endheaders()
        for at in range(0, len(body), 4096):
            wait = began + at * 8 / 1e6 - time.monotonic()
            time.sleep(max(0, wait))
            c.send(body[at:at + 4096])
        sent = time.monotonic()
        got = c.getresponse()
        assert got.status == 201, got.read()
        print(f"figure T3 photo of {len(body) / 1000:.0f} kB on 1 Mbit/s: {time.monotonic() - began:.2f} s, of which the server {1000 * (time.monotonic() - sent):.0f} ms", flush=True)


house.main("scene_")

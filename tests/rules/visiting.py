"""A consultation on the demo's whole site, taken as far as a rule needs it: asked for, consented to, booked at the next time, its people logged in."""
import base64
import contextlib
import os
import struct
import sys
import zlib

import house
from line import Line

sys.path.insert(0, f"{house.TOP}/tests/scheduler")
from bookings import always_there, at, done, find  # noqa: E402

EYES, BRAIN = "specialist:ophthalmology", "specialist:neurosurgery"
PATIENT = "Patient/demo-p001"
FHIR = {"Content-Type": "application/fhir+json"}


def signature():
    """A small picture, as a touch pad makes it."""
    def part(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = b"".join(b"\0" + os.urandom(8) for _ in range(8))
    png = b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
    return base64.b64encode(png).decode()


def visit(answer, status=200):
    assert answer.status == status, (answer.status, answer.body)
    return answer.json["visit"]


class House:
    def __init__(self, site):
        self.site = site
        self.accounts = {}
        self.doctor, self.nurse = site.client().log_in("guqinghe"), site.client().log_in(site.by_role["nurse"])
        self.admin = site.token("scheduling-admin")
        self.people = {r["reference"]: r for r in self.admin.get("/api/agenda/resources").json["resources"]}
        always_there(site, *(f"Practitioner/demo-{name}" for name in site.accounts), "Practitioner/demo-escort-1", "Practitioner/demo-escort-2")

    def begin(self, patient=PATIENT, question="左眼红肿一周，视物模糊", attached=(), labels=(), needs=(EYES,), **more):
        return visit(self.doctor.post("/api/visits", {"patient": patient, "needs": list(needs), "question": question, "triage": "soon", "minutes": 40,
                                                      "attached": list(attached), "labels": list(labels), **more}), 201)

    def step(self, v, verb, who=None, want=200, **body):
        return visit((who or self.doctor).post(f"/api/visits/{v['id']}/{verb}", body), want)

    def refused(self, v, verb, code, who=None, status=409, **body):
        got = (who or self.doctor).post(f"/api/visits/{v['id']}/{verb}", body)
        assert got.status == status and got.code == code, (verb, got.status, got.body)

    def ask(self, **more):
        """A request that is active: consented to by signature."""
        v = self.begin(**more)
        self.step(v, "consent", kind="request", signature=signature())
        return self.step(v, "activate")

    def book(self, v, needs=None, until=2, **more):
        """The first time that all have, everybody asked, and by telephone all say yes."""
        wanted = [{"need": n} for n in (needs or v["needs"])] + [{"need": "clinic-doctor", "reference": "Practitioner/demo-guqinghe"},
                                                                 {"need": "room:video-room"}, {"need": "escort"}]
        p = find(self.doctor, wanted, patient=v["patient"]["reference"], until=until, **more)["proposals"][0]
        seats = [{"need": s["need"], "reference": s["reference"]} for s in p["seats"]]
        b = done(self.doctor.post("/api/bookings", {"patient": v["patient"]["reference"], "request": v["request"], "triage": "soon", "start": p["start"],
                                                    "minutes": 40, "seats": seats, "ask": True}), 201)
        for s in [s for s in b["seats"] if s["answer"] == "asked"]:
            b = done(self.doctor.post(f"/api/bookings/{b['id']}/accept", {"version": b["version"], "seat": s["reference"]}))
        assert b["state"] == "booked", b
        return b

    def look(self, v, who=None):
        return visit((who or self.doctor).get(f"/api/visits/{v['id']}"))

    def specialist(self, v, need=EYES):
        """Whoever sits in its booking for that."""
        reference = next(s["reference"] for s in v["booking"]["seats"] if s["need"] == need)
        return self.site.client().log_in(reference.replace("Practitioner/demo-", ""))

    def account(self, client):
        return client.get("/api/session").json["account"]["id"]

    def receive(self, v, present=()):
        """The patient is there, is the right one, and says yes on camera."""
        self.step(v, "arrive", who=self.nurse)
        self.step(v, "identify", how=["name", "face"])
        return self.step(v, "consent", kind="camera", present=list(present))


@contextlib.contextmanager
def house_of_visits(env=None, **more):
    """env: of the program that serves it, made of its site (house.Hands); more: of the site."""
    s = house.Site(**more)
    try:
        assert s.run("demo", "--force", "--unbooked", "--json").returncode == 0
        yield House(s.start(env=env(s) if env else None))
        assert "level=error" not in open(s.log_path).read(), open(s.log_path).read()[-800:]
    finally:
        s.close()


def join(client, room):
    """Through the door by a token; the frame that it is answered with."""
    got = client.post(f"/api/rooms/{room}/join", {})
    if got.status != 200:
        return got.code
    line = Line(client)
    line.say({"type": "call.join", "room": room, "token": got.json["token"]})
    return line

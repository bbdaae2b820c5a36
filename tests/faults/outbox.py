#!/usr/bin/env python3
"""Messages out of the house, each once: e-mail with its calendar and the SMS gateway, through kills of the server and of its courier, a
mail server that puts off, refuses or hangs up or is slow for some while others go on, a ring that waits for nothing, and a restart over a
reminder's time. None has a name of a patient or a clinical word."""
import datetime
import email
import email.policy
import os
import re
import signal
import sys
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [f"{TESTS}/rules", f"{TESTS}/scheduler"]
import bookings  # noqa: E402
import house  # noqa: E402

try:
    import sinks
except ImportError as missing:
    print(f"skipped: {missing}; see scripts/packages/test.txt")
    sys.exit(77)

SECRET = "a gateway's own secret"
WEN, GU = "wenzhiyuan", "guqinghe"  # a specialist, the clinic's doctor
NEEDS = [("specialist:ophthalmology", "Practitioner/demo-wenzhiyuan"), ("clinic-doctor", "Practitioner/demo-guqinghe"),
         ("room:video-room", "Location/demo-room-v1")]


def text_at(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class House:
    """The site with its two ways out, and who looks at them."""

    def __init__(self):
        self.mail = sinks.Mail()
        self.site = house.Site(config=f"[mail]\nurl = {self.mail.url}\nfrom = yunqiao@site.example\n[sms]\nurl = GATEWAY\n"
                                      "key_file = ROOT/sms.key\ntrust = ROOT/gateway.pem\n")
        self.gateway = sinks.Gateway(self.site.root, SECRET)
        conf = f"{self.site.root}/conf"
        text = open(conf).read().replace("GATEWAY", self.gateway.url)
        open(conf, "w").write(text)
        open(f"{self.site.root}/sms.key", "w").write(SECRET + "\n")
        assert self.site.run("demo", "--force", "--unbooked", "--json").returncode == 0
        self.site.start()
        self.admin, self.doctor, self.wen = (self.site.token(n) for n in ("scheduling-admin", GU, WEN))

    def close(self):
        self.site.close()
        self.mail.stop()
        self.gateway.stop()

    def room(self):
        rows = self.admin.get("/api/agenda/resources?kind=room").json["resources"]
        return [r["reference"] for r in rows if r["what"] == "video-room"]

    def book(self, start, room=0, patient="Patient/demo-p001"):
        """An emergency may lie outside of everybody's hours, which is all that is wanted here: a time that is soon."""
        seats = [{"need": n, "reference": r} for n, r in NEEDS[:2]] + [{"need": "room:video-room", "reference": self.room()[room]}]
        return bookings.done(self.admin.post("/api/bookings", {"patient": patient, "triage": "emergency", "start": text_at(start), "minutes": 20,
                                                               "seats": seats, "ask": True}), 201)

    def accept(self, booking):
        for need, reference in NEEDS[:2]:
            booking = bookings.done(bookings.event(self.admin, booking, "accept", seat=reference))
        assert booking["state"] == "booked"
        return booking

    def posts(self, state=""):
        return self.admin.get(f"/api/posts?state={state}").json

    def kill(self):
        self.site.stop(signal.SIGKILL)
        self.site.start()

    def couriers(self):
        """The process ids of the couriers that are out."""
        found = []
        receipts = {os.stat(f"{self.site.data}/{n}").st_ino for n in os.listdir(self.site.data) if n.startswith("outbox.receipt")}
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                if open(f"/proc/{name}/comm").read().strip() == "yunqiao-courier" and os.stat(f"/proc/{name}/fd/1").st_ino in receipts:
                    found.append(int(name))
            except OSError:
                pass
        return found

    def slow(self, letters):
        """From now on the mail server takes so many letters and does not answer."""
        self.mail.slow_for, self.mail.release = letters, type(self.mail.release)()
        self.mail.held.clear()
        self.mail.mode = "slow"

    def answer(self):
        self.mail.mode = "take"
        self.mail.release.set()


def parsed(letter):
    return email.message_from_bytes(letter, policy=email.policy.default)


def of_kind(h, kind, who=None):
    """Letters whose calendar and words say so; by subject, as a reader tells them."""
    words = {"invited": "waits for your answer", "booked": "is booked", "reminder": "Reminder", "ended": "is off", "rung": "being called"}[kind]
    return [parsed(body) for to, body in h.mail.letters if words in parsed(body)["Subject"] and (who is None or to == who)]


def where_they_are_reached_is_their_own_to_say(h):
    assert h.wen.get("/api/own/reach").json == {"email": "", "phone": ""}
    bookings.refused(h.wen.put("/api/own/reach", {"email": "a\r\nBcc: b@c", "phone": ""}), 400, "bad_field")
    bookings.refused(h.wen.put("/api/own/reach", {"email": "", "phone": "call me"}), 400, "bad_field")
    assert h.wen.put("/api/own/reach", {"email": "wen@hospital.example", "phone": "+86 138-0000-0001"}).status == 204
    assert h.doctor.put("/api/own/reach", {"email": "gu@clinic.example", "phone": ""}).status == 204
    assert h.wen.get("/api/own/reach").json == {"email": "wen@hospital.example", "phone": "+8613800000001"}
    telecom = h.doctor.get("/fhir/Practitioner/demo-wenzhiyuan").json["telecom"]
    assert [t["system"] for t in telecom] == ["email", "phone"]


def an_invitation_comes_by_both_ways(h, start):
    one = h.book(start)
    house.until("two letters", lambda: len(of_kind(h, "invited")) == 2)
    house.until("one word", lambda: len(h.gateway.words) == 1)
    word = next(iter(h.gateway.words.values()))
    assert word["to"] == "+8613800000001" and word["kind"] == "invited" and word["start"][:16] == one["start"][:16], word
    letter = of_kind(h, "invited", "wen@hospital.example")[0]
    calendar = next(p for p in letter.walk() if p.get_content_type() == "text/calendar").get_content()
    import icalendar
    event = icalendar.Calendar.from_ical(calendar).walk("VEVENT")[0]
    assert event["UID"] == f"{one['id']}@yunqiao.invalid" and str(event["STATUS"]) == "TENTATIVE"
    assert event["DTSTART"].dt.astimezone(datetime.timezone.utc).strftime("%H:%M") == one["start"][11:16]
    assert "Auto-Submitted" in letter and re.fullmatch(r"<[0-9a-f]{32}@site\.example>", letter["Message-ID"])
    return one


def a_kill_of_the_server_while_a_letter_is_out_sends_it_once(h, one):
    h.slow(2)
    one = h.accept(one)
    house.until("both are out at once", lambda: len(of_kind(h, "booked")) == 2)
    h.site.stop(signal.SIGKILL)  # the couriers go on
    h.site.start()
    h.answer()
    house.until("both are told", lambda: len(of_kind(h, "booked")) == 2)
    house.until("all is sent", lambda: not h.posts()["posts"], 30)
    assert len(of_kind(h, "booked")) == 2
    return one


def of_what_nobody_knows_the_admin_decides(h, start):
    """Its courier killed after the end of the letter and before the answer: it is not sent again by itself."""
    before = len(h.mail.letters)
    h.slow(2)
    h.book(start, room=1, patient="Patient/demo-p009")
    house.until("two are out", lambda: len(h.mail.letters) == before + 2 and len(h.posts("sending")["posts"]) == 2)
    courier = h.couriers()[0]
    status = open(f"/proc/{courier}/status").read()
    assert re.search(r"NoNewPrivs:\s+1", status) and re.search(r"Seccomp:\s+2", status), "the courier is in its box"
    os.kill(courier, signal.SIGKILL)
    house.until("it is unknown", lambda: h.posts("unknown")["posts"], 30)
    h.answer()
    house.until("the other one is sent", lambda: not h.posts("sending")["posts"], 30)
    assert len(h.mail.letters) == before + 2
    lost = h.posts("unknown")["posts"][0]
    assert lost["why"] == "unknown" and lost["tries"] == 1 and lost["kind"] == "invited", lost
    first = {parsed(letter)["Message-ID"] for _, letter in h.mail.letters[before:]}
    assert h.doctor.post(f"/api/posts/{lost['number']}/again").status == 403
    assert h.admin.post(f"/api/posts/{lost['number']}/again").status == 204
    house.until("it goes again", lambda: len(h.mail.letters) == before + 3)
    assert len(first) == 2 and parsed(h.mail.letters[-1][1])["Message-ID"] in first, "by its id whoever takes it knows it"
    house.until("all is sent", lambda: not h.posts()["posts"])


def what_is_put_off_comes_and_what_is_refused_is_told(h, start):
    before = len(h.mail.letters)
    h.mail.mode = "later"
    h.gateway.statuses = [503]
    one = h.book(start, room=0, patient="Patient/demo-p009")
    house.until("three wait", lambda: len([p for p in h.posts()["posts"] if p["state"] == "waiting" and p["tries"] == 1]) == 3, 30)
    waits = {p["way"]: p for p in h.posts()["posts"]}
    assert waits["mail"]["code"] == 451 and waits["sms"]["code"] == 503 and waits["mail"]["next"], waits
    health = h.site.token("system-admin").get("/api/system/health").json["checks"]
    assert next(c for c in health if c["name"] == "messages")["code"] == "stuck"
    h.mail.mode = "refuse"
    for post in h.posts()["posts"]:
        assert h.admin.post(f"/api/posts/{post['number']}/again").status == 204
    house.until("two are refused", lambda: len(h.posts("failed")["posts"]) == 2, 30)
    assert {p["code"] for p in h.posts("failed")["posts"]} == {550}
    h.mail.mode = "take"
    for post in h.posts("failed")["posts"]:
        assert h.admin.post(f"/api/posts/{post['number']}/again").status == 204
    house.until("all is sent", lambda: not h.posts()["posts"], 30)
    assert len(h.mail.letters) == before + 2
    bookings.done(bookings.event(h.admin, one, "cancel", side="clinic", reason="need-gone"))
    house.until("they are told", lambda: len(of_kind(h, "ended")) >= 1)
    house.until("all is sent", lambda: not h.posts()["posts"], 30)


def ring(h):
    """Until it rings at the one who is reached out of the house; the others decline by telephone."""
    got = h.doctor.post("/api/rings", {"patient": "Patient/demo-p002", "need": "specialist:ophthalmology", "minutes": 20})
    assert got.status == 201, got.body
    one = got.json["ring"]
    for _ in range(20):
        at = next(p["reference"] for p in one["people"] if p["state"] == "ringing")
        if at == NEEDS[0][1]:
            return one
        one = h.doctor.post(f"/api/rings/{one['id']}/decline", {"person": at}).json["ring"]
    raise AssertionError("never rung")


def rung_words(h):
    return [w for w in list(h.gateway.words.values()) if w["kind"] == "rung"]


def a_ring_waits_for_no_letter_and_no_restart(h, start):
    """The mail server is slow for as many letters as go out at once: words to the gateway, and the ring's own letter, pass them by; killed
    meanwhile, the server rings again, and writes nothing twice."""
    before, words = len(h.mail.letters), len(h.gateway.words)
    h.slow(3)
    for i, patient in enumerate(("demo-p009", "demo-p003", "demo-p001")):
        h.book(start + datetime.timedelta(hours=i), patient=f"Patient/{patient}")
    house.until("three are held", lambda: len(h.mail.letters) == before + 3)
    house.until("three words pass them by", lambda: len(h.gateway.words) == words + 3)
    house.until("three are out and three wait", lambda: [len(h.posts(s)["posts"]) for s in ("sending", "waiting")] == [3, 3])
    one = ring(h)
    house.until("its letter passes them by", lambda: of_kind(h, "rung"))
    house.until("and so does its word", lambda: rung_words(h))
    assert len(h.mail.letters) == before + 4 and not h.mail.release.is_set()
    h.kill()
    house.until("it rings again", lambda: [p for p in h.doctor.get(f"/api/rings/{one['id']}").json["ring"]["people"] if p["state"] == "ringing"])
    two = h.doctor.post(f"/api/rings/{one['id']}/cancel").json["ring"]
    assert two["state"] == "cancelled"
    two = ring(h)
    house.until("the next ring's letter too, past couriers of the server before", lambda: len(of_kind(h, "rung")) == 2)
    house.until("and its word", lambda: len(rung_words(h)) == 2)
    house.until("the three are out still", lambda: len(h.posts("sending")["posts"]) == 3)
    assert len(h.mail.letters) == before + 5 and not h.mail.release.is_set()
    word = rung_words(h)[0]
    assert word["to"] == "+8613800000001" and "You are being called" in word["text_en"] and word["minutes"] == 0, word
    letter = of_kind(h, "rung")[0]
    assert letter["To"] == "wen@hospital.example" and not [p for p in letter.walk() if p.get_content_type() == "text/calendar"]
    h.doctor.post(f"/api/rings/{two['id']}/cancel")
    h.answer()
    house.until("all is sent", lambda: not h.posts()["posts"], 30)
    ids = [parsed(letter)["Message-ID"] for _, letter in h.mail.letters[before:]]
    assert len(ids) == 8 and len(set(ids)) == 8, ids
    assert len(rung_words(h)) == 2 and len(of_kind(h, "rung")) == 2, "a kill wrote nothing twice"
    rung = [p for state in ("sent", "dropped") for p in h.posts(state)["posts"] if p["kind"] == "rung"]
    assert len(rung) == 4, rung
    own = h.wen.get("/api/messages").json["messages"]
    assert "rung" not in {m["kind"] for m in own}, "in the client the ring itself is there"


def a_ring_that_is_over_is_told_to_nobody(h):
    before = len(rung_words(h))
    h.mail.mode = "later"
    h.gateway.statuses = [503]
    one = ring(h)
    house.until("both are put off", lambda: len([p for p in h.posts("waiting")["posts"] if p["kind"] == "rung" and p["tries"] == 1]) == 2, 30)
    waits = h.posts("waiting")["posts"][0]
    assert waits["name"] and "booking" not in waits, waits
    h.mail.mode = "take"
    h.doctor.post(f"/api/rings/{one['id']}/cancel")
    house.until("they are dropped", lambda: not h.posts()["posts"], 30)
    assert len(rung_words(h)) == before and h.posts()["counts"]["dropped"] >= 2


def each_reminder_once_with_kills_around_its_time(h):
    """A reminder is due within seconds, and the server is killed over and over."""
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=60, seconds=5)
    before = len(h.gateway.words)
    booked = h.accept(h.book(soon))
    end = time.monotonic() + 7
    while time.monotonic() < end:
        time.sleep(1.2)
        h.kill()
    house.until("they are reminded", lambda: len(of_kind(h, "reminder")) == 2, 30)
    house.until("all is sent", lambda: not h.posts()["posts"], 30)
    got = [m["To"] for m in of_kind(h, "reminder")]
    assert sorted(got) == ["gu@clinic.example", "wen@hospital.example"], got
    words = [w["kind"] for w in list(h.gateway.words.values())[before:]]
    assert words.count("reminder") == 1 and len(set(words)) == len(words), words
    inside = [m for m in h.wen.get("/api/messages").json["messages"] if m["kind"] == "reminder"]
    assert [m["booking"] for m in inside] == [booked["id"]]



def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in ("text", "display", "family", "given", "value", "code"):
                yield from strings(inner)
            elif isinstance(inner, (dict, list)):
                yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def clinical_words(h):
    words = {"ophthalmology", "neurosurgery", "眼科", "神经外科", "demo-p001", "demo-p002", "demo-p009"}
    for patient in ("demo-p001", "demo-p002", "demo-p009"):
        words.add(h.doctor.get(f"/fhir/Patient/{patient}").json["name"][0]["text"])
        for kind in ("Condition", "AllergyIntolerance", "MedicationRequest", "ServiceRequest"):
            for entry in h.doctor.get(f"/fhir/{kind}?patient=Patient/{patient}").json.get("entry", []):
                resource = entry["resource"]
                for key in ("code", "medicationCodeableConcept", "reasonCode", "note", "bodySite"):
                    words.update(strings(resource.get(key, {})))
    return {w for w in words if len(w) >= 2 and not re.fullmatch(r"[\d.]+", w)}


def none_has_a_name_or_a_clinical_word(h):
    words = clinical_words(h)
    assert len(words) > 12, words
    said = []
    for to, body in h.mail.letters:
        message = parsed(body)
        said += [str(message["Subject"])] + [p.get_content() for p in message.walk() if not p.is_multipart()]
    said += [str(w) for w in h.gateway.words.values()]
    text = "\n".join(said)
    found = [w for w in words if w in text]
    assert not found, found
    assert "Practitioner" not in text and "Patient" not in text
    log = open(h.site.log_path).read()
    assert "hospital.example" not in log and "13800000001" not in log and "level=error" not in log, log[-600:]


def main():
    h = House()
    try:
        later = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0) + datetime.timedelta(hours=30)
        where_they_are_reached_is_their_own_to_say(h)
        one = an_invitation_comes_by_both_ways(h, later)
        one = a_kill_of_the_server_while_a_letter_is_out_sends_it_once(h, one)
        of_what_nobody_knows_the_admin_decides(h, later + datetime.timedelta(hours=1))
        what_is_put_off_comes_and_what_is_refused_is_told(h, later + datetime.timedelta(hours=2))
        a_ring_waits_for_no_letter_and_no_restart(h, later + datetime.timedelta(hours=4))
        a_ring_that_is_over_is_told_to_nobody(h)
        each_reminder_once_with_kills_around_its_time(h)
        none_has_a_name_or_a_clinical_word(h)
        print(f"figure outbox.letters {len(h.mail.letters)}")
        print(f"figure outbox.sms {len(h.gateway.words)}")
    finally:
        h.close()
    print("9 passed, 0 failed")


if __name__ == "__main__":
    main()

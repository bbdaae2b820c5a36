#!/usr/bin/env python3
"""A specialist at once, and follow-ups that come again, through the API: rung in turn, declined, answered; booked for this minute with a room that both may enter; what an
emergency displaced is said; and the same again through a kill."""
import datetime
import signal
import sys

TESTS = __file__.rsplit("/", 2)[0]
sys.path[:0] = [f"{TESTS}/rules", f"{TESTS}/scheduler"]
import bookings  # noqa: E402
import house  # noqa: E402


def ring_of(answer, status=200):
    assert answer.status == status, (answer.status, answer.body)
    return answer.json["ring"]


def people(ring, state):
    return [p["reference"] for p in ring["people"] if p["state"] == state]


def who_may_ring(site, doctor):
    body = {"patient": "Patient/demo-p001", "need": "specialist:ophthalmology"}
    for role in ("guard", "duty-command", "security-admin"):
        assert site.token(role).post("/api/rings", body).status == 404, role
    bookings.refused(site.token("wenzhiyuan").post("/api/rings", body), 403, "booking_role")
    bookings.refused(site.token("scheduling-admin").post("/api/rings", body), 403, "booking_role")
    bookings.refused(doctor.post("/api/rings", {**body, "need": "nurse"}), 400, "bad_field")
    bookings.refused(doctor.post("/api/rings", {"need": body["need"]}), 400, "missing_field")


def one_is_rung_and_answers(site, doctor):
    wen, pei = site.token("wenzhiyuan"), site.token("peiyan")
    ring = ring_of(doctor.post("/api/rings", {"patient": "Patient/demo-p001", "need": "specialist:ophthalmology", "minutes": 20}), 201)
    assert ring["state"] == "ringing" and len(people(ring, "ringing")) == 1 and ring["ends"], ring
    for _ in range(20):  # who is rung by telephone declines there, until it is the one with an account
        if people(ring, "ringing") == ["Practitioner/demo-wenzhiyuan"]:
            break
        assert wen.get(f"/api/rings/{ring['id']}").status == 404, "who has not been rung sees no ring"
        ring = ring_of(doctor.post(f"/api/rings/{ring['id']}/decline", {"person": people(ring, "ringing")[0]}))
    assert people(ring, "ringing") == ["Practitioner/demo-wenzhiyuan"]
    assert pei.get(f"/api/rings/{ring['id']}").status == 404, "another's specialty"
    site.stop(signal.SIGKILL)
    site.start()
    mine = next(r for r in wen.get("/api/rings").json["rings"] if r["id"] == ring["id"])
    assert mine["state"] == "ringing" and mine["mine"] == "ringing" and mine["by"] and "people" not in mine, mine
    assert "demo-p001" not in str(mine), "who it is about is learnt in the room"
    answered = ring_of(wen.post(f"/api/rings/{ring['id']}/answer"))
    assert answered["state"] == "answered" and answered["mine"] == "answered" and answered["room"], answered
    seen = ring_of(doctor.get(f"/api/rings/{ring['id']}"))
    assert people(seen, "answered") == ["Practitioner/demo-wenzhiyuan"] and seen["room"] == answered["room"]
    booking = doctor.get(f"/api/bookings/{seen['booking']}").json["booking"]
    start = datetime.datetime.fromisoformat(booking["start"].replace("Z", "+00:00"))
    late = (datetime.datetime.now(datetime.timezone.utc) - start).total_seconds()
    assert booking["state"] == "booked" and booking["triage"] == "emergency" and 0 <= late < 120, (booking, late)
    assert booking["room"] == seen["room"]
    for who in (wen, doctor):
        assert who.get(f"/api/rooms/{seen['room']}").json["room"]["state"] == "open"
    assert pei.get(f"/api/rooms/{seen['room']}").status == 404
    bookings.refused(wen.post(f"/api/rings/{ring['id']}/decline"), 409, "ring_taken")
    return booking


def it_can_be_ended(site, doctor):
    ring = ring_of(doctor.post("/api/rings", {"patient": "Patient/demo-p009", "need": "specialist:neurosurgery"}), 201)
    ended = ring_of(doctor.post(f"/api/rings/{ring['id']}/cancel"))
    assert ended["state"] == "cancelled" and ended["ends"] is None
    bookings.refused(doctor.post(f"/api/rings/{ring['id']}/answer", {"person": ring["people"][0]["reference"]}), 409, "ring_over")


def what_gave_way_is_said(site, doctor):
    """The doctor has a routine consultation in these minutes."""
    bookings.always_there(site, "Practitioner/demo-guqinghe")
    now = datetime.datetime.now(datetime.timezone.utc)
    start = (now + datetime.timedelta(minutes=25)).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = doctor.post("/api/bookings", {"patient": "Patient/demo-p003", "triage": "routine", "start": start, "minutes": 20, "ask": True,
                                          "seats": [{"need": "clinic-doctor", "reference": "Practitioner/demo-guqinghe"}]})
    told = bookings.done(found, 201)
    override = doctor.post("/api/bookings/override", {"patient": "Patient/demo-p009", "minutes": 60, "until": bookings.at(1), "reason": "acute",
                                                      "needs": [{"need": "clinic-doctor", "reference": "Practitioner/demo-guqinghe"}]})
    assert override.status == 201, override.body
    assert [b["id"] for b in override.json["displaced"]] == [told["id"]] and override.json["engagements"] == 0


def the_room_follows_the_booking(site, doctor, booking):
    over = bookings.done(bookings.event(doctor, booking, "cancel", side="clinic", reason="need-gone"))
    assert over["state"] == "cancelled"
    assert doctor.get(f"/api/rooms/{booking['room']}").json["room"]["state"] == "closed"


def follow_ups_are_each_looked_for_and_booked(site, admin):
    first = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=7)).strftime("%Y-%m-%d")
    ask = {"patient": "Patient/demo-p001", "minutes": 30, "triage": "routine", "first": first, "unit": "weeks", "every": 2, "count": 5, "tolerance": 3,
           "at": "09:30", "needs": [{"need": "specialist:ophthalmology"}, {"need": "clinic-doctor"}]}
    got = admin.post("/api/agenda/series", ask)
    assert got.status == 200, got.body
    each = got.json["occurrences"]
    assert [o["found"] for o in each] == ["found"] * 5, each
    due = [datetime.date.fromisoformat(o["due"]) for o in each]
    assert all((b - a).days == 14 for a, b in zip(due, due[1:]))
    for o, day in zip(each, due):
        start = datetime.datetime.fromisoformat(o["proposal"]["start"].replace("Z", "+00:00"))
        assert abs((start.date() - day).days) <= 3, o
        bookings.done(admin.post("/api/bookings", {
            "patient": ask["patient"], "triage": "routine", "start": o["proposal"]["start"], "minutes": 30, "ask": True,
            "seats": [{"need": s["need"], "reference": s["reference"]} for s in o["proposal"]["seats"]]}), 201)
    again = admin.post("/api/agenda/series", ask).json["occurrences"]
    assert not {o["proposal"]["start"] for o in each} & {o["proposal"]["start"] for o in again if o["found"] == "found"}, "taken is taken"
    far = admin.post("/api/agenda/series", {**ask, "unit": "months", "every": 3, "count": 4}).json["occurrences"]
    assert far[-1]["found"] == "beyond", far
    bookings.refused(admin.post("/api/agenda/series", {**ask, "tolerance": 9}), 400, "bad_field")


def main():
    site = house.Site()
    try:
        assert site.run("demo", "--force", "--unbooked", "--json").returncode == 0
        site.start()
        doctor = site.token("guqinghe")
        who_may_ring(site, doctor)
        booking = one_is_rung_and_answers(site, doctor)
        it_can_be_ended(site, doctor)
        the_room_follows_the_booking(site, doctor, booking)
        what_gave_way_is_said(site, doctor)
        follow_ups_are_each_looked_for_and_booked(site, site.token("scheduling-admin"))
        log = open(site.log_path).read()
        assert "level=error" not in log, log[-800:]
    finally:
        site.close()
    print("6 passed, 0 failed")


if __name__ == "__main__":
    main()

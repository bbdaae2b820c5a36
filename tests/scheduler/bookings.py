#!/usr/bin/env python3
"""Bookings on the demo's whole site, through the API: found, held, asked, answered, declined and repaired, moved, displaced, ended, offered."""
import datetime
import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/rules")
import house  # noqa: E402

NEEDS = ["specialist:ophthalmology", "specialist:neurosurgery", "clinic-doctor", "room:video-room", "device:exam-camera", "escort"]


def at(days=0, minutes=0):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(days=days, minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def always_there(site, *names):
    """These, and whoever is brought, have hours at every hour of every day: for what a test does now, whenever it runs. No day is a holiday."""
    admin = site.token("scheduling-admin")
    for name, text in (("calendar", "# no holidays\n"), ("custody-day", "Mon-Sun 00:00-24:00\n")):
        version = admin.get(f"/api/agenda/texts/{name}").json["version"]
        assert admin.put(f"/api/agenda/texts/{name}", {"version": version, "text": text}).status == 204
    whole = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "until": "24:00"}
    for row in admin.get("/api/agenda/resources").json["resources"]:
        if row["reference"] in names:
            version = admin.get(f"/api/agenda/hours/{row['role']}").json["version"]
            got = admin.put(f"/api/agenda/hours/{row['role']}", {"version": version, "weekly": [whole], "limits": {"horizon": 90}})
            assert got.status == 204, got.body
            assert admin.get(f"/api/agenda/hours/{row['role']}").json["weekly"][0]["until"] == "24:00"


def find(who, needs=None, patient="Patient/demo-p001", until=14, triage="soon", **more):
    got = who.post("/api/agenda/find", {"patient": patient, "minutes": 40, "triage": triage, "from": at(), "until": at(until),
                                        "needs": needs or [{"need": n} for n in NEEDS], **more})
    assert got.status == 200, got.body
    return got.json


def start(who, proposal, patient="Patient/demo-p001", **more):
    seats = [{"need": s["need"], "reference": s["reference"]} for s in proposal["seats"]]
    return who.post("/api/bookings", {"patient": patient, "triage": "soon", "start": proposal["start"], "minutes": 40, "seats": seats, **more})


def event(who, booking, verb, **more):
    return who.post(f"/api/bookings/{booking['id']}/{verb}", {"version": booking["version"], **more})


def seat(booking, need):
    return next(s for s in booking["seats"] if s["need"] == need)


def done(answer, status=200):
    assert answer.status == status, (answer.status, answer.body)
    return answer.json["booking"]


def refused(answer, status, code):
    assert answer.status == status and answer.code == code, (answer.status, answer.body)


def the_demo_is_booked_out(site, admin, doctor):
    """What yunqiao demo writes as facts has all beside it that a booking made here has: who is asked, the escort's errand, the room."""
    there = admin.get(f"/api/bookings?from={at(-1)}&until={at(10)}").json["bookings"]
    assert len(there) >= 12 and {b["state"] for b in there} >= {"booked", "pending"}, [b["state"] for b in there]
    coming = [b for b in there if b["state"] in ("booked", "arrived")]
    for b in coming:
        escort = seat(b, "escort")["reference"]
        tasks = [e["resource"] for e in doctor.get(f"/fhir/Task?owner={escort}&_count=100").json["entry"]]
        when = b["start"][:16]
        assert any(t["executionPeriod"]["start"][:16] == when for t in tasks), (when, escort)
    mine = [b for b in doctor.get(f"/api/bookings?from={at(-1)}&until={at(10)}").json["bookings"] if b["own"] and b["state"] == "booked"]
    assert mine and all(b.get("room") for b in mine), "who takes part finds the room"
    asked = [b for b in there if b["state"] == "pending"]
    assert all(b["until"] for b in asked) and "invited" in [m["kind"] for m in site.token("wenzhiyuan").get("/api/messages").json["messages"]]


def the_first_hour_that_all_have(site, admin):
    found = find(admin)["proposals"]
    assert len(found) == 6 and found[0]["why"] == "first"
    for one in found:
        assert sorted(s["need"] for s in one["seats"]) == sorted(NEEDS)
        assert seat(one, "device:exam-camera")["place"] == seat(one, "room:video-room")["reference"].split("/")[1], "a camera is where its room is"
    named = find(admin, [{"need": "specialist:neurosurgery", "reference": "Practitioner/demo-peiyan"}])["proposals"]
    assert all(s["reference"] == "Practitioner/demo-peiyan" for p in named for s in p["seats"])


def what_stands_in_the_way_is_said(site, admin):
    none = find(admin, [{"need": "specialist:astrology"}, {"need": "clinic-doctor"}])
    assert none["proposals"] == []
    assert none["block"]["needs"][0] == {"need": "specialist:astrology", "state": "nobody", "most": 0, "alone": True, "against": []}, none["block"]
    soon = admin.post("/api/agenda/find", {"minutes": 40, "triage": "routine", "from": at(), "until": at(minutes=45),
                                           "needs": [{"need": "specialist:ophthalmology"}, {"need": "specialist:neurosurgery"}]}).json
    if not soon["proposals"]:
        assert soon["block"]["changes"], "the least change that helps is named"


def held_asked_answered_booked(site, admin, doctor):
    wen = site.token("wenzhiyuan")
    needs = [{"need": "specialist:ophthalmology", "reference": "Practitioner/demo-wenzhiyuan"}] + \
        [{"need": n} for n in NEEDS if n != "specialist:ophthalmology"]
    one = find(admin, needs, until=30)["proposals"][0]
    held = done(start(admin, one), 201)
    assert held["state"] == "held" and held["until"]
    refused(start(admin, one), 409, "booking_taken")
    longer = done(event(admin, held, "extend"))
    refused(event(admin, longer, "extend"), 409, "booking_holds")
    asked = done(event(admin, longer, "ask"))
    assert asked["state"] == "pending" and seat(asked, "specialist:ophthalmology")["answer"] == "asked"
    assert [m["kind"] for m in wen.get("/api/messages").json["messages"] if m["booking"] == asked["id"]] == ["invited"]
    mine = wen.get(f"/api/bookings/{asked['id']}").json["booking"]
    assert mine["own"] and "name" not in seat(mine, "patient"), "who is brought is learnt by the grant, not by the booking"
    refused(event(wen, held, "accept"), 409, "booking_stale")
    accepted = done(event(wen, asked, "accept"))
    assert seat(accepted, "specialist:ophthalmology")["answer"] == "accepted"
    for need in ("specialist:neurosurgery", "clinic-doctor"):  # answered by telephone
        accepted = done(event(admin, accepted, "accept", seat=seat(accepted, need)["reference"]))
    assert accepted["state"] == "booked" and accepted["until"] is None
    escort = seat(accepted, "escort")["reference"].split("/")[1]
    tasks = doctor.get(f"/fhir/Task?owner=Practitioner/{escort}&status=requested").json["entry"]
    assert any(t["resource"]["code"]["coding"][0]["code"] == "escort" for t in tasks)
    assert wen.get("/api/messages").json["messages"][0]["kind"] == "booked"
    refused(event(doctor, accepted, "noshow", side="detainee", reason="care-refused"), 409, "booking_early")
    return accepted


def who_declines_is_replaced_and_the_others_kept(site, admin):
    booked = done(start(admin, find(admin, until=30)["proposals"][0], ask=True), 201)
    kept = {n: seat(booked, n)["reference"] for n in NEEDS if n != "specialist:neurosurgery"}
    gone = seat(booked, "specialist:neurosurgery")["reference"]
    repaired = done(event(admin, booked, "decline", seat=gone, reason="ill"))
    assert repaired["state"] == "pending" and repaired["moved"] == 1 and repaired["id"] == booked["id"]
    assert seat(repaired, "specialist:neurosurgery")["reference"] != gone or repaired["start"] != booked["start"]
    assert {n: seat(repaired, n)["reference"] for n in kept} == kept, "the same people are kept"
    return repaired


def of_two_who_move_one_booking_one_wins(site, admin, doctor, booking):
    free = find(admin, until=30)["proposals"]
    to = lambda p: {"version": booking["version"], "start": p["start"], "minutes": 40,
                    "seats": [{"need": s["need"], "reference": s["reference"]} for s in p["seats"]]}
    moved = done(admin.post(f"/api/bookings/{booking['id']}/move", to(free[0])))
    assert moved["id"] == booking["id"] and moved["start"] == free[0]["start"]
    refused(doctor.post(f"/api/bookings/{booking['id']}/move", to(free[1])), 409, "booking_stale")
    history = doctor.get(f"/fhir/Appointment/{booking['id']}/_history").json["entry"]
    assert len(history) == moved["version"], "each step is kept"
    night = {**to(free[1]), "version": moved["version"], "start": free[1]["start"][:11] + "19:00:00Z"}
    refused(admin.post(f"/api/bookings/{booking['id']}/move", night), 409, "barred_hours")
    return moved


def what_is_cancelled_is_offered_to_who_waits(site, admin, booking):
    waiting = admin.get("/api/waiting").json["waiting"]
    assert [w["request"] for w in waiting] == ["ServiceRequest/demo-p001-consult"] and "offer" not in waiting[0]
    refused(event(admin, booking, "cancel", side="clinic"), 400, "missing_field")
    over = done(event(admin, booking, "cancel", side="clinic", reason="need-gone"))
    assert over["state"] == "cancelled"
    refused(event(admin, over, "ask"), 409, "booking_over")


def an_emergency_displaces_what_is_weaker(site, admin, doctor):
    day = at(days=1)[:11]
    always_there(site, "Practitioner/demo-guqinghe")
    needs = [{"need": "clinic-doctor", "reference": "Practitioner/demo-guqinghe"}, {"need": "room:video-room"}]
    taken = [done(start(doctor, p, patient=f"Patient/demo-p00{3 + i}", ask=True), 201)
             for i, p in enumerate(find(doctor, needs, patient="Patient/demo-p003", until=3)["proposals"][:2])]
    refused(admin.post("/api/bookings/override", {"patient": "Patient/demo-p009", "needs": needs, "minutes": 40, "until": at(1), "reason": "x"}),
            403, "booking_role")
    refused(doctor.post("/api/bookings/override", {"patient": "Patient/demo-p009", "needs": needs, "minutes": 40, "until": at(1)}), 400, "missing_field")
    urgent = doctor.post("/api/bookings/override", {"patient": "Patient/demo-p009", "needs": needs, "minutes": 40, "until": at(3),
                                                    "reason": "acute loss of sight"})
    assert urgent.status == 201, urgent.body
    assert urgent.json["booking"]["triage"] == "emergency" and day
    for one in taken:  # none is lost: each stands somewhere, or is being repaired
        now = doctor.get(f"/api/bookings/{one['id']}").json["booking"]
        assert now["state"] in ("pending", "booked", "displaced"), now["state"]


def hours_are_edited_and_the_search_follows(site, admin):
    wen = site.token("wenzhiyuan")
    role = next(r["role"] for r in admin.get("/api/agenda/resources?kind=specialist&text=wzy").json["resources"])
    mine = wen.get(f"/api/agenda/hours/{role}").json
    assert mine["weekly"] and mine["limits"]["horizon"] == 90
    bare = {"version": mine["version"], "weekly": mine["weekly"], "limits": {}}
    assert wen.put(f"/api/agenda/hours/{role}", bare).status == 204, "no limit, no day more, no zone"
    mine = wen.get(f"/api/agenda/hours/{role}").json
    body = {"version": mine["version"], "weekly": mine["weekly"], "leave": [{"start": at(), "end": at(60)}], "limits": {"horizon": 90}}
    assert wen.put(f"/api/agenda/hours/{role}", body).status == 204
    refused(wen.put(f"/api/agenda/hours/{role}", body), 409, "conflict")
    none = find(admin, [{"need": "specialist:ophthalmology", "reference": "Practitioner/demo-wenzhiyuan"}], until=30)
    assert none["proposals"] == [] and none["block"]["needs"][0]["state"] == "no-time"
    bad = {**body, "version": mine["version"] + 1, "weekly": [{"days": ["someday"], "from": "08:00", "until": "09:00"}]}
    refused(wen.put(f"/api/agenda/hours/{role}", bad), 400, "bad_field")
    other = next(r["role"] for r in admin.get("/api/agenda/resources?kind=specialist&text=py").json["resources"])
    assert wen.put(f"/api/agenda/hours/{other}", body).status == 404, "another's hours are not one's own"


def the_sites_calendar_is_edited_by_line(site, admin, doctor):
    now = admin.get("/api/agenda/texts/calendar").json
    assert now["version"] == 0 and "春节" in now["text"]
    refused(admin.put("/api/agenda/texts/calendar", {"version": 0, "text": "2027-13-01 holiday"}), 422, "calendar_line")
    assert admin.put("/api/agenda/texts/calendar", {"version": 0, "text": now["text"] + "2027-01-01..2027-01-03 holiday 元旦\n"}).status == 204
    refused(admin.put("/api/agenda/texts/calendar", {"version": 0, "text": now["text"]}), 409, "conflict")
    refused(doctor.put("/api/agenda/texts/calendar", {"version": 1, "text": now["text"]}), 403, "booking_role")


def main():
    site = house.Site()
    try:
        assert site.run("demo", "--force", "--json").returncode == 0
        site.start()
        admin, doctor = site.token("scheduling-admin"), site.token("clinic-doctor")
        the_demo_is_booked_out(site, admin, doctor)
        the_first_hour_that_all_have(site, admin)
        what_stands_in_the_way_is_said(site, admin)
        held_asked_answered_booked(site, admin, doctor)
        repaired = who_declines_is_replaced_and_the_others_kept(site, admin)
        moved = of_two_who_move_one_booking_one_wins(site, admin, doctor, repaired)
        what_is_cancelled_is_offered_to_who_waits(site, admin, moved)
        the_sites_calendar_is_edited_by_line(site, admin, doctor)
        an_emergency_displaces_what_is_weaker(site, admin, doctor)
        hours_are_edited_and_the_search_follows(site, admin)
        for guard in ("guard", "duty-command"):
            assert site.token(guard).get(f"/api/bookings?from={at()}&until={at(7)}").status == 404, "custody sees no bookings"
        log = open(site.log_path).read()
        assert "level=error" not in log, log[-800:]
    finally:
        site.close()
    print("9 passed, 0 failed")


if __name__ == "__main__":
    main()

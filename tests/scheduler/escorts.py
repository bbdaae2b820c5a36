#!/usr/bin/env python3
"""What custody reports of escorts' tasks, through the API on the demo's whole site: steps, each once; and that it cannot be done, by a code, which opens
the search again."""
import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/rules")
import house  # noqa: E402
from bookings import at, done, event, find, refused, seat, start  # noqa: E402

NEEDS = [{"need": "clinic-doctor", "reference": "Practitioner/demo-guqinghe"}, {"need": "room:video-room"}]


def listed(who, days=30):
    return {e["id"]: e for start_day in range(-1, days, 10)
            for e in who.get(f"/api/escorts?from={at(start_day)}&until={at(start_day + 10)}").json["escorts"]}


def report(who, task, verb, **more):
    return who.post(f"/api/escorts/{task}/{verb}", more)


def booked(doctor, escort, patient):
    """A consultation to which this escort brings the patient; its task, and who sits there."""
    needs = NEEDS + [{"need": "escort", "reference": f"Practitioner/{escort}"}]
    made = done(start(doctor, find(doctor, needs, patient=patient, until=25)["proposals"][0], patient=patient, ask=True), 201)
    assert made["state"] == "booked", made["state"]
    return made


def task_of(command, booking):
    name = next(s["name"] for s in booking["seats"] if s["need"] == "patient")
    return next(i for i, e in listed(command).items() if e["name"] == name and e["start"] <= booking["start"] < e["end"] and e["step"] != "failed")


def when_and_where_and_never_what_for(guard, command, booking):
    task = task_of(command, booking)
    mine = listed(guard)
    assert task in mine, "the own task"
    assert set(mine[task]) == {"id", "step", "name", "number", "cell", "room", "start", "end", "at", "reason"}, mine[task]
    assert mine[task]["cell"].endswith("室") and mine[task]["room"] and mine[task]["step"] == "requested", mine[task]
    theirs = listed(command)
    assert set(mine) < set(theirs), "the command sees all"
    others = next(i for i in theirs if i not in mine)
    refused(report(guard, others, "accept"), 404, "not_found")
    return task


def steps_are_reported_once_and_in_order(guard, doctor, task):
    assert report(guard, task, "accept").json == {"step": "accepted", "changed": True}
    assert report(guard, task, "accept").json["changed"] is False, "a second tap does no harm"
    refused(report(guard, task, "collect", at=at(minutes=9)), 400, "bad_field")
    refused(report(guard, task, "collect", note="x"), 400, "unknown_field")
    refused(report(guard, task, "collect", reason="court"), 400, "bad_field")
    earlier = at(minutes=-12)
    assert report(guard, task, "collect", at=earlier).json["changed"], "told late, with the time of the tap"
    assert listed(guard)[task]["at"] == earlier.replace("Z", ".000Z"), listed(guard)[task]
    assert report(guard, task, "deliver").json["changed"] and report(guard, task, "collect").json["changed"] is False
    assert listed(guard)[task]["step"] == "delivered"
    assert report(guard, task, "return").json["changed"]
    refused(report(guard, task, "cannot", reason="court"), 409, "escort_state")
    versions = doctor.get(f"/fhir/Task/{task}/_history").json["entry"]
    assert [v["resource"]["status"] for v in versions][:4] == ["completed", "in-progress", "in-progress", "accepted"], versions


def for_want_of_an_escort_another_is_found(guard, command, doctor, booking):
    task = task_of(command, booking)
    refused(report(guard, task, "cannot"), 400, "missing_field")
    refused(report(guard, task, "cannot", reason="ill"), 400, "bad_field")
    assert report(guard, task, "cannot", reason="no-escort").json["changed"]
    now = doctor.get(f"/api/bookings/{booking['id']}").json["booking"]
    assert now["state"] in ("booked", "pending") and seat(now, "escort")["reference"] != seat(booking, "escort")["reference"], now
    assert seat(now, "clinic-doctor")["reference"] == seat(booking, "clinic-doctor")["reference"] and now["id"] == booking["id"]
    if now["state"] == "pending":  # the doctor is asked whether it suits with another
        now = done(event(doctor, now, "accept"))
    other = task_of(command, now)
    assert other != task and listed(command)[task]["reason"] == "no-escort"
    return now, other


def who_cannot_be_brought_is_placed_again_by_a_person(command, doctor, booking, task):
    assert report(command, task, "cannot", reason="lockdown").json["changed"], "the command may say it of any"
    now = doctor.get(f"/api/bookings/{booking['id']}").json["booking"]
    assert now["state"] == "displaced" and now["reason"] == "lockdown", now


def add(command, patient, kind, when, minutes=60):
    return command.post("/api/engagements", {"patient": patient, "kind": kind, "start": when, "minutes": minutes})


def what_custody_keeps_is_kept_clear_of(command, guard, doctor):
    """An engagement takes the patient's time; court wins over what is booked, a lawyer does not."""
    whom = "Patient/demo-p040"
    first = find(doctor, NEEDS, patient=whom, until=20)["proposals"][0]
    refused(add(command, whom, "picnic", first["start"]), 400, "bad_field")
    refused(add(command, "Patient/nobody", "court", first["start"]), 404, "not_found")
    refused(add(command, whom, "court", at(-1)), 400, "bad_field")
    made = add(command, whom, "lawyer", first["start"])
    assert made.status == 201 and made.json["displaced"] == 0, made.body
    assert find(doctor, NEEDS, patient=whom, until=20)["proposals"][0]["start"] != first["start"], "the search keeps clear of it"
    refused(add(command, whom, "interrogation", first["start"]), 409, "booking_taken")
    rows = command.get(f"/api/engagements?from={at(-1)}&until={at(30)}").json["engagements"]
    assert [(e["kind"], e["patient"]) for e in rows if e["id"] == made.json["id"]] == [("lawyer", whom)], rows
    assert command.post(f"/api/engagements/{made.json['id']}/cancel").status == 204
    assert find(doctor, NEEDS, patient=whom, until=20)["proposals"][0]["start"] == first["start"]
    held = done(start(doctor, first, patient=whom, ask=True), 201)
    refused(add(command, whom, "lawyer", first["start"]), 409, "booking_taken")
    court = add(command, whom, "court", first["start"])
    assert court.status == 201 and court.json["displaced"] == 1, court.body
    now = doctor.get(f"/api/bookings/{held['id']}").json["booking"]
    assert now["state"] in ("pending", "booked") and now["start"] != held["start"], "another time was found for it at once"
    refused(command.post(f"/api/engagements/{held['id']}/cancel"), 404, "not_found")
    assert guard.get(f"/api/engagements?from={at()}&until={at(1)}").status == 404


def main():
    site = house.Site()
    try:
        assert site.run("demo", "--force", "--json").returncode == 0
        site.start()
        guard, command, doctor = site.token("guard"), site.token("duty-command"), site.token("guqinghe")
        first = booked(doctor, "demo-escort-1", "Patient/demo-p030")
        task = when_and_where_and_never_what_for(guard, command, first)
        steps_are_reported_once_and_in_order(guard, doctor, task)
        second = booked(doctor, "demo-escort-1", "Patient/demo-p031")
        now, other = for_want_of_an_escort_another_is_found(guard, command, doctor, second)
        who_cannot_be_brought_is_placed_again_by_a_person(command, doctor, now, other)
        what_custody_keeps_is_kept_clear_of(command, guard, doctor)
        for role in ("clinic-doctor", "specialist", "scheduling-admin", "detainee"):
            assert site.token(role).get(f"/api/escorts?from={at()}&until={at(1)}").status == 404, role
        assert "level=error" not in open(site.log_path).read()
    finally:
        site.close()
    print("5 passed, 0 failed")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What custody reports of escorts' tasks, through the API on the demo's whole site: steps, each once; and that it cannot be done, by a code, which opens
the search again."""
import datetime
import sys
import zoneinfo

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/rules")
import house  # noqa: E402
from bookings import always_there, at, done, find, refused, seat, start  # noqa: E402

CHINA = zoneinfo.ZoneInfo("Asia/Shanghai")
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
    """The one that the booking ordered: the demo's own errands are of the same people, at hours of their own."""
    name = next(s["name"] for s in booking["seats"] if s["need"] == "patient")
    return next(i for i, e in listed(command).items() if e["name"] == name and e["start"] <= booking["start"] < e["end"] and e["step"] != "failed"
                and not i.startswith("demo-"))


def when_and_where_and_never_what_for(guard, command, booking):
    task = task_of(command, booking)
    mine = listed(guard)
    assert task in mine, "the own task"
    assert set(mine[task]) == {"id", "step", "name", "number", "cell", "room", "start", "end", "at", "reason", "precautions"}, mine[task]
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


def flag(doctor, patient, code, **more):
    got = doctor.post("/fhir/Flag", {"resourceType": "Flag", "status": "active", "subject": {"reference": patient}, "period": {"start": at(-1)},
                                     "code": {"coding": [{"system": "urn:yunqiao:precaution", "code": code}], "text": "肺结核疑似，自伤风险"}, **more},
                      headers={"Content-Type": "application/fhir+json"})
    assert got.status == 201, got.body
    return got.json["id"]


def how_to_bring_and_never_why(guard, command, doctor, task, patient):
    """What the clinic found becomes what custody is to do; the finding itself reaches nobody there."""
    assert listed(guard)[task]["precautions"] == []
    suspected = flag(doctor, patient, "tuberculosis-suspected")
    assert listed(guard)[task]["precautions"] == ["mask"]
    for code in ("tuberculosis-isolated", "selfharm-high", "transport-wheelchair"):
        flag(doctor, patient, code)
    flag(doctor, patient, "transport-stretcher", status="inactive")
    flag(doctor, patient, "transport-unfit", period={"start": at(-3), "end": at(-1)})
    for code in ("transport-fit", "selfharm-low", "hepatitis-active"):
        flag(doctor, patient, code)
    for who in (guard, command):
        got = who.get(f"/api/escorts?from={at(-1)}&until={at(10)}")
        every = {e["id"]: e["precautions"] for e in listed(who).values()}
        assert every[task] == ["wheelchair", "mask", "isolated", "watch"], every[task]
        for word in ("tuberculosis", "selfharm", "肺结核", "自伤", "hepatitis"):
            assert word not in got.body.decode(), word
        assert who.get(f"/fhir/Flag/{suspected}").status == 404 and who.get(f"/fhir/Flag?patient={patient}").json.get("total", 0) == 0


def who_is_kept_apart(site, command, guard, doctor):
    """By name and cell, each once, for the command alone; no word of why."""
    flag(doctor, "Patient/demo-p030", "tuberculosis-isolated")
    got = command.get("/api/isolation")
    assert got.status == 200, got.body
    rows = [e for e in got.json["isolated"] if e["number"] == doctor.get("/fhir/Patient/demo-p030").json["identifier"][0]["value"]]
    assert len(rows) == 1 and set(rows[0]) == {"name", "number", "cell", "place", "until"} and rows[0]["cell"], got.json
    assert "tuberculosis" not in got.body.decode() and "结核" not in got.body.decode()
    for who in (guard, doctor, site.token("scheduling-admin")):
        assert who.get("/api/isolation").status == 404


def a_report_is_taken_once_by_its_key(guard, task):
    """A tablet whose answer was lost sends it again: with its key it does nothing more, whatever came of the task since."""
    key = "0123456789abcdef0123456789abcdef"
    refused(report(guard, task, "accept", key="short"), 400, "bad_field")
    refused(report(guard, task, "accept", key="z" * 32), 400, "bad_field")
    assert report(guard, task, "cannot", reason="no-escort", key=key).json == {"step": "failed", "changed": True}
    assert report(guard, task, "cannot", reason="no-escort", key=key).json == {"step": "failed", "changed": False}
    assert report(guard, task, "accept", key=key).json["changed"] is False, "a key is of one report"
    refused(report(guard, task, "accept", key="f" + key[1:]), 409, "escort_state")


def for_want_of_an_escort_another_is_found(guard, command, doctor, booking):
    task = task_of(command, booking)
    refused(report(guard, task, "cannot"), 400, "missing_field")
    refused(report(guard, task, "cannot", reason="ill"), 400, "bad_field")
    assert report(guard, task, "cannot", reason="no-escort").json["changed"]
    now = doctor.get(f"/api/bookings/{booking['id']}").json["booking"]
    assert seat(now, "escort")["reference"] != seat(booking, "escort")["reference"] and now["start"] == booking["start"], now
    shown = doctor.get(f"/fhir/Appointment/{booking['id']}").json["participant"]
    assert all(x["actor"].get("display") for x in shown if not x["actor"]["reference"].startswith(("Patient/", "Device/"))), shown  # who came instead, too
    assert now["state"] == "booked", "nothing changed for the doctor, who booked it: nobody is asked"
    assert seat(now, "clinic-doctor")["reference"] == seat(booking, "clinic-doctor")["reference"] and now["id"] == booking["id"]
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


def later(when, minutes):
    at = datetime.datetime.fromisoformat(when.replace("Z", "+00:00")) + datetime.timedelta(minutes=minutes)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def listing(command, one):
    rows = command.get(f"/api/engagements?from={at(-1)}&until={at(30)}").json["engagements"]
    return next((e for e in rows if e["id"] == one), None)


def what_custody_keeps_is_changed_with_its_history(command, guard, doctor):
    """One identity and every version of it; what stands in the way is shown, and an emergency or another's change is not run over."""
    whom, other = "Patient/demo-p041", "Patient/demo-p042"
    first = find(doctor, NEEDS, patient=whom, until=20)["proposals"][0]
    made = add(command, whom, "lawyer", first["start"]).json["id"]
    day = f"patient={whom}&from={first['start']}&until={later(first['start'], 600)}"
    assert command.get(f"/api/engagements/taken?{day}").json["taken"] == [
        {"start": first["start"], "end": listing(command, made)["end"], "what": "lawyer", "id": made}]
    change = {"version": 1, "kind": "lawyer", "start": later(first["start"], 120), "minutes": 40}
    for wrong, code in (({"version": 0}, "bad_field"), ({"kind": "picnic"}, "bad_field"), ({"start": at(-2)}, "bad_field"), ({"patient": other}, "unknown_field")):
        refused(command.post(f"/api/engagements/{made}", {**change, **wrong}), 400, code)
    assert command.post(f"/api/engagements/{made}", change).json == {"displaced": 0}
    refused(command.post(f"/api/engagements/{made}", {**change, "minutes": 50}), 409, "booking_stale")
    held = done(start(doctor, first, patient=whom, ask=True), 201)
    assert {t["what"] for t in command.get(f"/api/engagements/taken?{day}").json["taken"]} == {"clinic", "lawyer"}
    assert "id" not in next(t for t in command.get(f"/api/engagements/taken?{day}").json["taken"] if t["what"] == "clinic"), "and no more of it"
    refused(command.post(f"/api/engagements/{made}", {**change, "version": 2, "start": first["start"]}), 409, "booking_taken")
    court = command.post(f"/api/engagements/{made}", {**change, "version": 2, "start": first["start"], "kind": "court"})
    assert court.json == {"displaced": 1}, court.body
    now = doctor.get(f"/api/bookings/{held['id']}").json["booking"]
    assert now["start"] != held["start"] or now["state"] == "displaced", now
    history = command.get(f"/api/engagements/{made}").json["history"]
    assert [(v["version"], v["kind"], v["state"]) for v in history] == [(3, "court", "booked"), (2, "lawyer", "booked"), (1, "lawyer", "booked")], history
    assert [v["start"][:16] for v in history] == [t[:16] for t in (first["start"], change["start"], first["start"])]
    assert command.post(f"/api/engagements/{made}/cancel").status == 204
    refused(command.post(f"/api/engagements/{made}", {**change, "version": 4}), 404, "not_found")
    assert command.get(f"/api/engagements/{made}").json["history"][0]["state"] == "cancelled"
    for who in (guard, doctor):
        assert who.get(f"/api/engagements/{made}").status == 404 and who.post(f"/api/engagements/{made}", change).status == 404
        assert who.get(f"/api/engagements/taken?{day}").status == 404
    refused(command.get(f"/api/engagements/{held['id']}"), 404, "not_found")


def court_yields_to_an_emergency_by_a_written_order_alone(site, command, doctor):
    """The command names the paper, for just that hearing; the doctor, who is another person, asks for the time."""
    whom = "Patient/demo-p043"
    always_there(site, NEEDS[0]["reference"])
    soon = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
    begin = soon.strftime("%Y-%m-%dT%H:%M:%SZ")
    hearing = add(command, whom, "court", begin, minutes=600).json["id"]
    ask = {"patient": whom, "minutes": 30, "until": at(minutes=240), "reason": "acute", "needs": [{"need": "clinic-doctor", "reference": NEEDS[0]["reference"]}]}
    refused(doctor.post("/api/bookings/override", ask), 409, "booking_order")
    refused(doctor.post("/api/bookings/override", {**ask, "order": "2026-17"}), 400, "unknown_field")
    today = str(soon.astimezone(CHINA).date())
    paper = {"number": "岚公（看）令〔2026〕17号", "authority": "岚桥市公安局", "date": today}
    for wrong, code in (({"number": " "}, "bad_field"), ({"number": "17"}, "bad_field"), ({"authority": ""}, "bad_field"), ({"authority": "a\nbcd"}, "bad_field"),
                        ({"date": "yesterday"}, "bad_field"), ({"date": str(soon.date() + datetime.timedelta(days=2))}, "bad_field"), ({"date": "2020-01-01"}, "bad_field")):
        refused(command.post(f"/api/engagements/{hearing}/order", {**paper, **wrong}), 400, code)
    for missing in paper:
        refused(command.post(f"/api/engagements/{hearing}/order", {k: v for k, v in paper.items() if k != missing}), 400, "missing_field")
    for who in (doctor, site.token("scheduling-admin"), site.token("guard")):
        assert who.post(f"/api/engagements/{hearing}/order", paper).status == 404, "the command's alone"
    meal = add(command, "Patient/demo-p044", "meal", begin).json["id"]
    refused(command.post(f"/api/engagements/{meal}/order", paper), 409, "engagement_no_order")
    elsewhere = add(command, "Patient/demo-p044", "court", at(2)).json["id"]
    assert command.post(f"/api/engagements/{elsewhere}/order", paper).status == 204
    refused(doctor.post("/api/bookings/override", ask), 409, "booking_order")  # an order for another hearing is none for this
    assert command.post(f"/api/engagements/{hearing}/order", paper).status == 204
    assert listing(command, hearing)["order"] == paper
    moved = {"version": 2, "kind": "court", "start": later(begin, 5), "minutes": 600}
    assert command.post(f"/api/engagements/{hearing}", moved).status == 200
    assert "order" not in listing(command, hearing), "another time, another order"
    refused(doctor.post("/api/bookings/override", ask), 409, "booking_order")
    assert command.post(f"/api/engagements/{hearing}/order", paper).status == 204
    got = doctor.post("/api/bookings/override", ask)
    assert got.status == 201 and got.json["engagements"] == 1, got.body
    aside = listing(command, hearing)
    assert aside["aside"] and aside["order"] == paper, aside
    again = {"version": aside["version"], "kind": "court", "start": at(3), "minutes": 60}
    assert command.post(f"/api/engagements/{hearing}", again).status == 200 and not listing(command, hearing)["aside"]


def main():
    site = house.Site()
    try:
        assert site.run("demo", "--force", "--unbooked", "--json").returncode == 0
        site.start()
        guard, command, doctor = site.token("guard"), site.token("duty-command"), site.token("guqinghe")
        first = booked(doctor, "demo-escort-1", "Patient/demo-p030")
        task = when_and_where_and_never_what_for(guard, command, first)
        how_to_bring_and_never_why(guard, command, doctor, task, "Patient/demo-p030")
        who_is_kept_apart(site, command, guard, doctor)
        steps_are_reported_once_and_in_order(guard, doctor, task)
        second = booked(doctor, "demo-escort-1", "Patient/demo-p031")
        now, other = for_want_of_an_escort_another_is_found(guard, command, doctor, second)
        who_cannot_be_brought_is_placed_again_by_a_person(command, doctor, now, other)
        third = booked(doctor, "demo-escort-1", "Patient/demo-p032")
        a_report_is_taken_once_by_its_key(guard, task_of(command, third))
        what_custody_keeps_is_kept_clear_of(command, guard, doctor)
        what_custody_keeps_is_changed_with_its_history(command, guard, doctor)
        court_yields_to_an_emergency_by_a_written_order_alone(site, command, doctor)
        for role in ("clinic-doctor", "specialist", "scheduling-admin", "detainee"):
            assert site.token(role).get(f"/api/escorts?from={at()}&until={at(1)}").status == 404, role
        assert "level=error" not in open(site.log_path).read()
    finally:
        site.close()
    print("10 passed, 0 failed")


if __name__ == "__main__":
    main()

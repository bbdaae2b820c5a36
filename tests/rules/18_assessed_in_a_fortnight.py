"""Rule 18: the full assessment is due by the end of the 14th day, where the day of booking is day 1, and again each year; on a clock that is moved."""
import time

from house import main, until
from intake import DAY, HOUR, answers, arrivals

NOON_THERE = 4 * HOUR  # 2026-11-27 12:00 at the site (UTC+8), a Friday


def screen(a, number, cell):
    a.do(a.nurse, number, "begin")
    a.save(a.nurse, number, "form", answers())
    a.save(a.nurse, number, "injuries", {"injuries": "none"})
    a.sign(a.doctor(), number)


def rule_due_by_the_end_of_the_14th_day_where_the_day_of_booking_is_day_one():
    with arrivals() as a:
        a.at(NOON_THERE)
        a.says("A01", "7101", NOON_THERE, cell="B/B01")
        screen(a, "7101", "B/B01")
        a.at(15 * HOUR + 3540)  # 23:59 of the same day
        a.says("A01", "7102", 15 * HOUR + 3540, cell="B/B02")
        screen(a, "7102", "B/B02")
        a.at(16 * HOUR + 60)  # 00:01 of the next day
        a.says("A01", "7103", 16 * HOUR + 60, cell="B/B03")
        screen(a, "7103", "B/B03")
        due = {n: x["due"] for n, x in a.all().items()}
        assert due == {"7101": "2026-12-10T16:00:00.000Z", "7102": "2026-12-10T16:00:00.000Z", "7103": "2026-12-11T16:00:00.000Z"}, due
        end = 13 * DAY + 16 * HOUR  # the 10th of December is day 14; it ends at 16:00 UTC
        a.at(end - 2)
        time.sleep(2.5)
        assert a.late(a.nurse) == []
        a.assess(a.doctor(), "7102")
        a.at(end)
        until("the nurse is told of the one that is late", lambda: a.late(a.nurse) == ["assessment"])
        assert a.late(a.doctor_program) == []
        a.at(end + 4 * HOUR)
        until("the doctor is told", lambda: a.late(a.doctor_program) == ["assessment"])
        assert a.alarm() is None, "it is the clinic's, not custody's"
        a.assess(a.doctor(), "7101")
        until("it is done", lambda: a.late(a.nurse) == [] and a.late(a.doctor_program) == [])


def rule_and_again_a_year_after_the_last_one_each_signed_and_its_own():
    with arrivals("\n[intake]\nreview_days = 365\n") as a:
        a.says("A01", "7104", 0, cell="B/B04")
        screen(a, "7104", "B/B04")
        a.at(DAY)
        first = a.assess(a.doctor(), "7104", chronic="planned", plan="每月量血压")
        assert (first["state"], first["clock"], first["due"]) == ("assessed", "review", "2027-11-28T16:00:00.000Z"), first
        year = 366 * DAY + 16 * HOUR
        a.at(year - 2)
        a.come_again()
        time.sleep(2.5)
        assert a.late(a.nurse) == []
        a.at(year)
        until("a year is over", lambda: a.late(a.nurse) == ["review"])
        doctor = a.doctor()
        got = a.do(doctor, "7104", "assess", 409, password=a.password())
        assert got.code == "intake_incomplete", "what was signed a year ago is not signed again"
        second = a.assess(doctor, "7104", chronic="none")
        assert second["assessment"]["id"] != first["assessment"]["id"] and second["due"] > first["due"]
        until("it is done", lambda: a.late(a.nurse) == [])
        for one in (first, second):
            seals = doctor.get(f"/api/seals/QuestionnaireResponse/{one['assessment']['id']}").json
            assert seals["whole"] and seals["signatures"][0]["holds"], seals
        assert a.nurse.put(f"/api/intakes/{second['id']}/assessment", {"answers": {"chronic": "none"}}).status == 404, "a doctor's"



main(at_once=2)

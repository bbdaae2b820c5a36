#!/usr/bin/env python3
"""When a specialist can be booked, through the API on the demo's whole site: weekly hours, single days, holidays and make-up days, leave, rest, notice,
horizon, a day's limits, time zones across a change of clock. All of it computed when it is asked."""
import datetime
import sys
import zoneinfo

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/rules")
import house  # noqa: E402
from bookings import done, refused  # noqa: E402

CHINA = zoneinfo.ZoneInfo("Asia/Shanghai")
WHO, NEED = "Practitioner/demo-wenzhiyuan", "specialist:ophthalmology"
ALL_WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
today = datetime.datetime.now(CHINA).date()


def day(n):
    return today + datetime.timedelta(days=n)


def iso(when):
    return when.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def on(date, hour, minute=0, zone=CHINA):
    return datetime.datetime(date.year, date.month, date.day, hour, minute, tzinfo=zone)


def monday():
    """A Monday two weeks ahead."""
    first = day(14)
    return first + datetime.timedelta(days=(7 - first.weekday()) % 7)


class Person:
    def __init__(self, admin):
        self.admin = admin
        self.role = next(r["role"] for r in admin.get("/api/agenda/resources?kind=specialist&text=wzy").json["resources"])

    def keep(self, want=204, **more):
        version = self.admin.get(f"/api/agenda/hours/{self.role}").json["version"]
        body = {"version": version, "weekly": [{"days": ALL_WEEK[:5], "from": "09:00", "until": "12:00"}], "limits": {"horizon": 200}, **more}
        got = self.admin.put(f"/api/agenda/hours/{self.role}", body)
        assert got.status == want, got.body
        return got

    def free(self, date, zone=CHINA):
        """Hours of one day there, as (from, until) in that zone's clock."""
        begin = on(date, 0, zone=zone)
        got = self.admin.get(f"/api/agenda/board?from={iso(begin)}&until={iso(begin + datetime.timedelta(days=1))}&kind=specialist&what=ophthalmology")
        row = next(r for r in got.json["rows"] if r["reference"] == WHO)
        clock = lambda t: datetime.datetime.fromisoformat(t.replace("Z", "+00:00")).astimezone(zone).strftime("%H:%M")  # noqa: E731
        return [(clock(f["start"]), clock(f["end"])) for f in row["free"]]

    def book(self, when, minutes=40):
        seats = [{"need": NEED, "reference": WHO}]
        return self.admin.post("/api/bookings", {"triage": "soon", "start": iso(when), "minutes": minutes, "seats": seats, "ask": True})


def weekly_hours_every_week_or_every_other(p):
    p.keep()
    m = monday()
    assert [p.free(m + datetime.timedelta(days=d)) for d in range(7)] == [[("09:00", "12:00")]] * 5 + [[], []]
    p.keep(weekly=[{"days": ["mon"], "from": "20:00", "until": "24:00"}, {"days": ["tue"], "from": "22:00", "until": "06:00"}])
    assert [p.free(m + datetime.timedelta(days=d)) for d in range(4)] == [[("20:00", "00:00")], [("22:00", "00:00")], [("00:00", "06:00")], []]
    p.keep(400, weekly=[{"days": ["mon"], "from": "24:00", "until": "06:00"}])
    p.keep(400, weekly=[{"days": ["mon"], "from": "06:00", "until": "06:00"}])
    p.keep(400, weekly=[{"days": ["mon"], "from": "06:00", "until": "24:30"}])
    p.keep(weekly=[{"days": ["mon"], "from": "14:00", "until": "17:00", "every": 2}])
    weeks = [bool(p.free(m + datetime.timedelta(days=7 * w))) for w in range(4)]
    assert weeks in ([True, False] * 2, [False, True] * 2), weeks


def single_days_and_leave(p):
    m = monday()
    tue, sat, wed = (m + datetime.timedelta(days=n) for n in (1, 5, 2))
    leave = {"start": iso(on(wed, 0)), "end": iso(on(wed + datetime.timedelta(days=1), 0))}
    p.keep(extra=[{"day": str(tue)}, {"day": str(sat), "from": "22:00", "until": "24:00"}], leave=[leave])
    assert p.free(m) == [("09:00", "12:00")] and p.free(tue) == [] and p.free(sat) == [("22:00", "00:00")] and p.free(wed) == []
    refused(p.book(on(wed, 9)), 409, "barred_leave")
    refused(p.book(on(tue, 9)), 409, "barred_hours")


def holidays_and_the_days_that_make_up_for_them(p, admin):
    m = monday()
    sat, mon = m + datetime.timedelta(days=5), m + datetime.timedelta(days=7)
    text = admin.get("/api/agenda/texts/calendar").json
    put = f"{mon} holiday 节\n{sat} workday as Mon 节\n"
    p.keep()
    assert p.free(mon) == [("09:00", "12:00")] and p.free(sat) == []
    assert admin.put("/api/agenda/texts/calendar", {"version": text["version"], "text": put}).status == 204
    assert p.free(mon) == [] and p.free(sat) == [("09:00", "12:00")], "the week's Monday is worked on the Saturday"


def rest_notice_horizon_and_a_days_limits(p):
    m = monday()
    p.keep(limits={"horizon": 200, "before": 10, "after": 20})
    done(p.book(on(m, 10)), 201)
    refused(p.book(on(m, 10, 50)), 409, "booking_taken")
    refused(p.book(on(m, 9, 20)), 409, "booking_taken")
    done(p.book(on(m, 11, 10)), 201)
    p.keep(limits={"horizon": 200, "day-bookings": 2})
    refused(p.book(on(m, 9)), 409, "barred_full")
    p.keep(limits={"horizon": 200, "before": 10, "after": 20, "day-minutes": 105})
    refused(p.book(on(m, 9), 30), 409, "barred_full")  # twice 40, and 30 more; rest is no work
    done(p.book(on(m, 9), 25), 201)
    p.keep(weekly=[{"days": ALL_WEEK, "from": "00:00", "until": "24:00"}], limits={"horizon": 200, "notice": 2880})
    refused(p.book(on(day(1), 12)), 409, "barred_soon")
    p.keep(limits={"horizon": 10})
    refused(p.book(on(m + datetime.timedelta(days=1), 9)), 409, "barred_far")


def hours_follow_the_clock_of_their_zone(p):
    """In New York the clock changes on 14 March 2027 (or that year's second Sunday): nine o'clock stays nine o'clock."""
    york = zoneinfo.ZoneInfo("America/New_York")
    dates = [day(n) for n in range(20, 260)]
    change = next(d for d in dates if on(d, 12, zone=york).utcoffset() != on(d + datetime.timedelta(days=1), 12, zone=york).utcoffset())
    before, after = (change + datetime.timedelta(days=n) for n in (-3, 4))
    p.keep(zone="America/New_York", weekly=[{"days": ALL_WEEK, "from": "09:00", "until": "11:00"}], limits={"horizon": 300})
    assert p.free(before, york) == p.free(after, york) == [("09:00", "11:00")]
    assert p.free(before)[:1] != p.free(after)[:1], "and so another hour here"
    bad = p.keep(want=400, zone="Mars/Olympus")
    assert bad.json["error"]["where"] == "zone", bad.body


def main():
    site = house.Site()
    try:
        assert site.run("demo", "--force", "--unbooked", "--json").returncode == 0
        site.start()
        admin = site.token("scheduling-admin")
        p = Person(admin)
        text = admin.get("/api/agenda/texts/calendar").json
        assert "2026-10-01" in text["text"] and "国庆" in text["text"], "the statutory days are there"
        none = {"version": text["version"], "text": "# no holidays: this is for any day of any year\n"}
        assert admin.put("/api/agenda/texts/calendar", none).status == 204
        weekly_hours_every_week_or_every_other(p)
        single_days_and_leave(p)
        rest_notice_horizon_and_a_days_limits(p)
        hours_follow_the_clock_of_their_zone(p)
        holidays_and_the_days_that_make_up_for_them(Person(admin), admin)
    finally:
        site.close()
    print("5 passed, 0 failed")


if __name__ == "__main__":
    main()

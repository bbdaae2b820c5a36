#!/usr/bin/env python3
"""Calendar feeds as Debian's own clients read them: vdirsyncer's http storage fetches, khal lists; a move keeps the entry, a cancellation is one."""
import datetime
import os
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [f"{TESTS}/rules", f"{TESTS}/scheduler"]
import bookings  # noqa: E402
import house  # noqa: E402


def write(path, text):
    with open(path, "w") as out:
        out.write(text)


def when(line):
    """The wall time khal's line begins with."""
    return line[:16]


def wall(start):
    """An instant of the API as khal's lines say it."""
    shanghai = datetime.timezone(datetime.timedelta(hours=8))
    return datetime.datetime.fromisoformat(start.replace("Z", "+00:00")).astimezone(shanghai).strftime("%Y-%m-%d %H:%M")


def entry(feed, booking):
    """The one entry a feed has of this booking, or None."""
    found = [e.split("END:VEVENT")[0] for e in feed.split("BEGIN:VEVENT")[1:] if f"\nUID:{booking['id']}@" in e]
    assert len(found) <= 1, found
    return found[0] if found else None


class Calendar:
    """One person's calendar programs on the feed's address."""

    def __init__(self, root, url):
        self.root = root
        os.makedirs(f"{root}/events")
        write(f"{root}/vdirsyncer", f"""[general]
status_path = "{root}/status"
[pair p]
a = "feed"
b = "local"
collections = null
conflict_resolution = "a wins"
[storage feed]
type = "http"
url = "{url}"
[storage local]
type = "filesystem"
path = "{root}/events"
fileext = ".ics"
""")
        write(f"{root}/khal", f"""[calendars]
[[feed]]
path = {root}/events
type = calendar
[sqlite]
path = {root}/khal.db
[locale]
local_timezone = Asia/Shanghai
default_timezone = Asia/Shanghai
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
""")
        self.run("vdirsyncer", "-c", f"{root}/vdirsyncer", "discover")
        self.before = {when(e) for e in self.listed()}

    def run(self, *words):
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, input="y\n", env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": self.root})
        assert done.returncode == 0, (words, done.stdout[-600:], done.stderr[-600:])
        return done.stdout

    def events(self):
        """What has come since: vdirsyncer gives entries of the http storage names of its own, so the demo's bookings are known by their times."""
        return [e for e in self.listed() if when(e) not in self.before]

    def listed(self):
        self.run("vdirsyncer", "-c", f"{self.root}/vdirsyncer", "sync")
        said = self.run("khal", "-c", f"{self.root}/khal", "list", "--format", "{start-date} {start-time} {end-time} {status}|{title}|{location}|{uid}", "--day-format", "", "today", "60d")
        return [line.strip() for line in said.splitlines() if "|" in line]


def roles_have_what_is_theirs(site, booking):
    """Who takes part has a feed, of the own seats alone; who schedules has all; custody, detainees and administrators have none (rule 1)."""
    read = lambda who: house.Client(site).get(who.post("/api/calendar-feed", {}).json["path"]).body.decode()  # noqa: E731
    for role in ("guard", "duty-command", "detainee", "privacy-officer", "system-admin", "security-admin"):
        assert site.token(role).post("/api/calendar-feed", {}).status == 404, role
    assert entry(read(site.token("scheduling-admin")), booking), "who schedules has all"
    assert booking["id"] not in read(site.token("peiyan")) and booking["id"] not in read(site.token("nurse")), "own seats alone"
    doctor = next(s["reference"].split("demo-")[1] for s in booking["seats"] if s["need"] == "clinic-doctor")
    theirs = read(site.token(doctor))
    assert "\nLOCATION:" in entry(theirs, booking), "who works here is told the room"
    assert "TZID=Asia/Shanghai" in theirs and "BEGIN:VTIMEZONE" in theirs


def main():
    port = house.free_port()
    site = house.Site(options=["--http", f"127.0.0.1:{port}"])
    try:
        assert site.run("demo", "--force", "--json").returncode == 0
        site.start()
        admin, wen = site.token("scheduling-admin"), site.token("wenzhiyuan")
        path = wen.post("/api/calendar-feed", {}).json["path"]
        needs = [{"need": "specialist:ophthalmology", "reference": "Practitioner/demo-wenzhiyuan"}, {"need": "clinic-doctor"}, {"need": "room:video-room"}]
        mine = Calendar(f"{site.root}/calendar", f"http://127.0.0.1:{port}{path}")
        found = [p for p in bookings.find(admin, needs, until=40)["proposals"] if wall(p["start"]) not in mine.before]
        booking = bookings.done(bookings.start(admin, found[0], ask=True), 201)
        one = mine.events()
        assert len(one) == 1 and "|云桥会诊（待答复）|" in one[0], one
        assert when(one[0]) == wall(booking["start"]), (one, booking["start"])
        for seat in booking["seats"]:
            if seat["answer"] == "asked":
                booking = bookings.done(bookings.event(admin, booking, "accept", seat=seat["reference"]))
        assert [e.split("|")[1] for e in mine.events()] == ["云桥会诊"]
        moved = bookings.done(admin.post(f"/api/bookings/{booking['id']}/move", {
            "version": booking["version"], "start": found[1]["start"], "minutes": 40,
            "seats": [{"need": s["need"], "reference": s["reference"]} for s in found[1]["seats"]]}))
        later = mine.events()
        assert [when(e) for e in later] == [wall(found[1]["start"])] and when(later[0]) != when(one[0]), (one, later)
        first = house.Client(site).get(path)
        assert "\nSEQUENCE:1\r" in entry(first.body.decode(), booking), "one entry through every move"
        assert house.Client(site).get(path, headers={"If-None-Match": first.headers["etag"]}).status == 304
        bookings.done(bookings.event(admin, moved, "cancel", side="clinic", reason="need-gone"))
        off = mine.events()
        assert len(off) == 1 and "CANCELLED" in off[0].upper(), off
        text = house.Client(site).get(path).body.decode()
        assert "\nSTATUS:CANCELLED\r" in entry(text, booking)
        assert "卓" not in text and "眼" not in text, "no name and no specialty in a feed"
        roles_have_what_is_theirs(site, moved)
        assert "\nLOCATION:" not in text, "who comes by video is in no room of ours"
        again = wen.post("/api/calendar-feed", {}).json["path"]
        assert again != path and house.Client(site).get(path).status == 404, "a new address ends the old one"
        everybody = admin.post("/api/calendar-feed", {}).json["path"]
        assert entry(house.Client(site).get(everybody).body.decode(), booking)
        assert admin.ask("DELETE", "/api/calendar-feed").status == 204 and house.Client(site).get(everybody).status == 404
    finally:
        site.close()
    print("1 passed, 0 failed")


if __name__ == "__main__":
    main()

"""A device in a consultation is there and then not heard of for minutes: its line is noted, the system admin is told and sees whose network it was, without a name;
the visit's report says from when to when. The minutes go by the hands of the site's clock."""
import importlib.util
import os
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../../rules", f"{HERE}/../../interop/media"]
import house  # noqa: E402
from filming import Consultation, Source  # noqa: E402
from line import Line  # noqa: E402
from visiting import house_of_visits  # noqa: E402

if not all(importlib.util.find_spec(m) for m in ("aiortc", "av", "numpy")):
    print("wants Debian's python3-aiortc")
    sys.exit(77)

AWAY_S = 9  # from the last packet until its connection is said to be away; it is gone after 25
MINUTE_S = 4.5  # two looks at each line


def calls_check(admin):
    return next(c for c in admin.get("/api/system/health").json["checks"] if c["name"] == "calls")


def line_of(c, name):
    return next((x for x in c.doctor.get(f"/api/visits/{c.visit}/call-quality").json["lines"] if x["name"] == name), None)


def stay_away(source, hands):
    os.kill(source.p.pid, signal.SIGSTOP)
    time.sleep(AWAY_S)
    for n in range(1, 5):
        hands.shift(60 * n)
        time.sleep(MINUTE_S)
    os.kill(source.p.pid, signal.SIGCONT)


def scene_a_line_that_stays_away_is_the_admins_to_know():
    hands = []
    with house_of_visits(env=lambda s: hands.append(house.Hands(s)) or hands[0].env) as h:
        c = Consultation(h)
        admin = h.site.token("system-admin")
        told = Line(h.site.client().log_in(h.site.by_role["system-admin"]))
        assert calls_check(admin)["state"] == "ok" and admin.get("/api/system/calls").json == {"lines": []}
        source = Source(c, "VP8", 3)
        try:
            time.sleep(5)
            stay_away(source, hands[0])
            noted = house.until("it is noted", lambda: admin.get("/api/system/calls").json["lines"], wait_s=15)
        finally:
            source.close()
        assert len(noted) == 1 and noted[0]["side"] == "device" and noted[0]["minutes"] >= 3 and set(noted[0]) == {"side", "since", "last", "minutes"}, noted
        said = admin.get("/api/system/calls").body.decode()
        assert source.name not in said and c.visit not in said and c.room not in said
        check = house.until("the check says so when nobody is weak now", lambda: (lambda x: x if x["code"] == "stayed_bad" else None)(calls_check(admin)), wait_s=60)
        assert check["state"] == "warn" and check["detail"] == "1", check
        assert told.hear("notice", lambda f: f["kind"] == "health")
        line = line_of(c, source.name)
        assert line["stayed_bad"] == {k: noted[0][k] for k in ("since", "last", "minutes")} and line["share"]["lost"] > 0, line
        assert all(x["stayed_bad"] is None for x in c.doctor.get(f"/api/visits/{c.visit}/call-quality").json["lines"] if x["name"] != source.name)
        for role in ("guard", "duty-command", "detainee", "clinic-doctor", "privacy-officer"):
            assert h.site.token(role).get("/api/system/calls").status in (403, 404), role
        hands[0].shift(2 * 3600)
        house.until("an hour later it is over", lambda: calls_check(h.site.token("system-admin"))["state"] == "ok", wait_s=15)
        assert h.site.token("system-admin").get("/api/system/calls").json["lines"], "it stays in the list"


house.main("scene_")

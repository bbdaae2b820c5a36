"""Rule 23: the server's time is within a second of its trusted source, and jumps of it are in the trail. (WS/T 790.2)

The source is the kernel's clock as chrony, ntpd or timesyncd keep it: how far off it is, and whether it follows a source at all, is what the
system admin's health page says. A jump is made by libfaketime, for this server alone."""
import datetime
import time

from house import main, site, timed_site, until


def read(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def rule_every_answer_and_row_has_the_time_of_the_source():
    with site() as s:
        admin = s.token("system-admin")
        before = time.time()
        health = admin.get("/api/system/health").json
        after = time.time()
        assert before - 1 < read(health["clock"]["now"]) < after + 1
        check = next(c for c in health["checks"] if c["name"] == "clock")
        assert health["clock"]["synced"] in (True, False, None) and "offset_ms" in health["clock"], health["clock"]
        assert (check["state"] == "ok") == (health["clock"]["synced"] is True and abs(health["clock"]["offset_ms"]) < 1000), (check, health["clock"])
        row = s.token("privacy-officer").get("/api/audit?action=token.create").json["rows"][0]
        assert before - 5 < read(row["at"]) < time.time() + 1, row


def rule_a_jump_of_the_clock_is_in_the_trail():
    with timed_site() as (s, hands):
        officer = s.token("privacy-officer")
        jumps = lambda: officer.get("/api/audit?action=clock.jump").json["rows"]
        assert jumps() == []
        hands.shift(7)
        [row] = until("the jump is noted", jumps)
        assert row["actor"] is None and row["from"] == "server" and 6000 < row["detail"]["ms"] < 8000, row
        hands.shift(2)
        back = until("the way back too", lambda: jumps()[1:] and jumps())[0]
        assert -6000 < back["detail"]["ms"] < -4000, back
        assert officer.post("/api/audit/verify").json["ok"], "the chain stands though its times went back"


main(at_once=2)

"""Rule 8: a grant is one person's for one encounter; its end, by a hand or by itself, closes within two seconds what stands open under it: the
browser is told, the record is gone, the call is over. Told from the times in the events: the trail's and the notice's."""
import datetime

from house import main, site, until
from line import Line, join, room_of
from ward import Ward, account, ids, now

WITHIN_S = 2.0


def stamp(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def trail(s, action, target=None):
    rows = s.token("privacy-officer").get(f"/api/audit?action={action}").json["rows"]
    return [r for r in rows if target is None or r["target"] == target]


def opened(s, w, **more):
    """The specialist with the record and the call open; doctor, expert, the line, the room and the grant's number."""
    doctor, expert = s.client().log_in("guqinghe"), s.client().log_in("wenzhiyuan")
    room = room_of(doctor, expert)
    given = w.grant("observation", room=room, **more)
    assert given.status == 201, given.body
    line, _ = join(expert, room)
    assert expert.get(w.path("observation")).status == 200
    return doctor, expert, line, room, given.json["id"]


def closed(s, w, expert, line, room):
    kicked = line.hear("call.ended")
    assert expert.get(w.path("observation")).status == 404
    assert ids(expert.get("/fhir/Observation")) == set()
    assert expert.get("/api/grants/own").json["rows"] == []
    assert expert.post(f"/api/rooms/{room}/join").status == 404, "and there is no way back into the room"
    return kicked


def rule_a_revoked_grant_closes_viewer_and_call_within_two_seconds():
    with site() as s:
        w = Ward(s)
        doctor, expert, line, room, grant = opened(s, w)
        assert doctor.post(f"/api/grants/{grant}/revoke").status == 204
        told = line.hear("notice", lambda f: f["kind"] == "grant_ended")
        assert told["data"]["id"] == grant and told["data"]["patient"] == w.anna["id"], told
        kicked = closed(s, w, expert, line, room)
        revoked = stamp(trail(s, "grant.revoke", f"grant/{grant}")[0]["at"])
        assert abs(stamp(told["data"]["at"]) - revoked) <= WITHIN_S
        for frame in (told, kicked):
            assert frame["heard"] - revoked <= WITHIN_S, (frame, revoked)
        left = until("the trail says that the call was left", lambda: [r for r in trail(s, "call.leave") if stamp(r["at"]) >= revoked])
        assert stamp(left[-1]["at"]) - revoked <= WITHIN_S, left
        print(f"figure rules.08.revoked_s {told['heard'] - revoked:.3f}")


def rule_a_grant_that_ends_by_itself_does_the_same():
    with site() as s:
        w = Ward(s)
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=8)
        text = end.strftime("%Y-%m-%dT%H:%M:%S.") + f"{end.microsecond // 1000:03d}Z"
        _, expert, line, room, grant = opened(s, w, ends=text)
        told = line.hear("notice", lambda f: f["kind"] == "grant_ended", wait_s=15)
        assert told["data"]["id"] == grant, told
        kicked = closed(s, w, expert, line, room)
        for frame in (told, kicked):
            assert 0 <= frame["heard"] - stamp(text) <= WITHIN_S, (frame, text)


def rule_a_longer_grant_is_the_same_persons_and_its_revocation_ends_all_of_it():
    with site() as s:
        w = Ward(s)
        doctor, expert = s.client().log_in("guqinghe"), s.client().log_in("wenzhiyuan")
        first = w.grant("observation", ends=now(10)).json["id"]
        assert doctor.post(f"/api/grants/{first}/extend", {"ends": now(5)}).status == 400, "never shorter"
        longer = doctor.post(f"/api/grants/{first}/extend", {"ends": now(30)})
        assert longer.status == 201, longer.body
        rows = doctor.get(f"/api/grants?patient={w.anna['id']}").json["rows"]
        assert [r["id"] for r in rows] == [longer.json["id"]] and rows[0]["attached"] == [f"Observation/{w.of['observation']['id']}"], rows
        assert rows[0]["account"]["id"] == account(s, "wenzhiyuan")
        assert expert.get("/api/grants").status == 404 and expert.get(f"/api/grants?patient={w.anna['id']}").status == 404
        assert expert.post(f"/api/grants/{first}/extend", {"ends": now(60)}).status == 404, "nobody lengthens the own"
        assert s.token("peiyan").get(w.path("observation")).status == 404, "it cannot be passed on"
        line = Line(expert)
        assert doctor.post(f"/api/grants/{longer.json['id']}/revoke").status == 204
        line.hear("notice", lambda f: f["kind"] == "grant_ended")
        assert expert.get(w.path("observation")).status == 404, "the shorter one is gone with it"


main(at_once=2)

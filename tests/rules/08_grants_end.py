"""Rule 8: a grant is one person's for one encounter; its end, by a hand or by itself, closes within two seconds what stands open under it: the
browser is told, the record is gone, the call is over. Told from the times in the events: the trail's and the notice's."""
import datetime
import sys

from house import TOP, main, site, until
from line import Line, join, room_of
from visiting import house_of_visits
from visiting import join as coming
from ward import Ward, account, ids, now

sys.path.insert(0, f"{TOP}/tests/scene/stills")
from stills import keep, png  # noqa: E402

WITHIN_S = 2.0


def stamp(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def trail(s, action, target=None):
    rows = s.token("privacy-officer").get(f"/api/audit?action={action}").json["rows"]
    return [r for r in rows if target is None or r["target"] == target]


def opened(s, w, ends_in_s=None):
    """The specialist with the record and the call open; doctor, expert, the line, the room and the grant's number."""
    doctor, expert = s.client().log_in("guqinghe"), s.client().log_in("wenzhiyuan")
    room = room_of(doctor, expert)
    given = w.grant("observation", room=room, **({"ends": now(seconds=ends_in_s)} if ends_in_s else {}))
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
        doctor, expert, line, room, grant = opened(s, w, ends_in_s=12)
        ends = stamp(doctor.get(f"/api/grants?patient={w.anna['id']}").json["rows"][0]["ends"])
        told = line.hear("notice", lambda f: f["kind"] == "grant_ended", wait_s=20)
        assert told["data"]["id"] == grant, told
        kicked = closed(s, w, expert, line, room)
        for frame in (told, kicked):
            assert 0 <= frame["heard"] - ends <= WITHIN_S, (frame, ends)


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


def rule_a_visits_grant_taken_back_closes_call_chat_stills_opinion_and_records_within_two_seconds():
    with house_of_visits() as h:
        v = h.ask(question="左眼红肿一周")
        h.book(v)
        v = h.look(v)
        room, expert = v["booking"]["room"], h.specialist(v)
        h.step(v, "wait", who=expert)
        h.receive(v)
        h.step(v, "admit", account=h.account(expert))
        line, desk = coming(expert, room), coming(h.doctor, room)
        line.hear("call.joined"), desk.hear("call.joined")
        still = keep(h.doctor, v["id"], png())
        assert still.status == 201, still.body
        desk.say({"type": "call.chat", "text": "请看"})
        said = line.hear("call.chat", lambda f: f["text"] == "请看")
        opinion = f"/api/visits/{v['id']}/opinion"
        assert expert.put(f"{opinion}/parts/findings", {"rev": 0, "value": {"text": "充血"}}).status == 200
        document = f"/fhir/DocumentReference/{still.json['id']}"
        picture = "/fhir/" + h.doctor.get(document).json["content"][0]["attachment"]["url"]
        places = [opinion, document, picture, f"/fhir/Communication/{said['id']}", f"/fhir/Encounter/{v['id']}", f"/fhir/{v['request']}"]
        for place in places:
            assert expert.get(place).status == 200, place
        assert expert.get(f"/api/visits/{v['id']}").json["visit"]["inside"]
        grant = next(r["id"] for r in h.doctor.get(f"/api/grants?patient={v['patient']['reference'].split('/')[1]}").json["rows"]
                     if r["account"]["id"] == h.account(expert))
        assert h.doctor.post(f"/api/grants/{grant}/revoke").status == 204
        revoked = stamp(trail(h.site, "grant.revoke", f"grant/{grant}")[0]["at"])
        told, kicked = line.hear("notice", lambda f: f["kind"] == "grant_ended"), line.hear("call.ended")
        for frame in (told, kicked):
            assert frame["heard"] - revoked <= WITHIN_S, (frame, revoked)
        for place in places:
            assert expert.get(place).status == 404, place
        outside = expert.get(f"/api/visits/{v['id']}")
        assert outside.status == 404 or "红肿" not in outside.body.decode() and not outside.json["visit"]["inside"], outside.body
        assert expert.put(f"{opinion}/parts/findings", {"rev": 1, "value": {"text": "还写"}}).status == 404
        assert expert.post(f"{opinion}/sign", {"rev": 1, "password": h.site.accounts["wenzhiyuan"]["password"]}).status == 404
        assert keep(expert, v["id"], png()).status == 404
        assert coming(expert, room) != room and not isinstance(coming(expert, room), Line), "and there is no way back into the room"
        desk.say({"type": "call.chat", "text": "他走了"})
        desk.hear("call.chat", lambda f: f["text"] == "他走了")
        assert all(f.get("text") != "他走了" for f in line.frames), "no line reaches who is out"
        assert h.doctor.get(opinion).json["parts"]["findings"]["value"]["text"] == "充血", "what was written stays the clinic's"
        print(f"figure rules.08.visit_revoked_s {kicked['heard'] - revoked:.3f}")


main(at_once=2)

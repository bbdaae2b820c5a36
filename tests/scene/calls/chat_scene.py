#!/usr/bin/env python3
"""The chat of a consultation's room: in the record before it is told, read by one's own rights, and by nobody whom a private talk kept it from."""
import signal
import sys

sys.path.insert(0, __file__.rsplit("/", 3)[0] + "/rules")
from visiting import BRAIN, EYES, house_of_visits, join  # noqa: E402
from ward import bind  # noqa: E402


def in_the_room(h):
    """A doctor and two specialists, let in, each by an own line; and the visit."""
    v = h.ask(needs=(EYES, BRAIN))
    b = h.book(v)
    h.receive(v)
    names = [s["reference"].removeprefix("Practitioner/demo-") for s in b["seats"] if s["need"] in (EYES, BRAIN)]
    people = [h.doctor, *(h.site.client().log_in(n) for n in names)]
    for one in people[1:]:
        assert one.post(f"/api/visits/{v['id']}/wait", {}).status in (200, 204)
        h.step(v, "admit", account=h.account(one))
    lines = [join(one, b["room"]) for one in people]
    for line in lines:
        assert not isinstance(line, str), line
        joined = line.hear("call.joined")
        assert joined["kept"] and joined["chat"] == [] and joined["view"] is None and joined["drawings"] == [], joined
    return v, b["room"], people, lines


def said(line, text):
    return line.hear("call.chat", lambda f: f["text"] == text)


def anew(person, room):
    """Somebody comes in again, and what is told then."""
    line = join(person, room)
    return line, line.hear("call.joined")


def a_line_is_in_the_record_before_it_is_told_and_read_by_the_grant():
    with house_of_visits() as h:
        v, room, (doctor, eye, brain), (d, e, b) = in_the_room(h)
        d.say({"type": "call.chat", "text": "右眼视盘边界不清？\n请看标注"})
        told = [said(line, "右眼视盘边界不清？\n请看标注") for line in (d, e, b)]
        assert len({t["id"] for t in told}) == 1 and told[0]["name"] == "顾清和", told
        place = f"/fhir/Communication/{told[0]['id']}"
        kept = doctor.get(place).json
        assert kept["status"] == "completed" and kept["encounter"]["reference"] == f"Encounter/{v['id']}", kept
        assert kept["payload"] == [{"contentString": "右眼视盘边界不清？\n请看标注"}] and kept["sender"]["reference"].startswith("Practitioner/"), kept
        assert kept["sent"] == told[0]["at"] and kept["subject"] == {"reference": v["patient"]["reference"]}, kept
        origin = doctor.get(f"/fhir/Provenance?target=Communication/{told[0]['id']}").json
        assert len(origin["entry"]) == 1, origin
        row = h.site.token("privacy-officer").get("/api/audit?action=call.chat").json["rows"]
        assert len(row) == 1 and row[0]["target"] == f"room/{room}" and row[0]["detail"]["visit"] == v["id"] and len(row[0]["detail"]["versions"]) == 1, row
        assert "视盘" not in str(row)
        for who in (eye, brain):
            assert who.get(place).status == 200
        for role in ("guard", "duty-command", "scheduling-admin", "detainee", "privacy-officer", "interpreter"):
            assert h.site.token(role).get(place).status == 404, role
        # The person concerned hears it while present; afterwards it is read once it is released, like other notes.
        bind(h.site, "zhuoyuanshan", kept_patient(h, v))
        assert h.site.token("detainee").get(place).status == 404

        # A private talk: who is cut off neither hears the line, nor finds it, then or later.
        number = next(p["id"] for p in b.hear("call.joined")["participants"] if p["display"] == display(h, brain))
        d.say({"type": "call.private", "on": True, "cut": [number]})
        b.hear("call.private", lambda f: f["private"])
        e.say({"type": "call.chat", "text": "私下说一句"})
        secret = said(d, "私下说一句")
        b.say({"type": "call.chat", "text": "我在吗"})
        assert b.hear("call.refused", lambda f: f["of"] == "call.chat")["code"] == "cut_off"
        d.say({"type": "call.private", "on": False})
        b.hear("call.private", lambda f: f["private"] is None)
        d.say({"type": "call.chat", "text": "回来了"})
        said(b, "回来了")
        assert not any(f.get("text") == "私下说一句" for f in b.frames)
        assert brain.get(f"/fhir/Communication/{secret['id']}").status == 404 and eye.get(f"/fhir/Communication/{secret['id']}").status == 200
        h.step(v, "attach", attached=[])  # all that is open is gone through anew
        assert brain.get(f"/fhir/Communication/{secret['id']}").status == 404

        # Who comes again reads what was said, by the own rights; and that leaves its trace.
        for who, texts in ((eye, ["右眼视盘边界不清？\n请看标注", "私下说一句", "回来了"]), (brain, ["右眼视盘边界不清？\n请看标注", "回来了"])):
            line, joined = anew(who, room)
            assert [c["text"] for c in joined["chat"]] == texts, joined["chat"]
            assert [c["own"] for c in joined["chat"]] == [t == "私下说一句" for t in texts], joined["chat"]
        rows = h.site.token("privacy-officer").get("/api/audit?action=call.join").json["rows"]
        assert len(rows[0]["detail"]["versions"]) == 2, rows[0]


def a_line_outlives_the_server_that_told_it():
    with house_of_visits() as h:
        v, room, (doctor, eye, _), (d, e, _) = in_the_room(h)
        d.say({"type": "call.chat", "text": "请记下"})
        said(e, "请记下")
        h.site.stop(signal.SIGKILL)
        h.site.start()
        _, joined = anew(doctor, room)
        assert [(c["text"], c["own"]) for c in joined["chat"]] == [("请记下", True)], joined
        # A meeting of colleagues is no visit: nothing is kept.
        meeting = doctor.post("/api/rooms", {"title": "讨论", "members": [{"account": h.account(eye)}]}).json["room"]["id"]
        line = join(eye, meeting)
        assert line.hear("call.joined")["kept"] is False and line.hear("call.joined")["chat"] is None
        before = doctor.get("/fhir/Communication?_summary=count").json["total"]
        line.say({"type": "call.chat", "text": "闲话"})
        assert said(line, "闲话")["id"] is None
        assert doctor.get("/fhir/Communication?_summary=count").json["total"] == before


def kept_patient(h, v):
    return h.doctor.get(f"/fhir/{v['patient']['reference']}").json


def display(h, client):
    return client.get("/api/session").json["account"]["display"]


if __name__ == "__main__":
    for scene in (a_line_is_in_the_record_before_it_is_told_and_read_by_the_grant, a_line_outlives_the_server_that_told_it):
        scene()
        print(f"ok {scene.__name__}")

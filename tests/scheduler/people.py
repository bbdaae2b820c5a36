#!/usr/bin/env python3
"""Specialists of outside hospitals, through the API on the demo's whole site: invited by a one-time link, two factors, approved, licensed, suspended."""
import base64
import datetime
import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/rules")
import house  # noqa: E402
from bookings import at, done, event, find, refused, seat, start  # noqa: E402
from line import join  # noqa: E402
from ward import make, now  # noqa: E402

PASSWORD = "Bridge-over-4-rivers"
WHO = {"login": "hexingzhou", "name": "何行舟", "licence": "110440100123456", "password": PASSWORD}


def day(days):
    return (datetime.date.today() + datetime.timedelta(days=days)).isoformat()


def invite(admin, **more):
    asked = {"name": "何行舟", "hospital": "demo-h2", "specialty": "ophthalmology", "title": "chief", **more}
    return admin.post("/api/invitations", asked)


def secret_of(answer):
    assert answer.status == 201, answer.body
    path, secret = answer.json["path"].split("#")
    assert path == "/invite" and len(base64.urlsafe_b64decode(secret + "==")) == 24
    return secret


def accept(site, secret, **more):
    return site.client().post("/api/invite/accept", {"secret": secret, **WHO, "licence_ends": day(400), **more})


def by_name(admin, text, **more):
    asked = "&".join(f"{k}={v}" for k, v in {"text": text, **more}.items())
    return admin.get(f"/api/specialists?{asked}").json["specialists"]


def links_open_once(site, admin):
    first = secret_of(invite(admin))
    shown = site.client().post("/api/invite/open", {"secret": first})
    assert shown.status == 200 and shown.json["hospital"] == "岚桥市中心医院" and shown.json["specialty"] == "ophthalmology", shown.body
    for wrong in ("", "x" * 32, first[:-1] + ("A" if first[-1] != "A" else "B")):
        refused(site.client().post("/api/invite/open", {"secret": wrong or "-"}), 404, "invite_gone")
    for field, value in (("login", "x"), ("name", ""), ("licence", "第1号"), ("licence_ends", day(-1)), ("licence_ends", "2030-02-31")):
        got = accept(site, first, **{field: value})
        assert got.status == 400, (field, got.body)
        assert got.json["error"]["where"] == field, got.body
    refused(accept(site, first, password="12345"), 400, "password_weak")
    refused(accept(site, first, login="peiyan"), 409, "name_taken")
    rows = [i for i in admin.get("/api/invitations").json["invitations"] if i["state"] == "open"]
    assert len(rows) == 1 and first not in str(rows), "a link that failed is still good, and is shown to nobody again"
    second = secret_of(invite(admin, name="别人"))
    other = [i for i in admin.get("/api/invitations").json["invitations"] if i["name"] == "别人"][0]
    assert admin.post(f"/api/invitations/{other['id']}/withdraw").status == 204
    refused(accept(site, second), 404, "invite_gone")
    for role in ("specialist", "guard", "security-admin", "clinic-doctor"):
        who = site.token(role)
        assert who.get("/api/specialists").status == 404 and who.get("/api/invitations").status == 404, role
    return first


def comes_in(site, admin, secret):
    """The account is made with two factors; it waits for approval, and the link is used up."""
    got = accept(site, secret)
    assert got.status == 200 and got.json["next"] == "enrol", got.body
    refused(accept(site, secret, login="somebody", licence="9"), 404, "invite_gone")
    phone = site.client()
    shown = phone.post("/api/login/enrol", {"ticket": got.json["ticket"]})
    assert shown.status == 200 and shown.json["uri"].startswith("otpauth://totp/") and shown.json["qr"].startswith("<svg"), shown.body
    site.accounts[WHO["login"]] = {"name": WHO["login"], "password": PASSWORD, "totp_secret": shown.json["secret"]}
    code = site.code(WHO["login"])
    assert phone.post("/api/login/enrol/confirm", {"ticket": got.json["ticket"], "code": code}).status == 200
    phone.csrf = phone.get("/api/session").json["csrf"]
    assert phone.get("/api/session").json["account"]["roles"] == ["specialist"]
    own = phone.get("/api/agenda/own").json
    assert own["standing"] == "pending" and own["role"], own
    mine = by_name(admin, "hxz", state="pending")
    assert [m["name"] for m in mine] == ["何行舟"] and mine[0]["licence"] == WHO["licence"] and mine[0]["second_factor"], mine
    hours = phone.get(f"/api/agenda/hours/{own['role']}").json
    week = [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "until": "18:00"}]
    put = phone.put(f"/api/agenda/hours/{own['role']}", {"version": hours["version"], "weekly": week, "limits": {"horizon": 90}})
    assert put.status == 204, put.body
    return phone, own["role"], mine[0]["reference"]


NEED = "specialist:ophthalmology"


def named(admin, reference, **more):
    return find(admin, [{"need": NEED, "reference": reference}], patient="Patient/demo-p002", **more)


def approved(site, admin, phone, role, reference):
    """Nobody asks who waits; who is approved is asked; a licence that is over stops both."""
    assert named(admin, reference)["block"]["needs"][0]["state"] == "nobody"
    refused(admin.post(f"/api/specialists/{role}/suspend", {"reason": "other"}), 409, "standing_state")
    bad = admin.post(f"/api/specialists/{role}/licence", {"number": WHO["licence"], "ends": "soon"})
    assert bad.status == 400, bad.body
    assert admin.post(f"/api/specialists/{role}/licence", {"number": WHO["licence"], "ends": day(-2)}).status == 200
    refused(admin.post(f"/api/specialists/{role}/approve"), 409, "licence_over")
    assert admin.post(f"/api/specialists/{role}/licence", {"number": WHO["licence"], "ends": day(10)}).status == 200
    now = admin.post(f"/api/specialists/{role}/approve")
    assert now.status == 200 and now.json["specialist"]["standing"] == "approved", now.body
    assert now.json["specialist"]["licence_state"] == "soon", "warned two months before"
    assert [m["name"] for m in by_name(admin, "hexingzhou", state="licence")] == ["何行舟"]
    assert phone.get("/api/agenda/own").json["standing"] == "approved"
    ends = day(10)
    for p in named(admin, reference, until=60, proposals=20)["proposals"]:
        assert p["end"][:10] <= ends, "nothing after the licence's last day"
    seats = [{"need": NEED, "reference": reference}]
    after = next(d for d in range(12, 20) if (datetime.date.today() + datetime.timedelta(days=d)).weekday() < 5)
    late = admin.post("/api/bookings", {"triage": "soon", "start": f"{day(after)}T02:00:00Z", "minutes": 40, "seats": seats})
    refused(late, 409, "booking_unsuited")
    assert admin.post(f"/api/specialists/{role}/licence", {"number": WHO["licence"], "ends": day(400)}).status == 200
    late = done(admin.post("/api/bookings", {"triage": "soon", "start": f"{day(after)}T02:00:00Z", "minutes": 40, "seats": seats}), 201)
    assert late["state"] == "held"
    role_fhir = admin.get(f"/fhir/PractitionerRole/{role}").json
    person = admin.get(f"/fhir/{reference}").json
    assert role_fhir["active"] and role_fhir["organization"]["reference"] == "Organization/demo-h2"
    assert [q["identifier"][0]["value"] for q in person["qualification"]] == [WHO["licence"]]
    assert person["qualification"][0]["period"]["end"] == day(400)


def proposes_another_time(admin, phone, reference):
    """Instead of a plain no: who schedules sees it, and moves the booking there or not."""
    times = named(admin, reference, until=30, proposals=6)["proposals"]
    asked = done(start(admin, times[0], patient="Patient/demo-p002", ask=True), 201)
    propose = lambda who, when, version=None: who.post(f"/api/bookings/{asked['id']}/propose", {"version": version or asked["version"], "start": when})  # noqa: E731
    refused(propose(phone, times[1]["start"], version=1), 409, "booking_stale") if asked["version"] > 1 else None
    refused(propose(phone, times[1]["start"][:11] + "19:00:00Z"), 409, "barred_hours")
    refused(propose(phone, at(-1)), 400, "bad_field")
    assert propose(admin, times[1]["start"]).status == 404, "who is not asked proposes nothing"
    mine = done(propose(phone, times[1]["start"]))
    assert [(t["reference"], t["start"]) for t in mine["tentative"]] == [(reference, times[1]["start"])], mine
    done(propose(phone, times[2]["start"]))
    seen = admin.get(f"/api/bookings/{asked['id']}").json["booking"]
    assert [t["start"] for t in seen["tentative"]] == [times[2]["start"]] and seen["start"] == times[0]["start"], "the newest alone; nothing is moved by it"
    seats = [{"need": s["need"], "reference": s["reference"]} for s in seen["seats"] if s["need"] != "patient"]
    moved = done(admin.post(f"/api/bookings/{asked['id']}/move", {"version": seen["version"], "start": times[2]["start"], "minutes": 40, "seats": seats}))
    assert moved["start"] == times[2]["start"] and all(t["start"] != moved["start"] for t in moved["tentative"])
    done(event(admin, moved, "cancel", side="clinic", reason="need-gone"))


def suspended(site, admin, phone, role, reference):
    """Sessions, grants and the call end at once; what is booked is shown and repaired with the same others; nothing new is booked."""
    one = find(admin, [{"need": NEED, "reference": reference}, {"need": "clinic-doctor"}], until=30)["proposals"][0]
    asked = done(start(admin, one, ask=True), 201)
    done(event(phone, asked, "accept"))
    doctor, anna = site.client().log_in("guqinghe"), {"reference": "Patient/demo-p002"}
    visit = make(doctor, {"resourceType": "Encounter", "status": "in-progress", "class": {"code": "VR"}, "subject": anna})
    seen = make(doctor, {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": anna})
    account = phone.get("/api/session").json["account"]["id"]
    room = doctor.post("/api/rooms", {"title": "会诊", "members": [{"account": account, "role": "member"}]}).json["room"]["id"]
    grant = {"account": account, "encounter": visit["id"], "starts": now(), "attached": [f"Observation/{seen['id']}"], "room": room}
    given = doctor.post("/api/grants", grant)
    assert given.status == 201, given.body
    line, _ = join(phone, room)
    assert phone.get(f"/fhir/Observation/{seen['id']}").status == 200
    refused(admin.post(f"/api/specialists/{role}/reinstate"), 409, "standing_state")
    assert admin.post(f"/api/specialists/{role}/suspend").status == 400 and admin.post(f"/api/specialists/{role}/suspend", {"reason": "x"}).status == 400
    gone = admin.post(f"/api/specialists/{role}/suspend", {"reason": "conduct"})
    assert gone.status == 200, gone.body
    assert gone.json["specialist"]["standing"] == "suspended" and gone.json["specialist"]["why"] == "conduct"
    assert asked["id"] in [b["id"] for b in gone.json["bookings"]], "what is booked is shown, to be repaired"
    assert line.closed.wait(5) and line.code == 4401, "the browser is shut out, and with it the call"
    assert phone.get("/api/session").status == 401
    rows = doctor.get(f"/api/grants?patient=demo-p002").json["rows"]
    assert [bool(r["revoked"]) for r in rows if r["account"]["id"] == account] == [True], rows
    refused(site.client().post("/api/login", {"name": WHO["login"], "password": PASSWORD}), 403, "disabled")
    refused(doctor.post("/api/grants", grant), 400, "bad_field")
    assert named(admin, reference)["block"]["needs"][0]["state"] == "nobody"
    mine = next(b for b in gone.json["bookings"] if b["id"] == asked["id"])
    repaired = done(event(admin, mine, "decline", seat=reference, reason="other-duty"))
    assert reference not in [s["reference"] for s in repaired["seats"]], repaired
    assert seat(repaired, "clinic-doctor")["reference"] == seat(asked, "clinic-doctor")["reference"], "the others stay"
    trail = site.token("privacy-officer").get("/api/audit?action=specialist.change").json["rows"]
    assert trail[0]["target"] == f"PractitionerRole/{role}" and trail[0]["detail"]["reason"] == "conduct", trail[0]


def comes_back(site, admin, role):
    """Reinstated, unless the security admin closed the account too."""
    back = admin.post(f"/api/specialists/{role}/reinstate")
    assert back.status == 200 and back.json["specialist"]["standing"] == "approved", back.body
    site.client().log_in(WHO["login"])
    security = site.client().log_in(site.by_role["security-admin"])
    account = next(a for a in security.get(f"/api/accounts?q={WHO['login']}").json["accounts"])
    assert admin.post(f"/api/specialists/{role}/suspend", {"reason": "left"}).status == 200
    assert security.post(f"/api/accounts/{account['id']}/disable", {"reason": "离职"}).status == 200
    assert admin.post(f"/api/specialists/{role}/reinstate").status == 200
    refused(site.client().post("/api/login", {"name": WHO["login"], "password": PASSWORD}), 403, "disabled")


def has_departments(site, admin, all_of_them):
    """A hospital's departments are HealthcareServices; one that goes stays as it was, inactive, and comes back as the same."""
    assert all(len(h["departments"]) >= 3 for h in all_of_them), [len(h["departments"]) for h in all_of_them]
    assert len({d for h in all_of_them for d in h["departments"]}) == 30, "the demo has all thirty"
    one = next(h for h in all_of_them if "ophthalmology" in h["departments"] and len(h["departments"]) < 30)
    more = next(d for h in all_of_them for d in h["departments"] if d not in one["departments"])
    path = f"/api/hospitals/{one['id']}/departments"
    now = lambda: set(next(h for h in admin.get("/api/hospitals").json["hospitals"] if h["id"] == one["id"])["departments"])  # noqa: E731
    for wrong in ({"departments": ["astrology"]}, {"departments": ["ophthalmology", "ophthalmology"]}, {"departments": "ophthalmology"}, {"departments": [1]}):
        refused(admin.post(path, wrong), 400, "bad_field")
    refused(admin.post(path, {}), 400, "missing_field")
    refused(admin.post("/api/hospitals/nobody/departments", {"departments": []}), 404, "not_found")
    for role in ("guard", "detainee", "specialist"):
        assert site.token(role).post(path, {"departments": []}).status in (403, 404), role
    services = lambda: admin.get(f"/fhir/HealthcareService?organization=Organization/{one['id']}&_count=60&_total=accurate").json["total"]  # noqa: E731
    before = services()
    assert admin.post(path, {"departments": one["departments"] + [more]}).status == 204 and now() == {*one["departments"], more}
    assert services() == before + 1
    assert admin.post(path, {"departments": one["departments"]}).status == 204 and now() == set(one["departments"])
    assert admin.post(path, {"departments": one["departments"] + [more]}).status == 204 and services() == before + 1, "the same comes back"
    assert admin.post(path, {"departments": one["departments"]}).status == 204


def hospitals(site, admin):
    all_of_them = admin.get("/api/hospitals").json["hospitals"]
    has_departments(site, admin, all_of_them)
    assert len(all_of_them) == 8 and all("看守所" not in h["name"] for h in all_of_them), all_of_them
    made = admin.post("/api/hospitals", {"name": "青石县人民医院"})
    assert made.status == 201, made.body
    refused(admin.post("/api/hospitals", {"name": "青石县人民医院"}), 409, "hospital_known")
    one = made.json["id"]
    assert admin.post(f"/api/hospitals/{one}", {"name": "青石县中心医院", "active": False}).status == 200
    refused(invite(admin, hospital=one), 400, "bad_field")
    refused(admin.post("/api/hospitals/demo-centre", {"name": "x"}), 404, "not_found")
    assert next(h for h in admin.get("/api/hospitals").json["hospitals"] if h["id"] == one)["name"] == "青石县中心医院"


def main():
    site = house.Site()
    try:
        filled = site.run("demo", "--force", "--json")
        assert filled.returncode == 0, filled.stderr
        site.start()
        admin = site.client().log_in(site.by_role["scheduling-admin"])
        hospitals(site, admin)
        secret = links_open_once(site, admin)
        phone, role, reference = comes_in(site, admin, secret)
        approved(site, admin, phone, role, reference)
        proposes_another_time(admin, phone, reference)
        suspended(site, admin, phone, role, reference)
        comes_back(site, admin, role)
        with open(site.log_path) as log:
            told = log.read()
        assert secret not in told and "何行舟" not in told and WHO["licence"] not in told
        assert not house.scan(site.data, secret), "the store keeps no secret of a link"
    finally:
        site.close()
    print("people: all as it should be")


if __name__ == "__main__":
    main()

"""Rule 12, as far as records reach: a detainee reads the own file once it is released, and nobody else's."""
import base64
import hashlib
import json
import subprocess
import time

from intake import answers, arrivals, injuries
from house import CANARY, Skip, main, site, timed_site, until
from line import Line
from visiting import EYES, at, done, find, house_of_visits
from ward import LABELS, OURS, TYPES, Ward, bind, ids, label, make, ref, words


def rule_the_own_file_once_released_and_nothing_else():
    with site() as s:
        w = Ward(s)
        me = s.token("detainee")
        for kind in TYPES:
            assert ids(me.get(f"/fhir/{kind}")) == set(), kind
        bind(s, "zhuoyuanshan", w.anna)
        seen = set().union(*(ids(me.get(f"/fhir/{kind}")) for kind in TYPES))
        assert seen == {f"Patient/{w.anna['id']}", f"Observation/{w.of['released']['id']}", f"Appointment/{w.of['booking']['id']}"}, seen
        booking = me.get(w.path("booking"))
        assert booking.status == 200 and "reasonCode" not in booking.json and "participant" not in booking.json, booking.body
        assert me.get(w.path("observation")).status == 404
        assert me.get(f"/fhir/Patient/{w.ben['id']}").status == 404


def rule_who_opened_the_own_file_when_and_in_what_role_and_nothing_of_anybody_elses():
    with site() as s:
        w = Ward(s)
        bind(s, "zhuoyuanshan", w.anna)
        me, nurse = s.token("detainee"), s.token("nurse")
        assert nurse.get(w.path("observation")).status == 200 and nurse.get(f"/fhir/Patient/{w.ben['id']}").status == 200
        rows = me.get("/api/opened").json["rows"]
        looked = next(r for r in rows if r["who"]["role"] == "nurse")
        assert looked["who"]["display"] and looked["first"] and looked["kinds"].get("read"), looked
        assert w.doctor.get(f"/api/grants?patient={w.anna['id']}").status == 200
        looked = next(r for r in me.get("/api/opened").json["rows"] if r["who"]["role"] == "clinic-doctor")
        assert "share" not in looked["kinds"], "to look whom it is shared with is a look"
        assert w.grant("observation").status == 201
        looked = next(r for r in me.get("/api/opened").json["rows"] if r["who"]["role"] == "clinic-doctor")
        assert looked["kinds"]["share"] == 1, looked
        told = me.get("/fhir/AuditEvent?_count=200").json["entry"]
        assert told and w.ben["id"] not in str(told) and w.ben["id"] not in str(rows)
        for other in ("nurse", "guard", "clinic-doctor", "specialist"):
            assert s.token(other).get("/api/opened").status == 404, other


def enter(s):
    """The terminal's login: number and PIN."""
    return s.client().log_in("zhuoyuanshan")


def rule_a_session_at_the_terminal_ends_after_a_minute_and_its_answers_are_kept_nowhere():
    """The screens' own half (a page that clears itself, nothing in the browser's stores) stands in e2e/session."""
    with timed_site() as (s, hands):
        w = Ward(s)
        bind(s, "zhuoyuanshan", w.anna)
        me, doctor = enter(s), s.client().log_in("guqinghe")
        path = w.path("released")
        begin = int(time.time()) + 2
        hands.set(begin)
        got = me.get(path)
        assert got.status == 200 and "no-store" in got.headers["Cache-Control"], got.headers
        assert me.get("/api/session").json["idle_s"] == 60
        assert doctor.get("/api/session").status == 200
        hands.set(begin + 59)
        assert me.get(path).status == 200, "a touch within the minute"
        hands.set(begin + 59 + 60)
        assert me.get(path).status == 401
        gone = me.get("/api/session")
        assert gone.status == 401 and gone.code == "session_expired", gone.body
        assert doctor.get("/api/session").status == 200, "staff have the site's longer time"
        again = enter(s)
        assert again.get(path).status == 200
        assert again.post("/api/logout").status == 204
        assert again.get(path).status == 401, "nothing after the way out"


def rule_number_and_pin_are_good_at_an_enrolled_terminal_alone():
    with timed_site() as (s, hands):
        admin, officer = s.client().log_in("fangjiming"), s.token("privacy-officer")
        pin = s.accounts["zhuoyuanshan"]["password"]
        by_number = {"name": "3120417", "password": pin}
        told = lambda action, outcome: [r for r in officer.get(f"/api/audit?action={action}").json["rows"] if r["outcome"] == outcome]
        for role in ("nurse", "guard", "privacy-officer", "detainee", "system-admin"):
            who = s.token(role)
            assert who.get("/api/terminals").status in (403, 404) and who.post("/api/terminals", {"name": "x"}).status in (403, 404), role
        browser = s.client()
        assert browser.get("/api/terminal").json == {"enrolled": False, "name": None, "face": False}
        got = browser.post("/api/login", {"name": "zhuoyuanshan", "password": pin})
        assert got.status == 403 and got.code == "terminal_needed" and browser.cookie is None, got.body
        assert told("login", "refused")
        got = browser.post("/api/login", by_number)
        assert got.status == 401 and got.code == "login_wrong", "a number is no name elsewhere"

        made = admin.post("/api/terminals", {"name": "A 区 1 室"})
        assert made.status == 201 and len(made.json["code"]) == 10, made.body
        wrong = browser.post("/api/terminal/enrol", {"code": "0000000000"})
        assert wrong.status == 403 and wrong.code == "terminal_code", wrong.body
        got = browser.post("/api/terminal/enrol", {"code": f"{made.json['code'][:5]} {made.json['code'][5:]}"})
        assert got.status == 200 and got.json["name"] == "A 区 1 室", got.body
        cookie = got.headers["Set-Cookie"]
        assert all(part in cookie for part in ("__Host-yunqiao-terminal=", "Secure", "HttpOnly", "SameSite=Strict")), cookie
        assert s.client().post("/api/terminal/enrol", {"code": made.json["code"]}).code == "terminal_code", "for one use"
        got = browser.post("/api/login", {**by_number, "password": "00000000"})
        assert got.status == 401 and got.json["error"]["left"] == 4, got.body
        for name in ("3120417", "zhuoyuanshan"):
            got = browser.post("/api/login", {"name": name, "password": pin})
            assert got.status == 200 and got.json["next"] == "done", got.body
        assert browser.post("/api/login", {"name": "d1001", "password": s.accounts["guqinghe"]["password"]}).code == "login_wrong", "of detainees only"

        row = next(t for t in admin.get("/api/terminals").json["terminals"] if t["id"] == made.json["id"])
        assert row["state"] == "enrolled" and row["seen"] and made.json["code"] not in str(row), row
        fresh = admin.post(f"/api/terminals/{made.json['id']}/code").json["code"]
        assert browser.get("/api/session").status == 200 and browser.get("/api/terminal").json["enrolled"], "until the new code is used"
        other = s.client()
        assert other.post("/api/terminal/enrol", {"code": fresh}).status == 200
        assert other.post("/api/login", by_number).json["next"] == "done" and not browser.get("/api/terminal").json["enrolled"], "one machine"
        line = Line(other)
        assert admin.post(f"/api/terminals/{made.json['id']}/revoke", {"reason": "搬走"}).status == 204
        line.hear("notice", lambda f: f["kind"] == "session_ended")
        assert other.get("/api/session").status == 401 and not other.get("/api/terminal").json["enrolled"]
        assert other.post("/api/login", by_number).status == 401 and admin.post(f"/api/terminals/{made.json['id']}/code").status == 404
        late = s.terminal_code("T2")
        hands.shift(3601)
        assert s.client().post("/api/terminal/enrol", {"code": late}).code == "terminal_code", "too late"
        assert {"terminal.create", "terminal.enrol", "terminal.code", "terminal.revoke"} <= {r["action"] for r in told("terminal.", "ok")}


class Device:
    """A device that knows faces, with a key that the openssl command made."""

    def __init__(self, folder, name):
        self.key, self.message, self.value = (f"{folder}/{name}.{end}" for end in ("key", "message", "value"))
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.key)
        self.public = openssl("pkey", "-in", self.key, "-pubout").decode()
        self.id = hashlib.sha256(openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")).hexdigest()

    def says(self, payload, header=None):
        words = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "ES256", "typ": "JWT", "kid": self.id, **(header or {})}, payload))
        with open(self.message, "w") as out:
            out.write(words)
        openssl("dgst", "-sha256", "-sign", self.key, "-out", self.value, self.message)
        with open(self.value, "rb") as signed:
            der = signed.read()
        n = der[3]  # RFC 7518 §3.4: r | s, 32 bytes each
        r, s = der[4:4 + n], der[6 + n:]
        return f"{words}.{base64url(r.lstrip(bytes(1)).rjust(32, bytes(1)) + s.lstrip(bytes(1)).rjust(32, bytes(1)))}"


def openssl(*words):
    try:
        return subprocess.run(["openssl", *words], capture_output=True, check=True).stdout
    except FileNotFoundError as absent:
        raise Skip("the openssl command is not here") from absent


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def rule_a_face_device_asserts_who_stands_there_once_for_its_terminal_within_a_minute():
    with timed_site() as (s, hands):
        admin, officer = s.client().log_in("fangjiming"), s.token("privacy-officer")
        device, other = Device(s.root, "device"), Device(s.root, "other")
        wall = s.client()
        assert wall.post("/api/login/face").code == "terminal_needed"
        wall.enrol()
        assert wall.post("/api/login/face").code == "face_none" and not wall.get("/api/terminal").json["face"]
        rows = {t["name"]: t for t in admin.get("/api/terminals").json["terminals"]}
        t1 = rows["T1"]["id"]
        t2 = admin.post("/api/terminals", {"name": "T2"}).json["id"]
        for role in ("guard", "nurse", "system-admin", "detainee"):
            assert s.token(role).post(f"/api/terminals/{t1}/device", {"public": device.public}).status in (403, 404), role
        assert admin.post(f"/api/terminals/{t1}/device", {"public": "no key"}).code == "terminal_key"
        begin = int(time.time()) + 5
        hands.set(begin)
        nonces = iter(range(10 ** 6))

        def claims(**more):
            return {"aud": t1, "sub": "3120417", "nonce": f"nonce-{next(nonces):012d}", "iat": begin - 1, "exp": begin + 50, **more}

        def hand_in(text, at=None):
            return s.client().post(f"/api/face/{at or t1}", {"assertion": text})

        def refused(text, code, at=None):
            got = hand_in(text, at)
            assert got.status in (400, 403, 409) and got.code == code and len(got.json["error"]["message"]) > 10, (code, got.body)
            assert wall.post("/api/login/face").code in ("face_waiting", "face_none"), "nobody is logged in by it"

        refused(device.says(claims()), "face_key")  # nothing is enrolled
        for terminal in (t1, t2):
            assert admin.post(f"/api/terminals/{terminal}/device", {"public": device.public}).status == 204
        row = next(t for t in admin.get("/api/terminals").json["terminals"] if t["id"] == t1)
        assert row["device"] and row["device_id"] == device.id and wall.get("/api/terminal").json["face"], row
        assert wall.post("/api/login/face").code == "face_waiting"

        refused(other.says(claims()), "face_key")
        refused(other.says(claims(), {"kid": device.id}), "face_signature")
        good = device.says(claims())
        head, payload, value = good.split(".")
        changed = base64url(json.dumps(claims(sub="3120418")).encode())
        refused(f"{head}.{changed}.{value}", "face_signature")
        refused(f"{head}.{payload}.{base64url(bytes(64))}", "face_signature")
        refused(device.says(claims(aud=t2)), "face_audience")
        refused(device.says(claims()), "face_audience", at=t2)
        refused(device.says(claims(iat=begin - 61, exp=begin - 1)), "face_expired")
        refused(device.says(claims(iat=begin - 1, exp=begin + 120)), "face_expired")
        refused(device.says(claims(iat=begin + 40, exp=begin + 90)), "face_expired")
        refused(device.says(claims(sub="999")), "face_person")
        refused(device.says(claims(nonce="short")), "face_form")
        refused(device.says(claims(), {"alg": "none"}), "face_form")
        refused(device.says(claims(), {"crit": ["exp"]}), "face_form")
        refused("no.assertion", "face_form")
        refused(good, "face_key", at="00000000-0000-0000-0000-000000000000")
        refused(device.says(claims(sub=s.accounts["guqinghe"].get("staff_number", "1"))), "face_person")

        assert hand_in(good).status == 204
        stranger = s.client()
        assert stranger.post("/api/login/face").code == "terminal_needed", "the terminal alone takes it"
        got = wall.post("/api/login/face")
        assert got.status == 200 and got.json["next"] == "done" and got.json["account"]["name"] == "zhuoyuanshan", got.body
        assert wall.get("/api/session").json["idle_s"] == 60
        again = hand_in(good)
        assert again.status == 409 and again.code == "face_used", again.body
        assert s.client().enrol("T3").post("/api/login/face").code == "face_none"
        used = json.loads(base64.urlsafe_b64decode(payload + "=="))
        refused_again = hand_in(device.says({**claims(), "nonce": used["nonce"]}))
        assert refused_again.code == "face_used", "signed anew with the same nonce"
        wall.csrf = wall.get("/api/session").json["csrf"]
        assert wall.post("/api/logout").status == 204
        wall.csrf = None
        assert wall.post("/api/login/face").code == "face_waiting", "taken once"
        assert hand_in(device.says(claims())).status == 204
        hands.set(begin + 51)
        assert wall.post("/api/login/face").code == "face_waiting", "too late"
        logins = officer.get("/api/audit?action=login").json["rows"]
        assert any(r["detail"].get("by") == "face" and r["detail"].get("terminal") == t1 for r in logins if r["outcome"] == "ok"), logins[:3]
        told = officer.get("/api/audit?action=terminal.face").json["rows"]
        assert {r["detail"]["code"] for r in told} >= {"ok", "face_key", "face_signature", "face_audience", "face_expired", "face_used", "face_person", "face_form"}, told
        assert good.split(".")[2] not in open(s.log_path).read() and "3120417" not in open(s.log_path).read()
        assert admin.post(f"/api/terminals/{t1}/device", {}).status == 204
        assert wall.post("/api/login/face").code == "face_none", "taken away"


def rule_the_own_screening_is_read_part_by_part_once_a_doctor_has_released_it():
    with arrivals() as a:
        a.says("A01", "7211", 0, cell="B/B01")
        a.do(a.nurse, "7211", "begin")
        a.save(a.nurse, "7211", "form", answers("想家"))
        a.save(a.nurse, "7211", "injuries", injuries(CANARY, "yes"))
        a.do(a.nurse, "7211", "hand")
        doctor = a.doctor()
        a.sign(doctor, "7211")
        one = a.one("7211", doctor)
        bind(a.site, "zhuoyuanshan", {"resourceType": "Patient", "id": one["patient"]["id"]})
        me = enter(a.site)
        parts = lambda: me.get("/api/own/intakes").json["parts"]
        assert parts() == []
        release = lambda part: doctor.post(f"/api/releases/QuestionnaireResponse/{one[part]['id']}")
        assert release("form").status == 204
        read = parts()
        assert [p["part"] for p in read] == ["form"] and set(read[0]) == {"id", "part", "saved", "by", "answers"}, read
        assert read[0]["answers"] == one["form"]["answers"] and CANARY not in str(read)
        assert release("injuries").status == 204
        hurt = next(p for p in parts() if p["part"] == "injuries")
        assert hurt["answers"]["statement"] == CANARY, "what the person said stands in it"
        for role in ("nurse", "guard", "duty-command", "specialist"):
            assert a.site.token(role, env=a.hands.env).get("/api/own/intakes").status == 404, role
        said = me.post("/api/statements", {"record": f"QuestionnaireResponse/{one['form']['id']}", "kind": "statement", "words": "那天我很害怕"})
        assert said.status == 201, said.body
        assert me.get("/api/statements").json["statements"][0]["record"] == f"QuestionnaireResponse/{one['form']['id']}"


def rule_own_appointments_are_a_time_and_a_word_and_people_only_once_the_patient_was_told():
    with house_of_visits() as h:
        me = enter(h.site)
        own = me.get("/api/session").json["account"]["person"]
        look = lambda: me.get("/api/own/appointments").json["appointments"]
        def one(word):
            rows = [a for a in look() if a["word"] == word]
            assert len(rows) == 1, (word, look())
            return rows[0]
        was = {a["id"] for a in look()}
        for role in ("nurse", "clinic-doctor", "specialist", "guard", "scheduling-admin", "privacy-officer"):
            assert h.site.token(role).get("/api/own/appointments").status == 404, role

        v = h.ask(patient=own, question=f"左眼 {CANARY}")
        wanted = [{"need": EYES}, {"need": "clinic-doctor", "reference": "Practitioner/demo-guqinghe"}, {"need": "room:video-room"}, {"need": "escort"}]
        p = find(h.doctor, wanted, patient=own, until=2)["proposals"][0]
        seats = [{"need": s["need"], "reference": s["reference"]} for s in p["seats"]]
        b = done(h.doctor.post("/api/bookings", {"patient": own, "request": v["request"], "triage": "soon", "start": p["start"], "minutes": 40, "seats": seats, "ask": True}), 201)
        waits = one("arranging")
        assert waits["start"] is None and waits["end"] is None, "no time before it is firm"
        for s in [s for s in b["seats"] if s["answer"] == "asked"]:
            b = done(h.doctor.post(f"/api/bookings/{b['id']}/accept", {"version": b["version"], "seat": s["reference"]}))
        firm = one("booked")
        assert set(firm) == {"id", "kind", "word", "start", "end", "with"} and firm["kind"] == "consultation" and firm["start"] == p["start"], firm
        specialist = next(s for s in b["seats"] if s["need"] == EYES)
        assert firm["with"] == [{"name": specialist["name"], "department": "ophthalmology"}], firm
        said = me.get("/api/own/appointments").body.decode()
        others = [s for s in b["seats"] if s["need"] != EYES]
        assert CANARY not in said and not any(s["name"] in said or s["reference"] in said for s in others if s["need"] != "patient"), "no escort, no room, no question"
        h.step(h.look(v), "refuse", who=h.nurse, witness="陆白苏")
        off = one("cancelled")
        assert off["id"] == firm["id"] and off["with"] == [], "who refuses is told of nobody, and nobody is told why"

        call = h.nurse.post("/api/sick-calls", {"patient": own, "words": f"牙疼 {CANARY}"}).json["call"]
        h.nurse.post(f"/api/sick-calls/{call['id']}/triage", {"triage": "soon"})
        assert h.nurse.post(f"/api/sick-calls/{call['id']}/visit", {"at": at(1, 60)}).status == 200
        planned = [a for a in look() if a["kind"] == "clinic" and a["id"] not in was]
        assert [a["word"] for a in planned] == ["booked"] and planned[0]["with"] == [] and CANARY not in str(look()), planned
        officer = h.site.token("privacy-officer")
        assert officer.get("/api/audit?action=own.appointments").json["rows"], "each look has its row"


def rule_results_are_released_by_the_clock_unless_held_back_or_secret():
    """The person learns the own results after 72 hours though nobody thought of it (workflow, step 15)."""
    with timed_site() as (s, hands):
        w = Ward(s)
        bind(s, "zhuoyuanshan", w.anna)
        me, officer = s.token("detainee"), s.token("privacy-officer")

        def result(text, **more):
            return make(w.doctor, {"resourceType": "Observation", "status": "final", "code": words(text), "subject": ref(w.anna), **more})

        def sees(resource):
            return me.get(f"/fhir/{ref(resource)['reference']}").status == 200

        def place(resource):
            return f"/api/releases/{ref(resource)['reference']}"

        report = make(w.doctor, {"resourceType": "DiagnosticReport", "status": "final", "code": words("胸片"), "subject": ref(w.anna)})
        due, held, secret = result("血钾"), result("肿瘤标志物"), result("x", meta=label(LABELS, "HIV"))
        draft = result("y", status="preliminary")
        problem = make(w.doctor, {"resourceType": "Condition", "code": words("z"), "subject": ref(w.anna)})
        for role in ("nurse", "specialist", "guard", "detainee", "privacy-officer"):
            assert s.token(role).post(f"{place(held)}/hold", {"reason": "x"}).status == 404, role
        assert w.doctor.post(f"{place(held)}/hold", {"reason": "  "}).status == 400
        assert w.doctor.post(f"{place(held)}/hold", {"reason": "先当面谈"}).status == 204
        states = lambda: {r["record"]: r for r in w.doctor.get(f"/api/patients/{w.anna['id']}/releases").json["rows"]}
        back = states()[ref(held)["reference"]]
        assert back["held"] and back["released"] is None and (back["by"], back["reason"]) == ("顾清和", "先当面谈"), back
        for role in ("nurse", "specialist", "guard", "detainee", "privacy-officer"):
            assert s.token(role).get(f"/api/patients/{w.anna['id']}/releases").status == 404, role
        news = lambda: me.get("/api/own/news").json["released"]
        assert news() == 0 and w.doctor.get("/api/own/news").status == 404, "the own record's alone"
        made = time.time()
        hands.set(int(made) + 72 * 3600 - 60)
        told = lambda: officer.get("/api/audit?action=record.release-due").json["rows"]
        assert not sees(due) and told() == []
        hands.set(int(made) + 72 * 3600 + 1)
        until("what is due is released", lambda: sees(due) and sees(report), 60)
        assert not any(sees(x) for x in (held, secret, draft, problem)), "held back, secret, unfinished, no result"
        rows = told()
        assert {ref(x)["reference"] for x in (due, report)} <= {r["target"] for r in rows} and all(r["actor"] is None for r in rows), rows
        assert "先当面谈" not in str(officer.get("/api/audit?action=record.release").json)
        state = w.doctor.get(f"/api/seals/{ref(due)['reference']}").json
        assert state["released"] and state["released_by"] is None, state
        assert w.doctor.post(place(due)).status == 409 and w.doctor.post(f"{place(due)}/hold", {"reason": "x"}).status == 409
        assert news() == sum(1 for r in states().values() if r["released"]) >= 2 and states()[ref(due)["reference"]]["released"] and states()[ref(due)["reference"]]["by"] is None
        assert me.post("/api/own/news").status == 204 and news() == 0, "looked at"
        hands.set(int(made) + 72 * 3600 + 100)
        assert w.doctor.post(place(held)).status == 204 and sees(held), "a doctor gives what was held back"
        assert news() == 1 and states()[ref(held)["reference"]]["by"] == "顾清和"


def said(pdf):
    try:
        return "".join(subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode().split())
    except FileNotFoundError as absent:
        raise Skip("pdftotext is not here (poppler-utils)") from absent


def rule_a_copy_is_asked_for_printed_as_the_person_may_read_it_and_handed_over():
    with site() as s:
        w = Ward(s)
        me, nurse = s.token("detainee"), s.token("nurse")
        assert me.post("/api/own/copy").status == 404, "who has no record has no copy"
        bind(s, "zhuoyuanshan", w.anna)
        lines = {role: Line(s.client().log_in(s.by_role[role])) for role in ("nurse", "clinic-doctor", "guard", "pharmacist")}
        assert me.post("/api/own/copy").status == 204
        for role in ("nurse", "clinic-doctor"):
            told = lines[role].hear("notice", lambda f: f["kind"] == "copy_changed")
            assert told["data"] == {}, told  # who it is stands in the record
        again = me.post("/api/own/copy")
        assert again.status == 409 and again.code == "copy_asked", again.body
        asked = me.get("/fhir/CommunicationRequest?status=active").json["entry"][0]["resource"]
        assert asked["requester"] == ref(w.anna) and asked["category"][0]["coding"][0]["code"] == "record-copy", asked
        assert ids(nurse.get("/fhir/CommunicationRequest?category=urn:yunqiao:request|record-copy&status=active")) == {ref(asked)["reference"]}
        make(w.doctor, {"resourceType": "Observation", "status": "final", "code": words("未放行的血压"), "subject": ref(w.anna)})
        make(w.doctor, {"resourceType": "Observation", "status": "final", "code": words("已放行的血压"), "subject": ref(w.anna),
                        "meta": label(OURS, "released")})
        path = f"/api/patients/{w.anna['id']}/copy"
        for role in ("guard", "duty-command", "scheduling-admin", "specialist", "privacy-officer", "detainee"):
            who = s.token(role)
            assert who.get(path + ".pdf").status == 404 and who.post(path).status == 404, role
        got = nurse.get(path + ".pdf", headers={"Accept-Language": "zh-CN"})
        assert got.status == 200 and got.headers["Content-Type"] == "application/pdf", got.body
        sheet = said(got.body)
        assert "本人病历副本" in sheet and "已放行的血压" in sheet and "打印人" in sheet, sheet
        assert "未放行的血压" not in sheet and CANARY not in sheet, "what the person may not read is not on it"
        assert nurse.post(path).status == 204
        assert me.get(f"/fhir/{ref(asked)['reference']}").json["status"] == "completed"
        assert me.post("/api/own/copy").status == 204, "and may ask again"
        lines["nurse"].hear("notice", lambda f: f["kind"] == "copy_changed", after=len(lines["nurse"].frames) - 1)
        for role in ("guard", "pharmacist"):
            assert not [f for f in lines[role].frames if f.get("kind") == "copy_changed"], role
        opened = [kind for row in me.get("/api/opened").json["rows"] for kind in row["kinds"]]
        assert "print" in opened, opened
        told = s.token("privacy-officer").get("/api/audit?action=copy.").json["rows"]
        assert {r["action"] for r in told} >= {"copy.ask", "copy.handed"}, told


main(at_once=2)

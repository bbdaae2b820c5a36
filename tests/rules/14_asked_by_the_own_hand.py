"""Rule 14: a request to be seen is made by the detainee's own hand, without any guard; its text is the clinic's alone."""
import subprocess

from house import CANARY, Skip, main, scan, site
from ward import Ward, bind


def rule_asked_at_the_terminal_without_any_guard_and_read_by_the_clinic_alone():
    with site() as s:
        w = Ward(s)
        bind(s, "zhuoyuanshan", w.anna)
        me = s.client().log_in("zhuoyuanshan")
        for wrong in ({"words": "x", "regions": ["tail"]}, {"words": "x", "regions": ["head", "head"]}, {"words": "x", "regions": "head"},
                      {"words": "x", "regions": ["head"] * 13}, {"words": "x", "patient": f"Patient/{w.ben['id']}"}, {"regions": ["head"]}):
            assert me.post("/api/sick-calls", wrong).status == 400, wrong
        made = me.post("/api/sick-calls", {"words": f"头疼 {CANARY}", "regions": ["face", "left-arm"]})
        assert made.status == 201, made.body
        own = made.json["call"]
        assert set(own) == {"id", "number", "word", "asked", "words", "answer", "regions", "voice", "repeat"}, own
        assert own["number"] > 0 and own["word"] == "received" and not own["repeat"], own
        again = me.post("/api/sick-calls", {"words": "又疼了", "regions": ["head"]}).json["call"]
        assert again["repeat"] and again["number"] > own["number"], "about the same, said at once"
        for role in ("nurse", "clinic-doctor"):
            seen = {c["id"]: c for c in s.token(role).get("/api/sick-calls").json["calls"]}
            assert seen[own["id"]]["regions"] == ["face", "left-arm"] and seen[own["id"]]["place"] == "head", seen
            assert seen[own["id"]]["door"] == "terminal" and own["id"] in seen[again["id"]]["like"], seen
        for role in ("guard", "duty-command", "scheduling-admin", "specialist", "pharmacist", "interpreter", "privacy-officer", "security-admin", "system-admin"):
            who = s.token(role)
            assert who.get("/api/sick-calls").status == 404 and who.get(f"/api/sick-calls/{own['id']}").status == 404, role
            if role == "pharmacist":
                continue  # of the clinic: reads the record of it, leads none
            got = who.get(f"/fhir/Task/{own['id']}")
            assert got.status == 404 and CANARY not in got.body.decode(), role
        nurse = s.token("nurse")
        for verb, more in (("triage", {"triage": "emergency"}), ("go", {})):
            assert nurse.post(f"/api/sick-calls/{again['id']}/{verb}", more).status == 200, verb
        raised = next(c for c in me.get("/api/sick-calls").json["calls"] if c["id"] == again["id"])
        assert raised["word"] == "coming" and set(raised) == set(own), "that somebody comes, and not who"
        assert me.post(f"/api/sick-calls/{own['id']}/go").status == 404
        assert me.post(f"/api/sick-calls/{own['id']}/withdraw").json["call"]["word"] == "withdrawn"
        assert me.post(f"/api/sick-calls/{own['id']}/withdraw").status == 409
        assert CANARY not in open(s.log_path).read()


def sound(folder, name, *how, seconds=3):
    """A file that ffmpeg made: a tone, as those words say."""
    path = f"{folder}/{name}"
    try:
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", *how, path], check=True, capture_output=True)
    except FileNotFoundError as absent:
        raise Skip("ffmpeg is not here") from absent
    with open(path, "rb") as made:
        return made.read()


def rule_a_note_by_voice_is_judged_by_its_bytes_sealed_and_heard_by_the_clinic_alone():
    with site() as s:
        w = Ward(s)
        bind(s, "zhuoyuanshan", w.anna)
        me, nurse = s.client().log_in("zhuoyuanshan"), s.client().log_in(s.by_role["nurse"])
        opus = ("-c:a", "libopus", "-b:a", "24k")
        webm, ogg = sound(s.root, "a.webm", *opus), sound(s.root, "a.ogg", *opus)
        ask = lambda words="语音留言": me.post("/api/sick-calls", {"words": words}).json["call"]
        say = lambda call, data, kind="audio/webm", who=me: who.ask("POST", f"/api/sick-calls/{call['id']}/voice", data, {"Content-Type": kind})
        one = ask()
        assert one["voice"] is None
        for data, kind, status, code in ((b"x" * 400, "audio/webm", 415, "voice_form"), (webm[:-60], "audio/webm", 415, "voice_form"), (ogg[:-60], "audio/ogg", 415, "voice_form"),
                                         (webm, "text/html", 415, "media_type"), (sound(s.root, "a.wav"), "audio/webm", 415, "voice_form"), (sound(s.root, "v.webm", "-c:a", "libvorbis"), "audio/webm", 415, "voice_form"),
                                         (sound(s.root, "v.ogg", "-c:a", "libvorbis"), "audio/ogg", 415, "voice_form"), (ogg + ogg, "audio/ogg", 415, "voice_form"), (bytes(ogg[:200]) + b"x" + ogg[201:], "audio/ogg", 415, "voice_form"),
                                         (sound(s.root, "p.webm", "-f", "lavfi", "-i", "color=size=64x64:duration=3", *opus, "-c:v", "libvpx"), "audio/webm", 415, "voice_form"),
                                         (sound(s.root, "l.webm", *opus, seconds=70), "audio/webm", 413, "voice_long"), (sound(s.root, "l.ogg", *opus, seconds=70), "audio/ogg", 413, "voice_long")):
            got = say(one, data, kind)
            assert got.status == status and got.code == code, (kind, len(data), got.status, got.body)
        try:
            assert say(one, b"\x1a\x45\xdf\xa3" + bytes(3 * 1024 * 1024)).status == 413
        except OSError:  # the server does not wait for what it will not take
            me.connection = None
        for role in ("nurse", "clinic-doctor", "guard", "specialist", "pharmacist"):
            assert say(one, webm, who=s.token(role)).status in (403, 404), role
        assert s.token("nurse").get(f"/api/sick-calls/{one['id']}/voice").status == 404, "nothing of what was refused is kept"
        assert say(one, webm, "audio/webm;codecs=opus").status == 204
        again = say(one, webm)
        assert again.status == 409 and again.code == "voice_there", again.body
        mine = next(c for c in me.get("/api/sick-calls").json["calls"] if c["id"] == one["id"])
        assert 2900 <= mine["voice"]["ms"] <= 3200, mine
        two = ask()
        assert say(two, ogg, "audio/ogg").status == 204
        lasting = sound(s.root, "m.webm", *opus, seconds=59)
        assert say(ask(), lasting).status == 204

        seen = next(c for c in nurse.get("/api/sick-calls").json["calls"] if c["id"] == one["id"])
        assert seen["voice"] == mine["voice"], seen
        heard = nurse.get(f"/api/sick-calls/{one['id']}/voice")
        assert heard.status == 200 and heard.body == webm and heard.headers["Content-Type"] == "audio/webm", heard.headers
        assert nurse.get(f"/api/sick-calls/{two['id']}/voice").body == ogg
        assert me.get(f"/api/sick-calls/{one['id']}/voice").status == 404
        for role in ("guard", "duty-command", "scheduling-admin", "specialist", "interpreter", "privacy-officer", "system-admin"):
            assert s.token(role).get(f"/api/sick-calls/{one['id']}/voice").status == 404, role
        told = s.token("privacy-officer").get("/api/audit?action=sickcall.listen").json["rows"]
        assert len([r for r in told if r["outcome"] == "ok"]) == 2 and all(one["id"] in r["target"] or two["id"] in r["target"] for r in told if r["outcome"] == "ok"), told
        assert me.post(f"/api/sick-calls/{two['id']}/withdraw").status == 200
        assert say(two, ogg, "audio/ogg").code == "sickcall_over"
        assert scan(s.data, "OpusHead") == [], "sealed: no byte of it lies open"


main()

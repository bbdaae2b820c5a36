"""Rule 39: what a registry says twice, late or in another order ends in the same record, through each of its doors, also when the server is
killed between any two bytes; what cannot be taken is kept with why, and its sender is told."""
import json
import os
import random
import signal
import ssl
import subprocess
import tempfile
import threading

from house import BIN, free_port, main, until
from registry import Ack, Asked, Sender, lives, message, registry_site, stays_of

PEOPLE = 12


def flood(port, messages, answered):
    """Sends without waiting; what was answered AA is remembered. Ends quietly when the server does."""
    try:
        sender = Sender(port)
        writer = threading.Thread(target=lambda: [sender.send(m.encode()) for m in messages], daemon=True)
        writer.start()
        for m in messages:
            ack = Ack(sender.answer())
            assert ack.code == "AA", ack.raw
            answered.add(m)
    except (OSError, ConnectionError):
        pass


def ends(s):
    doctor = s.token("guqinghe")
    return {number: stays_of(doctor, number) for number in (str(8000000 + n) for n in range(PEOPLE))}


def ordered_end():
    with registry_site() as s:
        for one in lives(PEOPLE):
            sender = Sender(s.mllp)
            assert all(sender.ask(m).code == "AA" for m in one)
            sender.close()
        return ends(s)


def rule_any_order_and_any_kill_end_alike():
    want = ordered_end()
    assert any(stay["status"] == "finished" for one in want.values() for stay in one)
    assert any(len(stay["location"]) > 2 for one in want.values() for stay in one)
    chance = random.Random(7)
    said = [m for one in lives(PEOPLE) for m in one]
    said += chance.sample(said, len(said) // 2)
    chance.shuffle(said)
    with registry_site() as s:
        answered = set()
        for _ in range(3):
            part = threading.Thread(target=flood, args=(s.mllp, said, answered))
            part.start()
            before = len(answered)
            until("some of it is answered", lambda: len(answered) > before or not part.is_alive())
            s.stop(signal.SIGKILL)
            part.join()
            s.start()
        kept = set(answered)
        sender = Sender(s.mllp)
        for m in kept:
            assert sender.ask(m).code == "AA"
        for m in said:
            assert sender.ask(m).code == "AA"
        assert ends(s) == want


def rule_each_answer_says_why():
    with registry_site() as s:
        sender = Sender(s.mllp)
        first = message("A01", "7001", "c-1", 0, cell="B/B03")
        assert sender.ask(first).code == "AA" and sender.ask(first).code == "AA", "again"
        other = sender.ask(message("A01", "7001", "c-1", 0, cell="B/B04"))
        assert (other.code, other.error, other.control) == ("AE", "205", "c-1"), other.raw
        for wrong, code, error in (
                (message("A05", "7001", "c-2", 0, cell="B/B03"), "AR", "201"),
                (message("A01", "7001", "c-3", 0, cell="B/B03").replace("ADT", "ORU"), "AR", "200"),
                (message("A01", "", "c-4", 0, cell="B/B03"), "AE", "101"),
                (message("A01", "7001", "c-5", 0), "AE", "101"),
                (message("A01", "7001", "c-6", 0, cell="B/B03", sex="X"), "AE", "103"),
                (message("A01", "7001", "c-7", 0, cell="B/B03", birth="19881399"), "AE", "102"),
                ("no message", "AR", "100")):
            got = sender.ask(wrong)
            assert (got.code, got.error) == (code, error), (wrong, got.raw)
            assert "淳于".encode() not in got.raw and b"7001" not in got.raw, "an answer quotes nothing"
        han = message("A08", "7001", "c-8", 60, name="司徒^鹮", charset="GB 18030-2000").encode("gb18030")
        got = sender.ask(han)
        assert got.code == "AA" and b"|GB 18030-2000\r" in got.raw and "云桥".encode("gb18030") in got.raw, got.raw
        found = s.token("guqinghe").get("/fhir/Patient?identifier=urn:yunqiao:detainee-number|7001").json["entry"][0]["resource"]
        assert found["name"][0]["family"] == "司徒", found
        written = s.token("guqinghe").get(f"/fhir/Provenance?target=Patient/{found['id']}").json["entry"]
        assert any("registry" in str(e["resource"]["agent"]) for e in written), written
        log = open(s.log_path).read()
        assert "淳于" not in log and "司徒" not in log and "7001" not in log
        sender.send(b"MSH|" + b"x" * 300000)
        assert Ack(sender.answer()).code == "AR"


def rule_who_is_not_known_does_not_get_in():
    with registry_site("mllp_from = 192.0.2.0/24\n") as s:
        try:
            Sender(s.mllp).ask(message("A01", "7001", "c-1", 0, cell="B/B03"))
            raise AssertionError("an address that is not allowed was heard")
        except (ConnectionError, OSError):
            pass


def certificate(folder, name):
    made = [f"{folder}/{name}.pem", f"{folder}/{name}.key"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    f"/CN={name}", "-out", made[0], "-keyout", made[1]], check=True, capture_output=True)
    return made


def rule_with_certificates_it_speaks_tls_alone():
    with tempfile.TemporaryDirectory() as folder:
        known, stranger = certificate(folder, "registry"), certificate(folder, "stranger")
        with registry_site(f"mllp_clients = {known[0]}\n") as s:
            def asks(pair):
                context = ssl._create_unverified_context()
                if pair:
                    context.load_cert_chain(*pair)
                return Sender(s.mllp, context.wrap_socket).ask(message("A01", "7001", "c-1", 0, cell="B/B03")).code
            assert asks(known) == "AA"
            for pair in (None, stranger):
                try:
                    asks(pair)
                    raise AssertionError(("let in", pair))
                except (OSError, ConnectionError):
                    pass
            try:
                Sender(s.mllp).ask(message("A01", "7002", "c-2", 0, cell="B/B03"))
                raise AssertionError("plain")
            except (OSError, ConnectionError):
                pass


def put(s, name, text):
    with open(f"{s.drop}/.{name}", "wb") as out:
        out.write(text)
    os.rename(f"{s.drop}/.{name}", f"{s.drop}/{name}")


def rule_a_batch_file_is_taken_row_by_row():
    rows = "事件,流水号,发生时间,编号,姓名,出生日期,性别,监区,监室\n" + "".join(
        f"admit,f-{n},2026-11-27 08:{n:02d},{7100 + n},淳于{'甲乙丙丁戊己'[n]},1988-01-02,男,B,B0{n + 1}\n" for n in range(6))
    with registry_site() as s:
        put(s, "first.csv", rows.encode("gb18030"))
        until("the file is done", lambda: os.path.exists(f"{s.drop}/done/first.csv"))
        report = open(f"{s.drop}/done/first.csv.report.csv").read().splitlines()
        assert len(report) == 7 and all(",taken," in line for line in report[1:]), report
        doctor = s.token("guqinghe")
        assert all(len(stays_of(doctor, 7100 + n)) == 1 for n in range(6))
        put(s, "first.csv", rows.encode() + "admit,f-9,yesterday,7109,淳于庚,1988-01-02,男,B,B01\n".encode())
        until("the file is there again", lambda: os.path.exists(f"{s.drop}/failed/first.csv"))
        report = open(f"{s.drop}/failed/first.csv.report.csv").read().splitlines()
        assert [line.split(",")[1] for line in report[1:]] == ["again"] * 6 + ["refused"], report
        assert "淳于" not in "".join(report) and report[7].startswith("8,refused,102,at,"), report
        put(s, "none.csv", b"a,b,c\n1,2,3\n")
        until("what is no batch is failed", lambda: os.path.exists(f"{s.drop}/failed/none.csv"))


def rule_a_batch_file_outlives_a_kill():
    rows = "event,control,at,number,name,birth,sex,block,cell\n" + "".join(
        f"admit,g-{n},2026-11-27T08:00:00+08:00,{7200 + n},淳于{n},1988-01-02,M,B,B0{n % 9 + 1}\n" for n in range(2500))
    with registry_site() as s:
        put(s, "long.csv", rows.encode())
        doctor = s.token("guqinghe")
        until("some rows are in", lambda: doctor.get("/fhir/Encounter?type=custody&_summary=count").json["total"] > 3)
        s.stop(signal.SIGKILL)
        assert not os.path.exists(f"{s.drop}/done/long.csv")
        s.start()
        until("the rest is too", lambda: os.path.exists(f"{s.drop}/done/long.csv"), 100)
        assert doctor.get("/fhir/Encounter?type=custody&_summary=count").json["total"] == 2500


def rule_a_registry_is_asked_for_what_is_new_and_a_kill_loses_nothing():
    events = [{"event": "admit", "control": f"h-{n}", "at": "2026-11-27T08:00:00+08:00", "number": str(7300 + n), "name": f"淳于{n}",
               "birth": "1988-01-02", "sex": "M", "block": "B", "cell": f"B0{n % 9 + 1}"} for n in range(600)]
    registry = Asked(events, token="letmein-4711")
    with tempfile.NamedTemporaryFile("w") as token:
        token.write("letmein-4711\n")
        token.flush()
        with registry_site(f"poll_url = http://127.0.0.1:{registry.port}/events\npoll_s = 1\npoll_token_file = {token.name}\n") as s:
            until("some pages were asked for", lambda: len(registry.cursors) > 2)
            s.stop(signal.SIGKILL)
            reached = max(registry.cursors)
            asked = len(registry.cursors)
            assert reached < 600, "killed on the way"
            s.start()
            doctor = s.token("guqinghe")
            count = lambda: doctor.get("/fhir/Encounter?type=custody&_summary=count").json["total"]
            until("all are there", lambda: count() == 600, 60)
            assert registry.cursors[asked] in (reached, reached - 50), "it goes on where what is durable ends"
            registry.events.append({**events[0], "control": "h-last", "event": "vanish"})
            until("what is new is asked for", lambda: max(registry.cursors) == 601)
            assert count() == 600 and registry.refusals == 0
            assert "letmein" not in open(s.log_path).read() and "淳于" not in open(s.log_path).read()


def rule_what_was_not_taken_waits_for_a_nurse_or_doctor():
    with registry_site() as s:
        sender = Sender(s.mllp)
        assert sender.ask(message("A05", "7001", "c-2", 0, cell="B/B03")).code == "AR"
        rows = "event,control,at,number,name,where\nadmit,k-1,2026-11-27T08:00:00+08:00,7002,淳于乙,NOWHERE\n"
        put(s, "rows.csv", rows.encode())
        until("the file is failed", lambda: os.path.exists(f"{s.drop}/failed/rows.csv"))
        nurse, doctor = s.client().log_in(s.by_role["nurse"]), s.token("guqinghe")
        listed = nurse.get("/api/registry/letters?state=open").json
        assert listed["open"] == 2 and [one["code"] for one in listed["letters"]] == ["103", "201"], listed
        assert [one["line"] for one in listed["letters"]] == [2, 0], listed
        row, hl7 = (one["id"] for one in listed["letters"])
        assert "淳于乙" in nurse.get(f"/api/registry/letters/{row}").json["text"]
        got = nurse.post(f"/api/registry/letters/{hl7}/again")
        assert got.status == 409 and got.code == "letter_refused", got.body
        assert nurse.post(f"/api/registry/letters/{hl7}/aside").status == 204
        assert nurse.post(f"/api/registry/letters/{hl7}/aside").code == "letter_settled"
        assert nurse.get(f"/api/registry/letters/{hl7}").json["text"] == "", "its text goes with it"
        assert nurse.get("/api/registry/letters?state=set-aside").json["letters"][0]["id"] == hl7
        for role in ("pharmacist", "specialist", "scheduling-admin", "guard", "duty-command", "detainee", "privacy-officer", "system-admin"):
            for path in ("letters", f"letters/{row}", "doubts", "merges"):
                assert s.token(role).get(f"/api/registry/{path}").status == 404, (role, path)
        shown = doctor.get("/fhir/AuditEvent?_count=1")
        assert shown.status in (200, 403, 404)


def said(control, number, name, national="", birth="19880102", cell="B/B03"):
    return message("A01", number, control, 0, cell=cell, name=name, birth=birth, national=national)


def rule_nobody_is_taken_for_another_on_one_sign():
    with registry_site() as s:
        sender, doctor = Sender(s.mllp), s.client().log_in("guqinghe")
        assert sender.ask(said("m-1", "7101", "淳于^鹭", "110101198801020011")).code == "AA"
        assert sender.ask(said("m-2", "7102", "淳于^鹭", "")).code == "AA", "name and birth are the same: it waits"
        assert sender.ask(said("m-3", "7103", "司徒^鹮", "110101198801020011", "19900101")).code == "AA", "the card's number alone"
        doubts = {one["number"]: one for one in doctor.get("/api/registry/doubts").json["doubts"]}
        assert set(doubts) == {"7102", "7103"}, doubts
        assert doubts["7102"]["why"] == "name-and-birth" and doubts["7103"]["why"] == "national", doubts
        assert doubts["7102"]["patient"]["number"] == "7101" and doubts["7102"]["said"]["name"] == "淳于鹭", doubts
        assert not stays_of(doctor, "7102")
        same = {"source": "registry", "number": "7102", "patient": doubts["7102"]["patient"]["id"]}
        assert doctor.post("/api/registry/doubts", same).status == 204
        assert doctor.post("/api/registry/doubts", same).code == "doubt_decided"
        assert doctor.post("/api/registry/doubts", {"source": "registry", "number": "7103"}).status == 204
        assert doctor.post("/api/registry/doubts", {"source": "registry", "number": "7999"}).status == 404
        assert doctor.get("/api/registry/doubts").json["doubts"] == []
        found = {n: doctor.get(f"/fhir/Patient?identifier=urn:yunqiao:detainee-number|{n}").json["entry"][0]["resource"]["id"]
                 for n in ("7101", "7102", "7103")}
        assert found["7101"] == found["7102"] == doubts["7102"]["patient"]["id"] != found["7103"], found
        assert all(len(stays_of(doctor, n)) for n in ("7101", "7103"))


def plays(*words):
    """The registry that is played by the operator's command; what it told."""
    return subprocess.Popen([f"{BIN}/yunqiao", "registry-sim", "--people", "80", "--seed", "5", "--date", "2026-11-20", "--json", *words],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def told_by(played):
    said = played.communicate(timeout=100)[0]
    assert played.returncode == 0, said
    told = json.loads(said)
    assert told["taken"] == told["events"] > 80 and told["refused"] == 0, told
    return told["events"]


def day_of(s):
    doctor = s.token("guqinghe")
    return {number: stays_of(doctor, number) for number in (f"9005{n:05d}" for n in range(80))}


def rule_a_played_day_comes_in_by_each_door_and_ends_alike():
    ends = []
    with registry_site() as s:
        count = told_by(plays("--mllp", f"127.0.0.1:{s.mllp}"))
        ends.append(day_of(s))
        assert told_by(plays("--mllp", f"127.0.0.1:{s.mllp}", "--charset", "gb18030")) == count, "again, in the other charset"
        assert day_of(s) == ends[0]
    with registry_site() as s:
        assert told_by(plays("--drop", s.drop, "--charset", "gb18030")) == count
        until("the file is done", lambda: os.path.exists(f"{s.drop}/done/registry-sim-5-2026-11-20-0001.csv"), 60)
        ends.append(day_of(s))
    port = free_port()
    played = plays("--poll-serve", f"127.0.0.1:{port}")
    with registry_site(f"poll_url = http://127.0.0.1:{port}/events\npoll_s = 1\n") as s:
        assert told_by(played) == count
        ends.append(day_of(s))
    assert ends[0] == ends[1] == ends[2]
    stays = [one for stays in ends[0].values() for one in stays]
    assert len(stays) >= 80 and {"finished", "in-progress"} <= {one["status"] for one in stays}, len(stays)


main()

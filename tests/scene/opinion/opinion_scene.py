"""One opinion by two specialists: drafted together, signed or dissented from, on paper, verified away from the site."""
import base64
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "stills"))

import stills
from two import ADVICE, FINDINGS, PARTS, Visit
from house import BIN, main, site, timed_site, until
from visiting import house_of_visits
from ward import account, bind, change, make, now, ref


def rule_two_write_one_draft_and_neither_loses_what_the_other_wrote():
    with site() as s:
        v = Visit(s)
        first = v.save(v.wen, "findings", {"text": FINDINGS})
        assert first.status == 200 and first.json["rev"] == 1, first.body
        late = v.save(v.pei, "findings", {"text": "另一个人的所见"}, rev=0)
        assert late.status == 409 and late.code == "opinion_stale", late.body
        assert v.now(v.pei)["parts"]["findings"]["value"]["text"] == FINDINGS, "nothing was lost"
        assert v.save(v.pei, "advice", PARTS["advice"]).status == 200, "another part is another matter"
        at = v.now(v.wen)
        assert at["parts"]["findings"]["by"]["display"] == "温知远" and at["parts"]["advice"]["by"]["display"] == "裴砚"
        assert at["may"]["write"] and not v.now(v.doctor)["may"]["write"]
        assert v.save(v.doctor, "findings", {"text": "x"}).code == "not_allowed", "the clinic writes nothing of it"
        for value in ({"text": 1}, {"text": "a", "more": 1}, {"text": "a\x01"}, []):
            assert v.save(v.wen, "findings", value).status == 400, value
        assert v.save(v.wen, "assessment", {"text": "", "codes": [{"code": "H40 2", "display": "x"}]}).status == 400
        assert v.save(v.wen, "advice", {"items": [dict(ADVICE[0], kind="machine")]}).status == 400
        assert v.save(v.wen, "follow-up", {"text": "", "due": "2026-13-01"}).status == 400
        for role in s.by_role:
            if role not in ("clinic-doctor", "nurse", "specialist"):
                assert s.token(role).get(v.path).status == 404, role
        note = v.doctor.get(f"/fhir/Composition/{v.now()['composition']}").json
        assert note["status"] == "preliminary", note
        for who in (v.doctor, v.wen):
            got = who.put(f"/fhir/Composition/{note['id']}", dict(note, title="otherwise"))
            assert got.status in (403, 409), got.body
        s.stop(9)
        s.start()
        assert v.now(v.pei)["parts"]["findings"]["value"]["text"] == FINDINGS, "what was saved outlives a crash"


def verify(file, *more):
    got = subprocess.run([f"{BIN}/yunqiao", "verify", file, *more], capture_output=True, text=True)
    return got.returncode, got.stdout


def keep(s, name, held):
    path = os.path.join(s.root, name)
    with open(path, "wb") as f:
        f.write(held)
    return path


def openssl(s, one, text):
    value = base64.urlsafe_b64decode(one["value"] + "=" * (-len(one["value"]) % 4))
    key, held, sig = keep(s, "key.pem", one["public"].encode()), keep(s, "text", text), keep(s, "value", value)
    words = (["openssl", "dgst", "-sha256", "-verify", key, "-signature", sig, held] if one["algorithm"] == "ecdsa-p256-sha256" else
             ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", held, "-digest", "sm3", "-pkeyopt",
              "distid:1234567812345678", "-sigfile", sig])
    return subprocess.run(words, capture_output=True).returncode == 0


def rule_it_is_signed_by_both_received_by_the_clinic_and_verified_away_from_the_site():
    with site() as s:
        v = Visit(s).write()
        stale = v.wen.post(f"{v.path}/sign", {"rev": 1, "password": s.accounts["wenzhiyuan"]["password"]})
        assert stale.status == 409 and stale.code == "opinion_stale", stale.body
        assert v.wen.post(f"{v.path}/sign", {"rev": 4, "password": "wrong"}).code == "password_wrong"
        assert v.wen.post(f"{v.path}/sign", {"rev": 4}).status == 400
        assert v.doctor.get(f"{v.path}.pdf").status == 404, "nobody has signed"
        assert v.sign(v.doctor, "guqinghe").code == "opinion_unsigned"
        by_code = v.wen.post(f"{v.path}/sign", {"rev": 4, "code": s.code("wenzhiyuan")})
        assert by_code.status == 200 and by_code.json["state"] == "signing", by_code.body
        assert v.save(v.pei, "findings", {"text": "x"}, rev=1).code == "opinion_closed"
        waiting = v.pei.get("/api/signatures/waiting").json["rows"]
        assert [w["id"] for w in waiting] == [by_code.json["composition"]], waiting
        assert b"Has not signed yet" in subprocess.run(["pdftotext", keep(s, "half.pdf", v.doctor.get(f"{v.path}.pdf").body), "-"],
                                                        capture_output=True).stdout
        assert v.sign(v.pei, "peiyan").json["state"] == "final"
        assert v.sign(v.pei, "peiyan").code == "opinion_answered"
        assert v.sign(v.doctor, "guqinghe").status == 200
        at = v.now()
        assert at["received_by"] == "顾清和" and [p["answer"] for p in at["people"]] == ["signed", "signed"], at
        note = v.doctor.get(f"/fhir/Composition/{at['composition']}").json
        assert note["status"] == "final" and note["type"]["coding"][0]["code"] == "11488-4"
        found = v.doctor.get(f"/fhir/Condition?encounter=Encounter/{v.id}").json["entry"]
        assert found[0]["resource"]["code"]["coding"][0]["code"] == "H40.2", found

        held = v.doctor.get(f"{v.path}/bundle").body
        bundle, paper = keep(s, "bundle.json", held), v.doctor.get(f"{v.path}.pdf").body
        pdf = keep(s, "opinion.pdf", paper)
        key = keep(s, "site.pem", v.wen.get("/api/site-key").json["keys"][0]["public"].encode())
        for file in (bundle, pdf):
            for more in ((), ("--key", key)):
                code, said = verify(file, *more)
                assert code == 0 and said.count("[相符] 签名于") == 2 and said.count("签收于 顾清和") == 1, said
                assert at["code"] in said
            assert "Everything holds." in verify(file, "--lang", "en")[1]
        wrong = keep(s, "wrong.pem", subprocess.run("openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout", shell=True,
                                                    capture_output=True).stdout)
        code, said = verify(pdf, "--key", wrong)
        assert code == 1 and "不是所给的公钥" in said, said
        text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True).stdout
        for word in (FINDINGS, "H40.2", "布洛芬", at["code"], "温知远", "裴砚", "第一医院", "Page 1 of"):
            assert word in text, (word, text)
        out = os.path.join(s.root, "taken.json")
        assert subprocess.run(["pdfdetach", "-save", "1", "-o", out, pdf], capture_output=True).returncode == 0
        assert verify(out)[0] == 0, "taken out by another program it still verifies, but for the pages"

        content = json.loads(held)["content"]
        first = content["documents"][0]
        for one in first["signatures"]:
            signed = f"{one['statement']}\n{first['body']}".encode()
            assert openssl(s, one, signed) and not openssl(s, one, signed.replace(b"38 mmHg", b"33 mmHg"))
        canonical = held[held.index(b'{"code"'):held.index(b',"format":')]
        assert openssl(s, json.loads(held)["site"], canonical)

        # one byte of the text, of a signature, of a key, of the page, of a name: each is told
        one = first["signatures"][0]
        other = lambda text: text[:20] + ("A" if text[20] != "A" else "B") + text[21:]
        lies = [(b"38 mmHg", b"33 mmHg"), (one["value"].encode(), other(one["value"]).encode()),
                (one["public"][60:90].encode(), other(one["public"][60:90]).encode()), ("温知远".encode(), "温知近".encode()),
                (at["code"].encode(), b"0000-0000-0000-0000"), (json.loads(held)["site"]["value"].encode(), other(json.loads(held)["site"]["value"]).encode())]
        for was, lie in lies:
            assert was in held and verify(keep(s, "lie.json", held.replace(was, lie)))[0] == 1, was
            assert verify(keep(s, "lie.pdf", paper.replace(was, lie)))[0] == (1 if was in paper else 0), was
        assert sum(was in paper for was, _ in lies) == len(lies) - 1, "but for the site's own value, which is another each time"
        for place in (200, len(paper) // 3, len(paper) - 3):
            lie = paper[:place] + bytes([paper[place] ^ 1]) + paper[place + 1:]
            assert verify(keep(s, "lie.pdf", lie))[0] == 1, place
        assert verify(keep(s, "more.pdf", paper + b"\n%%EOF\n"))[0] == 1, "what was added is told"
        assert verify(keep(s, "none.pdf", b"%PDF-1.7\nnothing"))[0] == 1 and verify("/nowhere")[0] == 5


def rule_pictures_as_large_as_a_camera_makes_them_stand_in_the_paper():
    with site() as s:
        v = Visit(s)
        for name in ("检查摄像头", "裂隙灯"):
            made = stills.keep(v.doctor, v.id, stills.noise(1280, 720), source=name, width=1280, height=720)
            assert made.status == 201, made.body
        v.signed()
        got = v.doctor.get(f"{v.path}.pdf")
        assert got.status == 200, got.body
        pdf = keep(s, "pictures.pdf", got.body)
        listed = subprocess.run(["pdfimages", "-list", pdf], capture_output=True, text=True).stdout
        assert len([line for line in listed.splitlines() if " image " in line]) == 2, listed
        assert verify(pdf)[0] == 0


def rule_a_dissent_is_signed_and_one_who_never_answers_is_not_waited_for():
    with site() as s:
        v = Visit(s).write()
        assert v.pei.post(f"{v.path}/dissent", {"version": 1, "reason": "x", "password": s.accounts["peiyan"]["password"]}).code == "opinion_unsigned"
        assert v.sign(v.wen, "wenzhiyuan").status == 200
        got = v.dissent(v.pei, "peiyan", "不同意手术，先保守治疗")
        assert got.status == 200 and got.json["state"] == "final", got.body
        assert v.sign(v.pei, "peiyan").code == "opinion_answered"
        bundle = keep(s, "bundle.json", v.doctor.get(f"{v.path}/bundle").body)
        code, said = verify(bundle)
        assert code == 0 and "不同意，写明于 裴砚" in said and "先保守治疗" in said, said
        held = open(bundle, "rb").read()
        assert verify(keep(s, "lie.json", held.replace("先保守治疗".encode(), "先手术治疗".encode())))[0] == 1
        text = subprocess.run(["pdftotext", keep(s, "o.pdf", v.doctor.get(f"{v.path}.pdf").body), "-"], capture_output=True, text=True).stdout
        assert "先保守治疗" in text and "Dissented" in text, text
    with site() as s:
        v = Visit(s).write()
        assert v.sign(v.wen, "wenzhiyuan").status == 200
        pei = account(s, "peiyan")
        assert v.wen.post(f"{v.path}/excuse", {"account": pei, "reason": "x"}).status in (403, 404)
        got = v.doctor.post(f"{v.path}/excuse", {"account": pei, "reason": "手术中，三日未答复"})
        assert got.status == 200 and got.json["state"] == "final", got.body
        assert v.sign(v.pei, "peiyan").status == 200, "may still sign while the grant lives"


def rule_an_amendment_stands_beside_it_with_its_reason():
    with site() as s:
        v = Visit(s).signed()
        by = {"password": s.accounts["wenzhiyuan"]["password"]}
        assert v.wen.post(f"{v.path}/amendments", {"words": "x", **by}).status == 400, "it says why"
        got = v.wen.post(f"{v.path}/amendments", {"words": "补充：右眼。", "reason": "侧别遗漏", **by})
        assert got.status == 200, got.body
        at = v.now()
        assert [(a["reason"], a["words"]) for a in at["amendments"]] == [("侧别遗漏", "补充：右眼。")], at["amendments"]
        assert v.doctor.get(f"/fhir/Composition/{at['composition']}").json["meta"]["versionId"] == str(at["version"]), "the original is as it was"
        pdf = keep(s, "o.pdf", v.doctor.get(f"{v.path}.pdf").body)
        code, said = verify(pdf)
        assert code == 0 and said.count("[相符]") == 5, said
        assert "侧别遗漏" in subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True).stdout


def rule_each_advice_is_decided_by_the_ways_of_every_order_before_the_visit_can_end():
    """One click each: the prescription is checked, a controlled drug refused, an allergen wants a reason; what was declined says why."""
    with site() as s:
        v = Visit(s).write()
        pharmacist = s.token("pharmacist")
        close = lambda: v.doctor.post(f"/api/visits/{v.id}/close", {})
        left = lambda what: close().code == "visit_open_ends" and close().json["error"]["where"] == what
        change(v.doctor, dict(v.doctor.get(f"/fhir/Encounter/{v.id}").json, status="finished"))
        assert left("signatures")
        assert v.sign(v.wen, "wenzhiyuan").status == 200 and left("signatures") and v.sign(v.pei, "peiyan").status == 200
        assert left("advice")
        make(v.ward.doctor, {"resourceType": "AllergyIntolerance", "patient": ref(v.ward.anna), "code": {
            "coding": [{"system": "urn:yunqiao:substance", "code": "nsaid"}], "text": "布洛芬"}})
        at = lambda: {a["id"]: a for a in v.now()["advice"]}
        assert [a["state"] for a in at().values()] == ["open"] * 6, at()
        assert v.now()["open"] == {"signatures": False, "advice": 6, "telling": True}
        one = lambda item, body, who=v.doctor: who.post(f"{v.path}/advice/{item}", body)
        drug = {"verdict": "order", "drug": "ibuprofen", "dose": "0.2", "per_day": 3, "days": 3}
        for who in (v.wen, s.client().log_in("lubaisu")):
            assert one("a1", drug, who).status in (403, 404), "the clinic's doctor decides"
        assert one("a1", drug).code == "order_alert", "an allergen wants a reason"
        assert one("a1", dict(drug, drug="morphine")).code in ("controlled_remote", "order_alert")
        assert one("a1", dict(drug, drug="morphine", override="痛")).code == "controlled_remote", "rule 36: not from a consultation by video"
        assert at()["a1"]["state"] == "open", "what was refused left nothing"
        got = one("a1", dict(drug, override="短程，观察"))
        assert got.status == 200, got.body
        order = got.json["order"].split("/")[1]
        assert v.doctor.get(f"/fhir/MedicationRequest/{order}").json["status"] == "draft", "the pharmacist checks first"
        assert pharmacist.post(f"/api/orders/{order}/approve", {"reason": "看过"}).status == 204
        assert (at()["a1"]["state"], at()["a1"]["order_status"]) == ("ordered", "active")
        assert one("a1", dict(drug, override="再来")).code == "advice_state", "once"
        got = one("a2", {"verdict": "order", "words": "眼眶 CT 平扫"})
        assert v.doctor.get(f"/fhir/{got.json['order']}").json["status"] == "active", got.body
        assert one("a3", {"verdict": "decline"}).status == 400 and one("a3", {"verdict": "decline", "reason": "家属要求先保守"}).status == 200
        assert one("a4", {"verdict": "order", "words": "复查眼压", "due": "2020-01-01"}).status == 400
        assert one("a4", {"verdict": "order", "words": "复查眼压", "due": "2099-01-01"}).status == 200
        assert one("a5", {"verdict": "order"}).status == 200 and one("a5", {"verdict": "done"}).status == 200
        assert one("followup", {"verdict": "decline", "reason": "已另行安排"}).status == 200
        assert [a["state"] for a in at().values()] == ["ordered", "ordered", "declined", "ordered", "done", "declined"], at()
        seen = {a["id"]: a["state"] for a in v.now(v.wen)["advice"]}
        assert seen["a3"] == "declined", "who advised sees what became of it"
        rows = v.doctor.get("/api/follow-ups").json["rows"]
        assert [(r["words"], r["due"], r["state"]) for r in rows] == [("复查眼压", "2099-01-01", "waiting")], rows
        assert v.doctor.post(f"/api/follow-ups/{rows[0]['id']}/done", {}).status == 204
        assert v.doctor.get("/api/follow-ups").json["rows"] == []
        bind(s, "detainee" if "detainee" in s.accounts else s.by_role["detainee"], v.ward.anna)
        own = s.token("detainee")
        note = f"/fhir/Composition/{v.now()['composition']}"
        assert own.get(note).status == 404
        assert v.doctor.post(f"{v.path}/tell", {"words": " "}).status == 400
        assert v.wen.post(f"{v.path}/tell", {"words": "x"}).status in (403, 404)
        assert left("telling")
        assert v.doctor.post(f"{v.path}/hold", {"reason": "等病理"}).status == 204
        assert v.now()["open"]["telling"] is False and v.now()["held"]["reason"] == "等病理"
        assert v.doctor.post(f"{v.path}/tell", {"words": "您的右眼眼压太高，已经用药。"}).status == 204
        told = own.get("/fhir/Communication").json["entry"][0]["resource"]
        assert told["payload"][0]["contentString"] == "您的右眼眼压太高，已经用药。" and own.get(note).status == 200
        assert v.now()["open"] == {"signatures": False, "advice": 0, "telling": False}
        assert one("a3", {"verdict": "order"}).code == "missing_field", "a referral is a transfer, with all that it takes"
        asked = {"verdict": "order", "kind": "surgery", "hospital": v.hospital["id"], "means": "wheelchair", "from": now(120), "words": "24 小时内手术"}
        for verb, body in (("call-off", {"reason": "医院无床"}), ("consent", {"agrees": False, "witness": "陆白苏", "reason": "想先用药"})):
            sent = one("a3", asked)
            assert sent.status == 200 and at()["a3"]["state"] == "ordered", sent.body
            gone = v.doctor.post(f"/api/transfers/{sent.json['order'].split('/')[1]}/{verb}", body)
            assert gone.status == 200 and gone.json["transfer"]["over"], gone.body
            a3 = at()["a3"]
            assert (a3["state"], a3["order"], a3["reason"], a3["by"]) == ("open", "", body["reason"], "顾清和"), a3
            assert left("advice"), "what came to nothing is decided anew"
        sent = one("a3", asked)
        assert sent.status == 200 and at()["a3"]["order"] == sent.json["order"] and at()["a3"]["state"] == "ordered", sent.body
        going = f"/api/transfers/{sent.json['order'].split('/')[1]}"
        assert v.doctor.get(going).json["transfer"]["visit"] == v.id
        assert left("transfer"), "one that no doctor has approved"
        assert v.doctor.post(f"{going}/consent", {"witness": "陆白苏"}).status == 200 and v.doctor.post(f"{going}/approve", {}).json["transfer"]["state"] == "approved"
        assert close().status == 200, "what is approved goes on by itself"
        for role in ("guard", "duty-command"):
            for path in (v.path, f"{v.path}.pdf", f"{v.path}/bundle", "/api/follow-ups"):
                assert s.token(role).get(path).status == 404, (role, path)


def rule_a_follow_up_lapses_by_the_clock_and_the_way_in_ends_72_hours_after_the_answer():
    with timed_site() as (s, hands):
        v = Visit(s).signed()
        signed = int(time.time())
        got = v.doctor.post(f"{v.path}/advice/a4", {"verdict": "order", "words": "复查", "due": time.strftime("%Y-%m-%d", time.gmtime(signed + 8 * 3600 + 86400))})
        assert got.status == 200, got.body
        expert, doctor = s.token("wenzhiyuan"), s.token("guqinghe")
        hands.shift(71 * 3600)
        assert expert.get(v.path).status == 200
        until("the day is over", lambda: doctor.get(f"/fhir/{got.json['order']}").json.get("businessStatus", {}).get("coding", [{}])[0].get("code") == "lapsed")
        assert doctor.get("/api/follow-ups").json["rows"][0]["state"] == "lapsed"
        hands.shift(73 * 3600)
        for path in (v.path, f"{v.path}.pdf", f"{v.path}/bundle"):
            assert expert.get(path).status == 404, "three days after the own signature there is nothing"
        assert doctor.get(v.path).status == 200


def rule_a_consultation_is_listed_until_it_is_closed():
    with house_of_visits() as h:
        listed = lambda who, more="": {x["id"]: x["state"] for x in who.get(f"/api/visits?{more}").json["visits"]}
        before = listed(h.doctor)
        assert "closed" not in before.values() and "finished" not in before.values(), before
        v = h.ask()
        h.book(v)
        v = h.look(v)
        expert, seat = h.specialist(v), next(x["reference"] for x in v["booking"]["seats"] if x["need"] == v["needs"][0])
        h.step(v, "wait", who=expert)
        h.receive(v)
        h.step(v, "admit", account=h.account(expert))
        assert h.step(v, "finish")["state"] == "finished"
        mine = f"patient={v['patient']['reference'].split('/')[1]}"
        for who, more in ((h.doctor, ""), (h.nurse, ""), (h.doctor, mine), (expert, "")):
            assert listed(who, more).get(v["id"]) == "finished", (more, listed(who, more))
        opinion, name = f"/api/visits/{v['id']}/opinion", next(n for n in h.site.accounts if seat == f"Practitioner/demo-{n}")
        assert expert.put(f"{opinion}/parts/findings", {"rev": 0, "value": {"text": "充血"}}).status == 200
        got = expert.post(f"{opinion}/sign", {"rev": 1, "password": h.site.accounts[name]["password"]})
        assert got.json["state"] == "final", got.body
        assert listed(h.doctor).get(v["id"]) == "finished", "answered is not closed"
        assert h.doctor.post(f"{opinion}/tell", {"words": "再看一次"}).status == 204
        assert h.step(v, "close")["state"] == "closed"
        for who, more in ((h.doctor, ""), (h.nurse, ""), (h.doctor, mine), (expert, "")):
            assert v["id"] not in listed(who, more), more
        assert listed(h.doctor, "state=all")[v["id"]] == "closed"


main(at_once=2)

"""Rule 40: what is written of injuries bears the label R: custody can neither read, list nor count it, nor learn from anything else whether there is
any; and an allegation of ill-treatment has a way of its own, to a body outside."""
from house import CANARY, main
from intake import answers, arrivals, injuries

LABEL = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}


def two(a):
    """7201 has injuries and says that somebody did it; 7202 has none. Housed alike."""
    doctor = a.doctor()
    for number, found in (("7201", {**injuries(CANARY, "yes")}), ("7202", {"injuries": "none"})):
        a.says("A01", number, 0, cell=f"B/B0{number[-1]}")
        a.do(a.nurse, number, "begin")
        a.save(a.nurse, number, "form", answers())
        a.save(a.nurse, number, "injuries", found)
        a.do(a.nurse, number, "hand")
        a.sign(doctor, number)
    return doctor


def rule_injuries_and_allegations_bear_the_label_and_the_form_does_not():
    with arrivals() as a:
        doctor = two(a)
        one = a.one("7201", doctor)
        assert one["injuries"]["answers"]["marks"][0]["words"] == CANARY and one["allegation"]["to"] == ""
        for path in (f"/fhir/QuestionnaireResponse/{one['id']}-i", f"/fhir/Task/{one['id']}-r"):
            assert doctor.get(path).json["meta"]["security"] == [LABEL], path
        assert "security" not in doctor.get(f"/fhir/QuestionnaireResponse/{one['id']}").json["meta"]
        assert CANARY not in str(doctor.get(f"/fhir/QuestionnaireResponse/{one['id']}").json)
        officer = a.site.token("privacy-officer", env=a.hands.env)
        listed = lambda client: client.get("/api/allegations").json["allegations"]
        (row,) = listed(doctor)
        assert (row["intake"], row["patient"]["number"], row["sent"], row["to"]) == (one["id"], "7201", None, ""), row
        (told,) = listed(officer)
        assert set(told) == {"made", "sent", "to"} and told["made"] == row["made"] and told["sent"] is None, told
        for role in ("nurse", "duty-command", "guard", "scheduling-admin", "security-admin", "system-admin", "detainee", "specialist"):
            client = a.site.token(role, env=a.hands.env)
            got, nothing = client.get("/api/allegations"), client.get("/api/no-such-thing")
            assert (got.status, got.body) == (nothing.status, nothing.body) == (404, got.body), (role, got.body)
        assert a.do(doctor, "7201", "allegation", to="procuratorate")["allegation"]["to"] == "procuratorate"
        a.do(doctor, "7202", "allegation", 404, to="procuratorate")
        for client in (doctor, officer):
            (sent,) = listed(client)
            assert sent["sent"] and sent["to"] == "procuratorate" and sent["made"] == row["made"], sent
        a.at(31 * 86400)
        a.come_again()
        assert listed(a.doctor()) == [] == listed(a.site.token("privacy-officer", env=a.hands.env)), "what is done is not shown for ever"
        rows = a.site.token("privacy-officer", env=a.hands.env).get("/api/audit?action=allegation.list").json["rows"]
        assert len(rows) >= 4 and CANARY not in str(rows), "each look is in the trail"


def rule_a_nurse_reads_what_she_wrote_until_it_is_signed_and_then_as_any_without_the_label():
    with arrivals() as a:
        a.says("A01", "7203", 0, cell="B/B03")
        a.do(a.nurse, "7203", "begin")
        a.save(a.nurse, "7203", "form", answers())
        a.save(a.nurse, "7203", "injuries", injuries(CANARY, "yes"))
        assert a.one("7203")["injuries"]["answers"]["statement"] == CANARY
        a.do(a.nurse, "7203", "hand")
        a.sign(a.doctor(), "7203")
        after = a.one("7203")
        assert after["injuries"] is None and after["allegation"] is None and after["form"]["final"], after
        got = a.nurse.get(f"/fhir/QuestionnaireResponse/{after['id']}-i")
        assert got.status == 404 and CANARY.encode() not in got.body
        assert a.nurse.get("/fhir/QuestionnaireResponse?_security=R&_summary=count").json["total"] == 0


def asked_for(a, number):
    """Everything by which custody could learn whether this one has injuries."""
    id = a.one(number)["id"]
    yield from (f"/fhir/QuestionnaireResponse/{id}-i", f"/fhir/QuestionnaireResponse/{id}-i/_history/1", f"/fhir/Task/{id}-r",
                f"/fhir/Task/{id}", f"/fhir/QuestionnaireResponse/{id}", f"/api/intakes/{id}", f"/fhir/QuestionnaireResponse?_id={id}-i&_summary=count",
                f"/fhir/Task?_id={id}-r&_summary=count", f"/api/seals/QuestionnaireResponse/{id}-i")


def rule_custody_can_neither_list_nor_count_them():
    with arrivals() as a:
        two(a)
        for role in ("duty-command", "guard", "scheduling-admin", "security-admin", "system-admin"):
            client = a.site.token(role)
            pairs = list(zip(asked_for(a, "7201"), asked_for(a, "7202")))
            ids = (a.one("7201")["id"], a.one("7202")["id"])
            for with_them, without in pairs:
                x, y = client.get(with_them), client.get(without)
                same = x.body.replace(ids[0].encode(), b"ID") == y.body.replace(ids[1].encode(), b"ID")
                assert x.status == y.status and (same or x.status == 200), (role, with_them, x.body, y.body)
                assert CANARY.encode() not in x.body
                if x.status == 200:
                    assert x.json.get("total", 0) == 0, (role, with_them, x.body)
            for query in ("QuestionnaireResponse?_summary=count", "QuestionnaireResponse?_security=R&_summary=count", "Task?_security=R&_summary=count",
                          "Task?code=urn:yunqiao:task|allegation&_summary=count", "Task?code=urn:yunqiao:task|intake&_summary=count",
                          "Patient?_has:Task:patient:code=allegation&_summary=count", "Questionnaire?_summary=count"):
                got = client.get(f"/fhir/{query}")
                assert got.status in (400, 403, 404) or got.json["total"] == 0, (role, query, got.status, got.body)
        rows = {r["number"]: r for r in a.command.get("/api/housing").json["rows"]}
        assert {k: v for k, v in rows["7201"].items() if k not in ("name", "number", "cell")} == \
            {k: v for k, v in rows["7202"].items() if k not in ("name", "number", "cell")}, "housed alike, told alike"



main(at_once=2)

"""Somebody comes into custody: the registry says so by MLLP, on a site whose clock is moved by hand; and what a nurse and a doctor answer."""
import contextlib

from house import free_port, timed_site, until
from registry import AT, CONF, Sender, message

HOUR, DAY = 3600, 86400
NO = ("infect.cough", "infect.blood", "infect.sweats", "infect.fever", "infect.rash", "infect.contact", "harm.thoughts", "harm.before",
      "history.disease", "history.mental", "family")


def answers(words="", **more):
    """A whole form; words: what stands in each place for words."""
    form = {"identity": "checked", "consent": "given", "present.conscious": "alert", "present.walks": "alone", "allergy": "yes",
            "vital.systolic": "132", "vital.diastolic": "84", "exam.blood": "done", "exam.ecg": "done", "exam.ultrasound": "ordered",
            "exam.chest": "refused", "harm.level": "low", "withdrawal": "none", "pregnancy": "not-applicable", **dict.fromkeys(NO, "no")}
    if words:
        form |= dict.fromkeys(("present.words", "history.words", "history.medicine", "family.words", "exam.blood.words", "exam.chest.words",
                               "infect.words", "harm.words", "withdrawal.words", "notes", "consent.words"), words)
        form |= {"allergies": [{"substance": words, "reaction": words}], "problems": [{"code": "I10", "words": words}]}
    return {**form, **more}


def injuries(words="", allegation="no", consistency="consistent"):
    found = {"injuries": "found", "statement": words, "findings": words, "consistency": consistency, "consistency.words": words,
             "allegation": allegation, "marks": [{"side": "front", "x": "412", "y": "305", "kind": "bruise", "words": words}]}
    return {k: v for k, v in found.items() if v}


class Arrivals:
    def __init__(self, s, hands, port):
        self.site, self.hands, self.controls, self.port = s, hands, 0, port
        self.come_again()

    def come_again(self):
        """New tokens, made by the clock of the site: none lives for a year."""
        self.nurse, self.command, self.doctor_program = (self.site.token(x, env=self.hands.env) for x in ("nurse", "duty-command", "guqinghe"))

    def at(self, seconds):
        """The clock of the site, in seconds after AT."""
        self.hands.set(AT + seconds)

    def says(self, event, number, seconds, **more):
        self.controls += 1
        sender = Sender(self.port)
        try:
            ack = sender.ask(message(event, number, f"c{self.controls}", seconds, name=f"淳于^{number}", **more))
        finally:
            sender.close()
        assert ack.code == "AA", ack.raw

    def doctor(self):
        """Logged in now: a session does not outlive the leaps of this clock."""
        return self.site.client().log_in("guqinghe")

    def password(self):
        return self.site.accounts["guqinghe"]["password"]

    def all(self, client=None):
        got = (client or self.nurse).get("/api/intakes")
        assert got.status == 200, got.body
        return {x["patient"]["number"]: x for x in got.json["intakes"]}

    def one(self, number, client=None):
        got = (client or self.nurse).get(f"/api/intakes/{self.all()[number]['id']}")
        assert got.status == 200, got.body
        return got.json["intake"]

    def do(self, client, number, verb, status=200, **more):
        got = client.post(f"/api/intakes/{self.all()[number]['id']}/{verb}", more)
        assert got.status == status, (verb, got.status, got.body)
        return got.json.get("intake") if status == 200 else got

    def save(self, client, number, part, said, status=200):
        got = client.put(f"/api/intakes/{self.all()[number]['id']}/{part}", {"answers": said})
        assert got.status == status, (part, got.status, got.body)
        return got.json.get("intake")

    def sign(self, client, number, fitness="fit", housing="normal", status=200, **more):
        return self.do(client, number, "sign", status, fitness=fitness, housing=housing, password=self.password(), **more)

    def assess(self, client, number, **said):
        self.save(client, number, "assessment", {"summary": "稳定", "chronic": "none", **said})
        return self.do(client, number, "assess", password=self.password())

    def late(self, client):
        got = client.get("/api/overdue")
        assert got.status == 200, got.body
        return sorted(x["kind"] for x in got.json["overdue"])

    def alarm(self):
        return self.command.get("/api/housing").json["since"]

    def told(self, officer):
        rows = officer.get("/api/audit?action=work.overdue").json["rows"]
        return sorted((r["detail"]["kind"], r["detail"]["to"]) for r in rows)


@contextlib.contextmanager
def arrivals(more=""):
    import os
    port = free_port()

    def place(root):
        os.mkdir(f"{root}/drop", 0o700)
        return f"{root}/site"
    with timed_site(config=CONF.format(port=port) + more, place=place) as (s, hands):
        a = Arrivals(s, hands, port)
        a.at(0)
        a.come_again()
        yield a


__all__ = ["arrivals", "answers", "injuries", "until", "HOUR", "DAY"]

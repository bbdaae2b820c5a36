"""What the scenes of an opinion share: a visit by video with two specialists who have grants, on a site of its own."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "rules"))

from ward import Ward, account, bind, make, now, ref  # noqa: E402

FINDINGS = "右眼睑肿胀，结膜充血，眼压 38 mmHg。"
ADVICE = [{"id": "a1", "kind": "medication", "words": "布洛芬 0.2 g 每日三次"}, {"id": "a2", "kind": "examination", "words": "眼眶 CT 平扫"},
          {"id": "a3", "kind": "referral", "words": "24 小时内转眼科手术"}, {"id": "a4", "kind": "follow-up", "words": "三日后复诊"},
          {"id": "a5", "kind": "other", "words": "床头抬高"}]
PARTS = {"findings": {"text": FINDINGS},
         "assessment": {"text": "考虑急性闭角型青光眼。", "codes": [{"code": "H40.2", "display": "原发性闭角型青光眼"}]},
         "advice": {"items": ADVICE},
         "follow-up": {"text": "视力下降随时复诊。", "due": "2099-12-03"}}


class Visit:
    """Wen (ophthalmology) and Pei (neurosurgery) with one patient; the doctor of the clinic asked for them."""

    def __init__(self, s, **more):
        self.site = s
        self.ward = Ward(s)
        d = self.ward.doctor
        self.hospital = make(d, {"resourceType": "Organization", "name": "第一医院"})
        for name in ("wenzhiyuan", "peiyan"):
            person = make(d, {"resourceType": "Practitioner", "name": [{"text": name}]})
            make(d, {"resourceType": "PractitionerRole", "practitioner": ref(person), "organization": ref(self.hospital)})
            bind(s, name, person)
        self.id = self.ward.visit["id"]
        self.path = f"/api/visits/{self.id}/opinion"
        self.doctor = s.client().log_in("guqinghe")
        for name in ("wenzhiyuan", "peiyan"):
            self.grant(name, **more)
        self.wen, self.pei = s.client().log_in("wenzhiyuan"), s.client().log_in("peiyan")

    def grant(self, name, **more):
        body = {"account": account(self.site, name), "encounter": self.id, "starts": now(), **more}
        got = self.doctor.post("/api/grants", body)
        assert got.status == 201, got.body
        return got.json["id"]

    def now(self, who=None):
        got = (who or self.doctor).get(self.path)
        assert got.status == 200, got.body
        return got.json

    def save(self, who, part, value, rev=None):
        at = self.now(who)["parts"][part]["rev"] if rev is None else rev
        return who.put(f"{self.path}/parts/{part}", {"rev": at, "value": value})

    def write(self, who=None):
        for part, value in PARTS.items():
            got = self.save(who or self.wen, part, value)
            assert got.status == 200, got.body
        return self

    def sign(self, who, name, **more):
        at = self.now(who)
        by = {"rev": at["rev"]} if at["state"] == "draft" else {"version": at["version"]}
        return who.post(f"{self.path}/sign", {**by, "password": self.site.accounts[name]["password"], **more})

    def dissent(self, who, name, reason):
        return who.post(f"{self.path}/dissent", {"version": self.now(who)["version"], "reason": reason,
                                                 "password": self.site.accounts[name]["password"]})

    def signed(self):
        """By both."""
        self.write()
        for who, name in ((self.wen, "wenzhiyuan"), (self.pei, "peiyan")):
            got = self.sign(who, name)
            assert got.status == 200, got.body
        return self

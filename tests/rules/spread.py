"""A small house in which something spreads: blocks with cells, people who live there, the clinic's endpoints about it."""
from house import until
from ward import make, ref

TYPES = "http://terminology.hl7.org/CodeSystem/location-physical-type"


class Spread:
    """people[i] lives in the cell of its number; cells is [(block, how many)] for each cell."""

    def __init__(self, site, cells, since):
        self.site = site
        self.doctor, self.nurse, self.command = site.token("guqinghe"), site.token("nurse"), site.token("duty-command")
        self.cells, self.people = [], []
        for number, (block, count) in enumerate(cells):
            cell = make(self.doctor, {"resourceType": "Location", "status": "active", "name": f"{block}{number:02}", "mode": "instance",
                                      "identifier": [{"system": "urn:yunqiao:cell", "value": f"{block}/{block}{number:02}"}],
                                      "physicalType": {"coding": [{"system": TYPES, "code": "ro"}]}})
            self.cells.append(cell)
            for _ in range(count):
                self.people.append(self.person(len(self.people), cell, since))

    def person(self, number, cell, since):
        p = make(self.doctor, {"resourceType": "Patient", "name": [{"text": f"某{number}"}],
                               "identifier": [{"system": "urn:yunqiao:detainee-number", "value": str(70000 + number)}]})
        make(self.doctor, {"resourceType": "Encounter", "status": "in-progress", "class": {"code": "IMP"}, "subject": ref(p),
                           "type": [{"coding": [{"system": "urn:yunqiao:encounter", "code": "custody"}]}], "period": {"start": since},
                           "location": [{"location": {**ref(cell), "display": cell["name"]}, "status": "active", "period": {"start": since}}]})
        return p

    def suspect(self, whom, illness, status=201, **more):
        got = self.nurse.post("/api/epidemic/cases", {"patient": ref(whom)["reference"], "illness": illness, **more})
        assert got.status == status, got.body
        return got.json.get("case")

    def act(self, case, verb, client=None, status=200, **more):
        got = (client or self.doctor).post(f"/api/epidemic/cases/{case['id']}/{verb}", more)
        assert got.status == status, (verb, got.status, got.body)
        return got.json.get("case") if got.body else None

    def all(self, client=None):
        got = (client or self.doctor).get("/api/epidemic")
        assert got.status == 200, got.body
        return got.json

    def settled(self, what, condition):
        until(what, condition)

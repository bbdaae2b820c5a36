"""Seeded records for the rules on separation, grants and integrity: made through /fhir by the demo's doctor, with a canary in every
clinical field, on a site of its own."""
import datetime
import json

from house import CANARY

FHIR = {"Content-Type": "application/fhir+json"}
LABELS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIAL = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
OURS = "https://yunqiao.invalid/fhir/label"


def label(system, code):
    return {"security": [{"system": system, "code": code}]}


def make(client, body, want=201):
    got = client.ask("POST", f"/fhir/{body['resourceType']}", json.dumps(body).encode(), FHIR)
    assert got.status == want, (body["resourceType"], got.status, got.body)
    return got.json


def change(client, body, want=200):
    got = client.ask("PUT", f"/fhir/{body['resourceType']}/{body['id']}", json.dumps(body).encode(), FHIR)
    assert got.status == want, (got.status, got.body)
    return got.json


def ref(resource):
    return {"reference": f"{resource['resourceType']}/{resource['id']}"}


def words(text=CANARY):
    return {"text": text}


def account(site, name):
    admin = site.token("security-admin")
    rows = admin.get(f"/api/accounts?text={name}").json["accounts"]
    return next(a["id"] for a in rows if a["name"] == name)


def bind(site, name, resource, cleared=()):
    got = site.token("security-admin").post(f"/api/accounts/{account(site, name)}/person",
                                            {"reference": ref(resource)["reference"], "cleared": list(cleared)})
    assert got.status == 204, got.body


def now(minutes=0, seconds=0):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes, seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def element(tag, vr, value):
    value += (b"\0" if vr == b"UI" else b" ") * (len(value) % 2)
    return tag.to_bytes(4, "big")[1::-1] + tag.to_bytes(4, "big")[:1:-1] + vr + len(value).to_bytes(2, "little") + value


def image(patient, uid="2.25.700"):
    """A DICOM object of four pixels that says the canary; its UIDs are uid and 1 (the object), 2 (the study), 3 (the series)."""
    one, study, series = (f"{uid}{i}".encode() for i in (1, 2, 3))
    meta = element(0x00020002, b"UI", b"1.2.840.10008.5.1.4.1.1.7") + element(0x00020003, b"UI", one)
    said = [(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.7"), (0x00080018, b"UI", one), (0x00081030, b"LO", CANARY.encode()),
            (0x00100020, b"LO", patient.encode()), (0x0020000D, b"UI", study), (0x0020000E, b"UI", series),
            (0x00280002, b"US", b"\1\0"), (0x00280004, b"CS", b"MONOCHROME2 "), (0x00280010, b"US", b"\2\0"), (0x00280011, b"US", b"\2\0"),
            (0x00280100, b"US", b"\x08\0"), (0x00280101, b"US", b"\x08\0"), (0x00280102, b"US", b"\7\0"), (0x00280103, b"US", b"\0\0")]
    pixels = b"\xe0\x7f\x10\0OW\0\0\4\0\0\0abcd"
    return b"\0" * 128 + b"DICM" + meta + element(0x00020010, b"UI", b"1.2.840.10008.1.2.1") + b"".join(element(*e) for e in said) + pixels


class Ward:
    """Two patients; what belongs to the first is in `of`, by a short name."""

    def __init__(self, site):
        self.site = site
        self.doctor = site.token("guqinghe")
        d = self.doctor
        self.anna = make(d, {"resourceType": "Patient", "name": [{"family": "安", "given": ["娜"]}], "gender": "female"})
        self.ben = make(d, {"resourceType": "Patient", "name": [{"family": "本"}]})
        self.specialist = make(d, {"resourceType": "Practitioner", "name": [{"text": CANARY}]})
        self.escort = make(d, {"resourceType": "Practitioner", "name": [{"text": "Escort"}]})
        visit = {"resourceType": "Encounter", "status": "in-progress", "class": {"code": "VR"}, "subject": ref(self.anna),
                 "reasonCode": [words()]}
        self.visit = make(d, visit)
        self.other_visit = make(d, visit)
        self.of = {
            "condition": self.add({"resourceType": "Condition", "code": words(), "subject": ref(self.anna)}),
            "observation": self.add({"resourceType": "Observation", "status": "final", "code": words(),
                                     "valueQuantity": {"value": 1.5, "unit": CANARY}, "subject": ref(self.anna)}),
            "hiv": self.add({"resourceType": "Observation", "status": "preliminary", "code": words(), "subject": ref(self.anna),
                             "meta": label(LABELS, "HIV")}),
            "sealed": self.add({"resourceType": "Observation", "status": "preliminary", "code": words(), "subject": ref(self.anna),
                                "meta": label(CONFIDENTIAL, "V")}),
            "released": self.add({"resourceType": "Observation", "status": "final", "code": words("released"),
                                  "subject": ref(self.anna), "meta": label(OURS, "released")}),
            "order": self.add({"resourceType": "MedicationRequest", "status": "active", "intent": "order", "reportedBoolean": True,
                               "medicationCodeableConcept": words(), "subject": ref(self.anna), "note": [{"text": CANARY}]}),
            "request": self.add({"resourceType": "ServiceRequest", "status": "active", "intent": "order", "code": words(),
                                 "priority": "urgent", "subject": ref(self.anna)}),
            "allergy": self.add({"resourceType": "AllergyIntolerance", "code": words(), "patient": ref(self.anna)}),
            "booking": self.add({"resourceType": "Appointment", "status": "booked", "reasonCode": [words()], "comment": CANARY,
                                 "start": now(60), "end": now(90),
                                 "participant": [{"actor": ref(self.anna), "status": "accepted"},
                                                 {"actor": ref(self.specialist), "status": "accepted"}]}),
            "task": self.add({"resourceType": "Task", "status": "requested", "intent": "order", "description": CANARY,
                              "note": [{"text": CANARY}], "focus": ref(self.visit), "for": ref(self.anna),
                              "owner": ref(self.escort), "priority": "urgent",
                              "meta": label(OURS, "custody")}),
        }

    def add(self, body):
        return make(self.doctor, body)

    def path(self, name):
        return f"/fhir/{ref(self.of[name])['reference']}"

    def guard(self):
        """The program of the escort whose task it is."""
        bind(self.site, self.site.by_role["guard"], self.escort)
        return self.site.token("guard")

    def custody(self):
        """Both roles of custody, each as it sees most."""
        return {"guard": self.guard(), "duty-command": self.site.token("duty-command")}

    def grant(self, *names, starts=None, ends=None, labels=(), room=None):
        doctor = self.site.client().log_in("guqinghe")
        body = {"account": account(self.site, "wenzhiyuan"), "encounter": self.visit["id"], "starts": starts or now(),
                "labels": list(labels), "attached": [ref(self.of[n])["reference"] for n in names]}
        if ends:
            body["ends"] = ends
        if room:
            body["room"] = room
        return doctor.post("/api/grants", body)


TYPES = ["AllergyIntolerance", "Appointment", "AppointmentResponse", "CarePlan", "Claim", "Communication", "Composition",
         "Condition", "Consent", "DiagnosticReport", "DocumentReference", "Encounter", "Flag", "Goal", "ImagingStudy",
         "Immunization", "Medication", "MedicationAdministration", "MedicationRequest", "Observation", "Patient",
         "Practitioner", "PractitionerRole", "Procedure", "Provenance", "QuestionnaireResponse", "ServiceRequest", "Slot", "Task"]


def ids(answer):
    """Type/id of a bundle's entries."""
    return {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in answer.json.get("entry", [])}

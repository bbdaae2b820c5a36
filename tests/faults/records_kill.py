"""kill -9 while transactions are being written: each is there whole or not at all, what was answered is there, and bodies and index agree."""
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rules"))
import house

PEOPLE, WRITERS = 30, 4
FHIR = {"Content-Type": "application/fhir+json"}


def transaction(name):
    """One patient and observations of it; they are found by a tag of their own."""
    tag = {"tag": [{"system": "urn:yunqiao:test", "code": name}]}
    patient = "urn:uuid:7d2b5c1e-0000-4000-8000-000000000001"
    entries = [{"fullUrl": patient, "resource": {"resourceType": "Patient", "meta": tag, "name": [{"family": "常"}]},
                "request": {"method": "POST", "url": "Patient"}}]
    for i in range(PEOPLE):
        entries.append({"resource": {"resourceType": "Observation", "meta": tag, "status": "preliminary",
                                     "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
                                     "subject": {"reference": patient}, "valueQuantity": {"value": 60 + i, "code": "/min"}},
                        "request": {"method": "POST", "url": "Observation"}})
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def write(client, writer, begun, answered, stop):
    n = 0
    while not stop.is_set():
        n += 1
        name = f"w{writer}-{time.time_ns()}-{n}"
        begun.append(name)
        try:
            if client.ask("POST", "/fhir", transaction(name), FHIR).status == 200:
                answered.append(name)
        except OSError:
            return


def count(client, name):
    found = client.get(f"/fhir/Observation?_tag=urn:yunqiao:test|{name}&_summary=count").json["total"]
    people = client.get(f"/fhir/Patient?_tag=urn:yunqiao:test|{name}&_summary=count").json["total"]
    assert (people, found) in ((0, 0), (1, PEOPLE)), (name, people, found)
    return found


def kill_proof_of_transactions():
    rounds = 40 if os.environ.get("YQ_LONG") else 5
    begun, answered = [], []
    site = house.Site().start()
    try:
        token = site.token("clinic-doctor").token
        for _ in range(rounds):
            stop = threading.Event()
            writers = [threading.Thread(target=write, args=(house.Client(site, token), w, begun, answered, stop))
                       for w in range(WRITERS)]
            for w in writers:
                w.start()
            time.sleep(0.05 + random.random() * 0.4)
            stop.set()
            site.stop(signal.SIGKILL)
            for w in writers:
                w.join()
            site.start()
            client = house.Client(site, token)
            whole = {name for name in begun if count(client, name)}
            assert whole.issuperset(answered), "what was answered is gone"
        checked = site.run("records", "verify", "--json")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        print(f"figure faults_records_kills {rounds} begun {len(begun)} answered {len(answered)} torn 0")
        assert answered, "nothing was written between the kills"
    finally:
        site.close()


if __name__ == "__main__":
    house.main(prefix="kill_proof_")

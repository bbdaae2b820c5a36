#!/usr/bin/env python3
"""The joint search through the API: four roles over all specialists of a whole demo site (300) and 90 days, on one connection of HTTPS that
is kept open, one ask after the other, as one admin asks. Each ask is another: other fields, doctors and patients. What the core alone takes,
beside a searcher by rows, is bench/scheduler-core.

  scheduler.py [SEARCHES]     prints lines "figure scheduler …"
"""
import datetime
import os
import random
import sys
import time

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/rules")
import house  # noqa: E402

DAYS, WARM = 90, 50


def at(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def asks(fields, patients, chance):
    """Four roles; the detainee's own calendar is one."""
    pair = chance.sample(fields, 2)
    three = chance.sample(fields, 3)
    patient = {"patient": chance.choice(patients)}
    return {
        "consultation": ({**patient, "needs": [{"need": f"specialist:{f}"} for f in pair] + [{"need": "clinic-doctor"}]}),
        "three-fields": ({**patient, "needs": [{"need": f"specialist:{f}"} for f in three]}),
        "any-three": ({**patient, "needs": [{"need": "specialist", "count": 3}]}),
        "with-room": ({**patient, "needs": [{"need": f"specialist:{pair[0]}"}, {"need": "clinic-doctor"}, {"need": "room:video-room"}]}),
    }


def processor_ms(site):
    """What the server's threads have spent on a processor: the wall clock also counts whoever else the machine serves."""
    spent = 0
    for task in os.listdir(f"/proc/{site.process.pid}/task"):
        try:
            spent += int(open(f"/proc/{site.process.pid}/task/{task}/schedstat").read().split()[0])
        except OSError:
            pass
    return spent / 1e6


def line(name, values):
    values.sort()
    return f"{name}-p50={values[len(values) // 2]:.2f}ms {name}-p99={values[len(values) * 99 // 100]:.2f}ms"


def measure(site, admin, name, bodies):
    wall, cpu, found = [], [], 0
    for i, body in enumerate(bodies):
        body = {**body, "minutes": 40, "triage": "routine", "from": at(0), "until": at(DAYS), "proposals": 10}
        spent, began = processor_ms(site), time.perf_counter()
        got = admin.post("/api/agenda/find", body)
        if i >= WARM:
            wall.append((time.perf_counter() - began) * 1000)
            cpu.append(processor_ms(site) - spent)
        assert got.status == 200, got.body
        found += len(got.json["proposals"])
    print(f"figure scheduler {name:12} {line('wall', wall)} {line('cpu', cpu)} searches={len(wall)} found={found / len(bodies):.1f}", flush=True)


def main():
    searches = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    chance = random.Random(300)
    site = house.Site()
    try:
        assert site.run("demo", "--force", "--json").returncode == 0
        site.start()
        admin, doctor = site.token("scheduling-admin"), site.token("clinic-doctor")
        people = admin.get("/api/agenda/resources?kind=specialist").json["resources"]
        fields = sorted({p["what"] for p in people})
        patients = [f"Patient/{e['resource']['id']}" for e in doctor.get("/fhir/Patient?_count=60").json["entry"]]
        print(f"figure scheduler specialists={len(people)} fields={len(fields)} days={DAYS}")
        base = [admin.get("/api/agenda/own") for _ in range(WARM)]  # the way there and back, with nothing searched
        began = time.perf_counter()
        base = [admin.get("/api/agenda/own") for _ in range(200)]
        print(f"figure scheduler no-search mean={(time.perf_counter() - began) * 1000 / len(base):.2f}ms")
        for name in asks(fields, patients, chance):
            measure(site, admin, name, [asks(fields, patients, chance)[name] for _ in range(searches + WARM)])
    finally:
        site.close()


if __name__ == "__main__":
    main()

"""Rule 4: no account holds both a clinical and a custody role; the store refuses the grant. (MR 25, 27, 32: dual loyalty.)"""
import itertools
import json

from house import main, site

WORLDS = {
    "clinical": ["clinic-doctor", "nurse", "pharmacist", "specialist", "interpreter"],
    "custody": ["guard", "duty-command"],
    "scheduling": ["scheduling-admin"],
    "administration": ["privacy-officer", "security-admin", "system-admin"],
}


def pairs():
    for a, b in itertools.combinations(WORLDS, 2):
        yield from itertools.product(WORLDS[a], WORLDS[b])


def rule_an_account_that_joins_two_worlds_is_refused_when_made():
    with site() as s:
        admin = s.token("security-admin")
        before = len(admin.get("/api/accounts").json["accounts"])
        for i, (a, b) in enumerate(pairs()):
            got = admin.post("/api/accounts", {"name": f"joins{i}", "display": "某人", "staff_number": f"J{i}", "roles": [a, b]})
            assert (got.status, got.code) == (409, "roles_exclude"), (a, b, got.body)
        assert len(admin.get("/api/accounts").json["accounts"]) == before
        made = admin.post("/api/accounts", {"name": "oneworld", "display": "某人", "staff_number": "W1", "roles": ["clinic-doctor", "specialist"]})
        assert made.status == 201, made.body


def rule_an_account_is_not_moved_into_a_second_world():
    with site() as s:
        admin = s.token("security-admin")
        for name, joined in [("guqinghe", ["clinic-doctor", "guard"]), ("jingyuan0613", ["guard", "nurse"]),
                             ("jiangyining", ["scheduling-admin", "duty-command"])]:
            found = admin.get(f"/api/accounts?q={name}").json["accounts"][0]
            got = admin.post(f"/api/accounts/{found['id']}/roles", {"roles": joined})
            assert (got.status, got.code) == (409, "roles_exclude"), got.body
            assert admin.get(f"/api/accounts?q={name}").json["accounts"][0]["roles"] == found["roles"]


def rule_the_operator_cannot_do_it_either_served_or_stopped():
    with site() as s:
        words = ["user", "add", "--name", "joins", "--display", "某人", "--staff-number", "J1", "--role", "nurse", "--role", "guard", "--json"]
        for state in ("served", "stopped"):
            if state == "stopped":
                s.stop()
            got = s.run(*words)
            assert got.returncode == 4, (state, got.returncode, got.stdout, got.stderr)
            assert "roles_exclude" in got.stdout + got.stderr
        listed = s.run("user", "list", "--json").stdout
        assert "joins" not in json.dumps(json.loads(listed))


main()

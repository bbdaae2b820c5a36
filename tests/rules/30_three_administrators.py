"""Rule 30: three administrators, system, security and audit; no one person holds two. (等保 三员分立.)"""
import itertools

from house import main, site

ADMINS = ["system-admin", "security-admin", "privacy-officer"]


def rule_no_account_holds_two_of_the_three():
    with site() as s:
        admin = s.token("security-admin")
        for n in (2, 3):
            for roles in itertools.permutations(ADMINS, n):
                got = admin.post("/api/accounts", {"name": "two", "display": "某人", "staff_number": "T1", "roles": list(roles)})
                assert (got.status, got.code) == (409, "roles_exclude"), got.body
        officer = next(a for a in admin.get("/api/accounts?role=privacy-officer").json["accounts"])
        got = admin.post(f"/api/accounts/{officer['id']}/roles", {"roles": ["privacy-officer", "system-admin"]})
        assert (got.status, got.code) == (409, "roles_exclude"), got.body


def rule_one_person_has_one_account_and_so_not_two_offices_in_two():
    with site() as s:
        admin = s.token("security-admin")
        officer = next(a for a in admin.get("/api/accounts?role=privacy-officer").json["accounts"])
        for number in (officer["staff_number"], officer["staff_number"].lower()):
            got = admin.post("/api/accounts", {"name": "second", "display": "某人", "staff_number": number, "roles": ["system-admin"]})
            assert (got.status, got.code) == (409, "staff_number_taken"), got.body


def rule_each_administrator_is_kept_out_of_the_others_work():
    with site() as s:
        own = {"system-admin": "/api/system/health", "security-admin": "/api/accounts", "privacy-officer": "/api/audit"}
        for role in ADMINS:
            client = s.token(role)
            for other, path in own.items():
                got = client.get(path)
                assert got.status == (200 if other == role else 403), (role, path, got.status)


def rule_nobody_changes_the_own_account_as_administrator():
    with site() as s:
        admin = s.token("security-admin")
        me = admin.get("/api/accounts?role=security-admin").json["accounts"][0]
        for path, body in [("roles", {"roles": ["nurse"]}), ("disable", {"reason": "x"}), ("reset", {"reason": "x", "totp": True})]:
            got = admin.post(f"/api/accounts/{me['id']}/{path}", body)
            assert (got.status, got.code) == (409, "own_account"), (path, got.body)


main()

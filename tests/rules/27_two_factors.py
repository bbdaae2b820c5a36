"""Rule 27: two factors for all staff; lockout counts TOTP failures too; passwords Argon2id. (GB/T 22239-2019 8.1.4.1.)"""
import time

from house import main, site, totp


def wrong_code(s, name):
    """Six digits that none of the steps around now gives."""
    secret, now = s.accounts[name]["totp_secret"], int(time.time()) // 30
    right = {totp(secret, now + d) for d in range(-3, 4)}
    return next(f"{n:06d}" for n in range(10) if f"{n:06d}" not in right)


def first_step(client, s, name, password=None):
    return client.post("/api/login", {"name": name, "password": password or s.accounts[name]["password"]})


def rule_a_password_alone_opens_nothing_for_any_staff_role():
    with site() as s:
        for role, name in s.by_role.items():
            client = s.client()
            if role == "detainee":  # the terminal is the second thing that it takes
                assert first_step(client, s, name).code == "terminal_needed"
                client.enrol()
            got = first_step(client, s, name)
            assert got.status == 200, got.body
            assert (got.json["next"] == "done") == (role == "detainee"), (role, got.body)
            if role != "detainee":
                assert client.cookie is None
                assert client.get("/api/session").code == "no_session"
                client.token = got.json["ticket"]
                assert client.get("/api/session").status == 401


def rule_both_factors_open_the_session_and_a_code_works_once():
    with site() as s:
        client, name = s.client(), "guqinghe"
        ticket = first_step(client, s, name).json["ticket"]
        code = s.code(name)
        assert client.post("/api/login/totp", {"ticket": ticket, "code": code}).status == 200
        assert client.get("/api/session").json["account"]["name"] == name
        again = s.client()
        ticket = first_step(again, s, name).json["ticket"]
        got = again.post("/api/login/totp", {"ticket": ticket, "code": code})
        assert (got.status, got.code) == (401, "totp_wrong"), got.body


def rule_wrong_codes_lock_the_account_as_wrong_passwords_do():
    with site() as s:
        client, name = s.client(), "lubaisu"
        lefts = []
        for _ in range(5):
            got = first_step(client, s, name)
            if got.status != 200:
                break
            got = client.post("/api/login/totp", {"ticket": got.json["ticket"], "code": wrong_code(s, name)})
            lefts.append(got.json["error"].get("left"))
        assert (got.status, got.code) == (403, "locked") or lefts[-1] == 0, (lefts, got.body)
        got = first_step(client, s, name)
        assert (got.status, got.code) == (403, "locked"), got.body
        assert "until" in got.json["error"]
        admin = s.token("security-admin")
        locked = [a["name"] for a in admin.get("/api/lockouts").json["accounts"] if a["locked_until"]]
        assert locked == [name], locked


def rule_mixed_failures_are_counted_together():
    with site() as s:
        client, name = s.client(), "songyanqiu"
        for _ in range(2):
            assert first_step(client, s, name, "not the password").code == "login_wrong"
        ticket = first_step(client, s, name).json["ticket"]
        assert client.post("/api/login/totp", {"ticket": ticket, "code": wrong_code(s, name)}).code == "totp_wrong"
        ticket = first_step(client, s, name).json["ticket"]
        got = client.post("/api/login/totp", {"ticket": ticket, "code": "aaaaa-bbbbb"})
        assert got.code == "totp_wrong" and got.json["error"]["left"] == 1, got.body
        first_step(client, s, name, "not the password")
        assert first_step(client, s, name).code == "locked"


def rule_an_unknown_name_answers_as_a_wrong_password_does():
    with site() as s:
        known = first_step(s.client(), s, "guqinghe", "not the password")
        unknown = s.client().post("/api/login", {"name": "nobodyhere", "password": "not the password"})
        assert (known.status, known.body) == (unknown.status, unknown.body)


def rule_an_administrator_frees_a_locked_account_and_the_login_works():
    with site() as s:
        name = "wenzhiyuan"
        for _ in range(5):
            first_step(s.client(), s, name, "not the password")
        assert first_step(s.client(), s, name).code == "locked"
        admin = s.token("security-admin")
        found = admin.get(f"/api/accounts?q={name}").json["accounts"][0]
        assert found["state"] == "locked"
        assert admin.post(f"/api/accounts/{found['id']}/unlock", {"reason": "known by voice"}).status == 200
        s.client().log_in(name)


main()

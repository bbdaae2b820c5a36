"""Rule 31: what is deleted leaves nothing behind: freed pages are zeroed, a session's secrets go from memory when it ends, and what was
opened is wiped when it was answered. (GB/T 22239 剩余信息保护)

Proved by reading the memory of the running server, and the files on disk; what stands there sealed cannot be told from noise, so the
same words are looked for in the memory of the process that could open them."""
import base64
import re
import secrets

from house import Skip, main, scan, site, until
from ward import make, ref


def memory(pid):
    """What the process has written or may write."""
    held = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            low, high, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
            if not rights.startswith("rw") or "[vvar" in line:
                continue
            try:
                mem.seek(int(low, 16))
                held.append(mem.read(int(high, 16) - int(low, 16)))
            except (OSError, ValueError, OverflowError):
                pass
    return held


def times(pid, *words):
    held = memory(pid)
    return [sum(piece.count(word.encode()) for piece in held) for word in words]


def readable(pid):
    try:
        return bool(memory(pid))
    except PermissionError as refused:
        raise Skip("the server's memory cannot be read here (ptrace)") from refused


def pass_over(client):
    """Requests long enough to fill the buffer that all requests are received into, and what is kept of heads."""
    for _ in range(4):
        client.ask("GET", "/api/session", headers={"X-Nothing": "n" * 4096, "Cookie": "n" * 200})


def rule_a_deleted_draft_and_an_ended_session_are_gone_from_memory_and_disk():
    with site() as s:
        pid = s.process.pid
        assert readable(pid)
        word = secrets.token_hex(12)
        client = s.client().log_in("guqinghe")
        cookie, csrf = client.cookie.split("=", 1)[1], client.csrf
        assert client.put("/api/drafts/x", {"text": word}).status == 200
        assert client.get("/api/drafts/x").json["text"] == word
        assert times(pid, cookie)[0], "the looking finds what is there"
        assert client.ask("DELETE", "/api/drafts/x").status == 204
        assert client.post("/api/logout").status == 204
        client.connection.close()
        pass_over(s.token("nurse"))
        until("draft, cookie and CSRF word are gone", lambda: times(pid, word, cookie, csrf) == [0, 0, 0], 40)
        assert scan(s.root, word) == [] and scan(s.root, cookie) == []


def rule_what_was_opened_is_wiped_when_nobody_asks_for_it():
    """A record's body stands sealed under its patient's key even in the pages that the store has open."""
    with site() as s:
        pid = s.process.pid
        assert readable(pid)
        word = secrets.token_hex(12)
        doctor = s.token("clinic-doctor")
        made = make(doctor, {"resourceType": "Patient", "name": [{"text": "x"}]})
        photo = make(doctor, {"resourceType": "DocumentReference", "status": "current", "subject": ref(made), "content": [
            {"attachment": {"contentType": "text/plain", "data": base64.b64encode(word.encode()).decode()}}]})
        held = base64.b64encode(word.encode()).decode()
        assert held in doctor.get(f"/fhir/DocumentReference/{photo['id']}").body.decode()
        doctor.connection.close()
        pass_over(s.token("nurse"))
        until("the body is gone", lambda: times(pid, held) == [0], 40)
        assert scan(s.root, word) == []


main(at_once=2)

#!/usr/bin/env python3
"""HL7 clients of others, unmodified, feed the registry's door: npm's simple-hl7 and node-hl7-client, and Debian's mllp_send. What they say is
shuffled and in part said twice, the server is killed again and again; who was answered says it no more. It ends as it does in order."""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f"{TESTS}/rules")
from house import Skip, main, until  # noqa: E402
from registry import lives, registry_site, stays_of  # noqa: E402

LONG = bool(os.environ.get("YQ_LONG"))
PEOPLE, KILLS = (1450, 50) if LONG else (62, 3)
MLLP_SEND, NODE = "mllp_send", os.environ.get("NODE", "node")


class Feed:
    """One run of one client over some messages. `answers`: what was answered so far, (control, code)."""

    def __init__(self, client, port, messages):
        if client == MLLP_SEND and not shutil.which(MLLP_SEND):
            raise Skip("mllp_send is not here (python3-hl7)")
        self.client, self.out = client, tempfile.TemporaryFile()
        with tempfile.NamedTemporaryFile("w", suffix=".messages", delete=False) as file:
            file.write("".join(f"\v{m}\x1c\r" for m in messages) if client == MLLP_SEND else json.dumps(messages))
        self.file = file.name
        words = ([MLLP_SEND, "--port", str(port), "--file", self.file, "127.0.0.1"] if client == MLLP_SEND else
                 [NODE, f"{TESTS}/interop/registry/feed.mjs", client, str(port), self.file])
        self.process = subprocess.Popen(words, stdout=self.out, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"})

    @property
    def answers(self):
        said = os.pread(self.out.fileno(), 1 << 26, 0).decode()
        if self.client == MLLP_SEND:
            return [(control, code) for code, control in re.findall(r"\rMSA\|(A[AER])\|([^|\r]+)[|\r]", said)]
        return [tuple(line.split(" ")) for line in said.splitlines(keepends=True) if line.endswith("\n")]

    def is_over(self):
        return self.process.poll() is not None

    def close(self):
        """What was answered, each AA; what else was said when nothing was."""
        _, fault = self.process.communicate(timeout=1200)
        os.unlink(self.file)
        got = [(control, code.strip()) for control, code in self.answers]
        assert all(code == "AA" for _, code in got), (self.client, [one for one in got if one[1] != "AA"][:5])
        return {control for control, _ in got}, fault.decode()[-600:]


CLIENTS = ["simple-hl7", "node-hl7-client", MLLP_SEND]


def control_of(message):
    return message.split("|")[9]


def feeds_all(client, port, messages):
    got, fault = Feed(client, port, messages).close()
    assert got == {control_of(m) for m in messages}, (client, len(got), fault)


def end_of(s):
    """Everybody and their stays as they stand, without when it was written."""
    doctor, ends = s.token("guqinghe"), {}
    for number in (str(8000000 + n) for n in range(PEOPLE)):
        found = doctor.get(f"/fhir/Patient?identifier=urn:yunqiao:detainee-number|{number}").json.get("entry", [])
        assert len(found) == 1, (number, found)
        person = found[0]["resource"]
        ends[number] = [person["name"], person["birthDate"], person["gender"], person["identifier"], stays_of(doctor, number)]
    return ends


def in_order():
    """Everybody's days by one client each, in their order: each client has a third of them."""
    said = lives(PEOPLE)
    with registry_site() as s:
        for n, client in enumerate(CLIENTS):
            feeds_all(client, s.mllp, [m for one in said[n::len(CLIENTS)] for m in one])
        return end_of(s)


def feed_any_order_and_any_kill_end_alike():
    want = in_order()
    assert any(stay["status"] == "finished" for one in want.values() for stay in one[-1])
    assert any(len(stay["location"]) > 2 for one in want.values() for stay in one[-1])
    chance = random.Random(11)
    said = [m for one in lives(PEOPLE) for m in one]
    whole = len(said)
    said += chance.sample(said, len(said) // 2)
    chance.shuffle(said)
    with registry_site() as s:
        answered, kills = set(), 0
        while kills < KILLS:
            # What was answered is said no more; of the rest the next part, a fair share for each kill that is still to come.
            left = [m for m in said if control_of(m) not in answered]
            part = left[:max(20, len(left) // (KILLS - kills + 1))]
            feed = Feed(CLIENTS[kills % len(CLIENTS)], s.mllp, part)
            enough = chance.randrange(1, max(2, len(part) // 2))
            until("some of it is answered", lambda: feed.is_over() or len(feed.answers) >= enough)
            assert not feed.is_over(), (feed.client, feed.close())
            s.stop(signal.SIGKILL)
            got, _ = feed.close()
            answered |= got
            kills += 1
            s.start()
        left = [m for m in said if control_of(m) not in answered]
        again = chance.sample(said, len(said) // 10)
        for n, client in enumerate(CLIENTS):
            feeds_all(client, s.mllp, left[n::len(CLIENTS)] + again[n::len(CLIENTS)])
        assert end_of(s) == want
        print(f"{len(said)} messages of {whole} events, {PEOPLE} people, {kills} kills; {len(answered)} were answered before the last")


main("feed_")

#!/usr/bin/python3
"""A worker that carries no media: it reads the server's words strictly (server/link/msg.h), and answers each offer as an offer of its
kind would be answered. What it is told decides: an offer without "v=0" is malformed, one with "x-refuse" is refused."""
import os
import re
import socket
import struct
import sys

HELLO, CONFIG, READY, PING, PONG, STATS, DRAIN, BYE = range(1, 9)
ROOM_OPEN, ROOM_CLOSE, ROOM_PRIVATE, PEER_OFFER, PEER_COUNTER, PEER_ACCEPT, PEER_PATCH, PEER_CLOSE, TRACK_WATCH, TRACK_MUTE = range(9, 19)
CERTIFICATE, ICE_ASK, ICE_GRANT, PEER_ANSWER, PEER_STATE, TRACK_ADDED, TRACK_GONE, SPEAKER, QUALITY = range(19, 28)
DONE, MALFORMED, REFUSED, ABSENT, PRECONDITION, FULL = range(1, 7)
UP, DOWN, WHIP, WHEP = range(1, 5)

link = socket.socket(fileno=int(sys.argv[sys.argv.index("--link-fd") + 1]))
link.setblocking(True)
index = int(sys.argv[sys.argv.index("--index") + 1])
peers, tracks, next_track = {}, {}, 1


def say(kind, body):
    link.send(b"Yq" + struct.pack("<HI", kind, len(body)) + body)


def text(s):
    return struct.pack("<I", len(s.encode())) + s.encode()


class Reader:
    def __init__(self, body):
        self.body, self.at = body, 0

    def take(self, form):
        got = struct.unpack_from("<" + form, self.body, self.at)
        self.at += struct.calcsize("<" + form)
        return got

    def text(self):
        n, = self.take("I")
        got = self.body[self.at:self.at + n].decode()
        self.at += n
        return got

    def binds(self):
        return [(self.take("I")[0], self.text()) for _ in range(self.take("H")[0])]


def answer(peer, request, status, sdp="", why=""):
    say(PEER_ANSWER, struct.pack("<IIB", peer, request, status) + text(sdp) + text(why))


def offered(r):
    global next_track
    room, participant, peer, request, kind = r.take("IIIIB")
    sdp, binds = r.text(), r.binds()
    if "v=0" not in sdp:
        return answer(peer, request, MALFORMED, why="line 1: no version")
    if "x-refuse" in sdp:
        return answer(peer, request, REFUSED, why="no codec that is known here")
    known = peer in peers
    peers[peer] = (room, participant, kind)
    way = "recvonly" if kind in (UP, WHIP) else "sendonly"
    lines = "".join(f"m={m} 9 UDP/TLS/RTP/SAVPF 96\r\na={way}\r\n" for m in re.findall(r"^m=(\w+)", sdp, re.M))
    answer(peer, request, DONE, f"v=0\r\na=ice-lite\r\n{lines}a=x-binds:{','.join(f'{t}={m}' for t, m in binds)}\r\n")
    if not known:
        say(PEER_STATE, struct.pack("<IB", peer, 2))
    if kind in (UP, WHIP) and not known:
        for mid, m in enumerate(re.findall(r"^m=(audio|video)", sdp, re.M)):
            tracks[next_track] = peer
            say(TRACK_ADDED, struct.pack("<IIIIBBB", room, participant, peer, next_track, 1 if m == "audio" else 2,
                                         1 if m == "audio" else 2, 1) + text(str(mid)))
            next_track += 1


def gone(peer):
    if peer not in peers:
        return
    room, participant, _ = peers.pop(peer)
    for track in [t for t, p in tracks.items() if p == peer]:
        del tracks[track]
        say(TRACK_GONE, struct.pack("<IIII", room, participant, peer, track))


def patched(r):
    peer, request, may_restart = r.take("IIB")
    fragment = r.text()
    if "a=" not in fragment:
        return answer(peer, request, MALFORMED, why="nothing in it")
    answer(peer, request, DONE, "a=ice-ufrag:new\r\na=ice-pwd:newnewnewnewnewnewnewnew\r\n" if "a=ice-ufrag" in fragment else "")


def heard(kind, r):
    if kind == CONFIG:
        r.take("HH")
        bind = r.take("19s")[0]
        say(READY, bind + bytes([1, 1, 7]))
    elif kind == PING:
        say(PONG, struct.pack("<Q", *r.take("Q")))
    elif kind in (DRAIN, BYE):
        say(BYE, struct.pack("<H", 1))
        sys.exit(0)
    elif kind == PEER_OFFER:
        offered(r)
    elif kind == PEER_COUNTER:
        room, participant, peer, request = r.take("IIII")
        peers[peer] = (room, participant, WHEP)
        answer(peer, request, DONE, "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendonly\r\n")
    elif kind == PEER_ACCEPT:
        peer, request = r.take("II")
        answer(peer, request, DONE if "v=0" in r.text() else MALFORMED)
    elif kind == PEER_PATCH:
        patched(r)
    elif kind == PEER_CLOSE:
        gone(*r.take("I"))
    elif kind == ICE_ASK:
        request, lifetime = r.take("II")
        say(ICE_GRANT, struct.pack("<I", request) + text("1799999999:bridge") + text("secret"))


say(HELLO, struct.pack("<HHIB", int(os.environ.get("VERSION", "7")), index, os.getpid(), 7))
while True:
    got = link.recv(1 << 17)
    if not got:
        sys.exit(0)
    heard(struct.unpack_from("<H", got, 2)[0], Reader(got[8:]))

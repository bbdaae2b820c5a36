"""How OBS, FFmpeg and simple-whip-client ask, written after what they put on the wire; behind each is aiortc's own transport and its H.264.

    obs           all of the transport in the session's part, no trickle, mid alone as an extension, exactly 201 with a body and a Location
    ffmpeg        passive, no feedback, no retransmission, no extensions, AES128_CM_SHA1_80 (aiortc's only profile); key frames at a fixed distance; an
                  answer of at most 8,192 bytes; checks that say neither priority nor role
    simple-whip   OPTIONS first, an offer without candidates, then these by PATCH under the ETag; an ICE restart asked for later
"""
import re

from aioice import ice
from aiortc.codecs import h264

FRAGMENT = "application/trickle-ice-sdpfrag"


def one(pattern, text):
    return re.search(pattern, text, re.M).group(1).strip()


def sections(sdp):
    return re.split(r"^(?=m=)", sdp, flags=re.M)


class Plain:
    def __init__(self, sdp):
        self.sdp = sdp

    def ask(self, face):
        return face.post(self.sdp)

    def connected(self, face):
        pass


class Whip(Plain):
    """What the shapes have in common: a section's format, SSRC and candidates."""

    def __init__(self, sdp):
        super().__init__(sdp)
        _, self.audio, self.video = sections(sdp)
        self.ufrag, self.pwd = one(r"^a=ice-ufrag:(.*)", self.audio), one(r"^a=ice-pwd:(.*)", self.audio)
        self.fingerprint = one(r"^a=fingerprint:(sha-256 .*)", self.audio)
        self.candidates = [c.strip() for c in re.findall(r"^a=candidate:.* udp .*$", self.audio, re.M)]
        self.opus = one(r"^a=rtpmap:(\d+) opus", self.audio)
        self.h264 = one(r"^a=rtpmap:(\d+) H264", self.video)
        self.ssrcs = [one(r"^a=ssrc:(\d+)", s) for s in (self.audio, self.video)]


class Obs(Whip):
    def ask(self, face):
        media = "".join(
            f"m={kind} 55555 UDP/TLS/RTP/SAVPF {pt}\r\nc=IN IP4 192.0.2.7\r\na=mid:{mid}\r\na=sendonly\r\na=msid:obs {kind}\r\na=rtcp-mux\r\n"
            f"a=rtpmap:{pt} {codec}\r\n{more}a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
            f"a=ssrc:{self.ssrcs[mid]} cname:obs\r\na=ssrc:{self.ssrcs[mid]} msid:obs {kind}\r\n"
            for mid, (kind, pt, codec, more) in enumerate((
                ("audio", self.opus, "opus/48000/2",
                 f"a=fmtp:{self.opus} minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1\r\n"),
                ("video", self.h264, "H264/90000",
                 f"a=rtcp-fb:{self.h264} nack\r\na=rtcp-fb:{self.h264} nack pli\r\na=rtcp-fb:{self.h264} goog-remb\r\n"
                 f"a=fmtp:{self.h264} profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1\r\n"))))
        tail = "".join(f"{c}\r\n" for c in self.candidates) + "a=end-of-candidates\r\n"
        answer = face.post(
            "v=0\r\no=rtc 3767197920 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=group:LS 0 1\r\n"
            f"a=msid-semantic:WMS *\r\na=setup:actpass\r\na=ice-ufrag:{self.ufrag}\r\na=ice-pwd:{self.pwd}\r\n"
            f"a=ice-options:ice2,trickle\r\na=fingerprint:{self.fingerprint}\r\n" + media + tail)
        assert answer and "a=setup:active" in answer and face.session.startswith("/whip/")
        return answer


class Ffmpeg(Whip):
    def __init__(self, sdp):
        super().__init__(sdp)
        make = h264.create_encoder_context

        def with_gop(*words, **more):
            context, buffering = make(*words, **more)
            context.gop_size = 15
            return context, buffering
        h264.create_encoder_context = with_gop
        asked = ice.Connection.build_request

        def bare(connection, pair, nominate):
            """A check with USERNAME, USE-CANDIDATE, MESSAGE-INTEGRITY and FINGERPRINT alone."""
            request = asked(connection, pair, True)
            for name in ("PRIORITY", "ICE-CONTROLLING"):
                request.attributes.pop(name, None)
            assert set(request.attributes) == {"USERNAME", "USE-CANDIDATE"}, request.attributes
            return request
        ice.Connection.build_request = bare

    def ask(self, face):
        transport = (f"c=IN IP4 0.0.0.0\r\na=ice-ufrag:{self.ufrag}\r\na=ice-pwd:{self.pwd}\r\na=fingerprint:{self.fingerprint}\r\n"
                     "a=setup:passive\r\n")
        answer = face.post(
            "v=0\r\no=FFmpeg 4489045141692799359 2 IN IP4 127.0.0.1\r\ns=FFmpegPublishSession\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
            "a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n"
            f"m=audio 9 UDP/TLS/RTP/SAVPF {self.opus}\r\n{transport}a=mid:0\r\na=sendonly\r\na=msid:FFmpeg audio\r\na=rtcp-mux\r\n"
            f"a=rtpmap:{self.opus} opus/48000/2\r\na=ssrc:{self.ssrcs[0]} cname:FFmpeg\r\na=ssrc:{self.ssrcs[0]} msid:FFmpeg audio\r\n"
            f"m=video 9 UDP/TLS/RTP/SAVPF {self.h264}\r\n{transport}a=mid:1\r\na=sendonly\r\na=msid:FFmpeg video\r\na=rtcp-mux\r\n"
            f"a=rtcp-rsize\r\na=rtpmap:{self.h264} H264/90000\r\n"
            f"a=fmtp:{self.h264} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42c01f\r\n"
            f"a=ssrc:{self.ssrcs[1]} cname:FFmpeg\r\na=ssrc:{self.ssrcs[1]} msid:FFmpeg video\r\n")
        first = one(r"^a=candidate:(.*)", answer)
        assert len(answer) <= 8192 and " udp " in first and first.endswith("typ host"), answer
        assert "a=setup:active" in answer and "rtcp-fb" not in answer and "extmap:" not in answer and " rtx/" not in answer, answer
        return answer


class SimpleWhip(Whip):
    def ask(self, face):
        status, headers, _ = face.ask("OPTIONS", face.url.path)
        assert status == 200 and {k.lower(): v for k, v in headers.items()}["accept-post"] == "application/sdp"
        bare = re.sub(r"^a=(candidate:.*|end-of-candidates)\r\n", "", self.sdp, flags=re.M)
        return face.post(bare)

    def connected(self, face):
        """Its candidates come late; they would have been needed by a full agent, and we take them all the same."""
        mid = one(r"^a=mid:(.*)", self.audio)
        head = f"a=ice-ufrag:{self.ufrag}\r\na=ice-pwd:{self.pwd}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:{mid}\r\n"
        late = head + "".join(f"{c}\r\n" for c in self.candidates) + "a=end-of-candidates\r\n"
        status, headers, body = face.ask("PATCH", face.session, late, Content_Type=FRAGMENT, If_Match=face.headers["etag"])
        assert status == 204 and "ETag" not in headers, (status, body)
        # A restart that it asks for and never carries out: the session stays as it was.
        fresh = "a=ice-ufrag:abcdefgh\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
        status, headers, body = face.ask("PATCH", face.session, fresh, Content_Type=FRAGMENT, If_Match="*")
        assert status == 200 and "a=ice-ufrag:" in body and {k.lower(): v for k, v in headers.items()}["etag"] != face.headers["etag"], body


SHAPES = {"obs": Obs, "ffmpeg": Ffmpeg, "simple-whip": SimpleWhip}

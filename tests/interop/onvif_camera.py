"""A camera's PTZ service as the ONVIF PTZ Service Specification has it, strict in what it takes: SOAP 1.2 in its namespaces, a WS-UsernameToken whose
digest is right, whose time is now and whose nonce is new, one known profile, positions within its ways. It moves as a motor does, in steps. Written from
the specification, with Python's own XML reader; it shares nothing with the program that speaks to it."""
import base64
import datetime
import hashlib
import http.server
import threading
import time
import xml.etree.ElementTree as etree

SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
SECURITY, UTILITY = f"{{{WSS}wssecurity-secext-1.0.xsd}}", f"{{{WSS}wssecurity-utility-1.0.xsd}}"
PTZ, SCHEMA = "{http://www.onvif.org/ver20/ptz/wsdl}", "{http://www.onvif.org/ver10/schema}"
SPACES = "http://www.onvif.org/ver10/tptz/"
PAN_TILT, ZOOM = f"{SPACES}PanTiltSpaces/PositionGenericSpace", f"{SPACES}ZoomSpaces/PositionGenericSpace"
WAYS = {"pan": (-1, 1), "tilt": (-0.5, 1), "zoom": (0, 1)}
STEP_S, STEP = 0.05, 0.1


class Fault(Exception):
    """What the camera does not take; the reason is kept for the test."""


def only(parent, tag):
    found = parent.findall(tag)
    if len(found) != 1:
        raise Fault(f"{len(found)} of {tag}")
    return found[0]


class Camera:
    def __init__(self, user, password, profile):
        self.user, self.password, self.profile = user, password, profile
        self.at, self.to, self.nonces = {"pan": 0.0, "tilt": 0.0, "zoom": 0.0}, {}, set()
        self.asked, self.faults, self.lock = [], [], threading.Lock()
        camera = self

        class Face(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                status, body = camera.answer(self.path, self.headers, self.rfile.read(int(self.headers["content-length"])))
                self.send_response(status)
                self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.face = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Face)
        self.url = f"http://127.0.0.1:{self.face.server_address[1]}/onvif/ptz_service"
        threading.Thread(target=self.face.serve_forever, daemon=True).start()
        threading.Thread(target=self.turn, daemon=True).start()

    def close(self):
        self.face.shutdown()
        self.face.server_close()

    def turn(self):
        while True:
            time.sleep(STEP_S)
            with self.lock:
                for axis, to in list(self.to.items()):
                    way = to - self.at[axis]
                    self.at[axis] = to if abs(way) <= STEP else self.at[axis] + STEP * (1 if way > 0 else -1)

    def answer(self, path, headers, body):
        try:
            if path != "/onvif/ptz_service" or not headers["content-type"].startswith("application/soap+xml"):
                raise Fault("path or type")
            root = etree.fromstring(body)
            if root.tag != f"{SOAP}Envelope":
                raise Fault("no SOAP 1.2")
            self.admit(only(only(root, f"{SOAP}Header"), f"{SECURITY}Security"))
            (asked,) = only(root, f"{SOAP}Body")
            said = {"GetNodes": self.nodes, "GetStatus": self.status, "AbsoluteMove": self.move}[asked.tag.removeprefix(PTZ)](asked)
            self.asked.append(asked.tag.removeprefix(PTZ))
            return 200, self.envelope(said)
        except (Fault, KeyError, ValueError, etree.ParseError) as e:
            self.faults.append(str(e))
            return 400, self.envelope("<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang='en'>refused</s:Text></s:Reason></s:Fault>")

    def admit(self, security):
        token = only(security, f"{SECURITY}UsernameToken")
        password, nonce, created = (only(token, tag) for tag in (f"{SECURITY}Password", f"{SECURITY}Nonce", f"{UTILITY}Created"))
        if password.get("Type") != f"{WSS}username-token-profile-1.0#PasswordDigest" or nonce.get("EncodingType") != f"{WSS}soap-message-security-1.0#Base64Binary":
            raise Fault("not a digest")
        raw = base64.b64decode(nonce.text, validate=True)
        at = datetime.datetime.fromisoformat(created.text.replace("Z", "+00:00"))
        if abs((datetime.datetime.now(datetime.timezone.utc) - at).total_seconds()) > 300 or raw in self.nonces:
            raise Fault("said before")
        want = base64.b64encode(hashlib.sha1(raw + created.text.encode() + self.password.encode()).digest()).decode()
        if only(token, f"{SECURITY}Username").text != self.user or password.text != want:
            raise Fault("not authorized")
        self.nonces.add(raw)

    def for_profile(self, asked):
        if only(asked, f"{PTZ}ProfileToken").text != self.profile:
            raise Fault("no such profile")

    def nodes(self, _):
        def way(name, axis):
            return f"<tt:{name}><tt:Min>{WAYS[axis][0]}</tt:Min><tt:Max>{WAYS[axis][1]}</tt:Max></tt:{name}>"
        return (f"<tptz:GetNodesResponse><tptz:PTZNode token='node' FixedHomePosition='false'><tt:Name>arm &amp; lamp</tt:Name><tt:SupportedPTZSpaces>"
                f"<tt:AbsolutePanTiltPositionSpace><tt:URI>{PAN_TILT}</tt:URI>{way('XRange', 'pan')}{way('YRange', 'tilt')}</tt:AbsolutePanTiltPositionSpace>"
                f"<tt:AbsoluteZoomPositionSpace><tt:URI>{ZOOM}</tt:URI>{way('XRange', 'zoom')}</tt:AbsoluteZoomPositionSpace></tt:SupportedPTZSpaces>"
                "<tt:MaximumNumberOfPresets>8</tt:MaximumNumberOfPresets><tt:HomeSupported>true</tt:HomeSupported></tptz:PTZNode></tptz:GetNodesResponse>")

    def status(self, asked):
        self.for_profile(asked)
        with self.lock:
            at = dict(self.at)
        return (f"<tptz:GetStatusResponse><tptz:PTZStatus><tt:Position><tt:PanTilt x='{at['pan']:.4f}' y='{at['tilt']:.4f}' space='{PAN_TILT}'/>"
                f"<tt:Zoom x='{at['zoom']:.4f}' space='{ZOOM}'/></tt:Position><tt:UtcTime>2026-01-01T00:00:00Z</tt:UtcTime></tptz:PTZStatus></tptz:GetStatusResponse>")

    def move(self, asked):
        self.for_profile(asked)
        place, to = only(asked, f"{PTZ}Position"), {}
        for part in place:
            if part.tag == f"{SCHEMA}PanTilt" and part.get("space") == PAN_TILT:
                to |= {"pan": float(part.get("x")), "tilt": float(part.get("y"))}
            elif part.tag == f"{SCHEMA}Zoom" and part.get("space") == ZOOM:
                to["zoom"] = float(part.get("x"))
            else:
                raise Fault(f"{part.tag} in {part.get('space')}")
        if not to or any(not WAYS[a][0] <= at <= WAYS[a][1] for a, at in to.items()):
            raise Fault("out of its way")
        with self.lock:
            self.to |= to
        return "<tptz:AbsoluteMoveResponse/>"

    @staticmethod
    def envelope(inner):
        return (f"<?xml version='1.0' encoding='UTF-8'?><s:Envelope xmlns:s='{SOAP[1:-1]}' xmlns:tptz='{PTZ[1:-1]}' xmlns:tt='{SCHEMA[1:-1]}'><s:Body>"
                f"{inner}</s:Body></s:Envelope>").encode()

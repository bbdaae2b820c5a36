"""WHIP and WHEP as a client without trickle asks: one POST, a DELETE."""
import http.client
import ssl
import urllib.parse


class Face:
    def __init__(self, url, token):
        self.url, self.token, self.session, self.headers = urllib.parse.urlsplit(url), token, None, {}

    def ask(self, method, path, body=None, **headers):
        c = http.client.HTTPSConnection(self.url.hostname, self.url.port, timeout=15, context=ssl._create_unverified_context())
        sent = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        c.request(method, path, body, sent)
        got = c.getresponse()
        answer = (got.status, dict(got.headers), got.read().decode())
        c.close()
        return answer

    def post(self, offer):
        status, headers, body = self.ask("POST", self.url.path, offer, Content_Type="application/sdp")
        assert status == 201, (status, body, offer)
        self.headers = {k.lower(): v for k, v in headers.items()}
        self.session = self.headers["location"]
        return body

    def end(self):
        if self.session:
            status, _, body = self.ask("DELETE", self.session)
            assert status == 200, (status, body)

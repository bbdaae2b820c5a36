"""What the scenes of stills share: taking one, and reading it back."""
import datetime
import hashlib
import os
import struct
import time
import urllib.parse
import zlib


def png(width=4, height=3):
    """A small picture of our own making."""
    return made_of(width, height, b"".join(b"\0" + bytes([10 * x, 20 * y, 99][i] for x in range(width) for i in range(3)) for y in range(height)))


def noise(width, height):
    """One that nothing makes smaller."""
    return made_of(width, height, b"".join(b"\0" + os.urandom(3 * width) for _ in range(height)))


def made_of(width, height, rows):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def now_text(offset=0):
    at = datetime.datetime.fromtimestamp(time.time() + offset, datetime.timezone.utc)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def keep(client, visit, body, media="image/png", **query):
    query = {"source": "检查摄像头", "at": now_text(), "width": 4, "height": 3, **query}
    return client.ask("POST", f"/api/visits/{visit}/stills?{urllib.parse.urlencode(query)}", body, {"Content-Type": media})


def grab(client, visit, room, track):
    return client.post(f"/api/visits/{visit}/stills", {"track": track, "room": room})


def document(client, made):
    got = client.get(f"/fhir/DocumentReference/{made['id']}")
    assert got.status == 200, got.body
    return got.json


def said(resource, what):
    block = next(e for e in resource["extension"] if e["url"].endswith("/fhir/still"))
    return next((list(v for k, v in e.items() if k != "url")[0] for e in block["extension"] if e["url"] == what), None)


def file_of(client, doc):
    attachment = doc["content"][0]["attachment"]
    got = client.get(f"/fhir/{attachment['url']}")
    assert got.status == 200 and got.headers["Content-Type"] == attachment["contentType"]
    sha = attachment["extension"][0]["valueString"]
    assert hashlib.sha256(got.body).hexdigest() == sha and len(got.body) == attachment["size"]
    return got.body


def again(client):
    """Another connection of the same session."""
    twin = client.site.client()
    twin.cookie, twin.csrf = client.cookie, client.csrf
    return twin

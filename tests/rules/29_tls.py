"""Rule 29: TLS 1.2 or newer only. (GB/T 38636 names the optional national suites at the edge; those are the proxy's.)"""
import http.client
import re
import socket
import ssl
import subprocess

from house import main, site


def shake(port, *options):
    """openssl's verdict: the protocol and cipher agreed on, or None."""
    got = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *options], input="", capture_output=True, text=True, timeout=20)
    found = re.search(r"^\s*(?:New, )?(TLSv[\d.]+), Cipher is (\S+)", got.stdout, re.M)
    return found.groups() if found and found.group(2) != "(NONE)" else None


def rule_only_tls_1_2_and_newer_are_spoken():
    with site() as s:
        assert shake(s.port, "-tls1_2"), "TLS 1.2"
        assert shake(s.port, "-tls1_3"), "TLS 1.3"
        for old in ("-tls1", "-tls1_1"):
            assert shake(s.port, old, "-cipher", "ALL:@SECLEVEL=0") is None, old


def rule_weak_ciphers_are_refused():
    with site() as s:
        for weak in ("NULL", "eNULL", "RC4", "3DES", "AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "ADH"):
            assert shake(s.port, "-tls1_2", "-cipher", f"{weak}:@SECLEVEL=0") is None, weak
        protocol, cipher = shake(s.port, "-tls1_2")
        assert "GCM" in cipher or "CHACHA20" in cipher, cipher
        assert cipher.startswith("ECDHE"), cipher


def rule_plain_http_is_not_answered_on_the_tls_port():
    with site() as s:
        with socket.create_connection(("127.0.0.1", s.port), timeout=10) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            got = b""
            try:
                while piece := plain.recv(4096):
                    got += piece
            except ConnectionResetError:
                pass  # as good a refusal
        assert b"HTTP/1.1 200" not in got, got[:200]


def rule_plain_http_is_offered_on_loopback_only():
    with site() as s:
        s.stop()
        got = subprocess.run([*s.process.args, "--http", "0.0.0.0:18080"], capture_output=True, text=True, timeout=20)
        assert got.returncode == 2 and "0.0.0.0:18080" in got.stderr, (got.returncode, got.stderr)


def rule_the_sites_certificate_is_its_own_and_names_it():
    with site() as s:
        client = s.client()
        authority = client.get("/ca.crt").body.decode()
        trusting = ssl.create_default_context(cadata=authority)
        for name in ("localhost", "127.0.0.1"):
            connection = http.client.HTTPSConnection(name, s.port, context=trusting, timeout=10)
            connection.sock = trusting.wrap_socket(socket.create_connection(("127.0.0.1", s.port)), server_hostname=name)
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
            assert connection.sock.version() in ("TLSv1.2", "TLSv1.3")
        try:
            trusting.wrap_socket(socket.create_connection(("127.0.0.1", s.port)), server_hostname="elsewhere.example")
            raise AssertionError("a name that is not the site's was accepted")
        except ssl.SSLCertVerificationError:
            pass
        assert client.get("/").headers["Strict-Transport-Security"]


main()

/* Datagrams of a stranger, framed as | bytes (16) | datagram |, to a server and to a client that has said
 * hello: neither is ever up, whatever comes, and the count of handshakes comes back to nothing. */
#include "media/dtls.h"
#include "tests/fuzz/fuzz.h"

static void drop(void *owner, const uint8_t *datagram, size_t bytes)
{
    (void)owner, (void)datagram;
    ASSERT(bytes > 0 && bytes <= DTLS_DATAGRAM_BYTES_MAX);
}

static void take(struct dtls_session *s, const uint8_t *at, size_t bytes)
{
    enum err err = dtls_session_take(s, at, bytes, (struct tick){0});
    enum dtls_state state = dtls_session_state(s);
    ASSERT(err == OK || state == DTLS_FAILED || state == DTLS_CLOSED);
    ASSERT(state != DTLS_UP);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const uint8_t fingerprint[DTLS_FINGERPRINT_BYTES] = {1};
    const struct tick now = {0};
    struct dtls *d = NULL;
    struct dtls_session *server = NULL, *client = NULL;
    if (dtls_new(2, &d) != OK) return 0;
    if (dtls_session_new(d, DTLS_SERVER, DTLS_ALL_PROFILES, fingerprint, drop, NULL, now, &server) != OK ||
        dtls_session_new(d, DTLS_CLIENT, DTLS_GCM_ALONE, fingerprint, drop, NULL, now, &client) != OK)
        goto out;
    ASSERT(dtls_session_start(client, now) == OK);
    for (size_t p = 0; p + 2 < n;) {
        size_t length = (size_t)(bytes[p] << 8 | bytes[p + 1]), left = n - p - 2;
        if (length > left) length = left;
        take(server, bytes + p + 2, length);
        take(client, bytes + p + 2, length);
        p += 2 + length;
    }
out:
    dtls_session_free(server);
    dtls_session_free(client);
    ASSERT(dtls_handshakes(d) == 0);
    dtls_free(d);
    return 0;
}

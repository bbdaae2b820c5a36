/* Datagrams to two ICE sessions. The first byte of the input: 1 the rest is a check as it stands; 0 the rest
 * is steps of three bytes on checks that verify: from which path, how, how much later. However they come, the
 * selected path is one that a check has validated, and no session has more than eight. */
#include "base/mem.h"
#include "media/ice.h"
#include "media/stun.h"
#include "tests/fuzz/fuzz.h"

static struct ice *ice;
static struct ice_session *sessions[2];
static int64_t now_ms;

static void holds(void)
{
    for (int i = 0; i < 2; i++) {
        struct ice_path path;
        if (ice_session_path(sessions[i], &path)) ASSERT(ice_find(ice, &path) == sessions[i]);
    }
}

static void check(uint8_t who, uint8_t port, uint8_t how)
{
    static const uint8_t id[STUN_TRANSACTION_BYTES] = "transaction";
    uint8_t at[256], answer[ICE_ANSWER_BYTES_MAX];
    char name[64];
    struct stun_out o;
    struct stun back;
    struct ice_result r = {0};
    struct ice_session *s = sessions[who & 1];
    struct ice_path path = {(enum ice_way)(port % 3), port / 64u, {4, {192, 0, 2, 1}, port % 16u}};
    struct str ufrag = ice_session_ufrag(s);
    memcpy(name, ufrag.at, ufrag.bytes);
    memcpy(name + ufrag.bytes, ":x", 2);
    stun_start(&o, at, sizeof at, STUN_REQUEST, STUN_BINDING, id);
    stun_add(&o, STUN_AT_USERNAME, name, ufrag.bytes + 2);
    if (how & 1) stun_add(&o, STUN_AT_USE_CANDIDATE, NULL, 0);
    if (how & 2) stun_add_u32(&o, STUN_AT_PRIORITY, how);
    if (how & 4) stun_add_u32(&o, STUN_AT_NOMINATION, how / 16);
    stun_add_integrity(&o, ice_session_password(s));
    stun_add_fingerprint(&o);
    if (ice_stun(ice, &path, at, stun_end(&o), (struct tick){now_ms}, answer, &r) != OK) return;
    ASSERT(r.session == s && r.answer_bytes > 0 && stun_parse(answer, r.answer_bytes, &back) == OK);
    ASSERT(ice_find(ice, &path) == s);
    if (how & 8) (void)ice_path_gone(ice, &path);
}

static void steps(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i + 2 < n && i < 240; i += 3) {
        now_ms += bytes[i] * 20;
        struct ice_session *who = sessions[bytes[i + 1] & 1];
        if (bytes[i] % 16 != 9)
            check(bytes[i + 1] & 1, bytes[i + 1], bytes[i + 2]);
        else if (ice_session_restart(who) == OK)
            ASSERT(ice_session_ufrag(who).bytes >= 4);
        for (int k = 0; k < 2; k++)
            (void)ice_session_turn(sessions[k], (struct tick){now_ms});
        holds();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    uint8_t answer[ICE_ANSWER_BYTES_MAX];
    struct ice_path path = {ICE_UDP, 0, {4, {192, 0, 2, 1}, 1}};
    struct ice_result r = {0};
    if (n < 1) return 0;
    now_ms = 0;
    sessions[0] = sessions[1] = NULL;
    ice = ice_new(4);
    if (!ice) return 0;
    if (ice_session_new(ice, NULL, (struct tick){0}, &sessions[0]) != OK ||
        ice_session_new(ice, NULL, (struct tick){0}, &sessions[1]) != OK)
        goto out;
    if (bytes[0] & 1) {
        enum err err = ice_stun(ice, &path, bytes + 1, n - 1, (struct tick){0}, answer, &r);
        ASSERT(err != OK || (r.session == NULL && r.answer_bytes > 0)); /* nobody guesses a password */
        ASSERT(!ice_find(ice, &path));
    } else {
        steps(bytes + 1, n - 1);
    }
out:
    ice_session_free(sessions[0]);
    ice_session_free(sessions[1]);
    ice_free(ice);
    return 0;
}

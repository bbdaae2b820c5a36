/* What a face device says of who stands there: signed by its key, for this terminal, within a minute, once. */
#include "../check.h"
#include "auth/assertion.h"
#include "home.h"
#include <stdio.h>

enum { NOW_S = 1800000000 };
#define NONCE "0123456789abcdef"

struct device {
    uint8_t secret[SIGN_SECRET_BYTES_MAX];
    size_t secret_bytes;
    char public[SIGN_PUBLIC_TEXT], id[TERMINAL_DEVICE_ID_TEXT];
};

static void device_new(struct device *d)
{
    CHECK_OK(sign_key_new(SIGN_ECDSA, d->secret, &d->secret_bytes, d->public));
    CHECK(terminal_device_id(str_of(d->public), d->id));
}

/* An INTEGER of DER as 32 bytes; what follows it. */
static const uint8_t *raw_integer(const uint8_t *at, uint8_t to[32])
{
    size_t n = at[1], skip = n > 32 ? n - 32 : 0;
    CHECK_INT(at[0], 2);
    memset(to, 0, 32);
    memcpy(to + 32 - (n - skip), at + 2 + skip, n - skip);
    return at + 2 + n;
}

static const char *sign(struct arena *arena, const struct device *d, const char *header, const char *payload)
{
    uint8_t der[SIGN_VALUE_BYTES_MAX], raw[64];
    size_t n;
    char *parts[2];
    const char *of[2] = {header, payload};
    for (int i = 0; i < 2; i++) {
        parts[i] = arena_zalloc(arena, STR_BASE64_BYTES(strlen(of[i])) + 4);
        CHECK(parts[i] != NULL);
        parts[i][str_base64url(of[i], strlen(of[i]), parts[i])] = '\0';
    }
    const char *message = arena_printf(arena, "%s.%s", parts[0], parts[1]);
    CHECK_OK(sign_make(SIGN_ECDSA, (struct str){(const char *)d->secret, d->secret_bytes}, str_of(message),
                       der, &n));
    raw_integer(raw_integer(der + 2, raw), raw + 32);
    char *value = arena_zalloc(arena, STR_BASE64_BYTES(sizeof raw) + 4);
    value[str_base64url(raw, sizeof raw, value)] = '\0';
    return arena_printf(arena, "%s.%s", message, value);
}

struct desk {
    struct arena *arena;
    struct device device;
    struct terminal terminal;
};

static void desk_open(struct desk *d)
{
    *d = (struct desk){.arena = arena_new(1 << 22)};
    CHECK(d->arena != NULL);
    device_new(&d->device);
    d->terminal = (struct terminal){STR("11111111-2222"), STR("T1"), str_of(d->device.public), SIGN_ECDSA};
}

static const char *header_of(struct desk *d)
{
    return arena_printf(d->arena, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", d->device.id);
}

static const char *payload_of(struct desk *d, const char *aud, const char *nonce, int iat, int exp)
{
    return arena_printf(
        d->arena,
        "{\"aud\":\"%s\",\"sub\":\"3120417\",\"nonce\":\"%s\",\"iat\":%d,\"exp\":%d,\"score\":0.99}", aud,
        nonce, NOW_S + iat, NOW_S + exp);
}

static enum assertion_no read_one(struct desk *d, const char *text, struct assertion *ret)
{
    enum assertion_no no = ASSERTION_NOS;
    CHECK(text != NULL);
    CHECK_OK(assertion_read(d->arena, str_of(text), &d->terminal, (struct instant){NOW_S * INT64_C(1000)},
                            ret, &no));
    return no;
}

static enum assertion_no verdict(struct desk *d, const char *header, const char *payload)
{
    struct assertion a;
    return read_one(d, sign(d->arena, &d->device, header, payload), &a);
}

TEST(what_the_terminals_own_device_signed_within_the_minute_holds)
{
    struct desk d;
    struct assertion a;
    desk_open(&d);
    for (int i = 0; i < 40; i++) { /* with short and long halves */
        const char *text =
            sign(d.arena, &d.device, header_of(&d), payload_of(&d, "11111111-2222", NONCE, -5, 55));
        CHECK_INT(read_one(&d, text, &a), ASSERTION_YES);
    }
    CHECK_STR(a.number, "3120417");
    CHECK_STR(a.nonce, NONCE);
    CHECK_INT(a.ends.ms, (NOW_S + 55) * INT64_C(1000));
    arena_free(d.arena);
}

TEST(another_terminal_and_another_time_are_refused)
{
    struct desk d;
    desk_open(&d);
    const char *h = header_of(&d);
    CHECK_INT(verdict(&d, h, payload_of(&d, "11111111-3333", NONCE, -5, 55)), ASSERTION_NO_AUDIENCE);
    CHECK_INT(verdict(&d, h, payload_of(&d, "11111111-2222", NONCE, -60, 0)), ASSERTION_NO_TIME);
    CHECK_INT(verdict(&d, h, payload_of(&d, "11111111-2222", NONCE, -60, -1)), ASSERTION_NO_TIME);
    CHECK_INT(verdict(&d, h, payload_of(&d, "11111111-2222", NONCE, -5, 56)),
              ASSERTION_NO_TIME); /* too long */
    CHECK_INT(verdict(&d, h, payload_of(&d, "11111111-2222", NONCE, 31, 60)),
              ASSERTION_NO_TIME);                                                             /* to come */
    CHECK_INT(verdict(&d, h, payload_of(&d, "11111111-2222", NONCE, 30, 60)), ASSERTION_YES); /* its clock */
    CHECK_INT(verdict(&d, h, payload_of(&d, "11111111-2222", NONCE, 5, 5)), ASSERTION_NO_TIME);
    arena_free(d.arena);
}

TEST(another_key_and_changed_words_are_refused)
{
    struct desk d;
    struct device other;
    struct assertion a;
    desk_open(&d);
    device_new(&other);
    const char *p = payload_of(&d, "11111111-2222", NONCE, -5, 55), *h = header_of(&d);
    const char *foreign = arena_printf(d.arena, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", other.id);
    CHECK_INT(read_one(&d, sign(d.arena, &other, foreign, p), &a), ASSERTION_NO_KEY);
    CHECK_INT(read_one(&d, sign(d.arena, &other, h, p), &a), ASSERTION_NO_SIGNATURE);
    const char *text = sign(d.arena, &d.device, h, p);
    const char *changed = sign(d.arena, &d.device, h, payload_of(&d, "11111111-2222", NONCE "0", -5, 55));
    const char *mixed =
        arena_printf(d.arena, "%.*s%s", (int)(strrchr(changed, '.') - changed), changed, strrchr(text, '.'));
    CHECK_INT(read_one(&d, mixed, &a), ASSERTION_NO_SIGNATURE);
    d.terminal.device = (struct str){"", 0};
    CHECK_INT(read_one(&d, sign(d.arena, &d.device, h, p), &a), ASSERTION_NO_KEY); /* it was taken away */
    arena_free(d.arena);
}

TEST(what_is_no_compact_jws_by_es256_is_refused_unread)
{
    static const char *const headers[] = {"{\"alg\":\"none\",\"kid\":\"%s\"}",
                                          "{\"alg\":\"HS256\",\"kid\":\"%s\"}",
                                          "{\"alg\":\"ES256\",\"kid\":\"%s\",\"crit\":[\"exp\"]}",
                                          "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"JOSE\"}", "[\"%s\"]"};
    struct desk d;
    struct assertion a;
    desk_open(&d);
    const char *p = payload_of(&d, "11111111-2222", NONCE, -5, 55), *h = header_of(&d);
    const char *good = sign(d.arena, &d.device, h, p);
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        char text[256];
        const char *id = strchr(headers[i], '%');
        snprintf(text, sizeof text, "%.*s%s%s", (int)(id - headers[i]), headers[i], d.device.id, id + 2);
        CHECK_INT(verdict(&d, text, p), ASSERTION_NO_FORM);
    }
    CHECK_INT(verdict(&d, h, payload_of(&d, "11111111-2222", "short", -5, 55)), ASSERTION_NO_FORM);
    CHECK_INT(verdict(&d, h, "{\"aud\":\"11111111-2222\",\"sub\":\"3120417\",\"nonce\":\"" NONCE "\"}"),
              ASSERTION_NO_FORM);
    CHECK_INT(read_one(&d, arena_printf(d.arena, "%s.x", good), &a), ASSERTION_NO_FORM);
    CHECK_INT(read_one(&d, arena_printf(d.arena, "%.20s", good), &a), ASSERTION_NO_FORM);
    CHECK_INT(read_one(&d, "..", &a), ASSERTION_NO_FORM);
    CHECK_INT(read_one(&d, "", &a), ASSERTION_NO_FORM);
    const char *cut = arena_printf(d.arena, "%.*s", (int)strlen(good) - 2, good);
    CHECK_INT(read_one(&d, cut, &a), ASSERTION_NO_SIGNATURE);
    arena_free(d.arena);
}

/* -- waiting -- */

struct doing {
    struct terminal_made made;
    struct terminal terminal;
    struct assertion a;
    char account[ACCOUNT_ID_TEXT], taken[ACCOUNT_ID_TEXT];
};

static enum err make(struct tx *tx, void *with)
{
    struct doing *d = with;
    const char *why = NULL;
    struct account_start start = {STR("d1"), STR("某"), STR("3120417"), {ROLE_BIT(ROLE_DETAINEE)}, STR("x")};
    enum err err = terminal_new(tx, STR("T1"), (struct str){0}, TERMINAL_CODE_TTL_S, &d->made);
    d->terminal = (struct terminal){.id = str_of(d->made.id)};
    return err ? err : account_add(tx, &start, d->account, &why);
}

static enum err keep(struct tx *tx, void *with)
{
    struct doing *d = with;
    d->a.ends = (struct instant){tx->now.ms + 60000};
    return assertion_keep(tx, &d->terminal, str_of(d->account), &d->a);
}

static enum err take(struct tx *tx, void *with)
{
    struct doing *d = with;
    return assertion_take(tx, d->terminal.id, d->taken);
}

TEST(one_that_waits_is_taken_once_and_its_nonce_is_spent)
{
    struct home h;
    struct doing d = {.a = {STR("3120417"), STR(NONCE), {0}}};
    CHECK_OK(home_open(&h));
    CHECK_OK(home_write(&h, make, &d));
    CHECK_ERR(home_write(&h, take, &d), ERR_NOT_FOUND);
    CHECK_OK(home_write(&h, keep, &d));
    CHECK_ERR(home_write(&h, keep, &d), ERR_EXISTS);
    CHECK_OK(home_write(&h, take, &d));
    CHECK_STR(str_of(d.taken), d.account);
    CHECK_ERR(home_write(&h, take, &d), ERR_NOT_FOUND);
    CHECK_ERR(home_write(&h, keep, &d), ERR_EXISTS); /* taken, it is still spent */
    d.a.nonce = STR(NONCE "1");
    CHECK_OK(home_write(&h, keep, &d));
    clock_fake_advance(61000);
    CHECK_ERR(home_write(&h, take, &d), ERR_NOT_FOUND); /* too late */
    d.a.nonce = STR(NONCE "2");
    CHECK_OK(home_write(&h, keep, &d));
    CHECK_INT(home_int(&h, "SELECT count(*) FROM assertion"), 1); /* what is over goes */
    home_close(&h);
}

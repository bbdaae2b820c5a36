#include "auth/totp.h"
#include "base/mem.h"
#include "base/rnd.h"
#include <liboath/oath.h>
#include <pthread.h>
#include <qrencode.h>

enum { DIGITS = 6, DRIFT_STEPS = 1, QR_QUIET = 4 };

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start_oath(void)
{
    ASSERT(oath_init() == OATH_OK);
}

void totp_secret_new(uint8_t ret_secret[TOTP_SECRET_BYTES])
{
    rnd_bytes(ret_secret, TOTP_SECRET_BYTES);
}

/* RFC 4648 §6. */
void totp_secret_text(const uint8_t secret[TOTP_SECRET_BYTES], char ret_text[TOTP_SECRET_TEXT])
{
    static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint32_t bits = 0;
    int held = 0, at = 0;
    for (int i = 0; i < TOTP_SECRET_BYTES; i++) {
        bits = bits << 8 | secret[i];
        for (held += 8; held >= 5; held -= 5)
            ret_text[at++] = base32[bits >> (held - 5) & 31];
    }
    ret_text[at] = 0;
}

static void code_of_step(const char *secret, size_t secret_bytes, int64_t step, char ret_code[DIGITS + 1])
{
    pthread_once(&once, start_oath);
    ASSERT(oath_hotp_generate(secret, secret_bytes, (uint64_t)step, DIGITS, false,
                              OATH_HOTP_DYNAMIC_TRUNCATION, ret_code) == OATH_OK);
}

/* All the steps are computed whatever fits, so that the time taken tells nothing. */
bool totp_check(struct str secret, struct str code, struct instant now, int64_t last_step, int64_t *ret_step)
{
    bool fits = false;
    int64_t at = now.ms / TOTP_STEP_MS, found = 0;
    if (secret.bytes != TOTP_SECRET_BYTES || code.bytes != DIGITS || at <= DRIFT_STEPS) return false;
    for (int64_t step = at - DRIFT_STEPS; step <= at + DRIFT_STEPS; step++) {
        char right[DIGITS + 1];
        code_of_step(secret.at, secret.bytes, step, right);
        if (str_is_secret(code, (struct str){right, DIGITS}) && step > last_step && !fits) {
            fits = true;
            found = step;
        }
    }
    if (fits) *ret_step = found;
    return fits;
}

void totp_code(const uint8_t secret[TOTP_SECRET_BYTES], struct instant now, char ret_code[7])
{
    code_of_step((const char *)secret, TOTP_SECRET_BYTES, now.ms / TOTP_STEP_MS, ret_code);
}

/* RFC 3986 §2.3: everything but the unreserved. */
static void add_percent(struct buf *to, struct str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
            c == '.' || c == '_' || c == '~')
            buf_add_char(to, (char)c);
        else
            buf_printf(to, "%%%02X", c);
    }
}

void totp_uri(struct buf *to, struct str issuer, struct str name, const uint8_t secret[TOTP_SECRET_BYTES])
{
    char text[TOTP_SECRET_TEXT];
    totp_secret_text(secret, text);
    buf_add_text(to, "otpauth://totp/");
    add_percent(to, issuer);
    buf_add_char(to, ':');
    add_percent(to, name);
    buf_printf(to, "?secret=%s&issuer=", text);
    add_percent(to, issuer);
    buf_add_text(to, "&algorithm=SHA1&digits=6&period=30");
    mem_wipe(text, sizeof text);
}

/* One path of horizontal runs: a tenth of the bytes of a square a module. */
static void add_runs(struct buf *to, const QRcode *qr)
{
    for (int y = 0; y < qr->width; y++) {
        const unsigned char *row = qr->data + y * qr->width;
        for (int x = 0; x < qr->width;) {
            int from = x;
            while (x < qr->width && (row[x] & 1))
                x++;
            if (x > from)
                buf_printf(to, "M%d %dh%dv1h-%dz", from + QR_QUIET, y + QR_QUIET, x - from, x - from);
            while (x < qr->width && !(row[x] & 1))
                x++;
        }
    }
}

enum err totp_qr(struct buf *to, const char *uri)
{
    QRcode *qr = QRcode_encodeString(uri, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    if (!qr) return ERR_LIMIT;
    int side = qr->width + 2 * QR_QUIET;
    buf_printf(
        to,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
        "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><path fill=\"#000\" d=\"",
        side, side, side, side);
    add_runs(to, qr);
    buf_add_text(to, "\"/></svg>");
    QRcode_free(qr);
    return to->err;
}

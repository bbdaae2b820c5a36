/* totp: time-based one-time codes (RFC 6238: SHA-1, 6 digits, 30 s, one step of drift either way) by liboath, and the way
 * into an authenticator app: otpauth URI and its QR code as SVG text by libqrencode. Pure; any thread. */
#ifndef AUTH_TOTP_H
#define AUTH_TOTP_H
#include "base/buf.h"
#include "base/clock.h"

#define TOTP_SECRET_BYTES 20
#define TOTP_SECRET_TEXT 33 /* base32 of 20 bytes needs no padding */
#define TOTP_STEP_MS 30000

void totp_secret_new(uint8_t ret_secret[TOTP_SECRET_BYTES]);
void totp_secret_text(const uint8_t secret[TOTP_SECRET_BYTES], char ret_text[TOTP_SECRET_TEXT]);
/* Six digits that are right now or one step beside, of a step after last_step: a code is good once. ret_step is then the one to be
 * remembered. */
bool totp_check(struct str secret, struct str code, struct instant now, int64_t last_step, int64_t *ret_step);
void totp_code(const uint8_t secret[TOTP_SECRET_BYTES], struct instant now, char ret_code[7]);
/* otpauth://totp/ISSUER:NAME?secret=…; issuer is any UTF-8. */
void totp_uri(struct buf *to, struct str issuer, struct str name, const uint8_t secret[TOTP_SECRET_BYTES]);
enum err totp_qr(struct buf *to,
                 const char *uri) MUST_USE; /* <svg …>…</svg>; ERR_LIMIT: too long for a QR code */

#endif

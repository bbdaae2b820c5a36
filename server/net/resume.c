#include "net/resume.h"
#include "base/digest.h"

#define STATED_BYTES (RESUME_TAB_BYTES + 8)
#define MAC_BYTES 16
#define GRACE_MS (3600 * 1000)

static void state(struct resume_tab tab, struct instant written, uint8_t ret[STATED_BYTES])
{
    memcpy(ret, tab.at, RESUME_TAB_BYTES);
    for (int i = 0; i < 8; i++)
        ret[RESUME_TAB_BYTES + i] = (uint8_t)((uint64_t)written.ms >> (56 - 8 * i));
}

void resume_write(struct resume_tab tab, struct instant now, struct str secret,
                  char ret_text[RESUME_TEXT_BYTES])
{
    uint8_t bytes[STATED_BYTES + MAC_BYTES];
    state(tab, now, bytes);
    struct digest_value mac = digest_hmac(secret.at, secret.bytes, bytes, STATED_BYTES);
    memcpy(bytes + STATED_BYTES, mac.at, MAC_BYTES);
    str_base64url(bytes, sizeof bytes, ret_text);
}

bool resume_read(struct str text, struct instant now, struct str secret, struct resume_tab *ret_tab,
                 struct instant *ret_written)
{
    uint8_t bytes[STATED_BYTES + MAC_BYTES];
    size_t n = 0;
    if (secret.bytes == 0 || !str_from_base64url(text, bytes, sizeof bytes, &n) || n != sizeof bytes)
        return false;
    struct digest_value mac = digest_hmac(secret.at, secret.bytes, bytes, STATED_BYTES);
    if (!str_is_secret((struct str){(char *)mac.at, MAC_BYTES},
                       (struct str){(char *)bytes + STATED_BYTES, MAC_BYTES}))
        return false;
    uint64_t written = 0;
    for (int i = 0; i < 8; i++)
        written = written << 8 | bytes[RESUME_TAB_BYTES + i];
    if (written > (uint64_t)now.ms + GRACE_MS) return false;
    memcpy(ret_tab->at, bytes, RESUME_TAB_BYTES);
    ret_written->ms = (int64_t)written;
    return true;
}

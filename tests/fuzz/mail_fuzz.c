/* What goes between yunqiaod and its courier, and what settings name: any bytes are a parcel that is written as it was read, a receipt, a
 * place, an address, or nothing. The first byte says which. */
#include "mail/letter.h"
#include "mail/place.h"
#include "mail/receipt.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

static void parcel(struct str text)
{
    struct json *root, *again_root;
    struct parcel p, again;
    struct buf b;
    if (parcel_read(text, &root, &p) != OK) return;
    ASSERT(p.way < PARCEL_WAYS && parcel_token_is(p.token));
    buf_init(&b, PARCEL_BYTES_MAX);
    if (parcel_write(&p, &b) == OK && parcel_read(buf_str(&b), &again_root, &again) == OK) {
        ASSERT(again.way == p.way && again.made == p.made && str_is(again.body, p.body) &&
               str_is(again.to, p.to));
        json_free(again_root);
    }
    buf_done(&b);
    json_free(root);
}

static void receipt(struct str text)
{
    struct receipt r = receipt_of(text);
    ASSERT(r.end < RECEIPT_ENDS && strlen(r.why) < sizeof r.why);
    ASSERT(r.end == RECEIPT_NONE ? !r.token[0] : parcel_token_is(str_of(r.token)));
}

static void place(struct str text)
{
    struct place p = {0};
    if (place_of(text, &p)) ASSERT(p.port && p.host[0] && strlen(p.host) < sizeof p.host);
    if (letter_address_is(text))
        ASSERT(!memchr(text.at, '\r', text.bytes) && memchr(text.at, '@', text.bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static void (*const all[])(struct str) = {parcel, receipt, place};
    if (n) all[bytes[0] % 3](fuzz_str(bytes + 1, n - 1));
    return 0;
}

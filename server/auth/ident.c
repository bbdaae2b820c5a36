#include "auth/ident.h"
#include "base/rnd.h"

void ident_new(char ret_text[IDENT_TEXT])
{
    uint8_t raw[16];
    char hex[33];
    rnd_bytes(raw, sizeof raw);
    raw[6] = (uint8_t)((raw[6] & 0x0f) | 0x40);
    raw[8] = (uint8_t)((raw[8] & 0x3f) | 0x80);
    str_hex(raw, sizeof raw, hex);
    const char *from = hex;
    for (int at = 0; at < IDENT_TEXT - 1; at++)
        ret_text[at] = at == 8 || at == 13 || at == 18 || at == 23 ? '-' : *from++;
    ret_text[IDENT_TEXT - 1] = 0;
}

#include "base/form.h"

struct str form_decode(struct arena *arena, struct str text)
{
    char *to = arena_alloc(arena, text.bytes + 1);
    size_t n = 0;
    if (!to) return (struct str){0};
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.at[i] == '+' ? ' ' : text.at[i];
        uint8_t escaped;
        if (c == '%' && i + 2 < text.bytes && str_from_hex((struct str){text.at + i + 1, 2}, &escaped, 1)) {
            c = (char)escaped;
            i += 2;
        }
        to[n++] = c;
    }
    to[n] = 0;
    return (struct str){to, n};
}

/* hex: packets of the vectors, written as the RFCs print them. */
#ifndef TESTS_UNIT_PACKET_HEX_H
#define TESTS_UNIT_PACKET_HEX_H
#include "../check.h"

/* Blanks are passed over; returns how many bytes there are. */
static inline size_t hex(const char *text, uint8_t *ret_bytes, size_t room)
{
    char digits[2];
    size_t n = 0;
    for (int have = 0; *text; text++) {
        if (*text == ' ') continue;
        digits[have++] = *text;
        if (have < 2) continue;
        ASSERT(n < room && str_from_hex((struct str){digits, 2}, ret_bytes + n, 1));
        n++;
        have = 0;
    }
    return n;
}

#define CHECK_BYTES(at, bytes, text)                                                                         \
    do {                                                                                                     \
        uint8_t check_want[4096];                                                                            \
        size_t check_n = hex(text, check_want, sizeof check_want);                                           \
        CHECK_INT(bytes, check_n);                                                                           \
        for (size_t check_i = 0; check_i < check_n; check_i++)                                               \
            if (((const uint8_t *)(at))[check_i] != check_want[check_i])                                     \
                check_fail(__FILE__, __LINE__, "%s differs at byte %zu: %02x, not %02x", #at, check_i,       \
                           ((const uint8_t *)(at))[check_i], check_want[check_i]);                           \
    } while (0)

#endif

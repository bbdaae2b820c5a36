/* charset: what a registry sends, as UTF-8. Registries of detention centres speak UTF-8 or GB 18030 (which holds GBK and GB 2312); the
 * bytes come from outside, so each is checked. Pure; any thread. The conversion is the C library's (iconv). */
#ifndef REGISTRY_CHARSET_H
#define REGISTRY_CHARSET_H
#include "base/arena.h"
#include "base/str.h"

enum charset {
    CHARSET_AUTO, /* UTF-8 where the bytes are well-formed UTF-8, else GB 18030 */
    CHARSET_UTF8,
    CHARSET_GB18030,
};

/* The names that HL7 (table 0211), registries and people use: "UNICODE UTF-8", "UTF-8", "GB 18030-2000", "GB18030", "GBK", …; blanks,
 * hyphens and case do not count. An empty name is CHARSET_AUTO. False: none of ours. */
bool charset_from_name(struct str name, enum charset *ret);

/* A byte order mark at the start is left out. *ret points into `bytes` where nothing had to be converted, else into the arena.
 * ERR_BAD_INPUT: not of that charset, or a NUL in it; *ret_bad (may be NULL) is where, counted in bytes from 0. */
enum err charset_to_utf8(struct arena *arena, enum charset from, struct str bytes, struct str *ret,
                         size_t *ret_bad) MUST_USE;

/* For what is sent there: ERR_BAD_INPUT where the charset has no such character (GB 18030 has all). In the arena. */
enum err charset_from_utf8(struct arena *arena, enum charset to, struct str text, struct str *ret) MUST_USE;

#endif

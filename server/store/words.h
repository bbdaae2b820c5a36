/* words: the store's small text files are one line each, "title 1 name=value name=value …", in a fixed order. Reads
 * one strictly: anything else than what is asked for is an error, told once, at the end. Embedded; any thread. */
#ifndef STORE_WORDS_H
#define STORE_WORDS_H
#include "base/clock.h"
#include "base/str.h"

struct words {
    struct str rest;
    bool is_bad;
};

struct words words_of(struct str text, const char *title);
void words_hex(struct words *w, const char *name, void *ret_bytes, size_t bytes);
void words_int(struct words *w, const char *name, int64_t *ret_n);
void words_instant(struct words *w, const char *name, struct instant *ret_at);
/* At most room - 1 bytes, with a NUL. */
void words_text(struct words *w, const char *name, char *ret_text, size_t room);
/* All that follows, blanks too: the last word only. */
void words_rest(struct words *w, const char *name, char *ret_text, size_t room);
bool words_end(struct words *w); /* false: something was not as asked, or more follows */

#endif

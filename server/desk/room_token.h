/* room_token: the texts that let somebody into a room. Each says all it is about itself under a MAC whose key is the site's own
 * (room_book keeps it), so that one outlives a restart; of a source's it is kept that it is good (room_pass). Pure; any thread.
 *
 *   yqj_  JOIN    one person's way into one room, for a minute
 *   yqc_  BACK    a participant's way back after a loss: the same participant, the epoch-th time
 *   yqr_  SOURCE  a WHIP source's or a WHEP viewer's: a pattern of rooms, what for, until when
 *
 *   base64url of  | version 1 | kind 1 | rights 1 | ends_ms 8 | participant 4 | epoch 4 |
 *                 | room | source | account | session |   each: length 1, bytes
 *                 | HMAC-SHA-256 over all before, first 20 |                       integers big-endian */
#ifndef DESK_ROOM_TOKEN_H
#define DESK_ROOM_TOKEN_H
#include "auth/ident.h"
#include "base/clock.h"
#include "base/err.h"
#include <stdbool.h>

#define ROOM_ID_MAX 40
#define ROOM_KEY_BYTES 32
#define ROOM_TOKEN_BYTES_MAX (19 + 2 * (1 + ROOM_ID_MAX) + 2 * IDENT_TEXT + 20)
#define ROOM_TOKEN_TEXT (4 + STR_BASE64_BYTES(ROOM_TOKEN_BYTES_MAX))

enum room_token_kind { ROOM_TOKEN_JOIN = 1, ROOM_TOKEN_BACK, ROOM_TOKEN_SOURCE, ROOM_TOKEN_KINDS };

struct room_token {
    enum room_token_kind kind;
    bool may_publish, may_subscribe; /* SOURCE */
    struct instant ends;
    uint32_t participant, epoch;  /* BACK */
    char room[ROOM_ID_MAX + 1];   /* SOURCE: a pattern */
    char source[ROOM_ID_MAX + 1]; /* SOURCE: the only one; empty: any */
    char account[IDENT_TEXT],
        session[IDENT_TEXT]; /* JOIN, BACK; of SOURCE session is its own id (room_pass) */
};

/* [a-z0-9-]{1,40} */
bool room_id_is(struct str id);
/* An id, or one that ends in a * that stands for any rest: "bench-*". */
bool room_pattern_is(struct str pattern);
bool room_pattern_fits(struct str pattern, struct str room);

void room_token_write(const struct room_token *t, const uint8_t key[ROOM_KEY_BYTES],
                      char ret_text[ROOM_TOKEN_TEXT]);
/* False: malformed, of another kind or key, or over. */
bool room_token_read(struct str text, enum room_token_kind kind, const uint8_t key[ROOM_KEY_BYTES],
                     struct instant now, struct room_token *ret);

#endif

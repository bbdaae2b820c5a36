/* audit: the append-only, hash-chained trace of everything done (rules 24-26).
 *
 * Rows are made by whoever decides (the api, the desk), in the job's own memory, and appended by the desk
 * thread inside the job's transaction; no answer leaves before its rows are durable. Each row's hash covers
 * the row and the hash of the row before it. After each group commit, and before its answers go, the head
 * (epoch, sequence, hash) is written, signed, to DIR/audit.anchor, outside the database. Triggers forbid
 * UPDATE and DELETE. */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H
#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/str.h"

enum audit_outcome { AUDIT_OK, AUDIT_REFUSED, AUDIT_FAILED };

/* A row to be written. Strings must live until the job is done (its arena). Empty strings where there is
 * nothing. */
struct audit_row {
    struct audit_row *next;
    struct str actor;  /* account id, or empty: nobody is known yet */
    struct str role;   /* the role acted in */
    struct str from;   /* address of the asker; "control" for the control socket, "server" for ourselves */
    struct str action; /* dotted code: "login", "account.create", "token.revoke", "audit.read" … */
    struct str target; /* type/id of what was acted on */
    struct str detail; /* a JSON object of codes and ids, never free clinical text; or empty */
    enum audit_outcome outcome;
    /* Whose record it was about: numbers that only the layers above understand (rows of patients), each once. They are for finding
     * (audit_chain.h) and no part of the hash: target and the versions in detail say the same. NULL: nobody's. */
    const int64_t *subjects;
    uint32_t subject_count;
};

struct audit_head {
    int64_t epoch, seq; /* seq 0: nothing yet */
    struct digest_value hash;
    struct instant at;
};

enum audit_damage { AUDIT_WHOLE, AUDIT_EDITED, AUDIT_MISSING, AUDIT_ORDER, AUDIT_TRUNCATED, AUDIT_ANCHOR };
struct audit_report {
    enum audit_damage damage;
    int64_t rows, seq; /* rows read; seq: where the damage shows first */
    struct audit_head head, anchor;
};
const char *audit_damage_text(enum audit_damage d); /* "edited", "missing", "order", "truncated", "anchor" */

struct db;
/* Reads the whole chain from a connection (any thread's own) and compares it with the anchor. progress may be
 * NULL. */
enum err audit_verify(struct db *db, const char *anchor_path, struct audit_report *ret,
                      void (*progress)(void *ctx, int64_t done, int64_t of), void *ctx) MUST_USE;

#endif

/* store: the folder DIR with the sealed database, opened by one process at a time (DIR/lock), its desk thread
 * (every write, in group commits) and its readers (one read-only connection a core).
 *
 * Jobs: a struct job is embedded in whatever the asker owns. `run` is called on the desk or a reader thread
 * with an open transaction; when it returns an error its savepoint is rolled back; the rows in `audit` are
 * appended all the same. `done` is called on the desk thread after the commit and the anchor are durable (or
 * with the error that prevented it) and must only hand the answer back: post to a box, wake a loop. A job
 * belongs to the store from post to done.
 *
 * Decide, persist, apply: run must change nothing in memory that a failed commit would have to undo; put that
 * in `done`. */
#ifndef STORE_STORE_H
#define STORE_STORE_H
#include "base/box.h"
#include "base/clock.h"
#include "base/err.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/migrate.h"

struct store;

struct tx {
    struct db *db;
    struct instant now; /* one instant for the whole job */
    bool may_write;
    bool misses_traces; /* see job.is_apart */
};

struct job {
    struct box_item item; /* first */
    enum err (*run)(struct job *job, struct tx *tx);
    void (*done)(struct job *job, enum err err);
    struct audit_row *audit; /* list; set before or during run; NULL: no trace needed */
    bool
        is_apart; /* run reads nothing of the trail: a reader may show it a state without the traces that other
                              * reads have left in the last moments (what was written it always sees) */
    enum err err; /* the store's */
    uint8_t way;  /* the store's */
};

struct store_settings {
    const char *dir;      /* made (0700) when absent and `create` */
    const char *key_path; /* made (0600) when absent and `create`; never inside dir */
    bool create;
    const struct migration *migrations;
    int readers;               /* threads; 0: none (the operator's command: store_run does all) */
    int queue_max;             /* jobs waiting at the desk, and at the readers; more: ERR_BUSY */
    bool threads;              /* false: no desk thread either; store_run runs jobs on the caller's thread */
    const char *backup_target; /* folder for bases, WAL segments and anchors; NULL: none */
    int64_t scrub_interval_ms; /* between scheduled scrubs; 0: none */
    int64_t log_bytes;         /* the log's length at which it is put into the main file; 0: 32 MiB */
};

/* ERR_BUSY: another process has it open; ERR_KEY: the key is absent or does not open it; ERR_NEWER: newer
 * schema; ERR_CORRUPT: damaged, or the anchor is ahead of the chain (an older copy was put back);
 * ERR_NOT_FOUND: no store there and not `create`. ret_why gets an English sentence an operator can act on. */
enum err store_open(const struct store_settings *settings, struct store **ret_store,
                    char ret_why[256]) MUST_USE;
/* Finishes what was posted (at most wait_ms), checkpoints, closes. */
void store_close(struct store *s, int wait_ms);

enum err store_write(struct store *s,
                     struct job *job) MUST_USE; /* to the desk; ERR_BUSY, ERR_CLOSED: done is not called */
enum err store_read(struct store *s,
                    struct job *job) MUST_USE; /* to a reader; with audit rows it passes the desk too */
/* Runs a writing job and waits; for start-up, the control thread and the command. Not on the desk or a
 * reader. */
enum err store_run(struct store *s, struct job *job) MUST_USE;
enum err store_run_read(struct store *s, struct job *job) MUST_USE;

/* Called on the desk at the end of each batch, inside its transaction and outside of any job's savepoint: for work that is done once for
 * many jobs. An error refuses the whole batch. Set once, before the first job that needs it; any thread. */
typedef enum err store_hook(struct tx *tx);
void store_before_commit(struct store *s, store_hook *hook);

/* Operations; any thread but desk and readers; they wait until done. progress may be NULL. */
typedef void store_progress(void *ctx, int64_t done, int64_t of);
enum err store_backup(struct store *s, const char *target, store_progress *progress, void *ctx,
                      char ret_why[256]) MUST_USE;
enum err store_rotate_key(struct store *s, store_progress *progress, void *ctx, char ret_why[256]) MUST_USE;
enum err store_scrub(struct store *s, store_progress *progress, void *ctx, int64_t *ret_bad_pages) MUST_USE;
enum err store_verify_audit(struct store *s, struct audit_report *ret, store_progress *progress,
                            void *ctx) MUST_USE;
/* Without an open store: dir must be absent or empty. Verifies the chain, then writes a signed anchor of a
 * new epoch. */
enum err store_restore(const char *from, const char *dir, const char *key_path, struct audit_report *ret,
                       store_progress *progress, void *ctx, char ret_why[256]) MUST_USE;
/* Asks for a scrub or a backup base without waiting (errand thread of the store's own). */
enum err store_ask_scrub(struct store *s) MUST_USE;
enum err store_ask_backup(struct store *s) MUST_USE; /* ERR_NOT_FOUND: no target */

struct store_state {
    int schema;
    int64_t bytes, wal_bytes, free_bytes;
    int readers, queue;
    int64_t commits, jobs, refused_busy, last_commit_us;
    struct audit_head head, anchor;
    enum { SCRUB_IDLE, SCRUB_RUNNING, SCRUB_FAILED } scrub;
    struct instant scrub_last;
    int64_t scrub_pages, scrub_bad;
    enum { BACKUP_OFF, BACKUP_OK, BACKUP_LATE, BACKUP_FAILED } backup;
    struct instant backup_segment, backup_anchor;
    int64_t backup_behind_ms;
    enum err backup_err;
    bool disk_full; /* the last commit failed for want of space */
    char key_name[16];
};
/* Wipes what was opened and is not asked for any more (rule 31). Any thread, now and then; cheap. */
void store_forget_unused(struct store *s);
void store_state(struct store *s, struct store_state *ret); /* any thread, cheap */

struct store_base {
    char name[64];
    struct instant made;
    int64_t bytes, seq;
    char key_name[16];
};
/* Bases in the backup target, newest first; at most bases_max. */
enum err store_bases(struct store *s, struct store_base *ret, size_t bases_max, size_t *ret_n) MUST_USE;

/* 32 bytes for one labelled purpose, derived from the master key (HKDF); stable across key rotation is NOT
 * promised: keep long-lived secrets as rows. */
void store_derive(struct store *s, const char *label, uint8_t ret_key[32]);

#endif

/* inside: struct store as its own parts see it (desk, readers, shipper, chores). server/store only.
 *
 * Who touches what:
 *   the desk thread     desk, the writing connection, the chain, the anchor file, the checkpoint's pin
 *   a reader thread     its own connection, inside the gate
 *   the shipper thread  the backup target's log files and anchors
 *   the chore thread    one long piece of work at a time: base, scrub, verification, key rotation; and the
 *                       concurrent half of checkpoints
 * The gate is open (read-locked) around every use of a connection off the desk; key rotation closes it to put
 * another file in place. Without threads everything happens on the caller's thread. */
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H
#include "store/anchor.h"
#include "store/db_open.h"
#include "store/folder.h"
#include "store/keyfile.h"
#include "store/store.h"
#include <pthread.h>
#include <stdatomic.h>

struct desk;
struct readers;
struct ship;
struct chore;

enum job_way {
    JOB_WRITE, /* run in the desk's transaction */
    JOB_READ,  /* run on a reader */
    JOB_TRACE, /* was read; its audit rows are to be appended */
    JOB_CALL   /* of the store's own: run on the desk with no transaction open, tx NULL; no done */
};

/* What store_state tells, as the threads last left it. */
struct store_tally {
    pthread_mutex_t lock;
    int64_t commits, jobs, last_commit_us, wal_bytes;
    struct audit_head head, anchor;
    bool is_disk_full;
    int scrub; /* store_state's */
    struct instant scrub_last;
    int64_t scrub_pages, scrub_bad;
    char key_name[VAULT_KEY_NAME_BYTES];
};

struct store {
    struct store_settings settings; /* its strings are the paths below */
    struct file_path key_path, target;
    struct folder folder;
    struct keyfile *keys; /* changed by rotation, on the chore thread, under tally.lock */
    struct vault *vault;
    struct anchor_signer signer;
    int schema;

    struct desk *desk;
    struct readers *readers;
    struct ship *ship;   /* NULL: never shipped anywhere */
    struct chore *chore; /* NULL without threads */
    struct db *reader;   /* without threads: opened at the first read */

    pthread_rwlock_t gate;
    struct store_tally tally;
    atomic_int holds; /* > 0: the main file must not change (a base is being copied) */
    atomic_bool is_stopping;
    _Atomic int64_t give_up_us; /* clock_tick_us after which waiting jobs are refused; 0: not yet */
    _Atomic int64_t reads, refused_busy;
    /* Counts what readers must see, or let go of: each commit with a write in it, each piece of work of the store's own at the desk,
     * and each log that is about to end. Raised before an answer goes. While it stands, a reader may keep its snapshot. */
    _Atomic int64_t renewals;
    _Atomic(store_hook *) before_commit;
};

/* Opens one more connection to the store's file. */
enum err store_connect(struct store *s, enum db_mode mode, struct db **ret_db) MUST_USE;
/* True once store_close's patience is at its end. */
bool store_gave_up(struct store *s);
/* Marks the calling thread as one that must not wait for jobs. */
void store_thread_is_ours(void);

#endif

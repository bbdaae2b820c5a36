/* kit: what the store's tests share: a small site with one table, jobs that write and read it, and tampering with the
 * sealed file by a connection of one's own. */
#ifndef TESTS_UNIT_STORE_KIT_H
#define TESTS_UNIT_STORE_KIT_H
#include "store/anchor.h"
#include "store/db_open.h"
#include "store/store.h"
#include "tests/unit/check.h"
#include <semaphore.h>

#define KIT_CANARY "canary-plumage-4711"

struct kit {
    char root[64], dir[96], key[96], target[96];
    struct store_settings settings;
    struct store *store;
    char why[256];
};

extern const struct migration kit_migrations[];

/* Names the paths in a fresh folder; without threads, with `create`, no target. */
void kit_init(struct kit *k);
void kit_another(struct kit *k, int n); /* another site in the same fresh folder */
enum err kit_open(struct kit *k) MUST_USE;
void kit_close(struct kit *k);

/* A job that puts (or reads) one note, and leaves one audit row. */
struct note_job {
    struct job job; /* first */
    struct audit_row row;
    const char *text; /* written; NULL: reads how many there are */
    enum err fail;    /* run writes, and then fails with this */
    int64_t count;
    char *order; /* done appends mark here */
    char mark;
    enum err err;
    sem_t *is_done; /* posted by done, when set */
};
void note_init(struct note_job *n, const char *text);
enum err kit_put(struct kit *k, const char *text) MUST_USE; /* writes one note, with its trace */
int64_t kit_count(struct kit *k);                           /* notes there are */

/* Opens the closed store's file past the store, with its key, and runs SQL on it. */
enum err kit_tamper(struct kit *k, const char *sql) MUST_USE;
/* Verifies the chain of the open store, or of a store that is shut, by a connection past it. */
struct audit_report kit_verify(struct kit *k);
struct audit_report kit_verify_shut(struct kit *k);

/* Holds the desk thread in a job until it is let go, so that what is posted meanwhile becomes one batch. */
struct gate_job {
    struct job job; /* first */
    sem_t entered, may_go, is_done;
};
void gate_close(struct kit *k, struct gate_job *g);
void gate_open(struct gate_job *g); /* and waits for its end */

bool kit_copy_file(const char *from, const char *to);
/* True when one of the folder's files (folders within it too) holds the text. */
bool kit_folder_holds(const char *dir, const char *text);
const char *kit_path(struct kit *k, const char *name); /* in DIR; one of four buffers */

#endif

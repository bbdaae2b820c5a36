/* folder: DIR, where one site's data lives, and the lock that says whose it is. Owned by struct store (or by a
 * restore); main thread.
 *
 *   DIR/                0700, its owner is who runs us
 *   DIR/lock            held (OFD lock) from opening to closing; the holder's pid is in it
 *   DIR/yunqiao.db      the sealed store, and yunqiao.db-wal, its log
 *   DIR/yunqiao.db.new  a store being made, or one under the next key; never opened, removed at the next start
 *   DIR/audit.anchor    the signed head of the audit chain (store/anchor.h)
 *   DIR/shipping        how far the log's copies in the backup target hang together (store/ship.h)
 *   DIR/wal-*.part      bytes of the log that the target has not got yet */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H
#include "store/file.h"

struct folder {
    struct file_path dir, db, wal, next, next_wal, anchor, shipping;
    int lock_fd;
};

/* ERR_BUSY: somebody else holds it (ret_why names the pid); ERR_NOT_FOUND: absent and not `create`; ERR_DENIED:
 * another owner's; ERR_IO, ERR_DISK_FULL, ERR_LIMIT. ret_why: a sentence for the operator. */
enum err folder_open(const char *dir, bool create, struct folder *ret, char ret_why[256]) MUST_USE;
void folder_close(struct folder *f);

#endif

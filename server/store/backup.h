/* backup: makes a base in a backup target: a raw copy of the sealed main file, taken while checkpoints are held off
 * (serving goes on: commits only lengthen the log), a manifest, and the log's generation from its first byte.
 * Chore thread, or the only one. server/store only. docs/decisions: backup by sealed WAL. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H
#include "store/chore.h"

/* chore_work: w->target NULL or the store's own target: a base of the line that is being shipped. Another target:
 * a base that stands by itself, with its piece of log. */
enum err backup_work(struct store *s, struct chore_work *w) MUST_USE;

#endif

/* rotate: seals the whole store under a new master key while it serves.
 *
 *   1. a fresh key goes into the key file as the active one; the former stays, retired
 *   2. the desk copies the main file page by page into yunqiao.db.new, sealed under it, a step between two commits;
 *      what commits change meanwhile is carried along
 *   3. the gate closes; the log is folded into the old file; the last step; the new file takes the old one's name;
 *      everybody opens it; the gate opens
 *
 * A crash leaves the old file or the new one, whole, and a key file that opens either. The backup's line is broken
 * on purpose: a new base is due. Chore thread. server/store only. */
#ifndef STORE_ROTATE_H
#define STORE_ROTATE_H
#include "store/chore.h"

enum err rotate_work(struct store *s, struct chore_work *w) MUST_USE;

#endif

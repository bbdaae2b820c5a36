/* vault_cache: pages lately sealed or opened, as they are when open, shared by all connections of a vault. SQLite forgets every page a
 * connection holds when another has committed, and here every answer is a commit (its trace): without this, each read would open again
 * what it opened a moment ago.
 *
 * A page is known by the nonce and tag that stand on the disk at this moment, by what it is bound to, and by its file: what was sealed
 * anew has another nonce, so nothing ever has to be taken back. It is asked after those were read from the disk, and by the readers'
 * connections only (db_share_pages): recovery, scrub, copies and the desk open what stands on the disk. Memory is taken as it fills, at most 64 MiB, and wiped when the vault goes.
 * A page that nobody asked for in a while is wiped and given back before (rule 31): nobody asks any more for what was deleted from it.
 * Any thread. */
#ifndef STORE_VAULT_CACHE_H
#define STORE_VAULT_CACHE_H
#include "store/vault_file.h"

struct vault_cache;
struct vault_cache *vault_cache_new(void); /* NULL: no memory */
void vault_cache_free(struct vault_cache *c);
/* sealed: the page's nonce and tag (VAULT_RESERVE_BYTES). true: page holds the open bytes from skip on. */
bool vault_cache_get(struct vault_cache *c, const struct vault_file *f, const uint8_t *sealed,
                     const uint8_t *ad, size_t ad_n, uint8_t *page, size_t skip);
/* Of a frame of the log whose header was not read: ad holds its place and the log's salts; the page's number, by which it is looked for, is from
 * the index in our memory. */
bool vault_cache_get_frame(struct vault_cache *c, const struct vault_file *f, const uint8_t *sealed,
                           const uint8_t ad[AD_BYTES], uint32_t number, uint8_t *page);
void vault_cache_age(struct vault_cache *c, int64_t unused_ms); /* wipes what was not asked for so long */
void vault_cache_put(struct vault_cache *c, const struct vault_file *f, const uint8_t *sealed,
                     const uint8_t *ad, size_t ad_n, const uint8_t *page, size_t skip);

#endif

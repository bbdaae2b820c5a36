/* Pages of the main file. A page is bound to its number, so that two cannot change places; page 1 to the prefix
 * too. SQLite must never see a page that the file does not fully hold: a short read is success to the pager (it
 * fills with zeroes), so it becomes an error here. */
#include "store/vault_file.h"
#include <time.h>

enum { STEP_PAGES = 128 }; /* 512 KiB */
enum { HEADER_BYTES = 100, CHECK_TURNS_MAX = 20, CHECK_PAUSE_NS = 200000 };
enum { LOCK_PAGE = 0x40000000 / VAULT_PAGE_BYTES + 1 }; /* SQLite's lock bytes: a hole, never read */

static size_t page_ad(const struct vault_file *f, int64_t at, uint8_t ad[AD_BYTES])
{
    put_u32(ad, (uint32_t)(at / VAULT_PAGE_BYTES + 1));
    if (at) return 4;
    memcpy(ad + 4, f->prefix, PREFIX_BYTES);
    return 4 + PREFIX_BYTES;
}

static int short_page(struct vault_file *f, uint8_t *out, int64_t at)
{
    int64_t size = 0;
    int rc = under_size(f, &size);
    if (rc != SQLITE_OK) return rc;
    memset(out, 0, VAULT_PAGE_BYTES);
    if (at >= size) return vault_refuse(f, &f->vault->counts.past_end, SQLITE_IOERR_DATA, "past_end", at);
    return vault_refuse(f, &f->vault->counts.torn_pages, SQLITE_IOERR_DATA, "cut_short", at);
}

/* Why the page is no good, or NULL: it has been opened in place. */
static const char *page_open(struct vault_file *f, uint8_t *page, int64_t at)
{
    uint8_t ad[AD_BYTES];
    if (at == 0 && memcmp(page, f->prefix, PREFIX_BYTES) != 0) return "foreign_prefix";
    if (is_zero(page + BODY_BYTES, VAULT_RESERVE_BYTES)) return "unsealed";
    if (!vault_unseal(f, page, at ? 0 : PREFIX_BYTES, ad, page_ad(f, at, ad))) return "not_verified";
    return NULL;
}

static int page_read(struct vault_file *f, uint8_t *out, int64_t at)
{
    uint8_t ad[AD_BYTES];
    if (at != 0 && vault_known(f, out, at, ad, page_ad(f, at, ad))) return SQLITE_OK;
    int rc = under_read(f, out, VAULT_PAGE_BYTES, at);
    if (rc == SQLITE_IOERR_SHORT_READ) return short_page(f, out, at);
    if (rc != SQLITE_OK) return rc;
    const char *why = page_open(f, out, at);
    if (why) {
        memset(out, 0, VAULT_PAGE_BYTES);
        _Atomic int64_t *count =
            strcmp(why, "unsealed") == 0 ? &f->vault->counts.zero_pages : &f->vault->counts.bad_pages;
        return vault_refuse(f, count, SQLITE_IOERR_DATA, why, at);
    }
    if (at == 0) memcpy(out, DB_MAGIC, PREFIX_BYTES);
    return SQLITE_OK;
}

/* SQLite reads the header once at open with no lock held, so the true page may be half written by a checkpoint,
 * or torn by a crash with a good copy in the log. Of what it reads then it uses the page size and the reserve,
 * and both are ours to say; page 1 itself is read later, under lock. */
static void constant_header(uint8_t out[HEADER_BYTES])
{
    memset(out, 0, HEADER_BYTES);
    memcpy(out, DB_MAGIC, PREFIX_BYTES);
    out[16] = VAULT_PAGE_BYTES >> 8;
    out[18] = out[19] = 2; /* WAL */
    out[20] = VAULT_RESERVE_BYTES;
    out[21] = 64, out[22] = out[23] = 32; /* fixed by the file format */
}

int vault_db_read(struct vault_file *f, uint8_t *out, int n, int64_t at)
{
    int rc = vault_ready(f);
    if (rc != SQLITE_OK) return rc;
    if (!f->is_ready) { /* an empty file that is being made */
        memset(out, 0, (size_t)n);
        return SQLITE_IOERR_SHORT_READ;
    }
    if (n == VAULT_PAGE_BYTES && at % VAULT_PAGE_BYTES == 0) return page_read(f, out, at);
    if (at == 0 && n == HEADER_BYTES) {
        constant_header(out);
        return SQLITE_OK;
    }
    if (at / VAULT_PAGE_BYTES != (at + n - 1) / VAULT_PAGE_BYTES)
        return vault_refuse(f, &f->vault->counts.odd_io, SQLITE_IOERR_READ, "odd_read", at);
    rc = page_read(f, f->frame, at - at % VAULT_PAGE_BYTES);
    if (rc == SQLITE_OK)
        memcpy(out, f->frame + at % VAULT_PAGE_BYTES, (size_t)n);
    else
        memset(out, 0, (size_t)n);
    return rc;
}

int vault_db_write(struct vault_file *f, const uint8_t *in, int n, int64_t at)
{
    uint8_t ad[AD_BYTES];
    int rc = vault_ready(f);
    if (rc != SQLITE_OK) return rc;
    if (n != VAULT_PAGE_BYTES || at % VAULT_PAGE_BYTES)
        return vault_refuse(f, &f->vault->counts.odd_io, SQLITE_IOERR_WRITE, "odd_write", at);
    if (!is_zero(in + BODY_BYTES, VAULT_RESERVE_BYTES) || (at == 0 && in[20] != VAULT_RESERVE_BYTES))
        return vault_refuse(f, &f->vault->counts.dirty_reserve, SQLITE_IOERR_WRITE, "reserve_in_use", at);
    if (!f->is_ready) {
        rc = vault_new_prefix(f);
        /* A copy whose cache spills may write page 1 last: a later page must find its file's keys. */
        if (rc == SQLITE_OK && at != 0) rc = under_write(f, f->prefix, PREFIX_BYTES, 0);
        if (rc != SQLITE_OK) return rc;
    }
    if (!vault_seal(f, f->frame, in, at ? 0 : PREFIX_BYTES, ad, page_ad(f, at, ad))) return SQLITE_NOMEM;
    if (at == 0) memcpy(f->frame, f->prefix, PREFIX_BYTES);
    rc = under_write(f, f->frame, n, at);
    if (rc != SQLITE_OK || !f->is_in_steps || ++f->unsynced < STEP_PAGES) return rc;
    f->unsynced = 0;
    return f->under->pMethods->xSync(f->under, SQLITE_SYNC_NORMAL);
}

/* Is it right that this page does not verify? After deletions a checkpoint cuts the file shorter. And a checkpoint
 * held up by a reader passes over pages whose newest version it may not take yet: a new one is then a hole in the
 * main file until the next checkpoint, and stands in the log. */
static bool is_excused(struct vault_file *f, int rc, bool is_hole, int64_t page)
{
    int64_t size = 0;
    if (rc == SQLITE_IOERR_SHORT_READ)
        return under_size(f, &size) == SQLITE_OK && (page - 1) * VAULT_PAGE_BYTES >= size;
    return is_hole && vault_shm_has_page(f, (uint32_t)page);
}

int vault_db_check(struct vault_file *f, int64_t page)
{
    int64_t at = (page - 1) * VAULT_PAGE_BYTES;
    if (page == LOCK_PAGE) return SQLITE_OK;
    for (int turn = 0; turn < CHECK_TURNS_MAX; turn++) {
        if (turn) {
            vault_count(&f->vault->counts.reread);
            nanosleep(&(struct timespec){0, CHECK_PAUSE_NS}, NULL);
        }
        int rc = under_read(f, f->frame, VAULT_PAGE_BYTES, at);
        if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ) return rc;
        bool is_hole = is_zero(f->frame, VAULT_PAGE_BYTES);
        bool is_good = rc == SQLITE_OK && !page_open(f, f->frame, at);
        memset(f->frame, 0, VAULT_PAGE_BYTES);
        if (is_good || is_excused(f, rc, is_hole, page)) return SQLITE_OK;
    }
    return vault_refuse(f, &f->vault->counts.bad_pages, SQLITE_IOERR_DATA, "scrub_found", at);
}

/* The log's frames. A frame is bound to its place, page number, commit mark and the log's generation, all of it
 * associated data of its page. SQLite's running sums are sums over plaintext without a key: they would let
 * whoever holds the disk test a guess of a page. So the last 16 bytes of each header (salts and sums, of the log
 * and of each frame) stand on disk as one AES block, mixed with its offset:
 *
 *   log header    magic 4 | version 4 | page size 4 | checkpoint 4 | AES(salts 8 ^ offset | sums 8)
 *   frame header  page number 4 | size after commit 4              | AES(salts 8 ^ offset | sums 8)
 *
 * Frames are gathered and written with one system call, at the latest with their commit; only the writing
 * connection can ask for frames not yet committed, and its own reads flush first. */
#include "base/mem.h"
#include "store/vault_file.h"

enum { WAL_HEAD = VAULT_WAL_HEAD_BYTES, FRAME = VAULT_FRAME_BYTES, BLOCK_AT = 8, BLOCK = 16 };
enum { WAL_MAGIC_LITTLE = 0x377f0682, WAL_VERSION = 3007000 };

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "SQLite's sums are taken over native words");

/* -- headers -- */

static void block_mix(uint8_t block[BLOCK], int64_t at)
{
    uint8_t place[8];
    put_u64(place, (uint64_t)at);
    for (int i = 0; i < 8; i++)
        block[i] ^= place[i];
}

static void block_hide(struct vault_file *f, uint8_t *block, int64_t at)
{
    block_mix(block, at);
    cipher_block_hide(f->log.sums, block, block);
}

static void block_show(struct vault_file *f, uint8_t *block, int64_t at)
{
    cipher_block_show(f->log.sums, block, block);
    block_mix(block, at);
}

/* Salts and sums of the header whose block stands at `at`. */
static int block_read(struct vault_file *f, uint8_t block[BLOCK], int64_t at)
{
    int rc = under_read(f, block, BLOCK, at);
    if (rc == SQLITE_OK) block_show(f, block, at);
    return rc;
}

static int salts_read(struct vault_file *f)
{
    uint8_t block[BLOCK];
    int rc = block_read(f, block, WAL_HEAD - BLOCK);
    if (rc == SQLITE_OK) memcpy(f->log.salts, block, sizeof f->log.salts);
    return rc;
}

struct sums {
    uint32_t a, b;
};

static struct sums sums_at(const uint8_t *p)
{
    return (struct sums){get_u32(p), get_u32(p + 4)};
}

static bool sums_equal(struct sums s, struct sums t)
{
    return s.a == t.a && s.b == t.b;
}

static struct sums sums_over(struct sums s, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i += 8) {
        uint32_t x, y;
        memcpy(&x, p + i, 4);
        memcpy(&y, p + i + 4, 4);
        s.a += x + s.b;
        s.b += y + s.a;
    }
    return s;
}

static struct sums sums_over_frame(struct sums s, const uint8_t *frame)
{
    return sums_over(sums_over(s, frame, 8), frame + FRAME_HEAD, VAULT_PAGE_BYTES);
}

static bool header_is_good(const uint8_t *h)
{
    struct sums s = sums_over((struct sums){0, 0}, h, 24);
    return get_u32(h) == WAL_MAGIC_LITTLE && get_u32(h + 4) == WAL_VERSION &&
           get_u32(h + 8) == VAULT_PAGE_BYTES && sums_equal(s, sums_at(h + 24));
}

/* -- frames -- */

static size_t frame_ad(const uint8_t *head, const uint8_t *salts, int64_t at, uint8_t ad[AD_BYTES])
{
    put_u64(ad, (uint64_t)at);
    memcpy(ad + 8, head, 8);
    memcpy(ad + 16, salts, 8);
    return AD_BYTES;
}

/* Reads a frame, its header shown and its page opened; *ret_opens false: the page does not verify. */
static int frame_read(struct vault_file *f, uint8_t *frame, int64_t at, bool *ret_opens)
{
    uint8_t ad[AD_BYTES];
    int rc = under_read(f, frame, FRAME, at);
    if (rc != SQLITE_OK) return rc;
    block_show(f, frame + BLOCK_AT, at + BLOCK_AT);
    *ret_opens = vault_unseal(f, frame + FRAME_HEAD, 0, ad, frame_ad(frame, f->log.salts, at, ad));
    return SQLITE_OK;
}

static bool frame_is_named(const struct vault_file *f, const uint8_t *frame)
{
    return memcmp(frame + BLOCK_AT, f->log.salts, sizeof f->log.salts) == 0;
}

static bool frame_is_commit(const uint8_t *frame)
{
    return get_u32(frame + 4) != 0;
}

/* -- recovery --
 * SQLite drops everything from the first bad frame on, silently. A crash can only hurt the last transaction,
 * since each commit is synced before anything follows it; so when a commit at or after the bad frame is followed
 * by a frame that continues its sums, what was lost had been durable: damage, and the log is refused. (Frames
 * left over from a rolled back transaction open too, but continue nothing.) A damaged last transaction cannot be
 * told from a torn one here: the audit head does that. */

struct look {
    struct sums sums[2]; /* that a following frame may continue */
    int count;
};

static struct look look_after(const struct vault_file *f, const uint8_t *frame, bool opens)
{
    struct look look = {.count = 0};
    if (!frame_is_commit(frame) || (!opens && !frame_is_named(f, frame))) return look;
    if (frame_is_named(f, frame)) look.sums[look.count++] = sums_at(frame + 16);
    return look;
}

static bool look_continues(const struct look *look, const uint8_t *frame)
{
    for (int i = 0; i < look->count; i++)
        if (sums_equal(sums_over_frame(look->sums[i], frame), sums_at(frame + 16))) return true;
    return false;
}

/* The frame at `at` is bad; `true_sums` are what its sums should be if it opens. */
static int look_ahead(struct vault_file *f, const uint8_t *frame, bool opens, struct sums true_sums,
                      int64_t at, bool *ret_damaged)
{
    int64_t size = 0;
    int rc = under_size(f, &size);
    if (rc == SQLITE_OK && !f->log.trial && !(f->log.trial = mem_alloc(FRAME))) rc = SQLITE_NOMEM;
    struct look look = look_after(f, frame, opens);
    if (opens && frame_is_commit(frame)) look.sums[look.count++] = true_sums;
    *ret_damaged = false;
    for (at += FRAME; rc == SQLITE_OK && at + FRAME <= size && !*ret_damaged; at += FRAME) {
        rc = frame_read(f, f->log.trial, at, &opens);
        if (rc != SQLITE_OK) break;
        *ret_damaged = opens && frame_is_named(f, f->log.trial) && look_continues(&look, f->log.trial);
        look = look_after(f, f->log.trial, opens);
    }
    return rc;
}

static int frame_recover(struct vault_file *f, uint8_t *out, int64_t at)
{
    uint8_t before[BLOCK];
    bool opens, damaged;
    int rc = salts_read(f);
    if (rc == SQLITE_OK) rc = frame_read(f, out, at, &opens);
    if (rc != SQLITE_OK) return rc;
    if (f->db->is_rewriting) /* no recovery: our own transaction sums its frames anew */
        return opens ? SQLITE_OK
                     : vault_refuse(f, &f->vault->counts.bad_pages, SQLITE_IOERR_DATA, "frame_not_verified",
                                    at);
    rc = block_read(f, before, at == WAL_HEAD ? WAL_HEAD - BLOCK : at - FRAME + BLOCK_AT);
    if (rc != SQLITE_OK) return rc;
    struct sums sums = sums_over_frame(sums_at(before + 8), out);
    if (opens && frame_is_named(f, out) && sums_equal(sums, sums_at(out + 16))) return SQLITE_OK;
    rc = look_ahead(f, out, opens, sums, at, &damaged);
    if (rc != SQLITE_OK) return rc;
    if (damaged)
        return vault_refuse(f, &f->vault->counts.log_damage, SQLITE_IOERR_DATA, "committed_frame_damaged",
                            at);
    vault_count(&f->vault->counts.log_tails);
    if (!opens) memset(out, 0, FRAME); /* page number 0: here the log ends */
    return SQLITE_OK;
}

/* -- reading -- */

static int header_read(struct vault_file *f, uint8_t *out)
{
    int64_t size = 0;
    int rc = under_read(f, out, WAL_HEAD, 0);
    if (rc == SQLITE_OK) rc = under_size(f, &size);
    if (rc != SQLITE_OK) return rc;
    block_show(f, out + WAL_HEAD - BLOCK, WAL_HEAD - BLOCK);
    if (size >= WAL_HEAD + FRAME && !header_is_good(out)) /* SQLite would drop the whole log */
        return vault_refuse(f, &f->vault->counts.log_damage, SQLITE_IOERR_DATA, "log_header_damaged", 0);
    memcpy(f->log.salts, out + 16, sizeof f->log.salts);
    return SQLITE_OK;
}

static int frame_page_read(struct vault_file *f, uint8_t *out, int64_t at)
{
    static const uint8_t unread[8];
    uint8_t ad[AD_BYTES];
    bool opens;
    if (vault_known(f, out, at + FRAME_HEAD, ad, frame_ad(unread, f->log.salts, at, ad))) return SQLITE_OK;
    for (int turn = 0; turn < 2; turn++) {
        int rc = frame_read(f, f->frame, at, &opens);
        if (rc == SQLITE_OK && opens) {
            memcpy(out, f->frame + FRAME_HEAD, VAULT_PAGE_BYTES);
            return SQLITE_OK;
        }
        if (rc == SQLITE_OK) rc = salts_read(f); /* another connection may have begun a new generation */
        if (rc != SQLITE_OK) {
            memset(out, 0, VAULT_PAGE_BYTES);
            if (rc == SQLITE_IOERR_SHORT_READ) break;
            return rc;
        }
    }
    memset(out, 0, VAULT_PAGE_BYTES);
    return vault_refuse(f, &f->vault->counts.bad_pages, SQLITE_IOERR_DATA, "frame_not_verified", at);
}

static int64_t within_frame(int64_t at)
{
    return at < WAL_HEAD ? -1 : (at - WAL_HEAD) % FRAME;
}

int vault_wal_read(struct vault_file *f, uint8_t *out, int n, int64_t at)
{
    uint8_t block[BLOCK];
    int64_t within = within_frame(at);
    int rc = vault_ready(f);
    if (rc == SQLITE_OK) rc = vault_wal_flush(f);
    if (rc != SQLITE_OK) return rc;
    if (at == 0 && n == WAL_HEAD) return header_read(f, out);
    if (within == 0 && n == FRAME) return frame_recover(f, out, at);
    if (within == FRAME_HEAD && n == VAULT_PAGE_BYTES) return frame_page_read(f, out, at - FRAME_HEAD);
    if (n != 8 || (at != WAL_HEAD - 8 && within != FRAME_HEAD - 8))
        return vault_refuse(f, &f->vault->counts.odd_io, SQLITE_IOERR_READ, "odd_log_read", at);
    rc = block_read(f, block, at - 8);
    memcpy(out, block + 8, 8);
    return rc;
}

/* -- writing -- */

int vault_wal_flush(struct vault_file *f)
{
    struct log_state *log = &f->log;
    int rc = SQLITE_OK;
    if (log->held_bytes) {
        rc = under_write(f, log->held, (int)log->held_bytes, log->held_at);
        log->held_bytes = 0; /* written or not: a transaction that could not be written is rolled back */
    }
    if (log->head_waits) { /* a header alone: summed anew */
        log->head_waits = false;
        block_hide(f, log->head + BLOCK_AT, log->head_at + BLOCK_AT);
        if (rc == SQLITE_OK) rc = under_write(f, log->head, FRAME_HEAD, log->head_at);
    }
    return rc;
}

static int header_write(struct vault_file *f, const uint8_t *in)
{
    uint8_t header[WAL_HEAD];
    int rc = vault_wal_flush(f);
    if (rc != SQLITE_OK) return rc;
    memcpy(f->log.salts, in + 16, sizeof f->log.salts);
    memcpy(header, in, WAL_HEAD);
    block_hide(f, header + WAL_HEAD - BLOCK, WAL_HEAD - BLOCK);
    return under_write(f, header, WAL_HEAD, 0);
}

static int frame_head_write(struct vault_file *f, const uint8_t *in, int64_t at)
{
    struct log_state *log = &f->log;
    if (log->head_waits || (log->held_bytes && log->held_at + (int64_t)log->held_bytes != at)) {
        int rc = vault_wal_flush(f);
        if (rc != SQLITE_OK) return rc;
    }
    memcpy(log->head, in, FRAME_HEAD);
    log->head_at = at;
    log->head_waits = true;
    /* Zero: SQLite sums this frame later. The frame itself is bound to the salts of its log all the same. */
    if (!is_zero(in + BLOCK_AT, 8)) memcpy(log->salts, in + BLOCK_AT, sizeof log->salts);
    return SQLITE_OK;
}

/* The page of the header that waits: the frame is gathered. */
static int frame_page_write(struct vault_file *f, const uint8_t *in)
{
    struct log_state *log = &f->log;
    uint8_t ad[AD_BYTES];
    log->head_waits = false;
    if (!log->held && !(log->held = mem_alloc(FRAMES_HELD * FRAME))) return SQLITE_NOMEM;
    uint8_t *frame = log->held + log->held_bytes;
    size_t ad_n = frame_ad(log->head, log->salts, log->head_at, ad);
    if (!vault_seal(f, frame + FRAME_HEAD, in, 0, ad, ad_n)) return SQLITE_NOMEM;
    memcpy(frame, log->head, FRAME_HEAD);
    block_hide(f, frame + BLOCK_AT, log->head_at + BLOCK_AT);
    if (log->held_bytes == 0) log->held_at = log->head_at;
    log->held_bytes += FRAME;
    bool is_commit = frame_is_commit(log->head);
    if (!is_commit && log->held_bytes < FRAMES_HELD * FRAME) return SQLITE_OK;
    int rc = vault_wal_flush(f);
    f->db->is_commit = is_commit && rc == SQLITE_OK;
    return rc;
}

/* A transaction larger than the cache writes a page, changes it again and overwrites its frame's page alone,
 * then sums all its frames anew before it commits. */
static int frame_page_rewrite(struct vault_file *f, const uint8_t *in, int64_t at)
{
    uint8_t ad[AD_BYTES], head[FRAME_HEAD];
    int rc = vault_wal_flush(f);
    if (rc == SQLITE_OK) rc = under_read(f, head, FRAME_HEAD, at - FRAME_HEAD);
    if (rc != SQLITE_OK) return rc;
    f->db->is_rewriting = true;
    vault_count(&f->vault->counts.in_place);
    if (!vault_seal(f, f->frame, in, 0, ad, frame_ad(head, f->log.salts, at - FRAME_HEAD, ad)))
        return SQLITE_NOMEM;
    return under_write(f, f->frame, VAULT_PAGE_BYTES, at);
}

int vault_wal_write(struct vault_file *f, const uint8_t *in, int n, int64_t at)
{
    int64_t within = within_frame(at);
    int rc = vault_ready(f);
    if (rc != SQLITE_OK) return rc;
    if (at == 0 && n == WAL_HEAD) return header_write(f, in);
    if (within == 0 && n == FRAME_HEAD) return frame_head_write(f, in, at);
    if (within != FRAME_HEAD || n != VAULT_PAGE_BYTES)
        return vault_refuse(f, &f->vault->counts.odd_io, SQLITE_IOERR_WRITE, "odd_log_write", at);
    if (!is_zero(in + BODY_BYTES, VAULT_RESERVE_BYTES))
        return vault_refuse(f, &f->vault->counts.dirty_reserve, SQLITE_IOERR_WRITE, "reserve_in_use", at);
    if (f->log.head_waits && f->log.head_at == at - FRAME_HEAD) return frame_page_write(f, in);
    return frame_page_rewrite(f, in, at);
}

int vault_wal_start(struct vault_file *f)
{
    f->cipher = cipher_new(f->db->keys->log);
    f->log.sums = cipher_block_new(f->db->keys->sums);
    return f->cipher && f->log.sums ? SQLITE_OK : SQLITE_NOMEM;
}

void vault_wal_done(struct vault_file *f)
{
    cipher_block_free(f->log.sums);
    mem_free(f->log.held); /* sealed */
    if (f->log.trial) mem_wipe_free(f->log.trial, FRAME);
}

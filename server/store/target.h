/* target: the folder that backups go to, usually a mount from another machine. Everything in it is sealed or
 * signed; it holds no key.
 *
 *   TARGET/line              whose copies these are, and which line of them is being continued:
 *                            "yunqiao-backup 1 site=<hex> line=<hex> first=<generation>"
 *   TARGET/public-key        the Ed25519 key of the site's anchors, written once
 *   TARGET/audit.anchor      the anchor of the newest shipped commit (two places, as in DIR)
 *   TARGET/anchors/2026-11   hourly anchors, one line each, only ever appended to (rule 24)
 *   TARGET/bases/NAME/       yunqiao.db, a raw copy of the main file; manifest
 *   TARGET/wal/000017.wal    a generation of the log, from its first byte; 000017.end once it is whole: its length
 *                            and SHA-256. A generation follows the one before it only when their numbers follow
 *                            each other; a gap in the numbers says that commits are missing in between.
 *
 * Plain functions on paths, no state. One thread at a time on one target; server/store only. */
#ifndef STORE_TARGET_H
#define STORE_TARGET_H
#include "store/anchor.h"
#include "store/file.h"
#include "store/store.h"

#define TARGET_LINE_BYTES 8
struct target_line {
    uint8_t site[ANCHOR_SITE_BYTES];
    uint8_t line[TARGET_LINE_BYTES];
    int64_t first; /* generation */
};

/* ERR_NOT_FOUND: nobody's target yet; ERR_CORRUPT. */
enum err target_line_read(const char *target, struct target_line *ret) MUST_USE;
/* Makes the folders too. */
enum err target_line_write(const char *target, const struct target_line *line) MUST_USE;
/* Writes public-key, or compares it: ERR_DENIED when another one stands there. */
enum err target_pin_key(const char *target, const uint8_t key[32]) MUST_USE;
enum err target_pinned_key(const char *target, uint8_t ret_key[32]) MUST_USE; /* ERR_NOT_FOUND */

/* The anchor of what was shipped, and the hourly ones. */
enum err target_anchor_put(const char *target, const char *line, size_t bytes) MUST_USE;
enum err target_anchor_append(const char *target, struct instant now, const char *line,
                              size_t bytes) MUST_USE;

/* -- generations -- */
enum err target_generation_path(const char *target, int64_t gen, const char *suffix,
                                struct file_path *ret) MUST_USE;
/* The highest number that has a .wal, and the highest that has an .end; 0: none. */
enum err target_generations(const char *target, int64_t *ret_last, int64_t *ret_last_ended) MUST_USE;
int64_t target_generation_bytes(const char *target, int64_t gen); /* 0: none */
/* Reads the generation back, and writes its .end. */
enum err target_generation_end(const char *target, int64_t gen, int64_t bytes) MUST_USE;
/* ERR_NOT_FOUND: no .end; ERR_CORRUPT: the generation is not what its .end says. */
enum err target_generation_check(const char *target, int64_t gen) MUST_USE;

/* -- bases -- */
struct target_base {
    struct store_base base;
    uint8_t site[ANCHOR_SITE_BYTES];
    int64_t gen, gen_bytes; /* the generation it needs first, and how much of it at least */
    struct digest_value sha;
};
enum err target_base_write(const char *dir, const struct target_base *b) MUST_USE; /* the manifest */
enum err target_base_read(const char *dir, struct target_base *ret) MUST_USE;
/* Newest (highest generation, then the later one) first. */
enum err target_bases(const char *target, struct target_base *ret, size_t bases_max, size_t *ret_n) MUST_USE;
/* Removes what is older than it needs to be: kept are the newest three bases and the newest of each of the last
 * seven days that have one, and the generations any of them needs. */
enum err target_prune(const char *target) MUST_USE;

#endif

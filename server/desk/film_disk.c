#include "desk/film_disk.h"
#include "base/map.h"
#include "base/mem.h"
#include "link/recording.h"
#include "store/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 700, BLOCK_BYTES = 256 * 1024, HEAD_BYTES = 64, FILES_MAX = 4000000 };

static const char *const flaws[] = {"sound", "absent", "head", "key", "piece", "cut", "chain"};

const char *film_flaw_name(enum film_flaw f)
{
    return flaws[f];
}

bool film_is_there(const char *dir, const struct film_file *file)
{
    char path[PATH_BYTES];
    struct stat st;
    if (file->is_whole) return true;
    snprintf(path, sizeof path, "%s/%.*s", dir, (int)file->name.bytes, file->name.at);
    return stat(path, &st) == 0 && st.st_size >= RECORDING_HEAD_BYTES;
}

/* -- opening -- */

struct open_film {
    int fd;
    struct recording_reader *reader; /* NULL: it is none */
    struct recording_seen seen;
};

static void film_close(struct open_film *f)
{
    recording_close(f->reader);
    if (f->fd >= 0) close(f->fd);
}

/* ERR_NOT_FOUND: no file. ERR_CORRUPT: none of ours. */
static enum err film_open(const char *dir, const struct film_file *file, const uint8_t key[CIPHER_KEY_BYTES],
                          struct open_film *ret)
{
    char path[PATH_BYTES];
    uint8_t id[RECORDING_ID_BYTES], part[CIPHER_KEY_BYTES];
    *ret = (struct open_film){.fd = -1};
    if (!str_from_hex(file->name, id, sizeof id)) return ERR_CORRUPT;
    snprintf(path, sizeof path, "%s/%.*s", dir, (int)file->name.bytes, file->name.at);
    ret->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (ret->fd < 0) return err_from_errno(errno);
    recording_part_key(key, id, part);
    enum err err = recording_open_damaged(ret->fd, id, part, &ret->reader, &ret->seen);
    mem_wipe(part, sizeof part);
    return err;
}

/* -- proving -- */

/* The first piece does not open. When none of the next does either it is the key that is wrong: each hangs on the tag before its own alone. */
static enum film_flaw flaw_of_first(struct open_film *f)
{
    return f->seen.pieces > 2 && recording_opens(f->reader, 2) == ERR_CORRUPT ? FILM_KEY : FILM_PIECE;
}

static enum err flaw_of(struct open_film *f, const struct film_file *file, enum film_flaw *ret,
                        uint32_t *ret_piece)
{
    struct digest_value chain;
    enum err err = recording_verify(f->reader, &chain, ret_piece);
    *ret = err == ERR_CORRUPT && *ret_piece == 0 ? flaw_of_first(f) : FILM_PIECE;
    if (err) return err == ERR_CORRUPT ? OK : err;
    if (f->seen.is_broken) return OK;
    bool is_all = f->seen.is_ended && f->seen.file_bytes == file->bytes;
    *ret = FILM_SOUND;
    if (file->is_whole && !is_all)
        *ret = FILM_CUT;
    else if (file->is_whole && memcmp(chain.at, file->chain.at, sizeof chain.at) != 0)
        *ret = FILM_CHAIN;
    return OK;
}

/* Matroska's name stands in the first bytes (RFC 9559 §5.1.1); the other is WebM's. */
static enum err film_type(struct open_film *f, bool *ret_is_matroska)
{
    char head[HEAD_BYTES];
    size_t n;
    enum err err = recording_get(f->reader, 0, head, sizeof head, &n);
    if (!err) *ret_is_matroska = memmem(head, n, "matroska", 8) != NULL;
    return err;
}

static enum err film_look(struct open_film *f, const struct film_file *file, struct film_proof *proof)
{
    uint32_t piece = 0;
    enum err err = flaw_of(f, file, &proof->flaw, &piece);
    if (err) return err;
    recording_cut(f->reader, piece, &f->seen);
    proof->pieces = piece;
    proof->length_ms = f->seen.length_ms;
    proof->bytes = f->seen.film_bytes;
    proof->gaps = f->seen.gaps;
    proof->is_ended = f->seen.is_ended;
    return proof->bytes ? film_type(f, &proof->is_matroska) : OK;
}

enum err film_prove(const char *dir, const struct film_file *file, const uint8_t key[CIPHER_KEY_BYTES],
                    struct film_proof *ret)
{
    struct open_film f;
    struct film_proof proof = {0};
    enum err err = film_open(dir, file, key, &f);
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT) {
        proof.flaw = err == ERR_NOT_FOUND ? FILM_ABSENT : FILM_HEAD;
        err = OK;
    } else if (!err) {
        err = film_look(&f, file, &proof);
    }
    film_close(&f);
    if (!err) *ret = proof;
    return err;
}

/* -- copying -- */

static enum err put_all(int to, const uint8_t *at, size_t bytes)
{
    while (bytes > 0) {
        ssize_t n = write(to, at, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_from_errno(errno);
        at += n;
        bytes -= (size_t)n;
    }
    return OK;
}

static enum err copy_to(struct open_film *f, int to)
{
    size_t n = 1;
    uint8_t *block = mem_alloc(BLOCK_BYTES);
    enum err err = block ? OK : ERR_NOMEM;
    for (int64_t at = 0; !err && n > 0; at += (int64_t)n) {
        err = recording_get(f->reader, at, block, BLOCK_BYTES, &n);
        if (!err) err = put_all(to, block, n);
    }
    if (!err && fsync(to) != 0) err = err_from_errno(errno);
    mem_wipe_free(block, BLOCK_BYTES);
    return err;
}

enum err film_copy(const char *dir, const struct film_file *file, const uint8_t key[CIPHER_KEY_BYTES],
                   const struct film_proof *proof, const char *path, bool is_forced)
{
    struct open_film f;
    enum err err = film_open(dir, file, key, &f);
    if (!err && proof->pieces > f.seen.pieces) err = ERR_CORRUPT;
    if (err) {
        film_close(&f);
        return err;
    }
    recording_cut(f.reader, proof->pieces, &f.seen);
    if (is_forced) (void)!unlink(path);
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    err = to < 0 ? err_from_errno(errno) : copy_to(&f, to);
    if (to >= 0 && close(to) != 0 && !err) err = err_from_errno(errno);
    if (to >= 0 && err) (void)!unlink(path);
    film_close(&f);
    return err;
}

/* -- removing -- */

static bool is_name(const char *text)
{
    uint8_t id[RECORDING_ID_BYTES];
    return strlen(text) == FILM_NAME_TEXT - 1 && str_from_hex(str_of(text), id, sizeof id);
}

enum err film_remove(const char *dir, const char *name)
{
    struct file_path path, gone;
    char text[FILM_NAME_TEXT + sizeof ".gone"];
    if (!is_name(name)) return ERR_BAD_INPUT;
    snprintf(text, sizeof text, "%s.gone", name);
    enum err err = file_path(dir, name, &path);
    if (!err) err = file_path(dir, text, &gone);
    if (err || file_bytes(path.at) < 0) return err;
    int fd = open(gone.at, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return err_from_errno(errno);
    close(fd);
    return file_remove(path.at);
}

struct sweep {
    struct job job; /* first */
    struct map *names;
};

static enum err take_names(struct job *job, struct tx *tx)
{
    struct map *names = ((struct sweep *)(void *)job)->names;
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT f.name FROM recording_file f JOIN recording r ON r.id = f.recording"
                           " WHERE r.wrapped IS NOT NULL",
                           &q);
    if (err) return err;
    while (!(err = stmt_step(q, &row)) && row) {
        err = map_put(names, stmt_get_str(q, 0), names);
        if (err) break;
    }
    stmt_done(q);
    return err;
}

static enum err sweep_folder(const char *dir, const struct map *names, int64_t *ret_removed)
{
    enum err err = OK;
    int64_t removed = 0;
    DIR *d = opendir(dir);
    if (!d) return errno == ENOENT ? OK : err_from_errno(errno);
    for (struct dirent *e; !err && (e = readdir(d)) != NULL;) {
        if (!is_name(e->d_name) || map_get(names, str_of(e->d_name))) continue;
        err = film_remove(dir, e->d_name);
        if (!err) removed++;
    }
    closedir(d);
    if (!err) *ret_removed = removed;
    return err;
}

enum err film_sweep(struct store *store, const char *dir, int64_t *ret_removed)
{
    struct sweep sweep = {.job.run = take_names, .names = map_new(FILES_MAX)};
    int64_t removed = 0;
    enum err err = sweep.names ? store_run_read(store, &sweep.job) : ERR_NOMEM;
    if (!err) err = sweep_folder(dir, sweep.names, &removed);
    map_free(sweep.names);
    if (!err) *ret_removed = removed;
    return err;
}

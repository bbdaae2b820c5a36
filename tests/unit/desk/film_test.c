/* What the operator brings out of a recording: films that are what was recorded, and where one is not, from where on. */
#include "../check.h"
#include "auth/schema.h"
#include "base/log.h"
#include "base/rnd.h"
#include "desk/film_disk.h"
#include "desk/film_keep.h"
#include "desk/ops.h"
#include "desk/reel.h"
#include "link/recording.h"
#include "records/guard_schema.h"
#include "records/patient_key.h"
#include "records/records.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENT = 7, HEAD = 100, CLUSTERS = 6, CLUSTER = 1000 };

struct bench {
    struct store *store;
    struct records *records;
    struct site site;
    struct arena *arena;
    struct migration migrations[64];
    char name[FILM_NAME_TEXT], file[FILM_NAME_TEXT], path[700], out[160];
    uint8_t key[CIPHER_KEY_BYTES];
    struct film film;
    struct film_file found;
    int64_t bytes;
};

static int add(struct migration *to, int n, const struct migration *from)
{
    for (; from->number; from++)
        to[n++] = *from;
    return n;
}

static enum err bench_open(struct bench *b)
{
    char data[160], key[160], why[256] = "";
    log_level_set(LOG_ERROR + 1);
    *b = (struct bench){0};
    int n = add(b->migrations, add(b->migrations, 0, auth_migrations), records_migrations);
    n = add(b->migrations, add(b->migrations, n, guard_migrations), records_late_migrations);
    n = add(b->migrations, add(b->migrations, n, film_migrations), film_keep_migrations);
    add(b->migrations, n, film_mark_migrations);
    const char *dir = check_tmp_dir();
    snprintf(data, sizeof data, "%s/site", dir);
    snprintf(key, sizeof key, "%s/site.key", dir);
    snprintf(b->out, sizeof b->out, "%s/out", dir);
    struct store_settings how = {
        .dir = data, .key_path = key, .create = true, .migrations = b->migrations, .queue_max = 16};
    enum err err = store_open(&how, &b->store, why);
    if (!err) err = records_new(b->store, &b->records);
    if (!err && !(b->arena = arena_new(1 << 20))) err = ERR_NOMEM;
    b->site = (struct site){.store = b->store, .records = b->records, .version = "1"};
    snprintf(b->site.recordings, sizeof b->site.recordings, "%s/recordings", data);
    return err;
}

static void bench_close(struct bench *b)
{
    arena_free(b->arena);
    records_free(b->records);
    if (b->store) store_close(b->store, 1000);
}

struct step {
    struct job job; /* first */
    struct bench *b;
    enum err (*run)(struct bench *b, struct tx *tx);
};

static enum err run_step(struct job *job, struct tx *tx)
{
    struct step *s = (struct step *)(void *)job;
    return s->run(s->b, tx);
}

static enum err in_job(struct bench *b, enum err (*run)(struct bench *b, struct tx *tx))
{
    struct step s = {.job.run = run_step, .b = b, .run = run};
    return store_run(b->store, &s.job);
}

/* -- a recording of one file -- */

static enum err begin(struct bench *b, struct tx *tx)
{
    uint8_t id[RECORDING_ID_BYTES];
    rnd_bytes(id, sizeof id);
    str_hex(id, sizeof id, b->file);
    enum err err = film_begin(tx, b->records, STR("enc-1"), PATIENT, STR("doctor"), b->name, b->key);
    struct film_file f = {.name = str_of(b->file), .account = STR("doctor"), .source = STR("")};
    return err ? err : film_file_put(tx, str_of(b->name), &f);
}

static enum err put(void *ctx, const void *at, size_t bytes)
{
    return write(*(int *)ctx, at, bytes) == (ssize_t)bytes ? OK : ERR_IO;
}

static enum err write_pieces(struct recording *r, bool is_ended)
{
    uint8_t body[CLUSTER];
    memset(body, 'h', sizeof body);
    enum err err = recording_add(r, RECORDING_HEAD, 0, body, HEAD);
    for (int i = 0; i < CLUSTERS && !err; i++) {
        memset(body, '0' + i, sizeof body);
        err = recording_add(r, RECORDING_CLUSTER, i * 1000, body, sizeof body);
    }
    memset(body, 'H', sizeof body);
    if (!err && is_ended) err = recording_add(r, RECORDING_HEAD_AGAIN, 6000, body, HEAD);
    return !err && is_ended ? recording_end(r, 6000) : err;
}

static struct digest_value chain;

static enum err whole(struct bench *b, struct tx *tx)
{
    enum err err = film_file_whole(tx, str_of(b->file), b->bytes, &chain);
    return err ? err : film_end(tx, str_of(b->name));
}

static enum err film_write(struct bench *b, bool is_ended)
{
    struct recording_settings s = {.put = put};
    struct recording *r = NULL;
    enum err err = in_job(b, begin);
    if (err) return err;
    (void)!mkdir(b->site.recordings, 0700);
    snprintf(b->path, sizeof b->path, "%s/%s", b->site.recordings, b->file);
    int fd = open(b->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && str_from_hex(str_of(b->file), s.id, sizeof s.id));
    s.ctx = &fd;
    recording_part_key(b->key, s.id, s.key);
    err = recording_new(&s, &r);
    if (!err) err = write_pieces(r, is_ended);
    if (!err) chain = recording_chain(r);
    if (!err) b->bytes = recording_bytes(r);
    recording_free(r);
    close(fd);
    return !err && is_ended ? in_job(b, whole) : err;
}

static enum err note(void *ctx, const struct film *film, const struct film_file *file)
{
    struct bench *b = ctx;
    b->film = *film;
    if (file) b->found = *file;
    return OK;
}

static enum err find(struct bench *b, struct tx *tx)
{
    enum err err = film_each_file(tx, b->arena, str_of(b->name), note, b);
    return err ? err : film_key(tx, b->records, &b->film, b->key);
}

static void flip(const struct bench *b, int64_t at)
{
    uint8_t byte;
    int fd = open(b->path, O_RDWR | O_CLOEXEC);
    CHECK(fd >= 0 && pread(fd, &byte, 1, at) == 1);
    byte ^= 0x40;
    CHECK(pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

/* -- the tests -- */

TEST(a_changed_byte_is_told_with_its_piece_and_what_stands_before_it_is_as_it_was)
{
    struct bench b;
    struct film_proof p;
    enum { FIRST = RECORDING_HEAD_BYTES + 53 + HEAD, NEXT = CLUSTER + 53 };
    CHECK_OK(bench_open(&b));
    CHECK_OK(film_write(&b, true));
    CHECK_OK(in_job(&b, find));
    CHECK_OK(film_prove(b.site.recordings, &b.found, b.key, &p));
    CHECK(p.flaw == FILM_SOUND && p.is_ended && p.bytes == HEAD + CLUSTERS * CLUSTER && p.length_ms == 6000);
    for (int i = 0; i < CLUSTERS; i++) {
        char got[HEAD + CLUSTERS * CLUSTER + 1], copy[200];
        flip(&b, FIRST + i * NEXT + 300);
        CHECK_OK(film_prove(b.site.recordings, &b.found, b.key, &p));
        CHECK(p.flaw == FILM_PIECE && p.pieces == (uint32_t)i + 1 && p.bytes == HEAD + i * CLUSTER);
        snprintf(copy, sizeof copy, "%s.%d", b.out, i);
        CHECK_OK(film_copy(b.site.recordings, &b.found, b.key, &p, copy, false));
        CHECK_ERR(film_copy(b.site.recordings, &b.found, b.key, &p, copy, false), ERR_EXISTS);
        CHECK_OK(film_copy(b.site.recordings, &b.found, b.key, &p, copy, true));
        int fd = open(copy, O_RDONLY | O_CLOEXEC);
        CHECK_INT(read(fd, got, sizeof got), p.bytes);
        CHECK(got[0] == 'h' && got[p.bytes - 1] == (i ? '0' + i - 1 : 'h'));
        close(fd);
        flip(&b, FIRST + i * NEXT + 300);
        flip(&b, FIRST + i * NEXT + 4); /* its kind: no piece has such a head */
        CHECK_OK(film_prove(b.site.recordings, &b.found, b.key, &p));
        CHECK(p.flaw == FILM_PIECE && p.pieces == (uint32_t)i + 1);
        flip(&b, FIRST + i * NEXT + 4);
    }
    bench_close(&b);
}

TEST(an_end_that_is_gone_another_key_another_file_and_none_are_told_apart)
{
    struct bench b;
    struct film_proof p;
    struct digest_value was;
    CHECK_OK(bench_open(&b));
    CHECK_OK(film_write(&b, true));
    CHECK_OK(in_job(&b, find));
    was = b.found.chain;
    b.found.chain.at[0] ^= 1;
    CHECK_OK(film_prove(b.site.recordings, &b.found, b.key, &p));
    CHECK(p.flaw == FILM_CHAIN && p.is_ended);
    b.found.chain = was;
    b.key[3] ^= 1;
    CHECK_OK(film_prove(b.site.recordings, &b.found, b.key, &p));
    CHECK(p.flaw == FILM_KEY && p.bytes == 0);
    b.key[3] ^= 1;
    flip(&b, RECORDING_HEAD_BYTES + 40);
    CHECK_OK(film_prove(b.site.recordings, &b.found, b.key, &p));
    CHECK(p.flaw == FILM_PIECE && p.pieces == 0);
    flip(&b, RECORDING_HEAD_BYTES + 40);
    CHECK(truncate(b.path, b.bytes - 60) == 0);
    CHECK_OK(film_prove(b.site.recordings, &b.found, b.key, &p));
    CHECK(p.flaw == FILM_CUT && !p.is_ended && p.bytes == HEAD + CLUSTERS * CLUSTER);
    flip(&b, 10);
    CHECK_OK(film_prove(b.site.recordings, &b.found, b.key, &p));
    CHECK(p.flaw == FILM_HEAD);
    CHECK(unlink(b.path) == 0);
    CHECK_OK(film_prove(b.site.recordings, &b.found, b.key, &p));
    CHECK(p.flaw == FILM_ABSENT);
    bench_close(&b);
}

/* -- as it is asked -- */

static enum ops_exit ask(struct bench *b, const char *recording, const char *more, struct json **ret)
{
    char request[400];
    struct buf line;
    buf_init(&line, 1 << 20);
    snprintf(request, sizeof request,
             "{\"op\":\"recording.export\",\"args\":{\"recording\":\"%s\",\"out\":\"%s\"%s}}", recording,
             b->out, more);
    enum ops_exit code = ops_run(&b->site, str_of(request), &line, NULL, NULL);
    CHECK_OK(json_parse(buf_str(&line), ret, NULL));
    buf_done(&line);
    return code;
}

static void refused(struct bench *b, const char *recording, const char *code)
{
    struct json *said;
    struct str text;
    CHECK_INT(ask(b, recording, "", &said), OPS_REFUSED);
    CHECK(json_text(json_get(json_get(said, "error"), "code"), &text));
    CHECK_STR(text, code);
    json_free(said);
}

static int64_t rows; /* of the trail */

static enum err count(struct bench *b, struct tx *tx)
{
    struct stmt *q;
    bool row;
    (void)b;
    enum err err = db_stmt(tx->db, "SELECT count(*) FROM audit WHERE action = 'recording.export'", &q);
    if (err) return err;
    err = stmt_step(q, &row);
    rows = stmt_get_int(q, 0);
    stmt_done(q);
    return err;
}

static enum err forget(struct bench *b, struct tx *tx)
{
    return patient_key_destroy(tx, b->records, PATIENT);
}

static enum err spoil(struct bench *b, struct tx *tx)
{
    (void)b;
    return db_exec(tx->db, "DROP TRIGGER recording_key_is_no_other;"
                           "UPDATE recording SET wrapped = zeroblob(length(wrapped))");
}

TEST(it_is_brought_out_once_with_its_row_and_written_over_by_force_alone)
{
    struct bench b;
    struct json *said;
    struct stat st;
    char path[400];
    CHECK_OK(bench_open(&b));
    CHECK_OK(film_write(&b, true));
    refused(&b, "0123456789abcdef0123456789abcdef", "not_found");
    CHECK_INT(ask(&b, b.name, "", &said), OPS_DONE);
    CHECK_INT(json_count(json_get(json_get(said, "result"), "files")), 1);
    json_free(said);
    snprintf(path, sizeof path, "%s/%s.webm", b.out, b.file);
    CHECK(stat(path, &st) == 0 && st.st_size == HEAD + CLUSTERS * CLUSTER && (st.st_mode & 0777) == 0600);
    CHECK_OK(in_job(&b, count));
    CHECK_INT(rows, 1);
    refused(&b, b.name, "file_there");
    CHECK_INT(ask(&b, b.name, ",\"force\":true", &said), OPS_DONE);
    json_free(said);
    flip(&b, 3000);
    CHECK_INT(ask(&b, b.name, "", &said), OPS_NOT_SO);
    json_free(said);
    snprintf(path, sizeof path, "%s/%s.broken.webm", b.out, b.file);
    CHECK(stat(path, &st) == 0 && st.st_size == HEAD + 2 * CLUSTER);
    snprintf(b.out, sizeof b.out, "/nowhere/at/all");
    refused(&b, b.name, "folder");
    bench_close(&b);
}

TEST(without_its_key_nothing_of_it_is_brought_out)
{
    struct bench b;
    struct stat st;
    CHECK_OK(bench_open(&b));
    CHECK_OK(film_write(&b, true));
    CHECK_OK(in_job(&b, spoil));
    refused(&b, b.name, "recording_key");
    CHECK_OK(in_job(&b, forget));
    refused(&b, b.name, "gone");
    CHECK(stat(b.out, &st) != 0);
    CHECK_OK(in_job(&b, count));
    CHECK_INT(rows, 0);
    bench_close(&b);
}

TEST(what_its_writer_left_when_it_was_killed_is_brought_out_up_to_there)
{
    struct bench b;
    struct json *said;
    struct stat st;
    char path[400];
    bool is_whole = true;
    CHECK_OK(bench_open(&b));
    CHECK_OK(film_write(&b, false));
    CHECK(truncate(b.path, b.bytes - 10) == 0);
    CHECK_INT(ask(&b, b.name, "", &said), OPS_DONE);
    CHECK(json_bool(json_get(json_at(json_get(json_get(said, "result"), "files"), 0), "whole"), &is_whole));
    CHECK(!is_whole);
    json_free(said);
    snprintf(path, sizeof path, "%s/%s.webm", b.out, b.file);
    CHECK(stat(path, &st) == 0 && st.st_size == HEAD + (CLUSTERS - 1) * CLUSTER);
    bench_close(&b);
}

/* -- how long it is kept -- */

static int64_t asked; /* the deletion's number */
static int told_files;
static enum film_no no;

static enum err judge(struct bench *b, struct tx *tx)
{
    enum err err = film_by_name(tx, b->arena, str_of(b->name), &b->film);
    b->film.started.ms -= 10;
    return err ? err : film_keep_no(tx, &b->film, 5, &no);
}

static enum err early(struct bench *b, struct tx *tx)
{
    return film_keep_no(tx, &b->film, 60000, &no);
}

static enum err of_patient(struct bench *b, struct tx *tx)
{
    (void)b;
    return film_keep_no_of(tx, PATIENT, &no);
}

static enum err hold(struct bench *b, struct tx *tx)
{
    return film_keep_hold(tx, &b->film, STR("by order"), STR("officer"));
}

static enum err lift(struct bench *b, struct tx *tx)
{
    return film_keep_lift(tx, &b->film, STR("officer"));
}

static enum err ask_end(struct bench *b, struct tx *tx)
{
    return film_keep_ask(tx, &b->film, STR("past its time"), STR("officer"), &asked);
}

static enum err asked_of(struct bench *b, struct tx *tx)
{
    struct str by;
    enum err err = film_keep_asked(tx, b->arena, asked, &b->film, &by);
    if (!err) CHECK_STR(by, "officer");
    return err;
}

static enum err decide_self(struct bench *b, struct tx *tx)
{
    (void)b;
    return film_keep_decide(tx, asked, STR("officer"), true);
}

static enum err decide(struct bench *b, struct tx *tx)
{
    (void)b;
    return film_keep_decide(tx, asked, STR("doctor"), true);
}

static enum err note_name(void *ctx, const char *name)
{
    const struct bench *b = ctx;
    CHECK(strcmp(name, b->file) == 0);
    told_files++;
    return OK;
}

static enum err end_it(struct bench *b, struct tx *tx)
{
    return film_forget(tx, b->film.row, note_name, b);
}

static enum err end_of_patient(struct bench *b, struct tx *tx)
{
    return film_forget_of(tx, PATIENT, note_name, b);
}

static enum err look(struct bench *b, struct tx *tx)
{
    struct film_due due[2];
    uint32_t n = 0;
    enum err err = film_keep_look(tx, b->arena, 0, due, 2, &n);
    rows = n;
    return err;
}

static enum err list_all(struct bench *b, struct tx *tx)
{
    struct buf text;
    struct json_out o;
    (void)b;
    buf_init(&text, 1 << 20);
    json_out_init(&o, &text);
    json_open_array(&o, NULL);
    enum err err = film_keep_list(tx, 1000, &o);
    json_close_array(&o);
    if (!err) err = text.err;
    buf_done(&text);
    return err;
}

TEST(what_runs_is_held_or_is_early_is_not_ended_whoever_writes)
{
    struct bench b;
    CHECK_OK(bench_open(&b));
    CHECK_OK(film_write(&b, false));
    CHECK_OK(in_job(&b, judge));
    CHECK(no == FILM_NO_RUNS);
    CHECK_OK(in_job(&b, of_patient));
    CHECK(no == FILM_NO_RUNS);
    CHECK_ERR(in_job(&b, end_it), ERR_DENIED);
    CHECK_OK(in_job(&b, look));
    CHECK_INT(rows, 0);
    CHECK_OK(in_job(&b, whole));
    CHECK_OK(in_job(&b, judge));
    CHECK(no == FILM_YES);
    CHECK_OK(in_job(&b, early));
    CHECK(no == FILM_NO_EARLY);
    CHECK_OK(in_job(&b, hold));
    CHECK_ERR(in_job(&b, hold), ERR_EXISTS);
    CHECK_OK(in_job(&b, judge));
    CHECK(no == FILM_NO_HELD);
    CHECK_OK(in_job(&b, of_patient));
    CHECK(no == FILM_NO_HELD);
    CHECK_ERR(in_job(&b, end_it), ERR_DENIED);
    CHECK_ERR(in_job(&b, end_of_patient), ERR_DENIED);
    CHECK_OK(in_job(&b, find));
    CHECK_OK(in_job(&b, lift));
    CHECK_ERR(in_job(&b, lift), ERR_NOT_FOUND);
    CHECK_OK(in_job(&b, judge));
    CHECK(no == FILM_YES);
    bench_close(&b);
}

TEST(two_people_end_it_and_what_is_left_is_its_row)
{
    struct bench b;
    struct stat st;
    char gone[720];
    int64_t removed = 0;
    CHECK_OK(bench_open(&b));
    CHECK_OK(film_write(&b, true));
    CHECK_OK(in_job(&b, look));
    CHECK_INT(rows, 1);
    CHECK_OK(in_job(&b, look));
    CHECK_INT(rows, 0);
    CHECK_OK(in_job(&b, judge));
    CHECK_OK(in_job(&b, ask_end));
    CHECK_ERR(in_job(&b, ask_end), ERR_EXISTS);
    CHECK_OK(in_job(&b, asked_of));
    CHECK(in_job(&b, decide_self) != OK);
    CHECK_OK(in_job(&b, decide));
    CHECK_ERR(in_job(&b, decide), ERR_NOT_FOUND);
    CHECK_ERR(in_job(&b, asked_of), ERR_NOT_FOUND);
    told_files = 0;
    CHECK_OK(in_job(&b, end_it));
    CHECK_INT(told_files, 1);
    CHECK_ERR(in_job(&b, find), ERR_NOT_FOUND);
    CHECK_OK(in_job(&b, judge));
    CHECK(no == FILM_NO_GONE && b.found.is_whole && b.found.bytes == b.bytes);
    CHECK_OK(film_sweep(b.store, b.site.recordings, &removed)); /* as at the next start */
    snprintf(gone, sizeof gone, "%s.gone", b.path);
    CHECK(removed == 1 && stat(b.path, &st) != 0 && stat(gone, &st) == 0);
    CHECK_OK(film_sweep(b.store, b.site.recordings, &removed));
    CHECK_INT(removed, 0);
    bench_close(&b);
}

SWEEP(a_recording_is_held_and_ended)
{
    static enum err (*const steps[])(struct bench * b, struct tx * tx) = {
        look, judge, hold, list_all, lift, ask_end, asked_of, decide, end_it, end_of_patient};
    struct bench b;
    int64_t removed;
    enum err err = bench_open(&b);
    if (!err) err = film_write(&b, true);
    for (size_t i = 0; i < COUNT_OF(steps) && !err; i++)
        err = in_job(&b, steps[i]);
    if (!err) err = film_sweep(b.store, b.site.recordings, &removed);
    bench_close(&b);
    return err;
}

/* -- what happened while it was recorded -- */

static int marks;
static char marked[4][120];

static enum err note_mark(void *ctx, const struct film_at *m)
{
    (void)ctx;
    if (marks < (int)COUNT_OF(marked))
        snprintf(marked[marks], sizeof marked[0], "%.*s %.*s on %.*s|%.*s|%.*s", (int)m->kind.bytes,
                 m->kind.at, (int)m->account.bytes, m->account.at, (int)m->on_account.bytes, m->on_account.at,
                 (int)m->on_source.bytes, m->on_source.at, (int)m->on_record.bytes, m->on_record.at);
    marks++;
    return OK;
}

static enum err read_marks(struct bench *b, struct tx *tx)
{
    struct film film;
    marks = 0;
    enum err err = film_by_name(tx, b->arena, str_of(b->name), &film);
    return err ? err : film_marks(tx, b->arena, film.row, note_mark, b);
}

static void happen(struct reel *r, const struct bench *b, enum room_film_kind kind,
                   const struct room_film_on *on)
{
    reel_take(r,
              &(struct room_film_said){.kind = kind, .recording = b->name, .account = "doctor", .on = *on});
}

TEST(who_spoke_and_who_drew_on_what_is_kept_as_long_as_the_key)
{
    struct bench b;
    struct reel *r = NULL;
    CHECK_OK(bench_open(&b));
    CHECK_OK(film_write(&b, true));
    CHECK_OK(reel_new(b.store, b.site.recordings, &r));
    happen(r, &b, ROOM_FILM_SPEAKER, &(struct room_film_on){0});
    happen(r, &b, ROOM_FILM_DRAWING, &(struct room_film_on){.account = "eye"});
    happen(r, &b, ROOM_FILM_DRAWING, &(struct room_film_on){.source = "exam-camera"});
    happen(r, &b, ROOM_FILM_DRAWING, &(struct room_film_on){.record = "1.2.3/4"});
    reel_stop(r);
    reel_free(r);
    CHECK_OK(in_job(&b, read_marks));
    CHECK_INT(marks, 4);
    CHECK_STR(str_of(marked[0]), "speaker doctor on ||");
    CHECK_STR(str_of(marked[1]), "drawing doctor on eye||");
    CHECK_STR(str_of(marked[2]), "drawing doctor on |exam-camera|");
    CHECK_STR(str_of(marked[3]), "drawing doctor on ||1.2.3/4");
    CHECK_OK(in_job(&b, judge));
    CHECK_OK(in_job(&b, end_it));
    CHECK_OK(in_job(&b, read_marks));
    CHECK_INT(marks, 0);
    bench_close(&b);
}

/* -- its way to the disk -- */

static void part(struct reel *r, uint32_t film, int64_t offset, const void *at, size_t bytes)
{
    reel_take(r,
              &(struct room_film_said){
                  .kind = ROOM_FILM_PART, .film = film, .part = 1, .offset = offset, .bytes = {at, bytes}});
}

static enum err no_files(struct bench *b, struct tx *tx)
{
    struct stmt *q;
    bool row;
    (void)b;
    enum err err = db_stmt(tx->db, "SELECT count(*) FROM recording_file WHERE bytes IS NOT NULL", &q);
    if (err) return err;
    err = stmt_step(q, &row);
    rows = stmt_get_int(q, 0);
    stmt_done(q);
    return err;
}

TEST(a_part_that_is_missing_ends_its_file_and_is_told_once)
{
    struct bench b;
    struct reel *r;
    uint8_t head[RECORDING_HEAD_BYTES + 100] = "YQREC1\n";
    struct stat st;
    char path[700];
    CHECK_OK(bench_open(&b));
    CHECK_OK(reel_new(b.store, b.site.recordings, &r));
    CHECK_OK(in_job(&b, begin));
    memset(head + 8, 0x5a, RECORDING_ID_BYTES);
    reel_take(r, &(struct room_film_said){.kind = ROOM_FILM_BEGUN, .film = 3, .recording = b.name});
    part(r, 3, 0, head, sizeof head);
    part(r, 3, sizeof head, "whole", 5);
    part(r, 3, sizeof head + 9, "what is before it is missing", 28);
    part(r, 3, sizeof head + 37, "and all behind it", 17);
    reel_take(r, &(struct room_film_said){.kind = ROOM_FILM_DONE,
                                          .film = 3,
                                          .part = 1,
                                          .offset = 200,
                                          .bytes = {(const char *)head, DIGEST_BYTES}});
    reel_stop(r);
    CHECK_INT(reel_lost(r), 3);
    CHECK_INT(reel_lost(r), 0);
    snprintf(path, sizeof path, "%s/5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a", b.site.recordings);
    CHECK(stat(path, &st) == 0 && st.st_size == (off_t)sizeof head + 5);
    CHECK_OK(in_job(&b, no_files));
    CHECK_INT(rows, 0);
    reel_free(r);
    bench_close(&b);
}

SWEEP(a_recording_is_brought_out)
{
    struct bench b;
    struct film_proof p;
    char copy[200];
    enum err err = bench_open(&b);
    if (!err) err = film_write(&b, true);
    if (!err) err = in_job(&b, find);
    if (!err) err = film_prove(b.site.recordings, &b.found, b.key, &p);
    if (!err) CHECK(p.flaw == FILM_SOUND);
    snprintf(copy, sizeof copy, "%s.film", b.out);
    if (!err) err = film_copy(b.site.recordings, &b.found, b.key, &p, copy, false);
    bench_close(&b);
    return err;
}

/* The demo's site: what desk/demo generates is written through the store of records, in transactions of some hundred bodies. The last one
 * ties the accounts to their persons and so says that it is done; before that it is begun again, and bodies that stand are left. */
#include "base/mem.h"
#include "desk/agenda.h"
#include "desk/demo.h"
#include "desk/ops_run.h"
#include "desk/schedule.h"
#include "records/person.h"
#include "records/record.h"

enum {
    BATCH = 400,
    BATCH_BYTES_MAX = 4 * 1024 * 1024,
    WRITE_ARENA_BYTES = 512 * 1024 * 1024,
    BODIES_ABOUT = 13500
};

struct body {
    struct str type, id, text;
};

struct batch {
    struct op *op;
    struct arena *arena; /* of the bodies that wait */
    struct body bodies[BATCH];
    int count;
    int64_t written;
};

static enum err write_one(struct tx *tx, struct record_reader *who, const struct body *b)
{
    struct tape tape;
    struct tape_fault why;
    struct record record;
    enum record_done done;
    struct record_fault fault = {0};
    enum err err = tape_read(who->arena, b->text, RECORD_NODES_MAX, &tape, &why);
    if (!err)
        err =
            record_update(tx, who, fhir_resource_of(b->type), b->id, &tape, 0, NULL, &record, &done, &fault);
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

static enum err write_batch(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct batch *b = with;
    struct record_reader who = {.records = op->site->records, .arena = arena_new(WRITE_ARENA_BYTES)};
    enum err err = who.arena ? OK : ERR_NOMEM;
    for (int i = 0; i < b->count && !err; i++)
        err = write_one(tx, &who, &b->bodies[i]);
    arena_free(who.arena);
    return err ? err : op_audit(op, job, "demo.records", NULL, NULL);
}

static enum err flush(struct batch *b)
{
    if (b->count == 0) return OK;
    enum err err = op_write(b->op, write_batch, b);
    b->written += b->count;
    b->count = 0;
    arena_free(b->arena);
    b->arena = arena_new(2 * BATCH_BYTES_MAX);
    op_tell(b->op, b->written < BODIES_ABOUT ? b->written : BODIES_ABOUT, BODIES_ABOUT);
    return err ? err : b->arena ? OK : ERR_NOMEM;
}

static enum err take(void *ctx, struct str type, struct str id, struct str text)
{
    struct batch *b = ctx;
    struct body *to = &b->bodies[b->count];
    to->type = (struct str){arena_text(b->arena, type.at, type.bytes), type.bytes};
    to->id = (struct str){arena_text(b->arena, id.at, id.bytes), id.bytes};
    to->text = (struct str){arena_text(b->arena, text.at, text.bytes), text.bytes};
    if (!to->type.at || !to->id.at || !to->text.at) return ERR_NOMEM;
    b->count++;
    return b->count == BATCH || arena_used(b->arena) > BATCH_BYTES_MAX ? flush(b) : OK;
}

/* -- the accounts' persons -- */

static enum err bind_one(struct op *op, struct tx *tx, const char *name)
{
    const char *person = demo_person_of(name);
    struct account account;
    struct record_head head;
    if (!person) return OK;
    struct str id = str_of(person), type = str_cut(&id, '/');
    enum err err = account_find_name(tx, op->arena, str_of(name), &account);
    if (!err) err = record_head_find(tx, op->arena, fhir_resource_of(type), id, &head);
    if (!err) err = person_bind(tx, account.id, head.row, str_is_text(type, "Patient"), 0);
    return err;
}

/* What stands beside the bookings that are to come: rooms, whose members are accounts, errands, invitations. */
static enum err adopt_all(struct op *op, struct tx *tx)
{
    struct schedule s = {.tx = tx, .server = {.records = op->site->records, .arena = op->arena}};
    enum err err = OK;
    for (int n = 1; !err; n++) {
        const char *id = arena_printf(op->arena, DEMO_BOOKING, n);
        err = id ? schedule_adopt(&s, str_of(id)) : ERR_NOMEM;
    }
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err bind_all(struct op *op, struct tx *tx, struct job *job, void *with)
{
    enum err err = OK;
    for (const char *const *name = with; *name && !err; name++)
        err = bind_one(op, tx, *name);
    if (!err) err = adopt_all(op, tx);
    return err ? err : op_audit(op, job, "demo.persons", NULL, NULL);
}

/* No day is a holiday, and custody brings people at any hour: for who tries the demo in the evening. */
static enum err open_always(struct op *op, struct tx *tx, struct job *job, void *with)
{
    static const struct {
        const char *name, *text;
    } texts[] = {{"calendar", "# no holidays\n"}, {"custody-day", "Mon-Sun 00:00-24:00\n"}};
    char why[CALENDAR_WHY_BYTES];
    enum err err = OK;
    (void)with;
    for (size_t i = 0; i < COUNT_OF(texts) && !err; i++)
        err = agenda_text_put(tx, str_of(texts[i].name), str_of(texts[i].text), 0, STR("demo"), why);
    if (err == ERR_EXISTS) err = OK; /* a demo that was broken off had come so far */
    return err ? err : op_audit(op, job, "demo.hours", NULL, NULL);
}

static enum err is_bound(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct account account;
    struct person person = {0};
    (void)job;
    enum err err = account_find_name(tx, op->arena, STR("guqinghe"), &account);
    if (!err) err = person_find(tx, account.id, &person);
    *(bool *)with = person.practitioner != 0;
    return err;
}

enum err op_demo_site(struct op *op, const char *const *accounts, unsigned how)
{
    bool is_there = false;
    if (!op->site->records) return OK;
    enum err err = op_read(op, is_bound, &is_there);
    if (err || is_there) return err;
    struct batch *b = mem_zalloc(sizeof *b);
    if (!b) return ERR_NOMEM;
    b->op = op;
    b->arena = arena_new(2 * BATCH_BYTES_MAX);
    err = b->arena ? demo_site(clock_now(), DEMO_DETAINEES, how, take, b) : ERR_NOMEM;
    if (!err) err = flush(b);
    if (!err && op->site->files[0]) err = op_demo_images(op);
    if (!err && how & DEMO_ANY_HOUR) err = op_write(op, open_always, NULL);
    if (!err) err = op_write(op, bind_all, (void *)(uintptr_t)accounts);
    arena_free(b->arena);
    mem_free(b);
    return err;
}

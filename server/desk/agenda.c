#include "base/mem.h"
#include "base/zone_file.h"
#include "desk/agenda_own.h"
#include "records/roll.h"
#include "scheduler/holidays.h"
#include "scheduler/joint.h"
#include <pthread.h>
#include <stdio.h>

static const char texts_sql[] = "CREATE TABLE agenda_text ("
                                " name TEXT PRIMARY KEY CHECK (name IN ('calendar', 'custody-day')),"
                                " text TEXT NOT NULL CHECK (length(text) <= 65536),"
                                " version INTEGER NOT NULL CHECK (version > 0),"
                                " changed INTEGER NOT NULL,"
                                " account TEXT NOT NULL"
                                ") STRICT, WITHOUT ROWID;";

const struct migration agenda_migrations[] = {
    {341, "the site's words on holidays and on the detainees' day", texts_sql},
    {0, NULL, NULL},
};

/* When a detainee can be brought: between the morning's count and the evening's, not during the meal. */
static const char custody_day[] = "Mon-Sun 08:30-11:30\nMon-Sun 14:00-17:30\n";

static const char *const kinds[AGENDA_KINDS] = {"specialist", "clinic-doctor", "nurse",  "interpreter",
                                                "escort",     "room",          "device", "patient"};

const char *agenda_kind_text(enum agenda_kind kind)
{
    ASSERT(kind < AGENDA_KINDS);
    return kinds[kind];
}

bool agenda_kind_from(struct str text, enum agenda_kind *ret)
{
    for (size_t i = 0; i < AGENDA_KINDS; i++)
        if (str_is_text(text, kinds[i])) return *ret = (enum agenda_kind)i, true;
    return false;
}

bool agenda_kind_is_person(enum agenda_kind kind)
{
    return kind <= AGENDA_ESCORT;
}

/* -- the site's words -- */

static bool is_text_name(struct str name)
{
    return str_is_text(name, "calendar") || str_is_text(name, "custody-day");
}

enum err agenda_text(struct tx *tx, struct arena *arena, struct str name, struct agenda_text *ret)
{
    struct stmt *s;
    bool row;
    if (!is_text_name(name)) return ERR_NOT_FOUND;
    enum err err = db_stmt(tx->db, "SELECT text, version FROM agenda_text WHERE name = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, name);
    err = stmt_step(s, &row);
    if (err) return err;
    struct str text =
        row ? stmt_get_str(s, 0) : str_of(str_is_text(name, "calendar") ? holidays_cn : custody_day);
    ret->text = (struct str){arena_text(arena, text.at, text.bytes), text.bytes};
    ret->version = row ? stmt_get_int(s, 1) : 0;
    stmt_done(s);
    return ret->text.at ? OK : ERR_NOMEM;
}

static enum err check_text(struct str name, struct str text, char ret_why[CALENDAR_WHY_BYTES])
{
    struct calendar calendar = {0};
    struct roster_hours *hours;
    uint16_t n;
    if (text.bytes > AGENDA_TEXT_BYTES_MAX) return ERR_LIMIT;
    if (str_is_text(name, "calendar")) {
        enum err err = calendar_parse(text, &calendar, ret_why);
        calendar_done(&calendar);
        return err;
    }
    struct arena *arena = arena_new(AGENDA_TEXT_BYTES_MAX);
    enum err err = arena ? agenda_hours_parse(arena, text, &hours, &n, ret_why) : ERR_NOMEM;
    arena_free(arena);
    return err;
}

enum err agenda_text_put(struct tx *tx, struct str name, struct str text, int64_t version, struct str account,
                         char ret_why[CALENDAR_WHY_BYTES])
{
    struct stmt *s;
    if (!is_text_name(name)) return ERR_NOT_FOUND;
    enum err err = check_text(name, text, ret_why);
    if (!err)
        err = db_stmt(tx->db,
                      version ? "UPDATE agenda_text SET text = ?2, version = ?3 + 1, changed = ?4, account ="
                                " ?5 WHERE name = ?1 AND version = ?3"
                              : "INSERT INTO agenda_text (name, text, version, changed, account)"
                                " VALUES (?1, ?2, ?3 + 1, ?4, ?5)",
                      &s);
    if (err) return err;
    stmt_str(s, 1, name);
    stmt_str(s, 2, text);
    stmt_int(s, 3, version);
    stmt_instant(s, 4, tx->now);
    stmt_str(s, 5, account);
    err = stmt_run(s);
    return err ? err : db_changes(tx->db) ? OK : ERR_EXISTS;
}

/* -- zones -- */

bool agenda_zone_is(struct str name)
{
    struct zone *zone;
    if (zone_load(name, &zone)) return false;
    zone_free(zone);
    return true;
}

const struct zone *agenda_zone(struct agenda_whole *w, struct str name)
{
    for (uint32_t i = 0; i < w->zone_count; i++)
        if (str_is(w->zones[i].name, name)) return w->zones[i].zone;
    struct zone *zone;
    char *copy = arena_text(w->arena, name.at, name.bytes);
    if (w->zone_count == AGENDA_ZONES_MAX || !copy || zone_load(name, &zone)) return w->view.zone;
    w->zones[w->zone_count++] = (struct agenda_zone){{copy, name.bytes}, zone};
    return zone;
}

/* -- views -- */

enum { SPARE_MAX = 8 };

struct agenda {
    pthread_mutex_t lock;
    struct agenda_whole *now;
    char zone_name[64];
    struct joint *spare[SPARE_MAX];
    uint32_t spare_count;
};

struct agenda *agenda_new(const char *zone_name)
{
    struct agenda *a = mem_zalloc(sizeof *a);
    if (!a) return NULL;
    snprintf(a->zone_name, sizeof a->zone_name, "%s", zone_name && *zone_name ? zone_name : "Asia/Shanghai");
    if (pthread_mutex_init(&a->lock, NULL)) return mem_free(a), NULL;
    return a;
}

static void whole_free(struct agenda_whole *w)
{
    if (!w) return;
    for (uint32_t i = 0; i < w->zone_count; i++)
        zone_free(w->zones[i].zone);
    calendar_done(&w->calendar);
    arena_free(w->arena);
    mem_free(w);
}

void agenda_view_free(const struct agenda_view *v)
{
    struct agenda_whole *w = (struct agenda_whole *)(uintptr_t)v;
    if (w && atomic_fetch_sub(&w->users, 1) == 1) whole_free(w);
}

void agenda_free(struct agenda *a)
{
    if (!a) return;
    if (a->now) agenda_view_free(&a->now->view);
    while (a->spare_count)
        joint_free(a->spare[--a->spare_count]);
    pthread_mutex_destroy(&a->lock);
    mem_free(a);
}

static enum err stamp_of(struct tx *tx, int64_t *ret)
{
    enum err err = OK;
    struct stmt *s;
    bool row;
    int64_t most = 0, seq;
    for (size_t i = 0; agenda_types[i] && !err; i++) {
        err = roll_seq(tx, fhir_resource_of(str_of(agenda_types[i])), &seq);
        if (!err && seq > most) most = seq;
    }
    if (!err) err = db_stmt(tx->db, "SELECT ifnull(sum(version), 0) FROM agenda_text", &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    /* Both only rise; so does this. */
    *ret = most + (stmt_get_int(s, 0) << 40);
    stmt_done(s);
    return OK;
}

static enum err read_texts(struct agenda_whole *w, struct tx *tx)
{
    struct agenda_text text;
    struct roster_hours *hours;
    char why[CALENDAR_WHY_BYTES];
    uint16_t n;
    enum err err = agenda_text(tx, w->arena, STR("calendar"), &text);
    if (!err) err = calendar_parse(text.text, &w->calendar, why) ? ERR_CORRUPT : OK;
    if (!err) err = agenda_text(tx, w->arena, STR("custody-day"), &text);
    if (!err) err = agenda_hours_parse(w->arena, text.text, &hours, &n, why);
    if (err == ERR_BAD_INPUT) err = ERR_CORRUPT;
    struct roster_plan *plan = err ? NULL : arena_zalloc(w->arena, sizeof *plan);
    if (err || !plan) return err ? err : ERR_NOMEM;
    *plan = (struct roster_plan){date_of(1970, 1, 1), date_of(9999, 12, 31), 1, hours, n};
    w->view.calendar = &w->calendar;
    w->view.patient = (struct roster){
        .zone = w->view.zone, .calendar = &w->calendar, .works_always = true, .plans = plan, .plan_count = 1};
    return OK;
}

static enum err whole_new(struct agenda *a, struct tx *tx, struct records *records, int64_t stamp,
                          struct agenda_whole **ret)
{
    struct agenda_whole *w = mem_zalloc(sizeof *w);
    if (!w) return ERR_NOMEM;
    struct zone *zone = NULL;
    atomic_init(&w->users, 1);
    w->stamp = stamp;
    w->arena = arena_new(AGENDA_BYTES_MAX);
    enum err err = w->arena ? OK : ERR_NOMEM;
    if (!err && zone_load(str_of(a->zone_name), &zone)) err = zone_china(&zone);
    if (!err) {
        w->zones[w->zone_count++] = (struct agenda_zone){str_of(a->zone_name), zone};
        w->view.zone = zone;
        err = read_texts(w, tx);
    }
    if (!err) err = agenda_read(w, tx, records);
    if (err)
        whole_free(w);
    else
        *ret = w;
    return err;
}

enum err agenda_view(struct agenda *a, struct tx *tx, struct records *records, const struct agenda_view **ret)
{
    int64_t stamp = 0;
    struct agenda_whole *fresh = NULL, *old = NULL;
    enum err err = stamp_of(tx, &stamp);
    if (err) return err;
    pthread_mutex_lock(&a->lock);
    if (!a->now || a->now->stamp < stamp) {
        err = whole_new(a, tx, records, stamp, &fresh);
        if (!err) old = a->now, a->now = fresh;
    }
    if (!err) {
        atomic_fetch_add(&a->now->users, 1);
        *ret = &a->now->view;
    }
    pthread_mutex_unlock(&a->lock);
    if (old) agenda_view_free(&old->view);
    return err;
}

struct joint *agenda_joint(struct agenda *a)
{
    pthread_mutex_lock(&a->lock);
    struct joint *j = a->spare_count ? a->spare[--a->spare_count] : NULL;
    pthread_mutex_unlock(&a->lock);
    return j ? j : joint_new();
}

void agenda_joint_back(struct agenda *a, struct joint *joint)
{
    if (!joint) return;
    pthread_mutex_lock(&a->lock);
    bool is_kept = a->spare_count < SPARE_MAX;
    if (is_kept) a->spare[a->spare_count++] = joint;
    pthread_mutex_unlock(&a->lock);
    if (!is_kept) joint_free(joint);
}

/* -- asking -- */

const struct agenda_resource *agenda_find(const struct agenda_view *v, int64_t row, enum agenda_kind kind)
{
    for (uint32_t i = 0; i < v->count; i++)
        if (v->at[i].row == row && (kind == AGENDA_KINDS || v->at[i].kind == kind)) return &v->at[i];
    return NULL;
}

const struct agenda_resource *agenda_find_reference(const struct agenda_view *v, struct str reference,
                                                    enum agenda_kind kind)
{
    struct str id = reference, type = str_cut(&id, '/');
    for (uint32_t i = 0; i < v->count; i++)
        if (str_is(v->at[i].id, id) && str_is(v->at[i].type, type) &&
            (kind == AGENDA_KINDS || v->at[i].kind == kind))
            return &v->at[i];
    return NULL;
}

bool agenda_may(const struct agenda_resource *r, struct instant until)
{
    return !r->is_suspended && (r->licence_ends.ms == 0 || until.ms <= r->licence_ends.ms);
}

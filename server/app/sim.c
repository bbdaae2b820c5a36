#include "app/sim.h"
#include "app/sim_doors.h"
#include "base/json.h"
#include "desk/demo_day.h"
#include "desk/ops.h"
#include <stdio.h>

enum { ARENA_BYTES = 64 << 20, SITE_OFFSET_MS = 8 * 3600 * 1000, RATE_MAX = 100000 };

struct asked {
    struct demo_day day;
    struct str mllp, drop, poll;
};

static enum err wrong(char why[256], const char *words)
{
    snprintf(why, 256, "%s", words);
    return ERR_BAD_INPUT;
}

static int64_t number(const struct json *args, const char *key, int64_t unless)
{
    int64_t n = unless;
    (void)json_int(json_get(args, key), &n);
    return n;
}

static enum err read_args(const struct json *args, struct asked *a, struct sim *s)
{
    struct str text;
    int doors = json_text(json_get(args, "mllp"), &a->mllp) + json_text(json_get(args, "drop"), &a->drop) +
                json_text(json_get(args, "poll_serve"), &a->poll);
    int64_t people = number(args, "people", 300), seed = number(args, "seed", 1);
    if (doors != 1) return wrong(s->why, "one of --mllp, --drop and --poll-serve is wanted");
    if (people < 1 || people > DEMO_DAY_PEOPLE_MAX) return wrong(s->why, "--people: 1 to 10000");
    if (seed < 0 || seed > 999) return wrong(s->why, "--seed: 0 to 999");
    s->rate = number(args, "rate", 0);
    if (s->rate < 0 || s->rate > RATE_MAX) return wrong(s->why, "--rate: 1 to 100000 a second");
    a->day = (struct demo_day){.seed = (uint64_t)seed, .people = (int)people};
    a->day.day.days = (int32_t)((clock_now().ms + SITE_OFFSET_MS) / 86400000);
    if (json_text(json_get(args, "date"), &text) && !date_from_text(text, &a->day.day))
        return wrong(s->why, "--date: a day as 2026-11-27 is wanted");
    s->charset = CHARSET_UTF8;
    if (json_text(json_get(args, "charset"), &text) && (!text.bytes || !charset_from_name(text, &s->charset)))
        return wrong(s->why, "--charset: utf-8 or gb18030");
    if (a->poll.bytes && s->charset != CHARSET_UTF8)
        return wrong(s->why, "--poll-serve: JSON is UTF-8, without --charset");
    return OK;
}

static enum err tell(struct sim *s, const struct asked *a)
{
    struct link_address address;
    if (a->drop.bytes) return sim_drop(s, a->drop.at);
    if (link_address_from_text(a->mllp.bytes ? a->mllp : a->poll, &address) != OK)
        return wrong(s->why, "an address and a port are wanted, as 10.0.0.7:2575");
    return a->mllp.bytes ? sim_mllp(s, &address) : sim_poll(s, &address);
}

static void write_answer(const struct sim *s, struct buf *answer)
{
    struct json_out o;
    json_out_init(&o, answer);
    json_open(&o, NULL);
    json_put_bool(&o, "ok", true);
    json_put_int(&o, "exit", s->refused ? OPS_NOT_SO : OPS_DONE);
    json_open(&o, "result");
    json_put_int(&o, "events", (int64_t)s->n);
    json_put_int(&o, "taken", (int64_t)s->taken);
    json_put_int(&o, "refused", (int64_t)s->refused);
    json_close(&o);
    json_close(&o);
}

enum err sim_run(struct str request, struct buf *answer, char ret_why[256])
{
    struct json *read;
    struct asked a = {0};
    struct sim s = {.why = ret_why};
    struct event *events;
    char day[DATE_TEXT_BYTES];
    struct arena *arena = arena_new(ARENA_BYTES);
    enum err err = json_parse(request, &read, NULL);
    if (!err) err = read_args(json_get(read, "args"), &a, &s);
    if (!err) err = arena ? demo_day_events(&a.day, arena, &events, &s.n) : ERR_NOMEM;
    if (!err) {
        date_text(a.day.day, day);
        snprintf(s.name, sizeof s.name, "registry-sim-%llu-%s", (unsigned long long)a.day.seed, day);
        s.events = events;
        s.started = clock_tick();
        err = tell(&s, &a);
    }
    if (!err) write_answer(&s, answer);
    json_free(read);
    arena_free(arena);
    return err ? err : answer->err;
}

#include "desk/demo_gen.h"
#include "records/record.h"
#include <stdio.h>

enum { BODY_BYTES_MAX = 256 * 1024, SITE_OFFSET_MIN = 8 * 60 };

/* -- numbers: splitmix64 -- */

void demo_seed(struct demo_gen *g, uint64_t stream)
{
    g->state = 0x59756e7169616f21u ^ (stream * 0x9e3779b97f4a7c15u);
}

static uint64_t next(struct demo_gen *g)
{
    uint64_t z = (g->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t demo_below(struct demo_gen *g, uint32_t n)
{
    return (uint32_t)((next(g) >> 32) * n >> 32);
}

bool demo_chance(struct demo_gen *g, uint32_t percent)
{
    return demo_below(g, 100) < percent;
}

int demo_between(struct demo_gen *g, int least, int most)
{
    return least + (int)demo_below(g, (uint32_t)(most - least + 1));
}

/* -- a body -- */

void demo_begin(struct demo_gen *g, const char *type, const char *id_format, ...)
{
    va_list args;
    va_start(args, id_format);
    vsnprintf(g->id, sizeof g->id, id_format, args);
    va_end(args);
    g->type = type;
    buf_clear(&g->body);
    json_out_init(&g->o, &g->body);
    json_open(&g->o, NULL);
    json_put_text(&g->o, "resourceType", type);
    json_put_text(&g->o, "id", g->id);
}

void demo_end(struct demo_gen *g)
{
    json_close(&g->o);
    if (!g->err) g->err = g->body.err;
    if (!g->err) g->err = g->put(g->ctx, str_of(g->type), str_of(g->id), buf_str(&g->body));
}

void demo_text(struct demo_gen *g, const char *key, const char *text)
{
    json_put_text(&g->o, key, text);
}

void demo_open(struct demo_gen *g, const char *key)
{
    json_open(&g->o, key);
}

void demo_close(struct demo_gen *g)
{
    json_close(&g->o);
}

void demo_list(struct demo_gen *g, const char *key)
{
    json_open_array(&g->o, key);
}

void demo_list_end(struct demo_gen *g)
{
    json_close_array(&g->o);
}

void demo_number(struct demo_gen *g, const char *key, const char *format, ...)
{
    char text[32];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_put_raw(&g->o, key, str_of(text));
}

void demo_ref(struct demo_gen *g, const char *key, const char *display, const char *format, ...)
{
    char text[2 * DEMO_ID_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_open(&g->o, key);
    json_put_text(&g->o, "reference", text);
    if (display) json_put_text(&g->o, "display", display);
    json_close(&g->o);
}

void demo_coding(struct demo_gen *g, const char *key, const char *system, const char *code,
                 const char *display)
{
    json_open(&g->o, key);
    json_put_text(&g->o, "system", system);
    json_put_text(&g->o, "code", code);
    if (display) json_put_text(&g->o, "display", display);
    json_close(&g->o);
}

void demo_concept(struct demo_gen *g, const char *key, const char *system, const char *code,
                  const char *display, const char *text)
{
    json_open(&g->o, key);
    json_open_array(&g->o, "coding");
    demo_coding(g, NULL, system, code, display);
    json_close_array(&g->o);
    if (text) json_put_text(&g->o, "text", text);
    json_close(&g->o);
}

void demo_concepts(struct demo_gen *g, const char *key, const char *system, const char *code,
                   const char *display)
{
    json_open_array(&g->o, key);
    demo_concept(g, NULL, system, code, display, NULL);
    json_close_array(&g->o);
}

void demo_identifier(struct demo_gen *g, const char *system, const char *format, ...)
{
    char text[64];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_open_array(&g->o, "identifier");
    json_open(&g->o, NULL);
    json_put_text(&g->o, "system", system);
    json_put_text(&g->o, "value", text);
    json_close(&g->o);
    json_close_array(&g->o);
}

static void when_text(int64_t minute, char ret_text[32])
{
    char utc[INSTANT_TEXT_BYTES];
    instant_text((struct instant){minute * 60000}, utc); /* the site's own clock, read as if it were UTC */
    snprintf(ret_text, 32, "%.19s+08:00", utc);
}

void demo_when(struct demo_gen *g, const char *key, int64_t minute)
{
    char text[32];
    when_text(minute, text);
    json_put_text(&g->o, key, text);
}

void demo_date(struct demo_gen *g, const char *key, int64_t day)
{
    char text[32];
    when_text(day * MINUTES_A_DAY, text);
    text[10] = 0;
    json_put_text(&g->o, key, text);
}

void demo_period(struct demo_gen *g, const char *key, int64_t from, int64_t to)
{
    json_open(&g->o, key);
    demo_when(g, "start", from);
    if (to) demo_when(g, "end", to);
    json_close(&g->o);
}

void demo_security(struct demo_gen *g, const char *code, const char *display)
{
    json_open(&g->o, "meta");
    json_open_array(&g->o, "security");
    demo_coding(g, NULL, SYSTEM_ACT, code, display);
    json_close_array(&g->o);
    json_close(&g->o);
}

void demo_for_custody(struct demo_gen *g)
{
    json_open(&g->o, "meta");
    json_open_array(&g->o, "security");
    demo_coding(g, NULL, RECORD_LABEL_SYSTEM, "custody", NULL);
    json_close_array(&g->o);
    json_close(&g->o);
}

enum err demo_site(struct instant now, int detainees, unsigned how, demo_put *put, void *ctx)
{
    struct demo_gen g = {.put = put, .ctx = ctx, .is_any_hour = how & DEMO_ANY_HOUR};
    ASSERT(detainees >= 1 && detainees <= DEMO_DETAINEES);
    g.minute = now.ms / 60000 + SITE_OFFSET_MIN;
    g.today = g.minute / MINUTES_A_DAY;
    buf_init(&g.body, BODY_BYTES_MAX);
    demo_places(&g);
    demo_staff(&g);
    demo_hospitals(&g);
    demo_people(&g, detainees);
    demo_intakes(&g, detainees);
    demo_open_calls(&g, detainees);
    demo_results(&g, detainees);
    demo_escorts(&g, detainees);
    demo_consults(&g, detainees, how & DEMO_UNBOOKED);
    demo_outbreak(&g, detainees);
    buf_done(&g.body);
    return g.err;
}

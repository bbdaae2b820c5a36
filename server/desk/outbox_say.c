/* What is written outside: a letter or a word to the gateway, for a booking's message or a ring. */
#include "desk/calendar_feed.h"
#include "desk/outbox_own.h"
#include "desk/outbox_texts.h"
#include "mail/letter.h"
#include <stdio.h>

enum { BODY_MAX = 128 * 1024 };

static enum outbox_noun noun_of(const struct outbox_due *d, const struct booking *b)
{
    if (!b) return OUTBOX_CONSULTATION;
    const struct appt_seat *seat = appt_seat_of(&b->appt, (struct resource_id){(uint64_t)d->person});
    return seat && b->needs[seat->role].kind == AGENDA_ESCORT ? OUTBOX_ESCORT : OUTBOX_CONSULTATION;
}

static void put_time(struct buf *to, const struct zone *z, struct instant from, struct instant until)
{
    char day[DATE_TEXT_BYTES];
    struct wall w = zone_wall(z, from), end = zone_wall(z, until);
    date_text(wall_date(w), day);
    buf_printf(to, "%s %02d:%02d", day, wall_second(w) / 3600, wall_second(w) / 60 % 60);
    if (until.ms > from.ms) buf_printf(to, "–%02d:%02d", wall_second(end) / 3600, wall_second(end) / 60 % 60);
}

static void put_words(struct buf *to, const struct outbox_due *d, const struct agenda_view *v,
                      const char *zone, enum outbox_noun noun, bool english)
{
    buf_printf(to, "%s\r\n", outbox_subject(d->kind, noun, english));
    put_time(to, v->zone, d->start, d->ring ? d->start : d->end);
    buf_printf(to, " (%s)\r\n", zone);
    if (str_is_text(d->kind, "reminder")) {
        outbox_ahead(to, d->rule, english);
        buf_add_text(to, "\r\n");
    }
    buf_printf(to, "%s\r\n", outbox_footer(english));
}

static enum err letter_of(struct schedule *s, const struct outbox_due *d, const struct booking *b,
                          const char *from, const char *address, const char *zone, struct buf *to)
{
    struct buf text, calendar, subject;
    enum outbox_noun noun = noun_of(d, b);
    char *token = arena_text(s->server.arena, d->token.at, d->token.bytes);
    if (!token) return ERR_NOMEM;
    buf_init(&text, BODY_MAX);
    buf_init(&calendar, BODY_MAX);
    buf_init(&subject, BODY_MAX);
    outbox_title(&subject, d->kind, noun);
    buf_add_char(&subject, '\0');
    put_words(&text, d, s->view, zone, noun, false);
    buf_add_text(&text, "\r\n");
    put_words(&text, d, s->view, zone, noun, true);
    enum err err = text.err ? text.err : subject.err;
    if (!err && b) err = calendar_feed_write_one(s, b, d->person, zone, &calendar);
    if (!err)
        err = letter_write(&(struct letter){.from = str_of(from),
                                            .to = str_of(address),
                                            .token = token,
                                            .date = d->made,
                                            .subject = subject.at,
                                            .text = buf_str(&text),
                                            .calendar = buf_str(&calendar)},
                           to);
    buf_done(&text);
    buf_done(&calendar);
    buf_done(&subject);
    return err;
}

static enum err word_of(struct schedule *s, const struct outbox_due *d, const struct booking *b,
                        const char *address, const char *zone, struct buf *to)
{
    struct json_out o;
    enum outbox_noun noun = noun_of(d, b);
    static const char *const keys[] = {"text", "text_en"};
    json_out_init(&o, to);
    json_open(&o, NULL);
    json_put_str(&o, "id", d->token);
    json_put_text(&o, "to", address);
    json_put_str(&o, "kind", d->kind);
    json_put_instant(&o, "start", d->start);
    json_put_instant(&o, "end", d->end);
    json_put_int(&o, "minutes", d->rule);
    for (int english = 0; english < 2; english++) {
        struct buf when, text;
        buf_init(&when, 256);
        buf_init(&text, 1024);
        put_time(&when, s->view->zone, d->start, d->ring ? d->start : d->end);
        outbox_short(&text, d->kind, noun, buf_str(&when), zone, english);
        json_put_str(&o, keys[english], buf_str(&text));
        if ((text.err || when.err) && !to->err) to->err = ERR_NOMEM;
        buf_done(&when);
        buf_done(&text);
    }
    json_close(&o);
    return to->err;
}

enum err outbox_parcel(struct schedule *s, const struct outbox_due *d, const struct booking *b,
                       const struct outbox_way *how, const char *address, const char *zone,
                       struct parcel *ret)
{
    struct buf body;
    buf_init(&body, BODY_MAX);
    enum err err = d->way == PARCEL_MAIL ? letter_of(s, d, b, how->from, address, zone, &body)
                                         : word_of(s, d, b, address, zone, &body);
    char *copy = err ? NULL : arena_copy(s->server.arena, body.at, body.bytes);
    *ret = (struct parcel){.way = d->way,
                           .url = str_of(how->url),
                           .user = str_of(how->user),
                           .from = str_of(how->from),
                           .to = str_of(address),
                           .token = d->token,
                           .trust = str_of(how->trust),
                           .made = s->tx->now.ms / 1000,
                           .body = {copy, body.bytes}};
    if (d->way == PARCEL_MAIL)
        ret->password = str_of(how->secret);
    else
        ret->key = str_of(how->secret);
    buf_done(&body);
    return err ? err : copy ? OK : ERR_NOMEM;
}

#include "app/doors.h"
#include "app/outward.h"
#include "app/workers.h"
#include "base/mem.h"
#include "desk/registry_door.h"
#include "desk/registry_drop.h"
#include "net/mllp_door.h"
#include <stdio.h>
#include <sys/stat.h>

struct doors {
    struct mllp_door *mllp;     /* NULL: not asked for */
    struct registry_drop *drop; /* the same */
    struct registry_poll *poll;
};

static enum err wrong(char why[256], const char *what)
{
    snprintf(why, 256, "%s", what);
    return ERR_BAD_INPUT;
}

static bool is_source(const char *text)
{
    return text[0] && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

static enum err read_from(const struct settings *s, struct mllp_door_settings *ret, char why[256])
{
    struct str rest = str_of(s->registry_from);
    while (rest.bytes > 0) {
        struct str one = str_trim(str_cut(&rest, ','));
        if (one.bytes == 0) continue;
        if (ret->from_n == MLLP_FROM_MAX || !field_block_of(one, &ret->from[ret->from_n]))
            return wrong(why,
                         "[registry] mllp_from: addresses or blocks as 10.0.0.5, 10.1.0.0/16, at most 16");
        ret->from_n++;
    }
    return OK;
}

static enum err read_mllp(const struct settings *s, struct mllp_door_settings *ret, char why[256])
{
    *ret = (struct mllp_door_settings){0};
    snprintf(ret->source, sizeof ret->source, "%s", s->registry_source);
    snprintf(ret->clients, sizeof ret->clients, "%s", s->registry_clients);
    if (!s->registry_mllp[0]) return OK;
    if (link_address_from_text(str_of(s->registry_mllp), &ret->address) != OK)
        return wrong(why, "--mllp: ADDRESS:PORT is wanted, as 127.0.0.1:2575");
    return read_from(s, ret, why);
}

enum err doors_check(const struct settings *s, char ret_why[256])
{
    struct mllp_door_settings mllp;
    if (!is_source(s->registry_source))
        return wrong(ret_why, "[registry] source: letters a-z, digits and - are wanted");
    return read_mllp(s, &mllp, ret_why);
}

static enum err make_poll(struct site *site, const struct settings *s, struct doors *d, char why[256])
{
    struct registry_poll_settings how;
    enum err err = outward_poll(s, &how, why);
    if (!err) err = workers_program_beside("yunqiao-courier", how.program, sizeof how.program);
    if (!err) err = registry_poll_new(site, &how, &d->poll);
    mem_wipe(&how, sizeof how);
    return err;
}

enum err doors_new(struct site *site, const struct settings *s, const struct x509_pair *pair,
                   struct doors **ret, char ret_why[256])
{
    struct mllp_door_settings mllp;
    struct doors *d = mem_zalloc(sizeof *d);
    enum err err = d ? read_mllp(s, &mllp, ret_why) : ERR_NOMEM;
    mllp.pair = pair;
    if (!err && s->registry_mllp[0]) err = mllp_door_new(site, &mllp, &d->mllp, ret_why);
    if (!err && s->registry_drop[0])
        err = registry_drop_new(site, s->registry_source, s->registry_drop, &d->drop, ret_why);
    if (!err && s->registry_url[0]) err = make_poll(site, s, d, ret_why);
    if (err) {
        doors_free(d);
        return err;
    }
    *ret = d;
    return OK;
}

enum err doors_start(struct doors *d)
{
    enum err err = d->mllp ? mllp_door_start(d->mllp) : OK;
    if (!err && d->drop) err = registry_drop_start(d->drop);
    return err || !d->poll ? err : registry_poll_start(d->poll);
}

enum err doors_use_pair(struct doors *d, const struct x509_pair *pair)
{
    return d && d->mllp ? mllp_door_use_pair(d->mllp, pair) : OK;
}

void doors_drain(struct doors *d)
{
    if (d) mllp_door_drain(d->mllp);
}

bool doors_are_quiet(struct doors *d)
{
    return !d || mllp_door_is_quiet(d->mllp);
}

void doors_stop(struct doors *d)
{
    if (!d) return;
    mllp_door_stop(d->mllp);
    registry_drop_stop(d->drop);
    registry_poll_stop(d->poll);
}

void doors_free(struct doors *d)
{
    if (!d) return;
    mllp_door_free(d->mllp);
    registry_drop_free(d->drop);
    registry_poll_free(d->poll);
    mem_free(d);
}

void doors_register_metrics(void)
{
    registry_door_register_metrics();
    mllp_door_register_metrics();
}

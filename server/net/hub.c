#include "net/hub.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rnd.h"

#define ID_TEXT 64

struct notice {
    int64_t id;
    bool ends;
    char *frame; /* JSON, NUL-terminated */
};

struct hub_tab {
    struct list item;
    struct resume_tab tab;
    char account[ID_TEXT], session[ID_TEXT];
    struct role_set roles;
    void *owner;         /* NULL: lost */
    struct instant lost; /* since */
    int64_t next_id;
    int count, sent; /* notices kept, oldest first; of these, sent over the present carrier */
    struct notice notices[HUB_NOTICES_MAX];
};

struct hub {
    struct list tabs;
    struct map *by_tab;
    uint32_t tabs_max;
    struct instant started;
};

struct hub *hub_new(uint32_t tabs_max, struct instant started)
{
    struct hub *h = mem_zalloc(sizeof *h);
    if (!h) return NULL;
    list_init(&h->tabs);
    h->tabs_max = tabs_max;
    h->started = started;
    h->by_tab = map_new(tabs_max);
    if (h->by_tab) return h;
    mem_free(h);
    return NULL;
}

static struct str key_of(const struct resume_tab *tab)
{
    return (struct str){(const char *)tab->at, sizeof tab->at};
}

static void drop_notices(struct hub_tab *t, int n)
{
    for (int i = 0; i < n; i++)
        mem_free(t->notices[i].frame);
    t->count -= n;
    t->sent = t->sent > n ? t->sent - n : 0;
    memmove(t->notices, t->notices + n, (size_t)t->count * sizeof t->notices[0]);
}

static void tab_free(struct hub *h, struct hub_tab *t)
{
    drop_notices(t, t->count);
    map_remove(h->by_tab, key_of(&t->tab));
    list_remove(&t->item);
    mem_free(t);
}

void hub_free(struct hub *h)
{
    if (!h) return;
    list_each (item, after, &h->tabs)
        tab_free(h, list_of(item, struct hub_tab, item));
    map_free(h->by_tab);
    mem_free(h);
}

static void keep_text(char to[ID_TEXT], struct str from)
{
    size_t n = from.bytes < ID_TEXT - 1 ? from.bytes : ID_TEXT - 1;
    memcpy(to, from.at, n);
    to[n] = '\0';
}

static struct hub_tab *longest_lost(struct hub *h)
{
    struct hub_tab *worst = NULL;
    list_each (item, after, &h->tabs) {
        struct hub_tab *t = list_of(item, struct hub_tab, item);
        if (!t->owner && (!worst || t->lost.ms < worst->lost.ms)) worst = t;
    }
    return worst;
}

static enum err tab_new(struct hub *h, struct resume_tab name, const struct hub_join *join,
                        struct hub_tab **ret)
{
    if (map_count(h->by_tab) >= h->tabs_max) {
        struct hub_tab *worst = longest_lost(h);
        if (!worst) return ERR_BUSY;
        tab_free(h, worst);
    }
    struct hub_tab *t = mem_zalloc(sizeof *t);
    if (!t) return ERR_NOMEM;
    t->tab = name;
    /* Ids go on from the clock, so that a tab that comes back after our restart never takes a new notice for an old one. */
    t->next_id = join->now.ms;
    enum err err = map_put(h->by_tab, key_of(&name), t);
    if (err) {
        mem_free(t);
        return err;
    }
    list_add_last(&h->tabs, &t->item);
    *ret = t;
    return OK;
}

enum err hub_join(struct hub *h, const struct hub_join *join, struct hub_tab **ret_tab, bool *ret_resumed,
                  void **ret_before)
{
    struct resume_tab name;
    struct instant written = {0};
    struct hub_tab *t = NULL;
    bool is_named =
        join->resume.bytes > 0 && resume_read(join->resume, join->now, join->who.secret, &name, &written);
    bool was_here = is_named && written.ms < h->started.ms && join->now.ms - h->started.ms < HUB_KEEP_MS;
    ASSERT(join->owner);

    if (is_named) t = map_get(h->by_tab, key_of(&name));
    bool is_known = t != NULL;
    if (!t) {
        if (!was_here) rnd_bytes(name.at, sizeof name.at);
        enum err err = tab_new(h, name, join, &t);
        if (err) return err;
    }
    keep_text(t->account, join->who.account);
    keep_text(t->session, join->who.session);
    t->roles = join->who.roles;
    *ret_before = t->owner;
    t->owner = join->owner;
    t->sent = 0; /* what was not seen is sent again */
    *ret_tab = t;
    *ret_resumed = is_known || was_here;
    return OK;
}

void hub_leave(struct hub *h, struct hub_tab *tab, const void *owner, struct instant now)
{
    (void)h;
    if (tab->owner != owner) return;
    tab->owner = NULL;
    tab->lost = now;
}

void hub_drop(struct hub *h, struct hub_tab *tab)
{
    tab_free(h, tab);
}

void hub_resume_text(const struct hub_tab *tab, struct str secret, struct instant now,
                     char ret_text[RESUME_TEXT_BYTES])
{
    resume_write(tab->tab, now, secret, ret_text);
}

static char *frame_of(int64_t id, const char *kind, const char *data)
{
    struct buf b;
    struct json_out o;
    char *frame = NULL;
    buf_init(&b, HUB_DATA_BYTES_MAX + 256);
    json_out_init(&o, &b);
    json_open(&o, NULL);
    json_put_text(&o, "type", "notice");
    json_put_int(&o, "id", id);
    json_put_text(&o, "kind", kind);
    json_put_raw(&o, "data", str_of(data && *data ? data : "{}"));
    json_close(&o);
    buf_add_char(&b, '\0');
    if (!b.err) frame = mem_copy(b.at, b.bytes);
    buf_done(&b);
    return frame;
}

void hub_tell(struct hub_tab *tab, const char *kind, const char *data)
{
    char *frame = frame_of(tab->next_id, kind, data);
    if (!frame) return;
    if (tab->count == HUB_NOTICES_MAX) drop_notices(tab, 1);
    tab->notices[tab->count++] = (struct notice){tab->next_id++, strcmp(kind, "session_ended") == 0, frame};
}

static bool is_for(const struct hub_tab *t, const struct site_notice *n)
{
    enum role role;
    if (n->session) return strcmp(t->session, n->session) == 0;
    if (n->account) return strcmp(t->account, n->account) == 0;
    return n->role && role_from_name(str_of(n->role), &role) && role_set_has(t->roles, role);
}

void hub_notify(struct hub *h, const struct site_notice *n, void (*due)(void *owner))
{
    list_each (item, after, &h->tabs) {
        struct hub_tab *t = list_of(item, struct hub_tab, item);
        if (!is_for(t, n)) continue;
        hub_tell(t, n->kind, n->data);
        if (t->owner) due(t->owner);
    }
}

bool hub_is_ending(const struct hub_tab *tab)
{
    for (int i = tab->sent; i < tab->count; i++)
        if (tab->notices[i].ends) return true;
    return false;
}

bool hub_next(struct hub_tab *tab, struct str *ret_frame, bool *ret_ends)
{
    if (tab->sent == tab->count) return false;
    const struct notice *n = &tab->notices[tab->sent++];
    *ret_frame = str_of(n->frame);
    *ret_ends = n->ends;
    return true;
}

void hub_seen(struct hub_tab *tab, int64_t id)
{
    int n = 0;
    /* Only what was sent can have been seen, whatever the tab says. */
    while (n < tab->sent && tab->notices[n].id <= id)
        n++;
    drop_notices(tab, n);
}

void hub_sweep(struct hub *h, struct instant now)
{
    list_each (item, after, &h->tabs) {
        struct hub_tab *t = list_of(item, struct hub_tab, item);
        if (!t->owner && now.ms - t->lost.ms > HUB_KEEP_MS) tab_free(h, t);
    }
}

uint32_t hub_count(const struct hub *h)
{
    return map_count(h->by_tab);
}

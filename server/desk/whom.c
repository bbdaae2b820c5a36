#include "desk/whom.h"

/* The cell that is open in the custody's own Encounter; a stay that ended stands before it. */
static enum err cell_of(struct tx *tx, struct record_reader *server, struct str id, struct str *ret)
{
    struct chart_list list;
    uint32_t at;
    enum err err = chart_list(tx, server, "Encounter", id,
                              "&type=urn:yunqiao:encounter|custody&status=in-progress", &list);
    if (err || list.count == 0) return err;
    const struct chart_item *stay = &list.at[0];
    uint32_t all = tape_get(&stay->tape, 0, STR("location"));
    for (uint32_t i = 0; (at = tape_at(&stay->tape, all, i)) != TAPE_NONE; i++)
        if (str_is_text(chart_text(server, stay, at, "status"), "active"))
            *ret = chart_text(server, stay, at, "location.display");
    return OK;
}

/* Its text, or put together as it is said: a Chinese name without a blank. */
static struct str name_of(struct record_reader *server, const struct chart_item *item)
{
    struct str text = chart_text(server, item, 0, "name.text");
    struct str family = chart_text(server, item, 0, "name.family"),
               given = chart_text(server, item, 0, "name.given");
    if (text.bytes) return text;
    bool is_han = family.bytes && (unsigned char)family.at[0] >= 0xe3;
    char *both = is_han ? arena_printf(server->arena, "%.*s%.*s", (int)family.bytes, family.at,
                                       (int)given.bytes, given.bytes ? given.at : "")
                        : arena_printf(server->arena, "%.*s%s%.*s", (int)given.bytes,
                                       given.bytes ? given.at : "", given.bytes && family.bytes ? " " : "",
                                       (int)family.bytes, family.bytes ? family.at : "");
    return both ? str_of(both) : (struct str){"", 0};
}

enum err whom_of(struct tx *tx, struct record_reader *server, struct str patient, struct whom *ret)
{
    struct chart_item item;
    struct str id = patient, type = str_cut(&id, '/');
    *ret = (struct whom){id, {"", 0}, {"", 0}, {"", 0}};
    if (!str_is_text(type, "Patient")) return OK;
    enum err err = chart_one(tx, server, "Patient", id, &item);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    ret->name = name_of(server, &item);
    ret->number = chart_text(server, &item, 0, "identifier.value");
    return cell_of(tx, server, id, &ret->cell);
}

static void put(struct json_out *o, const char *key, struct str text)
{
    json_put_str(o, key, text.at ? text : (struct str){"", 0});
}

void whom_put(struct json_out *o, const struct whom *w)
{
    json_open(o, "patient");
    put(o, "id", w->id);
    put(o, "name", w->name);
    put(o, "number", w->number);
    put(o, "cell", w->cell);
    json_close(o);
}

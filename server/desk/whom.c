#include "desk/whom.h"
#include "desk/custody.h"

/* The cell of who is in one; who is out of the house has none. */
static enum err cell_of(struct tx *tx, struct record_reader *server, struct str id, struct str *ret)
{
    struct custody custody;
    enum err err = custody_of(tx, server, id, &custody);
    if (!err && custody.cell_words.bytes) *ret = custody.cell_words;
    return err;
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

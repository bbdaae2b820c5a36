#include "records/body.h"

static void write_value(const struct tape *t, uint32_t node, const struct body_stamp *stamp, struct buf *to);

static void write_name(const struct tape *t, uint32_t node, struct buf *to)
{
    buf_add_char(to, '"');
    buf_add_str(to, tape_name(t, node));
    buf_add_text(to, "\":");
}

static void write_children(const struct tape *t, uint32_t node, const struct body_stamp *stamp,
                           struct buf *to)
{
    bool is_object = t->nodes[node].kind == TAPE_OBJECT;
    buf_add_char(to, is_object ? '{' : '[');
    uint32_t at = node + 1;
    for (uint32_t i = 0; i < t->nodes[node].count; i++, at = t->nodes[at].end) {
        if (i) buf_add_char(to, ',');
        if (is_object) write_name(t, at, to);
        write_value(t, at, stamp, to);
    }
    buf_add_char(to, is_object ? '}' : ']');
}

static void write_value(const struct tape *t, uint32_t node, const struct body_stamp *stamp, struct buf *to)
{
    const struct tape_node *n = &t->nodes[node];
    if (n->kind == TAPE_OBJECT || n->kind == TAPE_ARRAY) {
        write_children(t, node, stamp, to);
        return;
    }
    struct str raw = tape_raw(t, node);
    if (n->kind == TAPE_TEXT && stamp && stamp->rewrite && !n->is_escaped) {
        struct str other =
            stamp->rewrite(stamp->ctx, tape_name(t, node), (struct str){t->body.at + n->at, n->bytes});
        if (other.at) {
            buf_add_char(to, '"');
            buf_add_str(to, other);
            buf_add_char(to, '"');
            return;
        }
    }
    buf_add_str(to, raw);
}

/* versionId and lastUpdated are the server's; the rest of meta is the writer's. */
static void write_meta(const struct tape *t, uint32_t meta, const struct body_stamp *stamp, struct buf *to)
{
    char updated[INSTANT_TEXT_BYTES];
    instant_text(stamp->updated, updated);
    buf_printf(to, ",\"meta\":{\"versionId\":\"%lld\",\"lastUpdated\":\"%s\"", (long long)stamp->version,
               updated);
    if (meta != TAPE_NONE && t->nodes[meta].kind == TAPE_OBJECT) {
        uint32_t at = meta + 1;
        for (uint32_t i = 0; i < t->nodes[meta].count; i++, at = t->nodes[at].end) {
            struct str name = tape_name(t, at);
            if (str_is_text(name, "versionId") || str_is_text(name, "lastUpdated")) continue;
            buf_add_char(to, ',');
            write_name(t, at, to);
            write_value(t, at, stamp, to);
        }
    }
    buf_add_char(to, '}');
}

void body_write(const struct tape *t, uint32_t node, const struct body_stamp *stamp, struct buf *to)
{
    buf_add_text(to, "{\"resourceType\":");
    buf_add_str(to, tape_raw(t, tape_get(t, node, STR("resourceType"))));
    buf_add_text(to, ",\"id\":\"");
    buf_add_str(to, stamp->id);
    buf_add_char(to, '"');
    write_meta(t, tape_get(t, node, STR("meta")), stamp, to);
    uint32_t at = node + 1;
    for (uint32_t i = 0; i < t->nodes[node].count; i++, at = t->nodes[at].end) {
        struct str name = tape_name(t, at);
        if (str_is_text(name, "resourceType") || str_is_text(name, "id") || str_is_text(name, "meta"))
            continue;
        buf_add_char(to, ',');
        write_name(t, at, to);
        write_value(t, at, stamp, to);
    }
    buf_add_char(to, '}');
}

void body_write_plain(const struct tape *tape, uint32_t node, struct buf *to)
{
    write_value(tape, node, NULL, to);
}

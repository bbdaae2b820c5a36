#include "records/patch.h"

/* A value that can be moved about; scalars keep their text as written. Names have no escapes (records/tape). */
struct value {
    struct value *next, *first, *last;
    struct str name, raw;
    uint32_t count;
    enum tape_kind kind;
};

struct patching {
    struct arena *arena;
    struct value *root;
    uint32_t left;   /* values that may still be made */
    uint32_t levels; /* how deep the pointer walked last goes */
    enum err err;
    const char *why;
    bool is_test;
};

static bool fail(struct patching *p, const char *why)
{
    if (!p->err) {
        p->err = ERR_BAD_INPUT;
        p->why = why;
    }
    return false;
}

static struct value *value_new(struct patching *p)
{
    struct value *v = p->left ? arena_zalloc(p->arena, sizeof *v) : NULL;
    if (v)
        p->left--;
    else if (!p->err)
        p->err = p->left ? ERR_NOMEM : ERR_LIMIT;
    return v;
}

static void append(struct value *parent, struct value *child)
{
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

/* The values of a tape as a tree; depth is bounded by the tape's. */
static struct value *value_of(struct patching *p, const struct tape *t, uint32_t node)
{
    const struct tape_node *n = &t->nodes[node];
    struct value *v = value_new(p);
    if (!v) return NULL;
    v->kind = n->kind;
    v->raw = tape_raw(t, node);
    v->name = tape_name(t, node);
    if (n->kind != TAPE_OBJECT && n->kind != TAPE_ARRAY) return v;
    uint32_t child = node + 1;
    for (uint32_t i = 0; i < n->count; i++, child = t->nodes[child].end) {
        struct value *c = value_of(p, t, child);
        if (!c) return NULL;
        append(v, c);
    }
    return v;
}

static struct value *value_copy(struct patching *p, const struct value *from)
{
    struct value *v = value_new(p);
    if (!v) return NULL;
    v->kind = from->kind;
    v->raw = from->raw;
    v->name = from->name;
    for (const struct value *c = from->first; c; c = c->next) {
        struct value *copy = value_copy(p, c);
        if (!copy) return NULL;
        append(v, copy);
    }
    return v;
}

/* -- numbers -- */

/* sign, digits without zeros at either end, and the power of ten of the last digit: 1.50 is 15 * 10^-1. */
struct number {
    struct str head, tail; /* digits before and after the point */
    bool is_negative;
    int64_t exponent; /* of the point */
};

static struct number number_of(struct str s)
{
    struct number n = {0};
    struct str mantissa = s;
    for (size_t i = 0; i < s.bytes; i++) {
        if (s.at[i] != 'e' && s.at[i] != 'E') continue;
        struct str power = {s.at + i + 1, s.bytes - i - 1};
        if (power.bytes && power.at[0] == '+') power.at++, power.bytes--;
        if (!str_to_i64(power, &n.exponent) || n.exponent > 1000000 || n.exponent < -1000000)
            n.exponent = power.at[0] == '-' ? -1000000 : 1000000; /* beyond any measure: the same far away */
        mantissa.bytes = i;
        break;
    }
    n.is_negative = mantissa.at[0] == '-';
    if (n.is_negative) mantissa.at++, mantissa.bytes--;
    n.head = str_cut(&mantissa, '.');
    n.tail = mantissa;
    return n;
}

/* The i-th of all digits, head then tail. */
static char digit_at(const struct number *n, size_t i)
{
    return i < n->head.bytes ? n->head.at[i] : n->tail.at[i - n->head.bytes];
}

/* The digits [*from, *to) that count; *power of the last of them. */
static void significant(const struct number *n, size_t *from, size_t *to, int64_t *power)
{
    *from = 0;
    *to = n->head.bytes + n->tail.bytes;
    while (*from < *to && digit_at(n, *from) == '0')
        ++*from;
    *power = n->exponent - (int64_t)n->tail.bytes;
    while (*to > *from && digit_at(n, *to - 1) == '0')
        --*to, ++*power;
}

bool patch_is_same_number(struct str a, struct str b)
{
    struct number x = number_of(a), y = number_of(b);
    size_t x_from, x_to, y_from, y_to;
    int64_t x_power, y_power;
    significant(&x, &x_from, &x_to, &x_power);
    significant(&y, &y_from, &y_to, &y_power);
    if (x_to - x_from != y_to - y_from) return false;
    if (x_to == x_from) return true; /* both are zero, whatever their sign */
    if (x.is_negative != y.is_negative || x_power != y_power) return false;
    for (size_t i = 0; i < x_to - x_from; i++)
        if (digit_at(&x, x_from + i) != digit_at(&y, y_from + i)) return false;
    return true;
}

/* -- equality -- */

/* A text's characters, escapes undone, by reading it once more. */
static bool text_of(struct patching *p, struct str raw, struct str *ret_text)
{
    struct tape tape;
    enum err err = tape_read(p->arena, raw, 1, &tape, NULL);
    if (!err && tape_text(&tape, 0, p->arena, ret_text)) return true;
    p->err = err ? err : ERR_NOMEM;
    return false;
}

static struct value *member(const struct value *object, struct str name)
{
    for (struct value *c = object->first; c; c = c->next)
        if (str_is(c->name, name)) return c;
    return NULL;
}

static bool is_same(struct patching *p, const struct value *a, const struct value *b)
{
    struct str x, y;
    if (a->kind != b->kind || a->count != b->count) return false;
    switch (a->kind) {
    case TAPE_TEXT:
        return text_of(p, a->raw, &x) && text_of(p, b->raw, &y) && str_is(x, y);
    case TAPE_NUMBER:
        return patch_is_same_number(a->raw, b->raw);
    case TAPE_TRUE:
    case TAPE_FALSE:
    case TAPE_NULL:
        return true;
    case TAPE_ARRAY:
        for (const struct value *i = a->first, *j = b->first; i; i = i->next, j = j->next)
            if (!is_same(p, i, j)) return false;
        return true;
    case TAPE_OBJECT:
        for (const struct value *i = a->first; i; i = i->next) {
            const struct value *j = member(b, i->name);
            if (!j || !is_same(p, i, j)) return false;
        }
        return true;
    }
    return false;
}

/* -- pointers: RFC 6901 -- */

/* Takes the next token; ~1 is / and ~0 is ~. */
static bool take_token(struct patching *p, struct str *pointer, struct str *ret_token)
{
    if (pointer->at[0] != '/') return fail(p, "a pointer begins with /");
    pointer->at++, pointer->bytes--;
    const char *slash = pointer->bytes ? memchr(pointer->at, '/', pointer->bytes) : NULL;
    size_t bytes = slash ? (size_t)(slash - pointer->at) : pointer->bytes, n = 0;
    char *token = arena_alloc(p->arena, bytes + 1);
    if (!token) {
        p->err = ERR_NOMEM;
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        char c = pointer->at[i];
        if (c == '~') {
            if (i + 1 == bytes || (pointer->at[i + 1] != '0' && pointer->at[i + 1] != '1'))
                return fail(p, "~ in a pointer stands before 0 or 1");
            c = pointer->at[++i] == '0' ? '~' : '/';
        }
        token[n++] = c;
    }
    pointer->at += bytes, pointer->bytes -= bytes;
    *ret_token = (struct str){token, n};
    return true;
}

/* An index without leading zeros; "-" is the place after the last. */
static bool index_of(struct patching *p, const struct value *array, struct str token, uint32_t *ret_index)
{
    uint64_t n;
    if (str_is_text(token, "-")) {
        *ret_index = array->count;
        return true;
    }
    if (!str_to_u64(token, &n) || (token.bytes > 1 && token.at[0] == '0'))
        return fail(p, "an array's index is a whole number, or -");
    if (n > array->count) return fail(p, "the index is beyond the array's end");
    *ret_index = (uint32_t)n;
    return true;
}

static struct value *child_at(struct patching *p, const struct value *parent, struct str token)
{
    struct value *found = NULL;
    uint32_t i = 0;
    if (parent->kind == TAPE_OBJECT) {
        found = member(parent, token);
    } else if (parent->kind == TAPE_ARRAY) {
        if (!index_of(p, parent, token, &i)) return NULL;
        for (found = parent->first; found && i; i--)
            found = found->next;
    }
    if (!found) fail(p, "nothing stands at the pointer");
    return found;
}

/* Walks to the parent of what the pointer names; *ret_parent NULL: the root itself. */
static bool walk(struct patching *p, struct str pointer, struct value **ret_parent, struct str *ret_token)
{
    struct value *at = p->root;
    *ret_parent = NULL;
    for (p->levels = 0; pointer.bytes; p->levels++) {
        if (*ret_parent) at = child_at(p, *ret_parent, *ret_token);
        if (!at || !take_token(p, &pointer, ret_token)) return false;
        *ret_parent = at;
    }
    return true;
}

static struct value *value_at(struct patching *p, struct str pointer)
{
    struct value *parent;
    struct str token = {0};
    if (!walk(p, pointer, &parent, &token)) return NULL;
    return parent ? child_at(p, parent, token) : p->root;
}

/* -- operations -- */

static void unlink_child(struct value *parent, struct value *child)
{
    struct value *before = NULL;
    for (struct value *c = parent->first; c != child; c = c->next)
        before = c;
    *(before ? &before->next : &parent->first) = child->next;
    if (parent->last == child) parent->last = before;
    parent->count--;
    child->next = NULL;
}

static void insert_at(struct value *array, uint32_t index, struct value *child)
{
    struct value **place = &array->first;
    while (index--)
        place = &(*place)->next;
    child->next = *place;
    *place = child;
    if (!child->next) array->last = child;
    array->count++;
}

static bool name_is_writable(struct str name)
{
    for (size_t i = 0; i < name.bytes; i++)
        if ((unsigned char)name.at[i] < 0x20 || name.at[i] == '"' || name.at[i] == '\\') return false;
    return name.bytes > 0;
}

static uint32_t levels_of(const struct value *v)
{
    uint32_t deepest = 0;
    if (v->kind != TAPE_OBJECT && v->kind != TAPE_ARRAY) return 0;
    for (const struct value *c = v->first; c; c = c->next) {
        uint32_t levels = levels_of(c);
        if (levels > deepest) deepest = levels;
    }
    return deepest + 1;
}

/* No body gets deeper than one that is read: what walks it may call itself a level at a time. */
static bool fits_below(struct patching *p, const struct value *v)
{
    return p->levels + levels_of(v) <= TAPE_DEPTH_MAX || fail(p, "too many levels");
}

static bool op_add(struct patching *p, struct str path, struct value *v)
{
    struct value *parent;
    struct str token = {0};
    uint32_t index;
    if (!walk(p, path, &parent, &token) || !fits_below(p, v)) return false;
    v->next = NULL;
    if (!parent) {
        v->name = (struct str){0};
        p->root = v;
    } else if (parent->kind == TAPE_ARRAY) {
        if (!index_of(p, parent, token, &index)) return false;
        v->name = (struct str){0};
        insert_at(parent, index, v);
    } else if (parent->kind == TAPE_OBJECT) {
        struct value *old = member(parent, token);
        if (!name_is_writable(token)) return fail(p, "no name for a property");
        if (old) unlink_child(parent, old);
        v->name = token;
        append(parent, v);
    } else {
        return fail(p, "the parent is neither an object nor an array");
    }
    return true;
}

static struct value *op_remove(struct patching *p, struct str path)
{
    struct value *parent;
    struct str token = {0};
    if (!walk(p, path, &parent, &token)) return NULL;
    if (!parent) {
        fail(p, "the whole body cannot be removed");
        return NULL;
    }
    struct value *child = child_at(p, parent, token);
    if (child) unlink_child(parent, child);
    return child;
}

/* In its place, so that an object keeps its order. */
static bool op_replace(struct patching *p, struct str path, struct value *v)
{
    struct value *old = value_at(p, path);
    if (!old || !fits_below(p, v)) return false;
    old->kind = v->kind;
    old->raw = v->raw;
    old->first = v->first;
    old->last = v->last;
    old->count = v->count;
    return true;
}

static bool op_test(struct patching *p, struct str path, const struct value *v)
{
    const struct value *found = value_at(p, path);
    if (!found) {
        p->is_test = p->err == ERR_BAD_INPUT;
        return false;
    }
    if (is_same(p, found, v)) return true;
    p->is_test = true;
    return fail(p, "the test is not met");
}

static bool op_move(struct patching *p, struct str from, struct str path)
{
    if (str_starts(path, from) && path.bytes > from.bytes && path.at[from.bytes] == '/')
        return fail(p, "a value cannot be moved into itself");
    if (str_is(from, path)) return value_at(p, path) != NULL;
    struct value *v = op_remove(p, from);
    return v && op_add(p, path, v);
}

static bool op_copy(struct patching *p, struct str from, struct str path)
{
    const struct value *v = value_at(p, from);
    struct value *copy = v ? value_copy(p, v) : NULL;
    return copy && op_add(p, path, copy);
}

static bool text_member(struct patching *p, const struct tape *patch, uint32_t op, struct str name,
                        struct str *ret_text)
{
    uint32_t at = tape_get(patch, op, name);
    if (at == TAPE_NONE || patch->nodes[at].kind != TAPE_TEXT)
        return fail(p, "op, path or from is missing, or no text");
    if (tape_text(patch, at, p->arena, ret_text)) return true;
    p->err = ERR_NOMEM;
    return false;
}

static bool apply_one(struct patching *p, const struct tape *patch, uint32_t op)
{
    struct str name, path, from;
    uint32_t value = tape_get(patch, op, STR("value"));
    struct value *v = NULL;
    if (patch->nodes[op].kind != TAPE_OBJECT) return fail(p, "an operation is an object");
    if (!text_member(p, patch, op, STR("op"), &name) || !text_member(p, patch, op, STR("path"), &path))
        return false;
    if (str_is_text(name, "remove")) return op_remove(p, path) != NULL;
    if (str_is_text(name, "move") || str_is_text(name, "copy")) {
        if (!text_member(p, patch, op, STR("from"), &from)) return false;
        return name.at[0] == 'm' ? op_move(p, from, path) : op_copy(p, from, path);
    }
    bool is_add = str_is_text(name, "add"), is_test = str_is_text(name, "test");
    if (!is_add && !is_test && !str_is_text(name, "replace"))
        return fail(p, "op is one of add, remove, replace, move, copy, test");
    if (value == TAPE_NONE) return fail(p, "value is missing");
    if (!(v = value_of(p, patch, value))) return false;
    return is_add ? op_add(p, path, v) : is_test ? op_test(p, path, v) : op_replace(p, path, v);
}

/* -- writing -- */

static void write_value(const struct value *v, struct buf *to)
{
    if (v->kind != TAPE_OBJECT && v->kind != TAPE_ARRAY) {
        buf_add_str(to, v->raw);
        return;
    }
    buf_add_char(to, v->kind == TAPE_OBJECT ? '{' : '[');
    for (const struct value *c = v->first; c; c = c->next) {
        if (c != v->first) buf_add_char(to, ',');
        if (v->kind == TAPE_OBJECT) {
            buf_add_char(to, '"');
            buf_add_str(to, c->name);
            buf_add_text(to, "\":");
        }
        write_value(c, to);
    }
    buf_add_char(to, v->kind == TAPE_OBJECT ? '}' : ']');
}

enum err patch_apply(const struct tape *body, const struct tape *patch, struct arena *arena,
                     uint32_t nodes_max, struct buf *to, struct patch_fault *ret_fault)
{
    struct patching p = {.arena = arena, .left = nodes_max};
    uint32_t i = 0, op = 1;
    p.root = value_of(&p, body, 0);
    if (p.root && patch->nodes[0].kind != TAPE_ARRAY) fail(&p, "a patch is an array of operations");
    for (; !p.err && i < patch->nodes[0].count; i++, op = patch->nodes[op].end)
        if (!apply_one(&p, patch, op)) break;
    if (!p.err) {
        write_value(p.root, to);
        return to->err;
    }
    if (p.err == ERR_BAD_INPUT && ret_fault) *ret_fault = (struct patch_fault){i, p.why, p.is_test};
    return p.err;
}

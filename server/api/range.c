#include "api/range.h"
#include "api/request.h"

static enum range clip(uint64_t first, uint64_t last, uint64_t all, int64_t *ret_offset, int64_t *ret_bytes)
{
    if (first >= all) return RANGE_BEYOND;
    if (last >= all) last = all - 1;
    *ret_offset = (int64_t)first;
    *ret_bytes = (int64_t)(last - first + 1);
    return RANGE_PART;
}

enum range range_read(struct str field, int64_t file_bytes, int64_t *ret_offset, int64_t *ret_bytes)
{
    uint64_t all = (uint64_t)file_bytes, first, last;
    struct str rest = str_trim(field);
    struct str unit = str_trim(str_cut(&rest, '='));
    if (!str_is_nocase(unit, STR("bytes")) || rest.bytes == 0 || memchr(rest.at, ',', rest.bytes))
        return RANGE_ALL;
    if (!memchr(rest.at, '-', rest.bytes)) return RANGE_ALL;
    struct str from = str_trim(str_cut(&rest, '-')), to = str_trim(rest);
    if (from.bytes == 0) { /* the last so many */
        if (!str_to_u64(to, &last)) return RANGE_ALL;
        if (last == 0 || all == 0) return RANGE_BEYOND;
        return clip(last < all ? all - last : 0, all - 1, all, ret_offset, ret_bytes);
    }
    if (!str_to_u64(from, &first)) return RANGE_ALL;
    if (to.bytes == 0) return clip(first, all ? all - 1 : 0, all, ret_offset, ret_bytes);
    if (!str_to_u64(to, &last) || last < first) return RANGE_ALL;
    return clip(first, last, all, ret_offset, ret_bytes);
}

/* -- what handlers say with it -- */

static enum err add(struct request *r, const struct answer_part *part)
{
    struct answer_part *copy = arena_copy(r->arena, part, sizeof *part), **last = &r->answer.parts;
    if (!copy) return ERR_NOMEM;
    while (*last)
        last = &(*last)->next;
    *last = copy;
    return OK;
}

enum err answer_add_text(struct request *r, struct str text)
{
    const char *at = arena_copy(r->arena, text.at ? text.at : "", text.bytes);
    if (!at) return ERR_NOMEM;
    return add(r, &(struct answer_part){.text = {at, text.bytes}, .bytes = (int64_t)text.bytes});
}

enum err answer_add_file(struct request *r, const struct file_seal *seal, int64_t offset, int64_t bytes)
{
    const struct file_seal *copy = arena_copy(r->arena, seal, sizeof *seal);
    ASSERT(offset >= 0 && bytes >= 0 && offset + bytes <= seal->bytes);
    if (!copy) return ERR_NOMEM;
    return add(r, &(struct answer_part){.file = copy, .offset = offset, .bytes = bytes});
}

/* The head of the answer, and the stretch that is its body; a fault for one that is not there. */
static enum err answer_stretch(struct request *r, int64_t all, const char *content_type, const char *etag,
                               int64_t *ret_offset, int64_t *ret_bytes)
{
    int64_t offset = 0, bytes = all;
    bool is_same = r->if_range.bytes == 0 || (etag && str_is_text(str_trim(r->if_range), etag));
    enum range range = is_same ? range_read(r->range, all, &offset, &bytes) : RANGE_ALL;
    const char *said = range == RANGE_PART ? arena_printf(r->arena, "bytes %lld-%lld/%lld", (long long)offset,
                                                          (long long)(offset + bytes - 1), (long long)all)
                                           : arena_printf(r->arena, "bytes */%lld", (long long)all);
    const char *type = arena_text(r->arena, content_type, strlen(content_type));
    if (!said || !type) return ERR_NOMEM;
    if (range != RANGE_ALL) answer_header(r, "content-range", said);
    if (range == RANGE_BEYOND) return answer_fault(r, 416, "range", NULL);
    answer_header(r, "accept-ranges", "bytes");
    if (etag) answer_header(r, "etag", etag);
    buf_clear(&r->answer.body);
    r->answer.status = range == RANGE_PART ? 206 : 200;
    r->answer.content_type = type;
    r->answer.parts = NULL;
    *ret_offset = offset;
    *ret_bytes = bytes;
    return OK;
}

enum err answer_file(struct request *r, const struct file_seal *seal, const char *content_type,
                     const char *etag)
{
    int64_t offset = 0, bytes = 0;
    enum err err = answer_stretch(r, seal->bytes, content_type, etag, &offset, &bytes);
    return err || r->fault.status ? err : answer_add_file(r, seal, offset, bytes);
}

enum err answer_film(struct request *r, const struct answer_film *film, int64_t film_bytes,
                     const char *content_type, const char *etag)
{
    int64_t offset = 0, bytes = 0;
    enum err err = answer_stretch(r, film_bytes, content_type, etag, &offset, &bytes);
    if (err || r->fault.status) return err;
    const struct answer_film *copy = arena_copy(r->arena, film, sizeof *film);
    return copy ? add(r, &(struct answer_part){.film = copy, .offset = offset, .bytes = bytes}) : ERR_NOMEM;
}

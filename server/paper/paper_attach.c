#include "paper/paper_attach.h"
#include <stdio.h>

enum { LINE = 20, OBJECTS_MAX = 1000000 }; /* bytes of one line of the table of places */

struct parts { /* of a PDF as cairo ends it */
    size_t table;
    uint64_t size, root, info;
    struct str catalog; /* between << and >> */
};

/* Where the text stands last; s.bytes: nowhere. */
static size_t last_of(struct str s, const char *text)
{
    size_t n = strlen(text);
    for (size_t at = s.bytes >= n ? s.bytes - n + 1 : 0; at-- > 0;)
        if (memcmp(s.at + at, text, n) == 0) return at;
    return s.bytes;
}

static struct str from(struct str s, size_t at)
{
    return (struct str){s.at + at, s.bytes - at};
}

/* Blanks, then digits. */
static bool take_number(struct str *s, uint64_t *ret)
{
    size_t n = 0;
    while (s->bytes && (*s->at == ' ' || *s->at == '\n'))
        s->at++, s->bytes--;
    while (n < s->bytes && n < 12 && s->at[n] >= '0' && s->at[n] <= '9')
        n++;
    if (!str_to_u64((struct str){s->at, n}, ret)) return false;
    s->at += n, s->bytes -= n;
    return true;
}

static bool number_after(struct str s, const char *key, uint64_t *ret)
{
    size_t at = last_of(s, key);
    struct str rest = at < s.bytes ? from(s, at + strlen(key)) : (struct str){0};
    return rest.bytes && take_number(&rest, ret);
}

static bool expect(struct str *s, const char *text)
{
    if (!str_starts(*s, str_of(text))) return false;
    s->at += strlen(text), s->bytes -= strlen(text);
    return true;
}

/* The place of object n in a table that begins with object 0 and holds all. */
static bool place_of(struct str pdf, const struct parts *p, uint64_t n, uint64_t *ret)
{
    struct str table = from(pdf, p->table);
    uint64_t first, count;
    if (!expect(&table, "xref\n") || !take_number(&table, &first) || !take_number(&table, &count) ||
        first != 0 || n >= count || !expect(&table, "\n") || table.bytes / LINE <= n)
        return false;
    struct str line = from(table, (size_t)n * LINE);
    return take_number(&line, ret) && *ret < pdf.bytes;
}

static bool read_catalog(struct str pdf, struct parts *p)
{
    uint64_t at, n;
    if (!place_of(pdf, p, p->root, &at)) return false;
    struct str object = from(pdf, (size_t)at);
    if (!take_number(&object, &n) || n != p->root || !expect(&object, " 0 obj\n<<")) return false;
    struct str whole = object;
    for (size_t i = 0; i + 6 <= object.bytes && i < 4096; i++)
        if (memcmp(object.at + i, "endobj", 6) == 0) {
            whole.bytes = i;
            size_t end = last_of(whole, ">>");
            p->catalog = (struct str){object.at, end};
            return end < i;
        }
    return false;
}

static bool read_parts(struct str pdf, struct parts *p)
{
    uint64_t table;
    size_t start = last_of(pdf, "startxref\n"), trailer = last_of(pdf, "trailer\n");
    if (!str_starts(pdf, STR("%PDF-1.")) || start == pdf.bytes || trailer >= start) return false;
    struct str end = from(pdf, start + 10), dict = {pdf.at + trailer, start - trailer};
    if (!take_number(&end, &table) || !str_is(end, STR("\n%%EOF\n")) || table >= trailer) return false;
    p->table = (size_t)table;
    return number_after(dict, "/Size", &p->size) && number_after(dict, "/Root", &p->root) &&
           number_after(dict, "/Info", &p->info) && p->size < OBJECTS_MAX && p->root < p->size &&
           read_catalog(pdf, p);
}

static void put_place(struct buf *to, size_t at)
{
    buf_printf(to, "%010zu 00000 n \n", at);
}

enum err paper_attach(struct buf *pdf, const char *name, struct str file)
{
    struct parts p;
    struct buf catalog;
    if (pdf->err) return pdf->err;
    if (!read_parts(buf_str(pdf), &p)) return ERR_BAD_INPUT;
    buf_init(&catalog, 8192); /* its place moves with the buffer */
    buf_add_str(&catalog, p.catalog);
    unsigned long long n = p.size, root = p.root;
    size_t first = pdf->bytes;
    buf_printf(pdf,
               "%llu 0 obj\n<< /Type /EmbeddedFile /Subtype /application#2Fjson /Params << /Size %zu >> "
               "/Length %zu >>\nstream\n",
               n, file.bytes, file.bytes);
    buf_add_str(pdf, file);
    buf_add_text(pdf, "\nendstream\nendobj\n");
    size_t second = pdf->bytes;
    buf_printf(pdf,
               "%llu 0 obj\n<< /Type /Filespec /F (%s) /UF (%s) /AFRelationship /Data /EF << /F %llu 0 R /UF "
               "%llu 0 R >> >>\n"
               "endobj\n",
               n + 1, name, name, n, n);
    size_t third = pdf->bytes;
    buf_printf(pdf, "%llu 0 obj\n<<", root);
    buf_add_str(pdf, buf_str(&catalog));
    buf_printf(pdf, "/Names << /EmbeddedFiles << /Names [(%s) %llu 0 R] >> >> /AF [%llu 0 R] >>\nendobj\n",
               name, n + 1, n + 1);
    size_t table = pdf->bytes;
    buf_printf(pdf, "xref\n%llu 1\n", root);
    put_place(pdf, third);
    buf_printf(pdf, "%llu 2\n", n);
    put_place(pdf, first);
    put_place(pdf, second);
    buf_printf(pdf,
               "trailer\n<< /Size %llu /Root %llu 0 R /Info %llu 0 R /Prev %zu >>\nstartxref\n%zu\n%%%%EOF\n",
               n + 2, root, (unsigned long long)p.info, p.table, table);
    enum err err = catalog.err ? catalog.err : pdf->err;
    buf_done(&catalog);
    return err;
}

enum err paper_attached(struct str pdf, struct str *ret_pages, struct str *ret_file)
{
    uint64_t table, root, one, n, two, at, size, length;
    size_t start = last_of(pdf, "startxref\n");
    if (start == pdf.bytes) return ERR_NOT_FOUND;
    struct str end = from(pdf, start + 10);
    if (!take_number(&end, &table) || table >= start) return ERR_NOT_FOUND;
    struct str s = {pdf.at + table, start - (size_t)table};
    if (!expect(&s, "xref\n") || !take_number(&s, &root) || !take_number(&s, &one) || one != 1 ||
        s.bytes < LINE + 1)
        return ERR_NOT_FOUND;
    s = from(s, LINE + 1);
    if (!take_number(&s, &n) || !take_number(&s, &two) || two != 2 || !take_number(&s, &at) || at >= table)
        return ERR_NOT_FOUND;
    struct str object = {pdf.at + at, (size_t)(table - at)};
    if (!take_number(&object, &one) || one != n ||
        !expect(&object, " 0 obj\n<< /Type /EmbeddedFile /Subtype /application#2Fjson /Params << /Size ") ||
        !take_number(&object, &size) || !expect(&object, " >> /Length ") || !take_number(&object, &length) ||
        length != size || !expect(&object, " >>\nstream\n") || length > object.bytes)
        return ERR_NOT_FOUND;
    *ret_pages = (struct str){pdf.at, (size_t)at};
    *ret_file = (struct str){object.at, (size_t)length};
    return OK;
}

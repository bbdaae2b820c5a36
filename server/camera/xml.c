#include "camera/xml.h"
#include <expat.h>
#include <stdio.h>

struct reading {
    struct xml x;
    XML_Parser parser;
    xml_see *opens, *closes;
    void *ctx;
    bool is_refused;
    size_t held;
    char text[XML_TEXT_BYTES];
};

static void refuse(struct reading *r)
{
    r->is_refused = true;
    XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL take_open(void *user, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *r = user;
    const char *colon = strchr(name, ':');
    if (r->is_refused) return;
    if (r->x.depth == XML_DEPTH_MAX) {
        refuse(r);
        return;
    }
    snprintf(r->x.open[r->x.depth++], XML_NAME_BYTES, "%s", colon ? colon + 1 : name);
    r->held = 0;
    r->x.attributes = attributes;
    if (!r->opens(r->ctx, &r->x)) refuse(r);
    r->x.attributes = NULL;
}

static void XMLCALL take_text(void *user, const XML_Char *text, int bytes)
{
    struct reading *r = user;
    size_t n = (size_t)bytes, room = sizeof r->text - r->held;
    if (n > room) n = room;
    memcpy(r->text + r->held, text, n);
    r->held += n;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void XMLCALL take_close(void *user, const XML_Char *name)
{
    struct reading *r = user;
    struct str text = {r->text, r->held};
    (void)name; /* expat has seen that it is the one that is open */
    if (r->is_refused) return;
    while (text.bytes && is_blank(text.at[0]))
        text.at++, text.bytes--;
    while (text.bytes && is_blank(text.at[text.bytes - 1]))
        text.bytes--;
    r->x.text = text;
    if (!r->closes(r->ctx, &r->x)) refuse(r);
    r->x.depth--;
    r->held = 0;
}

static void XMLCALL take_doctype(void *user, const XML_Char *name, const XML_Char *system,
                                 const XML_Char *public, int has_subset)
{
    (void)name, (void)system, (void)public, (void)has_subset;
    refuse(user);
}

enum err xml_read(struct str text, xml_see *opens, xml_see *closes, void *ctx)
{
    struct reading r = {.opens = opens, .closes = closes, .ctx = ctx, .parser = XML_ParserCreate(NULL)};
    if (!r.parser) return ERR_NOMEM;
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, take_open, take_close);
    XML_SetCharacterDataHandler(r.parser, take_text);
    XML_SetStartDoctypeDeclHandler(r.parser, take_doctype);
    bool is_read = text.bytes <= INT32_MAX &&
                   XML_Parse(r.parser, text.bytes ? text.at : "", (int)text.bytes, XML_TRUE) == XML_STATUS_OK;
    XML_ParserFree(r.parser);
    return is_read && !r.is_refused ? OK : ERR_BAD_INPUT;
}

bool xml_is_in(const struct xml *x, const char *const names[], int count)
{
    if (x->depth < count) return false;
    for (int i = 0; i < count; i++)
        if (strcmp(x->open[x->depth - count + i], names[i]) != 0) return false;
    return true;
}

const char *xml_attribute(const struct xml *x, const char *name)
{
    for (const char *const *at = x->attributes; at && at[0]; at += 2)
        if (strcmp(at[0], name) == 0) return at[1];
    return NULL;
}

/* chart: a patient's record read out for what the server itself makes of it: the check of an order, a paper. On a reader or the desk;
 * everything is in who->arena. */
#ifndef DESK_CHART_H
#define DESK_CHART_H
#include "base/json.h"
#include "records/record.h"

#define CHART_ITEMS_MAX 200

struct chart_item {
    struct record_head head;
    struct tape tape; /* node 0 is the resource */
};
struct chart_list {
    struct chart_item *at;
    uint32_t count;
    bool is_cut; /* more was there than is read, or something could not be read */
};
/* Those of the type that the reader may see: of the patient with this id, met by more ("&status=active", or NULL), as the search
 * orders them. */
enum err chart_list(struct tx *tx, struct record_reader *who, const char *type, struct str patient,
                    const char *more, struct chart_list *ret) MUST_USE;
/* One record that the reader may see. ERR_NOT_FOUND. */
enum err chart_one(struct tx *tx, struct record_reader *who, const char *type, struct str id,
                   struct chart_item *ret) MUST_USE;

/* By a path of names with dots, an array's first element where one stands: "name.text". Empty: absent, or no text. */
struct str chart_text(struct record_reader *who, const struct chart_item *item, uint32_t node,
                      const char *path);
/* Of such a text the instant that it is, or begins with; ms 0: absent, or none. */
struct instant chart_instant(const struct record_reader *who, struct str text);
uint32_t chart_node(const struct chart_item *item, uint32_t node, const char *path); /* TAPE_NONE */
/* Of the resource's extension with this url, the part of that name, a value of that type ("valueCode" …). Empty: absent. */
struct str chart_part(struct record_reader *who, const struct chart_item *item, const char *extension,
                      const char *name, const char *value);
/* A CodeableConcept's words: its text, else a display, else a code. */
struct str chart_words(struct record_reader *who, const struct chart_item *item, uint32_t concept);
bool chart_id_is(struct str id); /* [A-Za-z0-9.-]{1,64} */

/* The body's members into an open object, as they are, but those named (NULL at the end). */
void chart_put_rest(struct json_out *o, const struct chart_item *item, const char *const *but);

#endif

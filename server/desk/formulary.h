/* formulary: the drugs that a site can prescribe, the families they belong to, and what does not go together. The program brings a table
 * (formulary_texts.c), invented for the demo and small; a site's pharmacist decides on the real one, a file that the settings name
 * ([orders] drug_table, docs/OPERATIONS). A file that is missing or broken leaves the program's own list to choose from, and no check
 * runs on it: each says so (rule 37). It is read at the start and whenever it has changed. Opened and looked at by the main thread; what
 * is found in it stays good until it is closed. The rest from any thread. */
#ifndef DESK_FORMULARY_H
#define DESK_FORMULARY_H
#include "base/arena.h"
#include "base/str.h"

#define FORMULARY_SYSTEM "urn:yunqiao:drug"

enum family {
    FAMILY_PENICILLIN,
    FAMILY_CEPHALOSPORIN,
    FAMILY_SULFONAMIDE,
    FAMILY_MACROLIDE,
    FAMILY_QUINOLONE,
    FAMILY_NSAID, /* with acetylsalicylic acid */
    FAMILY_ANTICOAGULANT,
    FAMILY_OPIOID,
    FAMILY_SEDATIVE,
    FAMILY_SEROTONIN,
    FAMILY_ACE,
    FAMILY_POTASSIUM,
    FAMILY_BETA_BLOCKER,
    FAMILY_BETA_AGONIST,
    FAMILY_STATIN,
    FAMILY_COLCHICINE,
    FAMILY_VALPROATE,
    FAMILY_CARBAPENEM,
    FAMILY_IODINE,
    FAMILY_NITROIMIDAZOLE,
    FAMILY_COUNT
};
#define FAMILY(name) (1u << FAMILY_##name)

struct drug {
    const char *code, *zh, *en;
    const char *form;   /* in Chinese */
    const char *unit;   /* of a single dose */
    const char *route;  /* in Chinese */
    const char *stems;  /* words that name its substance, with | between, Chinese and English */
    uint32_t families;  /* 1 << enum family */
    bool is_controlled; /* never from a consultation by video (rule 36) */
};
extern const struct drug formulary[]; /* the program's own; ends with code NULL */

struct family_text {
    const char *code; /* of urn:yunqiao:substance */
    const char *zh, *en;
    const char *stems; /* words by which an allergen names it */
};
extern const struct family_text formulary_families[FAMILY_COUNT];

struct interaction {
    uint32_t a, b; /* families */
    bool is_high;
    const char *zh, *en;
};
extern const struct interaction formulary_interactions[]; /* the program's own; ends with a 0 */

/* Takes the file in place of the program's own table; an empty path: the own one stays. Whatever else fails leaves the table broken, and
 * ret_why says what and where. */
enum err formulary_open(const char *path, char ret_why[160]) MUST_USE;
/* Has the file changed, come or gone? Then it is read anew, and *ret and ret_why are as of formulary_open. Now and then. */
bool formulary_look(enum err *ret, char ret_why[160]);
void formulary_close(void);    /* the program's own again; nobody else may run */
bool formulary_is_whole(void); /* checks can run */
/* The table in use. */
const struct drug *formulary_drugs(void);
const struct interaction *formulary_pairs(void);

const struct drug *formulary_find(struct str code); /* NULL: not in it */
/* By its code, else by words that name its substance; NULL: not in it. */
const struct drug *formulary_known(struct str code, struct str words);
/* One of the stems stands in the words. */
bool formulary_names(const char *stems, struct str words);
/* Those whose name begins with, contains, or is spelled by the text (pinyin, its initials); best first, at most most. */
uint32_t formulary_search(struct arena *arena, struct str text, const struct drug **ret_drugs, uint32_t most);

#endif

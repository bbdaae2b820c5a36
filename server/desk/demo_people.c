/* The people held there: who they are, their stay, and where they lived when. */
#include "desk/demo_gen.h"
#include <stdio.h>

struct stay {
    int64_t in;        /* the day */
    int first, second; /* cells; the same: never moved */
    int64_t moved;     /* the day */
};

static void patient(struct demo_gen *g, int who, const struct demo_name *n, int64_t born)
{
    static const char *const languages[] = {"zh-CN", "zh-CN", "zh-CN", "zh-CN",
                                            "zh-CN", "zh-CN", "ug",    "yue"};
    demo_begin(g, "Patient", "demo-p%03d", who + 1);
    demo_for_custody(g); /* name, number and cell are custody's to know */
    demo_identifier(g, "urn:yunqiao:detainee-number", "%d", 3120417 + who * 7);
    json_put_bool(&g->o, "active", true);
    demo_list(g, "name");
    demo_open(g, NULL);
    demo_text(g, "use", "official");
    demo_text(g, "text", n->whole);
    demo_text(g, "family", n->family);
    demo_list(g, "given");
    json_put_text(&g->o, NULL, n->given);
    demo_list_end(g);
    demo_close(g);
    demo_list_end(g);
    demo_text(g, "gender", n->is_woman ? "female" : "male");
    demo_date(g, "birthDate", born);
    demo_list(g, "communication");
    demo_open(g, NULL);
    demo_concept(g, "language", "urn:ietf:bcp:47",
                 who == 0 ? "zh-CN" : languages[demo_below(g, COUNT_OF(languages))], NULL, NULL);
    json_put_bool(&g->o, "preferred", true);
    demo_close(g);
    demo_list_end(g);
    demo_ref(g, "managingOrganization", NULL, "Organization/demo-centre");
    demo_end(g);
}

static void lived(struct demo_gen *g, int cell, int64_t from, int64_t to)
{
    char id[DEMO_ID_BYTES], words[32];
    demo_cell_name(cell, id, words);
    demo_open(g, NULL);
    demo_ref(g, "location", words, "Location/%s", id);
    demo_text(g, "status", to ? "completed" : "active");
    demo_period(g, "period", from, to);
    demo_close(g);
}

static void custody(struct demo_gen *g, int who, const struct stay *s)
{
    int64_t came = demo_newcomer(g, who), in = came ? came : s->in * MINUTES_A_DAY + 10 * 60 + who % 90,
            moved = s->moved * MINUTES_A_DAY + 15 * 60;
    demo_begin(g, "Encounter", "demo-p%03d-custody", who + 1);
    demo_text(g, "status", "in-progress");
    demo_coding(g, "class", SYSTEM_ACT, "IMP", NULL);
    demo_concepts(g, "type", "urn:yunqiao:encounter", "custody", NULL);
    demo_ref(g, "subject", NULL, "Patient/demo-p%03d", who + 1);
    demo_period(g, "period", in, 0);
    demo_list(g, "location");
    if (s->first != s->second) lived(g, s->first, in, moved);
    lived(g, s->second, s->first != s->second ? moved : in, 0);
    demo_list_end(g);
    demo_ref(g, "serviceProvider", NULL, "Organization/demo-centre");
    demo_end(g);
}

static void person(struct demo_gen *g, int who)
{
    struct demo_name n;
    struct stay s;
    demo_seed(g, 1000 + (uint64_t)who);
    demo_name(g, who >= 260, &n);
    if (who == 0) {
        n = (struct demo_name){.family = "卓", .given = "远山", .whole = "卓远山", .pinyin = "Zhuo Yuanshan"};
    }
    int64_t born = g->today - demo_between(g, 19 * 365, 66 * 365);
    s.in = g->today - 370 + demo_between(g, 0, 340);
    s.second = demo_cell_of(who);
    s.first = who > 0 && demo_chance(g, 35)
                  ? (who < 260 ? (int)demo_below(g, 48) : 48 + (int)demo_below(g, 12))
                  : s.second;
    s.moved = s.in + demo_between(g, 3, 25);
    if (who == 0) s.in = g->today - 96;
    int64_t came = demo_newcomer(g, who);
    if (came) s.in = came / MINUTES_A_DAY, s.first = s.second;
    g->arrived[who] = s.in;
    patient(g, who, &n, born);
    custody(g, who, &s);
    if (!came) demo_history(g, who, s.in); /* nothing is known of who has just come */
    if (who == 0) demo_swollen_eye(g);
}

void demo_people(struct demo_gen *g, int detainees)
{
    for (int who = 0; who < detainees && !g->err; who++)
        person(g, who);
}

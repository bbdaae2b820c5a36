/* Who came in these days: one in each state of the intake, as desk/intake reads them; the others have been here for long. */
#include "desk/demo_gen.h"
#include "desk/intake.h"
#include "records/led.h"
#include <stdio.h>
#include <string.h>

static const struct newcomer {
    int who;
    int64_t minutes_ago; /* admitted */
    enum intake_state state;
    enum intake_fitness fitness;
    enum intake_housing housing;
    bool is_refused, is_hurt;
} all[] = {
    {121, 25, INTAKE_DUE, INTAKE_UNSAID, INTAKE_HOUSING_NONE, false, false},
    {133, 130, INTAKE_DUE, INTAKE_UNSAID, INTAKE_HOUSING_NONE, false, false}, /* late */
    {145, 290, INTAKE_BEGUN, INTAKE_UNSAID, INTAKE_HOUSING_NONE, false, false},
    {159, 560, INTAKE_HANDED, INTAKE_UNSAID, INTAKE_HOUSING_NONE, false, true},
    {169, 1900, INTAKE_SCREENED, INTAKE_CONDITIONS, INTAKE_LOWER_BUNK, false, false},
    {181, 3 * MINUTES_A_DAY, INTAKE_SCREENED, INTAKE_FIT, INTAKE_NORMAL, true, false},
    {265, 4 * MINUTES_A_DAY, INTAKE_SCREENED, INTAKE_CONDITIONS, INTAKE_OBSERVATION, false, false},
    {193, 9 * MINUTES_A_DAY, INTAKE_ASSESSED, INTAKE_FIT, INTAKE_NORMAL, false, false},
};

int64_t demo_newcomer(const struct demo_gen *g, int who)
{
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (all[i].who == who) return g->minute - all[i].minutes_ago;
    return 0;
}

/* -- the Task -- */

static void part(struct demo_gen *g, const char *url, const char *key, const char *value)
{
    if (value[0] == 0) return;
    demo_open(g, NULL);
    demo_text(g, "url", url);
    demo_text(g, key, value);
    demo_close(g);
}

static void moment(struct demo_gen *g, const char *url, int64_t minute, bool is_reached)
{
    if (!is_reached) return;
    demo_open(g, NULL);
    demo_text(g, "url", url);
    demo_when(g, "valueInstant", minute);
    demo_close(g);
}

static void task(struct demo_gen *g, const struct newcomer *n)
{
    static const char *const statuses[] = {[INTAKE_DUE] = "requested",
                                           [INTAKE_BEGUN] = "in-progress",
                                           [INTAKE_HANDED] = "ready",
                                           [INTAKE_SCREENED] = "accepted",
                                           [INTAKE_ASSESSED] = "on-hold"};
    int64_t in = g->minute - n->minutes_ago;
    bool is_begun = n->state >= INTAKE_BEGUN, is_handed = n->state >= INTAKE_HANDED,
         is_signed = n->state >= INTAKE_SCREENED, is_assessed = n->state == INTAKE_ASSESSED;
    demo_begin(g, "Task", "demo-p%03d-intake", n->who + 1);
    demo_list(g, "extension");
    demo_open(g, NULL);
    demo_list(g, "extension");
    moment(g, "arrived", in, true);
    moment(g, "begun", in + 20, is_begun);
    moment(g, "handed", in + 55, is_handed);
    moment(g, "signed", in + 180, is_signed);
    moment(g, "assessed", in + 5 * MINUTES_A_DAY, is_assessed);
    if (is_begun) part(g, "begun-by", "valueString", "陆白苏");
    if (is_handed) part(g, "handed-by", "valueString", "陆白苏");
    if (is_signed) part(g, "signed-by", "valueString", "顾清和");
    if (is_assessed) part(g, "assessed-by", "valueString", "顾清和");
    if (is_begun) part(g, "consent", "valueCode", n->is_refused ? "refused" : "given");
    part(g, "fitness", "valueCode", intake_fitness_text(n->fitness));
    part(g, "housing", "valueCode", intake_housing_text(n->housing));
    if (is_assessed) part(g, "assessments", "valueString", "1");
    demo_list_end(g);
    demo_text(g, "url", LED_INTAKE);
    demo_close(g);
    demo_list_end(g);
    demo_text(g, "status", statuses[n->state]);
    demo_concept(g, "businessStatus", INTAKE_SYSTEM, intake_state_text(n->state), NULL, NULL);
    demo_text(g, "intent", "order");
    demo_concept(g, "code", SICKCALL_TASK, "intake", NULL, NULL);
    demo_ref(g, "for", NULL, "Patient/demo-p%03d", n->who + 1);
    demo_ref(g, "encounter", NULL, "Encounter/demo-p%03d-custody", n->who + 1);
    demo_when(g, "authoredOn", in);
    demo_end(g);
}

/* -- the answers -- */

static const struct intake_question *question(enum intake_part of, const char *link)
{
    const struct intake_question *q = intake_questions(of);
    while (q->link && strcmp(q->link, link) != 0)
        q++;
    return q->link ? q : NULL;
}

static void answer(struct demo_gen *g, enum intake_part of, const char *link, const char *value)
{
    const struct intake_question *q = question(of, link);
    ASSERT(q);
    demo_open(g, NULL);
    demo_text(g, "linkId", link);
    demo_text(g, "text", q->words);
    demo_list(g, "answer");
    demo_open(g, NULL);
    if (q->kind == INTAKE_CHOICE)
        demo_coding(g, "valueCoding", INTAKE_ANSWER, value, NULL);
    else if (q->kind == INTAKE_NUMBER)
        demo_number(g, "valueDecimal", "%s", value);
    else
        demo_text(g, "valueString", value);
    demo_close(g);
    demo_list_end(g);
    demo_close(g);
}

static void begin(struct demo_gen *g, const struct newcomer *n, enum intake_part of, const char *behind,
                  bool is_final, int64_t at)
{
    bool is_doctor = of == INTAKE_ASSESSMENT;
    demo_begin(g, "QuestionnaireResponse", "demo-p%03d-intake%s", n->who + 1, behind);
    if (of == INTAKE_INJURIES) {
        demo_open(g, "meta");
        demo_list(g, "security");
        demo_coding(g, NULL, "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R", NULL);
        demo_list_end(g);
        demo_close(g);
    }
    demo_list(g, "extension");
    demo_open(g, NULL);
    demo_list(g, "extension");
    part(g, "part", "valueCode", intake_part_name(of));
    demo_list_end(g);
    demo_text(g, "url", LED_INTAKE);
    demo_close(g);
    demo_list_end(g);
    demo_text(g, "status", is_final ? "completed" : "in-progress");
    demo_ref(g, "subject", NULL, "Patient/demo-p%03d", n->who + 1);
    demo_ref(g, "encounter", NULL, "Encounter/demo-p%03d-custody", n->who + 1);
    demo_when(g, "authored", at);
    demo_ref(g, "author", is_doctor ? "顾清和" : "陆白苏", "Practitioner/demo-%s",
             is_doctor ? "guqinghe" : "lubaisu");
    demo_list(g, "item");
}

static void end(struct demo_gen *g)
{
    demo_list_end(g);
    demo_end(g);
}

static void form(struct demo_gen *g, const struct newcomer *n)
{
    static const struct {
        const char *link, *value;
    } said[] = {{"present.conscious", "alert"},
                {"present.walks", "alone"},
                {"history.disease", "no"},
                {"history.mental", "no"},
                {"allergy", "no"},
                {"family", "unknown"},
                {"vital.systolic", "128"},
                {"vital.diastolic", "82"},
                {"vital.pulse", "78"},
                {"vital.temperature", "36.6"},
                {"exam.blood", "done"},
                {"exam.blood.words", "白细胞 6.4，血红蛋白 142"},
                {"exam.ecg", "done"},
                {"exam.ecg.words", "窦性心律"},
                {"exam.ultrasound", "ordered"},
                {"exam.chest", "done"},
                {"infect.cough", "no"},
                {"infect.blood", "no"},
                {"infect.sweats", "no"},
                {"infect.fever", "no"},
                {"infect.rash", "no"},
                {"infect.contact", "no"},
                {"harm.thoughts", "no"},
                {"harm.before", "no"},
                {"harm.level", "low"},
                {"withdrawal", "none"},
                {"pregnancy", "not-applicable"}};
    bool is_begun = n->state == INTAKE_BEGUN;
    size_t count = n->is_refused ? 0 : is_begun ? 6 : COUNT_OF(said);
    begin(g, n, INTAKE_FORM, "", n->state >= INTAKE_SCREENED, g->minute - n->minutes_ago + 40);
    answer(g, INTAKE_FORM, "identity", "checked");
    answer(g, INTAKE_FORM, "consent", n->is_refused ? "refused" : "given");
    if (n->is_refused) answer(g, INTAKE_FORM, "consent.words", "表示自己没有病，不愿检查");
    for (size_t i = 0; i < count; i++)
        answer(g, INTAKE_FORM, said[i].link, said[i].value);
    end(g);
}

static void mark(struct demo_gen *g)
{
    static const struct {
        const char *link, *text, *value;
        bool is_number;
    } fields[] = {{"side", "正面或背面", "front", false},
                  {"x", "横向位置（千分）", "668", true},
                  {"y", "纵向位置（千分）", "300", true},
                  {"kind", "种类", "bruise", false}};
    demo_open(g, NULL);
    demo_text(g, "linkId", "marks");
    demo_text(g, "text", "体表所见");
    demo_list(g, "item");
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        demo_open(g, NULL);
        demo_text(g, "linkId", fields[i].link);
        demo_text(g, "text", fields[i].text);
        demo_list(g, "answer");
        demo_open(g, NULL);
        if (fields[i].is_number)
            demo_number(g, "valueDecimal", "%s", fields[i].value);
        else
            demo_coding(g, "valueCoding", INTAKE_ANSWER, fields[i].value, NULL);
        demo_close(g);
        demo_list_end(g);
        demo_close(g);
    }
    demo_list_end(g);
    demo_close(g);
}

static void injuries(struct demo_gen *g, const struct newcomer *n)
{
    begin(g, n, INTAKE_INJURIES, "-i", n->state >= INTAKE_SCREENED, g->minute - n->minutes_ago + 45);
    answer(g, INTAKE_INJURIES, "injuries", n->is_hurt ? "found" : "none");
    if (n->is_hurt) {
        answer(g, INTAKE_INJURIES, "statement", "说前天在家搬柜子时撞到左臂");
        mark(g);
        answer(g, INTAKE_INJURIES, "findings", "左上臂外侧 3×2 cm 瘀斑，青紫，无破损");
        answer(g, INTAKE_INJURIES, "allegation", "no");
    }
    end(g);
}

static void assessment(struct demo_gen *g, const struct newcomer *n)
{
    begin(g, n, INTAKE_ASSESSMENT, "-1", true, g->minute - n->minutes_ago + 5 * MINUTES_A_DAY);
    answer(g, INTAKE_ASSESSMENT, "summary", "一般情况良好，无慢性病，无须特殊管理。");
    answer(g, INTAKE_ASSESSMENT, "chronic", "none");
    end(g);
}

void demo_intakes(struct demo_gen *g, int detainees)
{
    for (size_t i = 0; i < COUNT_OF(all) && !g->err; i++) {
        const struct newcomer *n = &all[i];
        if (n->who >= detainees) continue;
        task(g, n);
        if (n->state >= INTAKE_BEGUN) form(g, n);
        if (n->state >= INTAKE_HANDED && !n->is_refused) injuries(g, n);
        if (n->state == INTAKE_ASSESSED) assessment(g, n);
    }
}

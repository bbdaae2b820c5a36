/* A year in the clinic: intake, visits, allergies, vaccinations, documents. What is found fits what is complained of; what is ordered fits
 * both, and no one's allergy. All of it is invented. */
#include "desk/demo_visit.h"
#include <stdio.h>

/* -- intake and what stays -- */

static void allergy(struct demo_gen *g, int who, int64_t at)
{
    static const struct {
        const char *code, *words, *reaction;
    } agents[] = {
        {"penicillin", "青霉素类", "皮疹、瘙痒"},
        {"cephalosporin", "头孢菌素类", "皮疹"},
        {"sulfonamide", "磺胺类", "全身红斑"},
        {"aspirin", "阿司匹林", "喘息"},
        {"seafood", "海鲜", "荨麻疹"},
        {"iodine", "碘造影剂", "面部潮红、恶心"},
    };
    size_t i = demo_below(g, COUNT_OF(agents));
    bool is_food = i == 4;
    demo_begin(g, "AllergyIntolerance", "demo-p%03d-a1", who + 1);
    demo_status_pair(g, "allergyintolerance", "active");
    demo_text(g, "type", "allergy");
    demo_list(g, "category");
    json_put_text(&g->o, NULL, is_food ? "food" : "medication");
    demo_list_end(g);
    demo_text(g, "criticality", demo_chance(g, 30) ? "high" : "low");
    demo_concept(g, "code", "urn:yunqiao:substance", agents[i].code, agents[i].words, agents[i].words);
    demo_subject(g, "patient", who);
    demo_when(g, "recordedDate", at);
    demo_ref(g, "recorder", NULL, "Practitioner/demo-guqinghe");
    demo_list(g, "reaction");
    demo_open(g, NULL);
    demo_list(g, "manifestation");
    demo_open(g, NULL);
    demo_text(g, "text", agents[i].reaction);
    demo_close(g);
    demo_list_end(g);
    demo_close(g);
    demo_list_end(g);
    demo_end(g);
}

static void vaccination(struct demo_gen *g, int who, int64_t at)
{
    static const struct {
        const char *code, *words;
    } vaccines[] = {{"influenza", "流感疫苗"}, {"hepatitis-b", "乙型肝炎疫苗"}};
    size_t i = demo_below(g, 2);
    demo_begin(g, "Immunization", "demo-p%03d-i1", who + 1);
    demo_text(g, "status", "completed");
    demo_concept(g, "vaccineCode", "urn:yunqiao:vaccine", vaccines[i].code, vaccines[i].words, NULL);
    demo_subject(g, "patient", who);
    demo_when(g, "occurrenceDateTime", at);
    json_put_bool(&g->o, "primarySource", true);
    demo_text(g, "lotNumber", "LQ2026-04");
    demo_end(g);
}

/* base64 of a text, for a document that is small. */
static void base64(struct demo_gen *g, const char *key, const char *text)
{
    char out[2048];
    size_t n = strlen(text);
    ASSERT(n < sizeof out / 2);
    str_base64url(text, n, out);
    size_t at = strlen(out);
    for (char *c = out; *c; c++)
        *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
    while (at % 4)
        out[at++] = '=';
    out[at] = 0;
    demo_text(g, key, out);
}

static void document(struct demo_gen *g, int who, int64_t at)
{
    demo_begin(g, "DocumentReference", "demo-p%03d-doc1", who + 1);
    demo_text(g, "status", "current");
    demo_text(g, "docStatus", "final");
    demo_concept(g, "type", SYSTEM_LOINC, "11369-6", "外院就诊资料", NULL);
    demo_subject(g, "subject", who);
    demo_when(g, "date", at);
    demo_text(g, "description", "入所时随身携带的外院门诊病历摘录");
    demo_list(g, "content");
    demo_open(g, NULL);
    demo_open(g, "attachment");
    demo_text(g, "contentType", "text/plain; charset=utf-8");
    base64(g, "data", "外院门诊病历摘录：既往体健，无手术史。随身资料经本人同意录入。\n");
    demo_text(g, "title", "外院病历摘录.txt");
    demo_close(g);
    demo_close(g);
    demo_list_end(g);
    demo_end(g);
}

static void intake(struct demo_gen *g, int who, int64_t at)
{
    static const struct demo_illness well = {
        .complaint = "入所健康检查",
        .found = "一般情况可，心肺腹查体未见异常，四肢活动自如，体表无新鲜外伤。",
        .plan = "常规管理，有不适随时报告。",
        .words = "入所健康检查",
        .temperature = 36.5,
        .systolic = 122,
        .diastolic = 78,
        .pulse = 76,
        .oxygen = 98};
    char number[16];
    demo_visit_encounter(g, who, 0, &well, 0, at);
    demo_vitals(g, who, 0, &well, at + 3);
    snprintf(number, sizeof number, "%d", demo_between(g, who >= 260 ? 152 : 160, who >= 260 ? 170 : 184));
    demo_measure(g, who, 0, "height", "8302-2", "身高", number, "cm", "cm", at + 4);
    snprintf(number, sizeof number, "%d.%d", demo_between(g, who >= 260 ? 46 : 54, who >= 260 ? 68 : 88),
             demo_between(g, 0, 9));
    demo_measure(g, who, 0, "weight", "29463-7", "体重", number, "kg", "kg", at + 5);
    demo_note(g, who, 0, &well, 0, at);
}

void demo_history(struct demo_gen *g, int who, int64_t in)
{
    int64_t arrived = in * MINUTES_A_DAY + 15 * 60 + demo_between(g, 0, 120);
    int visits = demo_between(g, 1, 3), lasting = 0;
    demo_seed(g, 5000 + (uint64_t)who);
    intake(g, who, arrived);
    if (demo_chance(g, 18)) allergy(g, who, arrived + 9);
    if (demo_chance(g, 45))
        vaccination(g, who,
                    arrived + 20 * MINUTES_A_DAY < g->minute ? arrived + 20 * MINUTES_A_DAY : arrived);
    if (demo_chance(g, 20)) document(g, who, arrived + 30);
    for (int v = 1; v <= visits; v++) {
        size_t i = demo_below(g, COUNT_OF(demo_illnesses));
        int64_t span = g->today - in - 2;
        int64_t at = (in + 1 + (span > 0 ? (int64_t)demo_below(g, (uint32_t)span) : 0)) * MINUTES_A_DAY +
                     9 * 60 + demo_between(g, 0, 7 * 60);
        if (i == DEMO_HIV && !demo_chance(g, 25)) i = DEMO_HYPERTENSION;
        if (demo_illnesses[i].is_lasting && lasting++ > 0) i = 0;
        if (who == 0) i = DEMO_HYPERTENSION - 1; /* his eye is told apart */
        if (at < g->minute - 60) demo_visit(g, who, v, &demo_illnesses[i], at);
    }
}

/* -- who waits to be seen -- */

void demo_open_calls(struct demo_gen *g, int detainees)
{
    static const struct {
        int who, illness, minutes_ago;
        bool is_triaged;
    } calls[] = {{57, 15, 24, false},
                 {141, 9, 75, true},
                 {208, 11, 190, false},
                 {274, 3, 330, true},
                 {19, 5, 560, true}};
    for (size_t i = 0; i < COUNT_OF(calls) && !g->err; i++)
        if (calls[i].who < detainees)
            demo_sick_call(g, calls[i].who, 91, &demo_illnesses[calls[i].illness],
                           &(struct demo_call){
                               .asked = g->minute - calls[i].minutes_ago,
                               .triaged = calls[i].is_triaged ? g->minute - calls[i].minutes_ago + 12 : 0});
}

/* -- what came from the laboratory today -- */

static void result(struct demo_gen *g, int who, const char *name, const char *code, const char *words,
                   const char *number, const char *unit, const char *flag, int minutes_ago)
{
    demo_begin(g, "Observation", "demo-p%03d-lab-%s", who + 1, name);
    demo_text(g, "status", "final");
    demo_concepts(g, "category", "http://terminology.hl7.org/CodeSystem/observation-category", "laboratory",
                  NULL);
    demo_concept(g, "code", SYSTEM_LOINC, code, words, words);
    demo_subject(g, "subject", who);
    demo_when(g, "effectiveDateTime", g->minute - minutes_ago - 40);
    demo_when(g, "issued", g->minute - minutes_ago);
    demo_open(g, "valueQuantity");
    demo_number(g, "value", "%s", number);
    demo_text(g, "unit", unit);
    demo_close(g);
    demo_concepts(g, "interpretation", "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
                  flag, NULL);
    demo_end(g);
}

void demo_results(struct demo_gen *g, int detainees)
{
    static const struct {
        int who;
        const char *name, *code, *words, *number, *unit, *flag;
        int minutes_ago;
    } results[] = {{141, "k", "2823-3", "钾", "2.9", "mmol/L", "LL", 12},
                   {208, "wbc", "6690-2", "白细胞", "14.2", "10⁹/L", "H", 64},
                   {57, "hgb", "718-7", "血红蛋白", "138", "g/L", "N", 62}};
    for (size_t i = 0; i < COUNT_OF(results) && !g->err; i++)
        if (results[i].who < detainees)
            result(g, results[i].who, results[i].name, results[i].code, results[i].words, results[i].number,
                   results[i].unit, results[i].flag, results[i].minutes_ago);
}

/* -- the man with the swollen eye -- */

static void eye_observation(struct demo_gen *g, const char *name, const char *words, const char *value,
                            int64_t at)
{
    demo_measure_begin(g, 0, 90, name, "exam", "79816-9", words, at);
    demo_text(g, "valueString", value);
    demo_end(g);
}

void demo_swollen_eye(struct demo_gen *g)
{
    static const struct demo_illness eye = {
        "H05.200",
        "突眼（右），原因待查",
        "右眼肿了五天，看东西重影，头疼",
        "右眼睑肿胀，眼球向外突出约3毫米，向外转动受限；右眼视力0.4，左眼1."
        "0；眼底视盘边界欠清。体温正常，颈软。",
        "请眼科与神经外科联合会诊；头颅CT平扫；床头抬高，避免用力。",
        {"paracetamol", "对乙酰氨基酚片", "疼痛时服，一日不超过四次", "口服", "g", 0.5, 2, 5},
        36.7,
        138,
        86,
        82,
        98,
        URGENT,
        OPEN,
        false};
    int64_t at = g->minute - 150;
    demo_seed(g, 9000);
    demo_visit_encounter(g, 0, 90, &eye, 0, at);
    demo_sick_call(g, 0, 90, &eye, &(struct demo_call){at - 55, at - 40, at});
    demo_vitals(g, 0, 90, &eye, at + 3);
    eye_observation(g, "va-right", "视力（右眼）", "0.4", at + 6);
    eye_observation(g, "va-left", "视力（左眼）", "1.0", at + 7);
    eye_observation(g, "motility", "眼球运动（右眼）", "外转受限", at + 8);
    demo_problem(g, 0, 90, &eye, 0, at + 9);
    demo_note(g, 0, 90, &eye, 0, at);
    demo_order(g, 0, 90, &eye, 0, at);

    demo_begin(g, "ServiceRequest", "demo-p001-consult");
    demo_text(g, "status", "active");
    demo_text(g, "intent", "order");
    demo_concepts(g, "category", "urn:yunqiao:request", "consultation", NULL);
    demo_text(g, "priority", "urgent");
    demo_open(g, "code");
    demo_text(g, "text", "眼科、神经外科远程联合会诊");
    demo_close(g);
    demo_subject(g, "subject", 0);
    demo_ref(g, "encounter", NULL, "Encounter/demo-p001-v90");
    demo_when(g, "authoredOn", at + 20);
    demo_ref(g, "requester", "顾清和", "Practitioner/demo-guqinghe");
    demo_list(g, "performer");
    demo_ref(g, NULL, "温知远", "Practitioner/demo-wenzhiyuan");
    demo_ref(g, NULL, "裴砚", "Practitioner/demo-peiyan");
    demo_list_end(g);
    demo_list(g, "reasonReference");
    demo_ref(g, NULL, eye.words, "Condition/demo-p001-c90");
    demo_list_end(g);
    demo_list(g, "note");
    demo_open(g, NULL);
    demo_text(g, "text", "右眼肿胀突出五天，伴复视、头痛。请协助判断是否颅内或眶内占位，是否需急诊转出。");
    demo_close(g);
    demo_list_end(g);
    demo_end(g);
}

/* A year in the clinic: intake, sick calls, visits with vitals, problems, orders and doses, allergies, vaccinations, documents. What is
 * found fits what is complained of; what is ordered fits both, and no one's allergy. All of it is invented. */
#include "desk/demo_gen.h"
#include <stdio.h>

enum severity { ROUTINE, SOON, URGENT };
enum label { OPEN, MENTAL, INFECTION };

struct drug {
    const char *code, *name, *dose, *route, *unit;
    double amount;
    int per_day, days; /* days 0: goes on */
};

/* What people come with. */
static const struct illness {
    const char *code, *words; /* ICD-10 */
    const char *complaint, *found, *plan;
    struct drug drug;
    double temperature, systolic, diastolic, pulse, oxygen;
    enum severity severity;
    enum label label;
    bool is_lasting;
} illnesses[] = {
    {"J06.9",
     "急性上呼吸道感染",
     "嗓子疼、流鼻涕两天，有点发热",
     "咽部充血，双肺呼吸音清，未闻及啰音。",
     "多饮水，休息，三日未好转复诊。",
     {"ibuprofen", "布洛芬片", "一次0.2克，一日三次，饭后", "口服", "g", 0.2, 3, 3},
     37.9,
     122,
     78,
     88,
     98,
     ROUTINE,
     OPEN,
     false},
    {"I10.x00",
     "高血压病",
     "头晕，以前有高血压",
     "神志清，心律齐，双下肢无水肿。",
     "低盐饮食，监测血压，一周后复查。",
     {"amlodipine", "苯磺酸氨氯地平片", "一次5毫克，一日一次，晨服", "口服", "mg", 5, 1, 0},
     36.5,
     156,
     96,
     78,
     98,
     SOON,
     OPEN,
     true},
    {"E11.900",
     "2型糖尿病",
     "口渴、尿多",
     "一般情况可，足背动脉搏动正常，皮肤无破溃。",
     "糖尿病饮食，监测空腹血糖，两周复查。",
     {"metformin", "盐酸二甲双胍片", "一次0.5克，一日两次，随餐", "口服", "g", 0.5, 2, 0},
     36.5,
     132,
     82,
     76,
     98,
     SOON,
     OPEN,
     true},
    {"K29.700",
     "胃炎",
     "胃疼，饭后反酸",
     "剑突下轻压痛，无反跳痛，肠鸣音正常。",
     "规律饮食，忌辛辣，两周后复诊。",
     {"omeprazole", "奥美拉唑肠溶胶囊", "一次20毫克，一日一次，早饭前", "口服", "mg", 20, 1, 14},
     36.6,
     120,
     76,
     74,
     99,
     ROUTINE,
     OPEN,
     false},
    {"M54.500",
     "下腰痛",
     "腰疼，弯腰更疼",
     "腰椎旁肌紧张，直腿抬高试验阴性，下肢肌力正常。",
     "避免负重，热敷。",
     {"diclofenac-gel", "双氯芬酸二乙胺乳胶剂", "外用，一日三次", "外用", "g", 2, 3, 7},
     36.4,
     124,
     80,
     72,
     99,
     ROUTINE,
     OPEN,
     false},
    {"B35.300",
     "足癣",
     "脚趾缝痒、脱皮",
     "趾间皮肤浸渍脱屑，无渗出。",
     "保持干燥，不与他人共用拖鞋毛巾。",
     {"terbinafine-cream", "盐酸特比萘芬乳膏", "外用，一日两次", "外用", "g", 1, 2, 14},
     36.4,
     118,
     76,
     70,
     99,
     ROUTINE,
     OPEN,
     false},
    {"G47.000",
     "失眠",
     "睡不着，半夜醒",
     "神志清，情绪平稳，无自伤意念。",
     "睡眠卫生宣教，两周随访。",
     {"zopiclone", "佐匹克隆片", "一次3.75毫克，睡前服，由护士看服", "口服", "mg", 3.75, 1, 7},
     36.5,
     126,
     80,
     76,
     98,
     ROUTINE,
     OPEN,
     false},
    {"L30.900",
     "皮炎",
     "身上起红疹，很痒",
     "前臂散在红色丘疹，可见抓痕，无破溃。",
     "避免搔抓，勤换衣物。",
     {"loratadine", "氯雷他定片", "一次10毫克，一日一次", "口服", "mg", 10, 1, 7},
     36.5,
     118,
     74,
     74,
     99,
     ROUTINE,
     OPEN,
     false},
    {"K04.000",
     "牙髓炎",
     "牙疼得睡不着",
     "右下第一磨牙龋坏，叩痛阳性，牙龈稍红。",
     "联系口腔科，疼痛加重随时报告。",
     {"ibuprofen", "布洛芬片", "一次0.2克，疼痛时服，一日不超过三次", "口服", "g", 0.2, 3, 3},
     36.8,
     134,
     84,
     84,
     98,
     SOON,
     OPEN,
     false},
    {"H10.900",
     "结膜炎",
     "右眼红，有分泌物",
     "右眼结膜充血，角膜透明，视力无明显下降。",
     "分用毛巾，勤洗手。",
     {"levofloxacin-eye", "左氧氟沙星滴眼液", "右眼，一次一滴，一日三次", "滴眼", "[drp]", 1, 3, 7},
     36.6,
     120,
     78,
     76,
     99,
     SOON,
     OPEN,
     false},
    {"J30.400",
     "变应性鼻炎",
     "打喷嚏、流清涕",
     "鼻黏膜苍白水肿，分泌物清稀。",
     "避开灰尘，鼻腔冲洗。",
     {"loratadine", "氯雷他定片", "一次10毫克，一日一次", "口服", "mg", 10, 1, 14},
     36.4,
     118,
     76,
     72,
     99,
     ROUTINE,
     OPEN,
     false},
    {"J20.900",
     "急性支气管炎",
     "咳嗽一周，有痰",
     "双肺呼吸音粗，未闻及湿啰音。",
     "多饮水，一周未好转做胸片。",
     {"ambroxol", "盐酸氨溴索片", "一次30毫克，一日三次，饭后", "口服", "mg", 30, 3, 7},
     37.4,
     122,
     78,
     86,
     97,
     SOON,
     OPEN,
     false},
    {"F41.900",
     "焦虑状态",
     "心慌、坐立不安，想找人说话",
     "交谈合作，情绪紧张，否认自伤意念。",
     "心理支持，每周随访，请精神科会诊。",
     {"sertraline", "盐酸舍曲林片", "一次50毫克，一日一次，早饭后", "口服", "mg", 50, 1, 0},
     36.6,
     134,
     84,
     92,
     98,
     SOON,
     MENTAL,
     true},
    {"R51.x00",
     "头痛",
     "太阳穴两边疼",
     "神经系统查体未见异常，颈软。",
     "休息，记录发作时间。",
     {"paracetamol", "对乙酰氨基酚片", "一次0.5克，疼痛时服，一日不超过四次", "口服", "g", 0.5, 2, 3},
     36.5,
     126,
     80,
     76,
     98,
     ROUTINE,
     OPEN,
     false},
    {"S93.400",
     "踝关节扭伤",
     "放风时崴了右脚",
     "右外踝肿胀压痛，可负重，踝关节稳定。",
     "冷敷、抬高、弹力绷带，必要时拍片。",
     {"diclofenac-gel", "双氯芬酸二乙胺乳胶剂", "外用，一日三次", "外用", "g", 2, 3, 7},
     36.5,
     122,
     78,
     78,
     99,
     SOON,
     OPEN,
     false},
    {"J45.900",
     "支气管哮喘",
     "喘、胸闷，夜里重",
     "双肺散在哮鸣音，可平卧，说话成句。",
     "随身备吸入剂，喘憋加重立即报告。",
     {"salbutamol", "硫酸沙丁胺醇吸入气雾剂", "发作时一次1-2揿", "吸入", "{puff}", 2, 1, 0},
     36.6,
     128,
     80,
     94,
     95,
     URGENT,
     OPEN,
     true},
    {"G40.900",
     "癫痫",
     "以前抽过，怕断药",
     "神志清，神经系统查体无定位体征。",
     "按时服药，下铺，勿单独登高。",
     {"valproate", "丙戊酸钠片", "一次0.4克，一日两次", "口服", "g", 0.4, 2, 0},
     36.5,
     120,
     76,
     74,
     99,
     SOON,
     OPEN,
     true},
    {"M10.900",
     "痛风",
     "大脚趾又红又疼",
     "右第一跖趾关节红肿热痛。",
     "低嘌呤饮食，多饮水。",
     {"colchicine", "秋水仙碱片", "一次0.5毫克，一日两次", "口服", "mg", 0.5, 2, 5},
     37.1,
     136,
     86,
     82,
     98,
     SOON,
     OPEN,
     true},
    {"B24.x00",
     "人类免疫缺陷病毒病",
     "以前查出来过，在吃药",
     "一般情况好，无口腔白斑，浅表淋巴结不大。",
     "继续抗病毒治疗，不得漏服。",
     {"aztriple", "拉米夫定替诺福韦片", "一次一片，一日一次，固定时间", "口服", "{tbl}", 1, 1, 0},
     36.5,
     118,
     74,
     72,
     99,
     SOON,
     INFECTION,
     true},
    {"K59.000",
     "便秘",
     "好几天没有大便",
     "腹软，左下腹可触及粪块，无压痛。",
     "多吃蔬菜，多饮水，多活动。",
     {"lactulose", "乳果糖口服溶液", "一次15毫升，一日一次", "口服", "mL", 15, 1, 5},
     36.4,
     120,
     78,
     70,
     99,
     ROUTINE,
     OPEN,
     false},
};
enum { HIV = 18, HYPERTENSION = 1, DIABETES = 2 };

static const char *const doctors[] = {"guqinghe", "xuwang"};
static const char *const doctor_names[] = {"顾清和", "许望"};

static void subject(struct demo_gen *g, const char *key, int who)
{
    demo_ref(g, key, NULL, "Patient/demo-p%03d", who + 1);
}

static void label(struct demo_gen *g, enum label l)
{
    if (l == MENTAL) demo_security(g, "PSY", NULL);
    if (l == INFECTION) demo_security(g, "HIV", NULL);
}

static void status_pair(struct demo_gen *g, const char *what, const char *clinical)
{
    char system[96];
    snprintf(system, sizeof system, "http://terminology.hl7.org/CodeSystem/%s-clinical", what);
    demo_concept(g, "clinicalStatus", system, clinical, NULL, NULL);
    snprintf(system, sizeof system, "http://terminology.hl7.org/CodeSystem/%s",
             str_is_text(str_of(what), "condition") ? "condition-ver-status"
                                                    : "allergyintolerance-verification");
    demo_concept(g, "verificationStatus", system, "confirmed", NULL, NULL);
}

/* -- measures -- */

static void quantity(struct demo_gen *g, const char *key, const char *number, const char *unit,
                     const char *code)
{
    demo_open(g, key);
    demo_number(g, "value", "%s", number);
    demo_text(g, "unit", unit);
    demo_text(g, "system", SYSTEM_UCUM);
    demo_text(g, "code", code);
    demo_close(g);
}

static void measure_begin(struct demo_gen *g, int who, int visit, const char *name, const char *category,
                          const char *code, const char *words, int64_t at)
{
    demo_begin(g, "Observation", "demo-p%03d-v%d-%s", who + 1, visit, name);
    demo_text(g, "status", "final");
    demo_concepts(g, "category", "http://terminology.hl7.org/CodeSystem/observation-category", category,
                  NULL);
    demo_concept(g, "code", SYSTEM_LOINC, code, words, NULL);
    subject(g, "subject", who);
    demo_ref(g, "encounter", NULL, "Encounter/demo-p%03d-v%d", who + 1, visit);
    demo_when(g, "effectiveDateTime", at);
    demo_list(g, "performer");
    demo_ref(g, NULL, NULL, "Practitioner/demo-lubaisu");
    demo_list_end(g);
}

static void measure(struct demo_gen *g, int who, int visit, const char *name, const char *code,
                    const char *words, const char *number, const char *unit, const char *ucum, int64_t at)
{
    measure_begin(g, who, visit, name, "vital-signs", code, words, at);
    quantity(g, "valueQuantity", number, unit, ucum);
    demo_end(g);
}

static void component(struct demo_gen *g, const char *code, const char *words, int n)
{
    char number[16];
    snprintf(number, sizeof number, "%d", n);
    demo_open(g, NULL);
    demo_concept(g, "code", SYSTEM_LOINC, code, words, NULL);
    quantity(g, "valueQuantity", number, "mmHg", "mm[Hg]");
    demo_close(g);
}

static void pressure(struct demo_gen *g, int who, int visit, int systolic, int diastolic, int64_t at)
{
    measure_begin(g, who, visit, "bp", "vital-signs", "85354-9", "血压", at);
    demo_list(g, "component");
    component(g, "8480-6", "收缩压", systolic);
    component(g, "8462-4", "舒张压", diastolic);
    demo_list_end(g);
    demo_end(g);
}

static void vitals(struct demo_gen *g, int who, int visit, const struct illness *ill, int64_t at)
{
    char number[16];
    int tenths = (int)(ill->temperature * 10 + 0.5) + demo_between(g, -2, 2);
    snprintf(number, sizeof number, "%d.%d", tenths / 10, tenths % 10);
    measure(g, who, visit, "temp", "8310-5", "体温", number, "℃", "Cel", at);
    pressure(g, who, visit, (int)ill->systolic + demo_between(g, -6, 6),
             (int)ill->diastolic + demo_between(g, -4, 4), at);
    snprintf(number, sizeof number, "%d", (int)ill->pulse + demo_between(g, -5, 5));
    measure(g, who, visit, "pulse", "8867-4", "脉率", number, "次/分", "/min", at);
    int oxygen = (int)ill->oxygen + demo_between(g, -1, 1);
    snprintf(number, sizeof number, "%d", oxygen > 100 ? 100 : oxygen);
    measure(g, who, visit, "spo2", "59408-5", "血氧饱和度", number, "%", "%", at);
    if (ill == &illnesses[DIABETES]) {
        snprintf(number, sizeof number, "%d.%d", demo_between(g, 7, 11), demo_between(g, 0, 9));
        measure(g, who, visit, "glucose", "14771-0", "空腹血糖", number, "mmol/L", "mmol/L", at);
    }
}

/* -- a visit, from the complaint to the doses -- */

static void sick_call(struct demo_gen *g, int who, int visit, const struct illness *ill, int64_t at)
{
    static const char *const priorities[] = {"routine", "urgent", "asap"};
    demo_begin(g, "Task", "demo-p%03d-call%d", who + 1, visit);
    label(g, ill->label);
    demo_text(g, "status", "completed");
    demo_text(g, "intent", "order");
    demo_text(g, "priority", priorities[ill->severity]);
    demo_concept(g, "code", "urn:yunqiao:task", "sick-call", NULL, NULL);
    demo_text(g, "description", ill->complaint);
    subject(g, "for", who);
    demo_when(g, "authoredOn", at);
    subject(g, "requester", who);
    demo_ref(g, "owner", NULL, "Organization/demo-clinic");
    demo_end(g);
}

static void visit_encounter(struct demo_gen *g, int who, int visit, const struct illness *ill, int doctor,
                            int64_t at)
{
    demo_begin(g, "Encounter", "demo-p%03d-v%d", who + 1, visit);
    label(g, ill->label);
    demo_text(g, "status", "finished");
    demo_coding(g, "class", SYSTEM_ACT, "AMB", NULL);
    demo_concepts(g, "type", "urn:yunqiao:encounter", "visit", NULL);
    subject(g, "subject", who);
    demo_list(g, "participant");
    demo_open(g, NULL);
    demo_ref(g, "individual", doctor_names[doctor], "Practitioner/demo-%s", doctors[doctor]);
    demo_close(g);
    demo_list_end(g);
    demo_period(g, "period", at, at + demo_between(g, 8, 25));
    demo_list(g, "reasonCode");
    demo_open(g, NULL);
    demo_text(g, "text", ill->complaint);
    demo_close(g);
    demo_list_end(g);
    demo_list(g, "location");
    demo_open(g, NULL);
    demo_ref(g, "location", NULL, "Location/demo-room-%d", doctor + 1);
    demo_close(g);
    demo_list_end(g);
    demo_ref(g, "serviceProvider", NULL, "Organization/demo-clinic");
    demo_end(g);
}

static void problem(struct demo_gen *g, int who, int visit, const struct illness *ill, int doctor, int64_t at)
{
    bool is_over = !ill->is_lasting && at / MINUTES_A_DAY + 14 < g->today;
    demo_begin(g, "Condition", "demo-p%03d-c%d", who + 1, visit);
    label(g, ill->label);
    status_pair(g, "condition", is_over ? "resolved" : "active");
    demo_concepts(g, "category", "http://terminology.hl7.org/CodeSystem/condition-category",
                  ill->is_lasting ? "problem-list-item" : "encounter-diagnosis", NULL);
    demo_concept(g, "code", SYSTEM_ICD10, ill->code, ill->words, ill->words);
    subject(g, "subject", who);
    demo_ref(g, "encounter", NULL, "Encounter/demo-p%03d-v%d", who + 1, visit);
    demo_when(g, "onsetDateTime", at - MINUTES_A_DAY);
    if (is_over) demo_when(g, "abatementDateTime", at + 7 * MINUTES_A_DAY);
    demo_when(g, "recordedDate", at);
    demo_ref(g, "recorder", NULL, "Practitioner/demo-%s", doctors[doctor]);
    demo_end(g);
}

static void note_section(struct demo_gen *g, const char *title, const char *text)
{
    char div[1024];
    snprintf(div, sizeof div, "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>%s</p></div>", text);
    demo_open(g, NULL);
    demo_text(g, "title", title);
    demo_open(g, "text");
    demo_text(g, "status", "generated");
    demo_text(g, "div", div);
    demo_close(g);
    demo_close(g);
}

static void note(struct demo_gen *g, int who, int visit, const struct illness *ill, int doctor, int64_t at)
{
    demo_begin(g, "Composition", "demo-p%03d-n%d", who + 1, visit);
    label(g, ill->label);
    demo_text(g, "status", "final");
    demo_concept(g, "type", SYSTEM_LOINC, "34109-9", "门诊记录", NULL);
    subject(g, "subject", who);
    demo_ref(g, "encounter", NULL, "Encounter/demo-p%03d-v%d", who + 1, visit);
    demo_when(g, "date", at + 12);
    demo_list(g, "author");
    demo_ref(g, NULL, doctor_names[doctor], "Practitioner/demo-%s", doctors[doctor]);
    demo_list_end(g);
    demo_text(g, "title", "门诊记录");
    demo_list(g, "section");
    note_section(g, "主诉", ill->complaint);
    note_section(g, "查体", ill->found);
    note_section(g, "诊断", ill->words);
    note_section(g, "处理", ill->plan);
    demo_list_end(g);
    demo_end(g);
}

static void drug_concept(struct demo_gen *g, const struct drug *d)
{
    demo_concept(g, "medicationCodeableConcept", SYSTEM_DRUG, d->code, d->name, d->name);
}

static void dose_quantity(struct demo_gen *g, const char *key, const struct drug *d)
{
    char number[16];
    snprintf(number, sizeof number, "%g", d->amount);
    quantity(g, key, number, d->unit, d->unit);
}

static void order(struct demo_gen *g, int who, int visit, const struct illness *ill, int doctor, int64_t at)
{
    const struct drug *d = &ill->drug;
    bool goes_on = d->days == 0;
    bool is_active = goes_on || at / MINUTES_A_DAY + d->days >= g->today;
    demo_begin(g, "MedicationRequest", "demo-p%03d-m%d", who + 1, visit);
    label(g, ill->label);
    demo_text(g, "status", is_active ? "active" : "completed");
    demo_text(g, "intent", "order");
    drug_concept(g, d);
    subject(g, "subject", who);
    demo_ref(g, "encounter", NULL, "Encounter/demo-p%03d-v%d", who + 1, visit);
    demo_when(g, "authoredOn", at + 10);
    demo_ref(g, "requester", doctor_names[doctor], "Practitioner/demo-%s", doctors[doctor]);
    demo_list(g, "dosageInstruction");
    demo_open(g, NULL);
    demo_text(g, "text", d->dose);
    demo_open(g, "timing");
    demo_open(g, "repeat");
    if (!goes_on) demo_period(g, "boundsPeriod", at + 10, at + 10 + d->days * MINUTES_A_DAY);
    demo_number(g, "frequency", "%d", d->per_day);
    demo_number(g, "period", "1");
    demo_text(g, "periodUnit", "d");
    demo_close(g);
    demo_close(g);
    demo_open(g, "route");
    demo_text(g, "text", d->route);
    demo_close(g);
    demo_list(g, "doseAndRate");
    demo_open(g, NULL);
    dose_quantity(g, "doseQuantity", d);
    demo_close(g);
    demo_list_end(g);
    demo_close(g);
    demo_list_end(g);
    demo_end(g);
}

static void dose(struct demo_gen *g, int who, int visit, int n, const struct illness *ill, int64_t at)
{
    const struct drug *d = &ill->drug;
    bool is_refused = demo_chance(g, 4);
    demo_begin(g, "MedicationAdministration", "demo-p%03d-m%d-d%d", who + 1, visit, n);
    label(g, ill->label);
    demo_text(g, "status", is_refused ? "not-done" : "completed");
    if (is_refused) demo_concepts(g, "statusReason", "urn:yunqiao:not-given", "refused", "拒服");
    drug_concept(g, d);
    subject(g, "subject", who);
    demo_ref(g, "context", NULL, "Encounter/demo-p%03d-v%d", who + 1, visit);
    demo_when(g, "effectiveDateTime", at);
    demo_list(g, "performer");
    demo_open(g, NULL);
    demo_ref(g, "actor", "陆白苏", "Practitioner/demo-lubaisu");
    demo_close(g);
    demo_list_end(g);
    demo_ref(g, "request", NULL, "MedicationRequest/demo-p%03d-m%d", who + 1, visit);
    demo_open(g, "dosage");
    demo_open(g, "route");
    demo_text(g, "text", d->route);
    demo_close(g);
    dose_quantity(g, "dose", d);
    demo_close(g);
    demo_end(g);
}

/* The first days of a course; of what goes on, the last days before today. */
static void doses(struct demo_gen *g, int who, int visit, const struct illness *ill, int64_t at)
{
    static const int hours[3][3] = {{8, 0, 0}, {8, 18, 0}, {8, 12, 18}};
    const struct drug *d = &ill->drug;
    int64_t day = d->days ? at / MINUTES_A_DAY + 1 : g->today - 2;
    int per_day = d->per_day > 3 ? 3 : d->per_day, n = 0;
    for (int k = 0; k < 3 && (d->days == 0 || k < d->days); k++, day++)
        for (int h = 0; h < per_day; h++) {
            int64_t when = day * MINUTES_A_DAY + hours[per_day - 1][h] * 60 + demo_between(g, 0, 20);
            if (when > at && when < g->minute) dose(g, who, visit, n++, ill, when);
        }
}

static void see(struct demo_gen *g, int who, int visit, const struct illness *ill, int64_t at)
{
    int doctor = (int)demo_below(g, 2);
    sick_call(g, who, visit, ill, at - demo_between(g, 40, ill->severity == URGENT ? 60 : 1300));
    visit_encounter(g, who, visit, ill, doctor, at);
    vitals(g, who, visit, ill, at + 3);
    problem(g, who, visit, ill, doctor, at + 8);
    note(g, who, visit, ill, doctor, at);
    order(g, who, visit, ill, doctor, at);
    doses(g, who, visit, ill, at);
}

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
    status_pair(g, "allergyintolerance", "active");
    demo_text(g, "type", "allergy");
    demo_list(g, "category");
    json_put_text(&g->o, NULL, is_food ? "food" : "medication");
    demo_list_end(g);
    demo_text(g, "criticality", demo_chance(g, 30) ? "high" : "low");
    demo_concept(g, "code", "urn:yunqiao:substance", agents[i].code, agents[i].words, agents[i].words);
    subject(g, "patient", who);
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
    subject(g, "patient", who);
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
    subject(g, "subject", who);
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
    static const struct illness well = {.complaint = "入所健康检查",
                                        .found =
                                            "一般情况可，心肺腹查体未见异常，四肢活动自如，体表无新鲜外伤。",
                                        .plan = "常规管理，有不适随时报告。",
                                        .words = "入所健康检查",
                                        .temperature = 36.5,
                                        .systolic = 122,
                                        .diastolic = 78,
                                        .pulse = 76,
                                        .oxygen = 98};
    char number[16];
    visit_encounter(g, who, 0, &well, 0, at);
    vitals(g, who, 0, &well, at + 3);
    snprintf(number, sizeof number, "%d", demo_between(g, who >= 260 ? 152 : 160, who >= 260 ? 170 : 184));
    measure(g, who, 0, "height", "8302-2", "身高", number, "cm", "cm", at + 4);
    snprintf(number, sizeof number, "%d.%d", demo_between(g, who >= 260 ? 46 : 54, who >= 260 ? 68 : 88),
             demo_between(g, 0, 9));
    measure(g, who, 0, "weight", "29463-7", "体重", number, "kg", "kg", at + 5);
    note(g, who, 0, &well, 0, at);
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
        size_t i = demo_below(g, COUNT_OF(illnesses));
        int64_t span = g->today - in - 2;
        int64_t at = (in + 1 + (span > 0 ? (int64_t)demo_below(g, (uint32_t)span) : 0)) * MINUTES_A_DAY +
                     9 * 60 + demo_between(g, 0, 7 * 60);
        if (i == HIV && !demo_chance(g, 25)) i = HYPERTENSION;
        if (illnesses[i].is_lasting && lasting++ > 0) i = 0;
        if (who == 0) i = HYPERTENSION - 1; /* his eye is told apart */
        if (at < g->minute - 60) see(g, who, v, &illnesses[i], at);
    }
}

/* -- the man with the swollen eye -- */

static void eye_observation(struct demo_gen *g, const char *name, const char *words, const char *value,
                            int64_t at)
{
    measure_begin(g, 0, 90, name, "exam", "79816-9", words, at);
    demo_text(g, "valueString", value);
    demo_end(g);
}

void demo_swollen_eye(struct demo_gen *g)
{
    static const struct illness eye = {
        "H05.200",
        "突眼（右），原因待查",
        "右眼肿了五天，看东西重影，头疼",
        "右眼睑肿胀，眼球向外突出约3毫米，向外转动受限；右眼视力0.4，左眼1."
        "0；眼底视盘边界欠清。体温正常，颈软。",
        "请眼科与神经外科联合会诊；头颅CT平扫；床头抬高，避免用力。",
        {"paracetamol", "对乙酰氨基酚片", "一次0.5克，疼痛时服，一日不超过四次", "口服", "g", 0.5, 2, 5},
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
    sick_call(g, 0, 90, &eye, at - 55);
    visit_encounter(g, 0, 90, &eye, 0, at);
    vitals(g, 0, 90, &eye, at + 3);
    eye_observation(g, "va-right", "视力（右眼）", "0.4", at + 6);
    eye_observation(g, "va-left", "视力（左眼）", "1.0", at + 7);
    eye_observation(g, "motility", "眼球运动（右眼）", "外转受限", at + 8);
    problem(g, 0, 90, &eye, 0, at + 9);
    note(g, 0, 90, &eye, 0, at);
    order(g, 0, 90, &eye, 0, at);

    demo_begin(g, "ServiceRequest", "demo-p001-consult");
    demo_text(g, "status", "active");
    demo_text(g, "intent", "order");
    demo_concepts(g, "category", "urn:yunqiao:request", "consultation", NULL);
    demo_text(g, "priority", "urgent");
    demo_open(g, "code");
    demo_text(g, "text", "眼科、神经外科远程联合会诊");
    demo_close(g);
    subject(g, "subject", 0);
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

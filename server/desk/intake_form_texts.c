#include "base/err.h"
#include "desk/intake_form.h"

/* What is asked, in the order of the form. Numbers in tenths. */

#define CHOICE(link, need, words, codes)                                                                     \
    {                                                                                                        \
        link, words, INTAKE_CHOICE, need, codes, 0, 0, NULL                                                  \
    }
#define WORDS(link, words)                                                                                   \
    {                                                                                                        \
        link, words, INTAKE_WORDS, INTAKE_FREE, NULL, 0, 0, NULL                                             \
    }
#define NUMBER(link, need, words, least, most)                                                               \
    {                                                                                                        \
        link, words, INTAKE_NUMBER, need, NULL, least, most, NULL                                            \
    }
#define LIST(link, words, fields)                                                                            \
    {                                                                                                        \
        link, words, INTAKE_LIST, INTAKE_FREE, NULL, 0, 0, fields                                            \
    }
#define END                                                                                                  \
    {                                                                                                        \
        NULL, NULL, INTAKE_WORDS, INTAKE_FREE, NULL, 0, 0, NULL                                              \
    }
#define YES_NO "no yes unknown"
#define EXAM "done ordered refused"

/* clang-format off */
static const struct intake_question allergy_fields[] = {
    WORDS("substance", "过敏药物或物质"), WORDS("reaction", "反应"), END};
static const struct intake_question problem_fields[] = {
    WORDS("code", "编码（ICD-10）"), WORDS("words", "疾病"), END};
static const struct intake_question mark_fields[] = {
    CHOICE("side", INTAKE_NEEDED_ALWAYS, "正面或背面", "front back"),
    NUMBER("x", INTAKE_NEEDED_ALWAYS, "横向位置（千分）", 0, 10000),
    NUMBER("y", INTAKE_NEEDED_ALWAYS, "纵向位置（千分）", 0, 10000),
    CHOICE("kind", INTAKE_NEEDED_ALWAYS, "种类", "bruise abrasion wound burn swelling fracture scar mark pain other"),
    WORDS("words", "描述：大小、颜色、形状、新旧"), END};

static const struct intake_question form[] = {
    CHOICE("identity", INTAKE_NEEDED_ALWAYS, "身份核对", "checked mismatch"),
    CHOICE("consent", INTAKE_NEEDED_ALWAYS, "是否同意检查和诊疗", "given refused unable"),
    WORDS("consent.words", "不同意或无法表示同意的情况"),
    CHOICE("present.conscious", INTAKE_NEEDED, "神志", "alert drowsy confused unresponsive"),
    CHOICE("present.walks", INTAKE_NEEDED, "行走", "alone helped cannot"),
    WORDS("present.words", "目前不适及现病史"),
    CHOICE("history.disease", INTAKE_NEEDED, "有无慢性病或重大疾病", YES_NO),
    WORDS("history.words", "既往病史、手术、住院"),
    LIST("problems", "确认的疾病", problem_fields),
    WORDS("history.medicine", "正在使用的药物、剂量和最后一次使用时间"),
    CHOICE("history.mental", INTAKE_NEEDED, "精神科就诊史", YES_NO),
    CHOICE("allergy", INTAKE_NEEDED, "药物过敏", YES_NO),
    LIST("allergies", "过敏", allergy_fields),
    CHOICE("family", INTAKE_NEEDED, "家族病史", YES_NO),
    WORDS("family.words", "家族病史说明"),
    NUMBER("vital.systolic", INTAKE_NEEDED, "收缩压（mmHg）", 400, 3000),
    NUMBER("vital.diastolic", INTAKE_NEEDED, "舒张压（mmHg）", 200, 2000),
    NUMBER("vital.pulse", INTAKE_FREE, "脉搏（次/分）", 200, 3000),
    NUMBER("vital.temperature", INTAKE_FREE, "体温（℃）", 250, 450),
    NUMBER("vital.weight", INTAKE_FREE, "体重（kg）", 200, 4000),
    CHOICE("exam.blood", INTAKE_NEEDED, "血常规", EXAM),
    WORDS("exam.blood.words", "血常规结果或拒绝的情况"),
    CHOICE("exam.ecg", INTAKE_NEEDED, "心电图", EXAM),
    WORDS("exam.ecg.words", "心电图结果或拒绝的情况"),
    CHOICE("exam.ultrasound", INTAKE_NEEDED, "超声", EXAM),
    WORDS("exam.ultrasound.words", "超声结果或拒绝的情况"),
    CHOICE("exam.chest", INTAKE_NEEDED, "胸片", EXAM),
    WORDS("exam.chest.words", "胸片结果或拒绝的情况"),
    CHOICE("infect.cough", INTAKE_NEEDED, "咳嗽两周以上", YES_NO),
    CHOICE("infect.blood", INTAKE_NEEDED, "痰中带血", YES_NO),
    CHOICE("infect.sweats", INTAKE_NEEDED, "盗汗或不明原因消瘦", YES_NO),
    CHOICE("infect.fever", INTAKE_NEEDED, "发热", YES_NO),
    CHOICE("infect.rash", INTAKE_NEEDED, "皮疹或疥疮", YES_NO),
    CHOICE("infect.contact", INTAKE_NEEDED, "近期接触传染病人", YES_NO),
    WORDS("infect.words", "传染病相关说明"),
    CHOICE("harm.thoughts", INTAKE_NEEDED, "目前有自伤或自杀想法", YES_NO),
    CHOICE("harm.before", INTAKE_NEEDED, "曾自伤或自杀", YES_NO),
    CHOICE("harm.level", INTAKE_NEEDED, "自伤风险", "low raised high"),
    WORDS("harm.words", "自伤风险说明"),
    CHOICE("withdrawal", INTAKE_NEEDED, "戒断", "none alcohol opioid sedative stimulant other"),
    WORDS("withdrawal.words", "戒断表现和最后一次使用时间"),
    CHOICE("pregnancy", INTAKE_NEEDED, "妊娠", "not-applicable no yes unknown"),
    WORDS("notes", "其他"), END};

static const struct intake_question injuries[] = {
    CHOICE("injuries", INTAKE_NEEDED_ALWAYS, "体表检查", "none found refused"),
    WORDS("statement", "本人陈述"),
    LIST("marks", "体表所见", mark_fields),
    WORDS("findings", "检查所见"),
    CHOICE("consistency", INTAKE_FREE, "陈述与所见是否相符", "not consistent highly typical diagnostic"),
    WORDS("consistency.words", "医生意见"),
    CHOICE("allegation", INTAKE_FREE, "本人称受到虐待", "no yes"), END};

static const struct intake_question assessment[] = {
    WORDS("summary", "综合评估"),
    LIST("problems", "疾病清单", problem_fields),
    LIST("allergies", "过敏", allergy_fields),
    CHOICE("chronic", INTAKE_NEEDED_ALWAYS, "慢性病管理", "none planned"),
    WORDS("plan", "慢性病管理计划"), END};
/* clang-format on */

static const struct {
    const struct intake_question *questions;
    const char *name, *title;
} parts[INTAKE_PARTS] = {{form, "form", "入所健康筛查表"},
                         {injuries, "injuries", "体表伤情记录"},
                         {assessment, "assessment", "入所健康评估"}};

const struct intake_question *intake_questions(enum intake_part part)
{
    ASSERT(part < INTAKE_PARTS);
    return parts[part].questions;
}

const char *intake_part_title(enum intake_part part)
{
    ASSERT(part < INTAKE_PARTS);
    return parts[part].title;
}

const char *intake_part_name(enum intake_part part)
{
    ASSERT(part < INTAKE_PARTS);
    return parts[part].name;
}

bool intake_part_from(struct str name, enum intake_part *ret)
{
    for (int i = 0; i < INTAKE_PARTS; i++)
        if (str_is_text(name, parts[i].name)) return *ret = (enum intake_part)i, true;
    return false;
}

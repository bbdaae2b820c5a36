/* Illnesses by their names, and the words by which a complaint is known. */
#include "scheduler/epidemic.h"
#include <string.h>

static const struct epidemic_illness illnesses[] = {
    {"influenza-like", "流感样病例", "Influenza-like illness", EPIDEMIC_UNLISTED, false, 5, 24, 0, 1, 4},
    {"influenza", "流行性感冒", "Influenza", EPIDEMIC_C, false, 5, 24, 0, 1, 4},
    {"covid-19", "新型冠状病毒感染", "COVID-19", EPIDEMIC_B, false, 7, 24, 0, 2, 5},
    {"tuberculosis", "肺结核", "Pulmonary tuberculosis", EPIDEMIC_B, false, 14, 0, 3, 90, 90},
    {"measles", "麻疹", "Measles", EPIDEMIC_B, false, 9, 0, 0, 4, 21},
    {"chickenpox", "水痘", "Chickenpox", EPIDEMIC_UNLISTED, false, 7, 0, 0, 2, 21},
    {"mumps", "流行性腮腺炎", "Mumps", EPIDEMIC_C, false, 9, 0, 0, 2, 21},
    {"dysentery", "细菌性痢疾", "Shigellosis", EPIDEMIC_B, false, 3, 48, 2, 0, 7},
    {"diarrhoea", "感染性腹泻", "Infectious diarrhoea", EPIDEMIC_C, false, 3, 48, 0, 1, 3},
    {"hepatitis-a", "甲型病毒性肝炎", "Hepatitis A", EPIDEMIC_B, false, 21, 0, 0, 14, 45},
    {"scabies", "疥疮", "Scabies", EPIDEMIC_UNLISTED, false, 3, 0, 0, 42, 42},
    {"cholera", "霍乱", "Cholera", EPIDEMIC_A, false, 7, 48, 2, 1, 5},
    {"plague", "鼠疫", "Plague", EPIDEMIC_A, false, 14, 72, 3, 2, 9},
    {"anthrax", "肺炭疽", "Pulmonary anthrax", EPIDEMIC_B, true, 14, 72, 2, 0, 8},
    {"sars", "传染性非典型肺炎", "SARS", EPIDEMIC_B, true, 21, 72, 2, 2, 14},
};

const struct epidemic_illness *epidemic_illness_of(struct str code)
{
    for (size_t i = 0; i < COUNT_OF(illnesses); i++)
        if (str_is_text(code, illnesses[i].code)) return &illnesses[i];
    return NULL;
}

const struct epidemic_illness *epidemic_illness_at(size_t i)
{
    return i < COUNT_OF(illnesses) ? &illnesses[i] : NULL;
}

static bool holds(struct str text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.bytes; i++) {
        size_t k = 0;
        while (k < n &&
               (text.at[i + k] | (text.at[i + k] >= 'A' && text.at[i + k] <= 'Z' ? 32 : 0)) == word[k])
            k++;
        if (k == n) return true;
    }
    return false;
}

uint32_t epidemic_signs_in(struct str words)
{
    static const struct {
        enum epidemic_sign sign;
        const char *word;
    } all[] = {{EPIDEMIC_FEVER, "发热"},    {EPIDEMIC_FEVER, "发烧"},    {EPIDEMIC_FEVER, "fever"},
               {EPIDEMIC_BREATH, "咳"},     {EPIDEMIC_BREATH, "嗓子疼"}, {EPIDEMIC_BREATH, "咽痛"},
               {EPIDEMIC_BREATH, "流鼻涕"}, {EPIDEMIC_BREATH, "cough"},  {EPIDEMIC_BREATH, "sore throat"},
               {EPIDEMIC_BOWEL, "腹泻"},    {EPIDEMIC_BOWEL, "拉肚子"},  {EPIDEMIC_BOWEL, "呕吐"},
               {EPIDEMIC_BOWEL, "diarrh"},  {EPIDEMIC_BOWEL, "vomit"},   {EPIDEMIC_RASH, "皮疹"},
               {EPIDEMIC_RASH, "红疹"},     {EPIDEMIC_RASH, "水疱"},     {EPIDEMIC_RASH, "rash"}};
    uint32_t found = 0;
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (holds(words, all[i].word)) found |= 1u << all[i].sign;
    return found;
}

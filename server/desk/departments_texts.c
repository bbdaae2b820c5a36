#include "base/err.h"
#include "desk/departments.h"
#include <stddef.h>

/* clang-format off */
const struct department departments[DEPARTMENTS] = {
    {"ophthalmology", "眼科"}, {"neurosurgery", "神经外科"}, {"dermatology", "皮肤科"},
    {"cardiology", "心血管内科"}, {"neurology", "神经内科"}, {"psychiatry", "精神科"},
    {"respiratory", "呼吸内科"}, {"infectious", "感染科"}, {"gastroenterology", "消化内科"},
    {"endocrinology", "内分泌科"}, {"nephrology", "肾内科"}, {"rheumatology", "风湿免疫科"},
    {"haematology", "血液内科"}, {"oncology", "肿瘤科"}, {"general-surgery", "普通外科"},
    {"orthopaedics", "骨科"}, {"urology", "泌尿外科"}, {"thoracic-surgery", "胸外科"},
    {"vascular-surgery", "血管外科"}, {"ent", "耳鼻咽喉科"}, {"stomatology", "口腔科"},
    {"gynaecology", "妇科"}, {"obstetrics", "产科"}, {"pain", "疼痛科"},
    {"rehabilitation", "康复医学科"}, {"radiology", "放射科"}, {"tcm", "中医科"},
    {"hepatology", "肝病科"}, {"tuberculosis", "结核科"}, {"geriatrics", "老年医学科"},
};
/* clang-format on */

const struct department *department_of(struct str code)
{
    for (size_t i = 0; i < DEPARTMENTS; i++)
        if (str_is_text(code, departments[i].code)) return &departments[i];
    return NULL;
}

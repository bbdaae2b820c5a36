/* Faults of /fhir as OperationOutcomes, in zh-CN and English; and bodies for people. */
#include "api/api.h"
#include "api/fhir.h"
#include "api/handlers.h"
#include "desk/texts.h"

static const struct {
    const char *what, *zh;
    bool is_start; /* the phrase goes on with a name */
} phrases[] = {
    {"there is no such resource", "没有这份资料。", false},
    {"an opinion is written in its consultation", "会诊意见只能在会诊中书写。", false},
    {"it has been deleted", "资料已删除。", false},
    {"not allowed", "您的角色不能做这件事。", false},
    {"nothing final changes: write an amendment", "已定稿的资料不能更改，请另写更正。", false},
    {"this cannot be done here", "这个地址不接受这种请求。", false},
    {"only JSON is written here", "这里只提供 JSON 格式。", false},
    {"a media type that is not taken here", "不接受这种内容类型。", false},
    {"the version is no longer the current one", "版本已不是最新，请先重新读取。", false},
    {"there is one already", "已经存在。", false},
    {"the criteria find several resources", "条件匹配到多份资料。", false},
    {"the criteria select nothing in particular", "条件没有限定任何内容。", false},
    {"a conditional reference finds none or several", "条件引用没有匹配到唯一的资料。", false},
    {"the body's id is not the one in the address", "内容里的 id 与地址不符。", false},
    {"not an id", "不是合格的 id。", false},
    {"If-Match takes a version", "If-Match 须为版本号。", false},
    {"ifMatch takes a version", "ifMatch 须为版本号。", false},
    {"a reference to what is not here", "引用的资料不存在。", false},
    {"a urn: reference that no entry of the bundle answers to", "urn 引用在本次提交中没有对应的条目。",
     false},
    {"it refers to two patients", "一份资料只能属于一名患者。", false},
    {"a resource stays with its patient", "资料不能改属另一名患者。", false},
    {"the encounter is another patient's", "就诊记录属于另一名患者。", false},
    {"the patient's record has been erased", "该患者的资料已依法销毁。", false},
    {"an amendment names the record that it amends", "修正须指明所修正的原记录。", false},
    {"an amendment names the original, not another amendment", "修正须指向原记录，不能指向另一份修正。",
     false},
    {"an amendment names one original", "一份修正只能指向一份原记录。", false},
    {"an amendment belongs to the patient of what it amends", "修正与原记录须属于同一名患者。", false},
    {"an amendment says why", "修正须写明原因。", false},
    {"only what is final is amended", "只有已定稿的记录才能修正。", false},
    {"others refer to it", "另有资料引用它。", false},
    {"an order takes effect by the pharmacist's check: write a draft", "医嘱经药师审核才生效：请写成草稿。",
     false},
    {"an order in force stays as it was checked: stop it and order anew",
     "生效的医嘱保持审核时的内容：请停用后重新开立。", false},
    {"an order is checked at its own endpoint", "医嘱的审核只能走审核接口。", false},
    {"an order of this house stays one", "本院的医嘱不能改为外院的医嘱。", false},
    {"a controlled dose takes two: record it at its order", "管制药品要两个人签名：请在医嘱处记录给药。",
     false},
    {"a dose is given of an order in force", "只能按生效的医嘱给药。", false},
    {"a controlled drug is not prescribed from afar", "远程诊疗不能开具管制药品。", false},
    {"an alert, or no check: write the reason as a note", "有警示或无法核对：请在备注中写明理由。", false},
    {"an unknown parameter", "不认识的查询参数。", false},
    {"a modifier that this parameter does not know", "该参数不支持这个修饰符。", false},
    {"this parameter is not supported", "不支持这个参数。", false},
    {"it cannot be sorted by this parameter", "不能按这个参数排序。", false},
    {"too many matches: narrow the search", "匹配过多，请缩小范围。", false},
    {"not a page of ours", "分页标记无效。", false},
    {"a query that cannot be read", "查询无法解析。", false},
    {"a read takes no search parameters", "读取单份资料时不能带查询参数。", false},
    {"a history takes _count and _since", "历史只接受 _count 和 _since。", false},
    {"a resource is wanted", "需要一份资料。", false},
    {"resourceType is missing, or no text", "缺少 resourceType。", false},
    {"required, and missing", "必填项缺失。", false},
    {"unknown property", "不认识的属性。", false},
    {"a text is wanted", "应为文字。", false},
    {"a number is wanted", "应为数字。", false},
    {"true or false is wanted", "应为 true 或 false。", false},
    {"an object is wanted", "应为对象。", false},
    {"an array is wanted", "应为数组。", false},
    {"an empty array: leave it out", "不能是空数组。", false},
    {"an empty object: leave it out", "不能是空对象。", false},
    {"more of it than allowed", "数量超出限制。", false},
    {"only one type of this choice may be given", "只能给出其中一种类型。", false},
    {"a reference to a resource of another type", "引用的类型不对。", false},
    {"type and reference name different resource types", "type 与 reference 的类型不一致。", false},
    {"ext-1: either a value or extensions, not both and not neither", "扩展须有值或子扩展之一。", false},
    {"a resource type that is not known here", "不支持的资料类型。", false},
    {"a resource of another type than was asked for", "资料类型与请求不符。", false},
    {"not in the required value set", "不在规定的值集内：", true},
    {"an entry wants request.method and request.url", "条目缺少 request.method 或 request.url。", false},
    {"an entry wants a resource", "条目缺少资料。", false},
    {"more entries than a bundle may have", "条目过多。", false},
    {"two entries have one fullUrl", "两个条目的 fullUrl 相同。", false},
    {"two entries change one resource", "两个条目修改同一份资料。", false},
    {"the entry that failed", "出错的条目。", false},
    {"a Bundle of type batch or transaction is wanted", "应为 batch 或 transaction 类型的 Bundle。", false},
    {"a date is wanted: YYYY, YYYY-MM, YYYY-MM-DD, or with a time and zone", "应为日期。", false},
    {"a value is wanted", "缺少值。", false},
};

const char *fhir_text_zh(const char *what)
{
    for (size_t i = 0; i < COUNT_OF(phrases); i++)
        if (phrases[i].is_start ? str_starts(str_of(what), str_of(phrases[i].what))
                                : strcmp(what, phrases[i].what) == 0)
            return phrases[i].zh;
    return what;
}

static const char *issue_type(int status)
{
    switch (status) {
    case 401:
        return "login";
    case 403:
        return "forbidden";
    case 404:
        return "not-found";
    case 405:
    case 406:
    case 415:
        return "not-supported";
    case 413:
        return "too-long";
    case 429:
        return "throttled";
    case 503:
        return "transient";
    default:
        return status >= 500 ? "exception" : "invalid";
    }
}

/* Whose stash, if there is one, begins with a fhir_call. */
static bool is_of_records(const struct route *route)
{
    return route && (route->look == fhir_look || route->look == fhir_schedules_look ||
                     route->look == fhir_schedule_look || route->look == fhir_slots_look ||
                     route->look == binary_look || route->look == binary_post_look);
}

/* The request's fault is the record store's own when that one has issues; else it came from the gate. */
static const struct record_fault *own_fault(struct request *r)
{
    const struct fhir_call *c = r->stash;
    bool is_ours = is_of_records(r->route) && c && c->fault.status == r->fault.status;
    return is_ours ? &c->fault : NULL;
}

/* What was said of a body that is not sent after all. */
static void drop_headers(struct request *r)
{
    static const char *const of_body[] = {"content-encoding", "etag", "last-modified", "location", "vary"};
    for (struct header **h = &r->answer.headers; *h;) {
        bool is_of_body = false;
        for (size_t i = 0; i < COUNT_OF(of_body); i++)
            is_of_body |= strcmp((*h)->name, of_body[i]) == 0;
        if (is_of_body)
            *h = (*h)->next;
        else
            h = &(*h)->next;
    }
}

void fhir_render_fault(struct request *r)
{
    struct record_fault said = {0};
    const struct record_fault *own = r->fault.status == 404 ? NULL : own_fault(r);
    drop_headers(r);
    buf_clear(&r->answer.body);
    r->answer.status = r->fault.status;
    r->answer.content_type = "application/fhir+json; charset=utf-8";
    if (own) {
        said = *own;
        for (uint32_t i = 0; i < said.count && !r->english; i++)
            said.issues[i].what = fhir_text_zh(said.issues[i].what);
    } else if (r->fault.status == 404) { /* in one form, whoever says it */
        const char *what = "there is no such resource";
        (void)record_fault_add(&said, 404, "not-found", r->english ? what : fhir_text_zh(what), NULL);
    } else {
        const struct text *t = text_find(r->fault.code, NULL);
        (void)record_fault_add(&said, r->fault.status, issue_type(r->fault.status),
                               r->english ? t->en : t->zh, r->fault.where[0] ? r->fault.where : NULL);
        said.issues[0].own = r->fault.code;
    }
    interact_outcome(&said, &r->answer.body);
}

/* -- for people -- */

static void new_line(struct buf *to, int depth)
{
    buf_add_char(to, '\n');
    for (int i = 0; i < depth; i++)
        buf_add_text(to, "  ");
}

void fhir_pretty(struct str json, struct buf *to)
{
    int depth = 0;
    bool is_text = false;
    for (size_t i = 0; i < json.bytes; i++) {
        char c = json.at[i];
        if (is_text || c == '"') {
            buf_add_char(to, c);
            if (is_text && c == '\\')
                buf_add_char(to, json.at[++i]);
            else if (c == '"')
                is_text = !is_text;
        } else if (c == '{' || c == '[') {
            buf_add_char(to, c);
            new_line(to, ++depth);
        } else if (c == '}' || c == ']') {
            new_line(to, --depth);
            buf_add_char(to, c);
        } else {
            buf_add_char(to, c);
            if (c == ',') new_line(to, depth);
            if (c == ':') buf_add_char(to, ' ');
        }
    }
    buf_add_char(to, '\n');
}

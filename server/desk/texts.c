#include "desk/texts.h"
#include <stdio.h>

const struct text texts[] = {
    /* everywhere */
    {"bad_json", "请求内容不是规范的 JSON。", "The request's body is not proper JSON.", NULL, NULL},
    {"bad_field", "有一项填得不对。", "One of the fields is not right.", "请检查标出的一项。",
     "Check the field that is named."},
    {"unknown_field", "请求里有不认识的项。", "The request has a field that is not known here.", NULL, NULL},
    {"missing_field", "缺少必填项。", "A required field is missing.", "请填写标出的一项。",
     "Fill in the field that is named."},
    {"no_session", "请先登录。", "Please log in.", NULL, NULL},
    {"session_expired", "登录已过期。", "Your login has ended.", "请重新登录，已写的内容还在。",
     "Log in again; what you typed is kept."},
    {"csrf", "页面已失效。", "This page is out of date.", "请刷新页面后再试。",
     "Reload the page and try again."},
    {"not_allowed", "您的角色不能做这件事。", "Your role may not do this.", NULL, NULL},
    {"not_found", "没有找到。", "Not found.", NULL, NULL},
    {"method", "这个地址不接受这种请求。", "This address does not take that method.", NULL, NULL},
    {"conflict", "内容已被别人改动。", "It was changed by somebody else.", "请刷新后再试。",
     "Reload and try again."},
    {"length_required", "请求缺少长度。", "The request does not state its length.", NULL, NULL},
    {"too_large", "内容太大。", "That is too large.", NULL, NULL},
    {"range", "文件没有这一段。", "The file has no such part.", NULL, NULL},
    {"media_type", "请求内容须为 JSON。", "The body must be JSON.", NULL, NULL},
    {"slow_down", "尝试太频繁。", "Too many tries.", "请稍等再试。", "Wait a while, then try again."},
    {"busy", "服务器正忙。", "The server is busy.", "请稍后再试。", "Try again in a moment."},
    {"disk_full", "服务器磁盘已满，没有写入，也没有丢失。",
     "The server's disk is full: nothing was written and nothing is lost.", "请通知系统管理员。",
     "Tell the system administrator."},
    {"failed", "服务器出错了。", "The server failed.", "请稍后再试；若仍不行，请通知系统管理员。",
     "Try again; if it goes on, tell the system administrator."},
    {"damaged", "数据校验未通过，服务器拒绝使用。", "Stored data did not verify and was not used.",
     "请立即通知系统管理员。", "Tell the system administrator at once."},
    /* records */
    {"file_type", "不接受这种文件，或内容与所称类型不符。",
     "Such a file is not taken, or it is not what it says it is.",
     "可用 PDF、JPEG、PNG、WebP、DICOM 或纯文本。", "PDF, JPEG, PNG, WebP, DICOM and plain text are taken."},
    {"context_needed", "没有说明文件属于哪位患者。", "It is not said whose file this is.",
     "请用 X-Security-Context 指明患者。", "Name the patient in X-Security-Context."},
    {"dicom_parts", "上传内容不是完整的 DICOM 分段。", "The body is not a whole multipart of DICOM objects.",
     NULL, NULL},
    {"dicom_broken", "影像文件已损坏或不完整。", "The object is damaged or cut off.", NULL, NULL},
    {"dicom_words", "影像文件的文字无法读取。", "What the object says cannot be read.", NULL, NULL},
    {"dicom_uid", "影像的编号缺失或不一致。", "Its UIDs are missing, or do not agree.", NULL, NULL},
    {"dicom_patient_unknown", "没有这个编号的患者。", "No patient has this PatientID.", NULL, NULL},
    {"dicom_patient_several", "多名患者有这个编号。", "Several patients have this PatientID.", NULL, NULL},
    {"dicom_patient_other", "影像属于另一名患者。", "The image is another patient's.", NULL, NULL},
    {"dicom_birth", "出生日期与患者资料不符。", "The birth date is not this patient's.", NULL, NULL},
    {"dicom_study_other", "这次检查已属于别的资料。", "The study is somebody else's.", NULL, NULL},
    {"dicom_duplicate", "同一编号的影像已存在，内容不同。", "Another object has this UID already.", NULL,
     NULL},
    {"dicom_study", "检查资料不合规范，未保存。", "The study cannot be written as a record.", NULL, NULL},
    {"dicom_syntax", "这种编码的影像不能在这里显示。", "An image in this encoding cannot be rendered here.",
     "请用影像软件打开原文件。", "Open the original with other software."},
    {"dicom_no_picture", "其中没有图像。", "There is no picture in it.", NULL, NULL},
    {"no_dcmtk", "服务器没有安装影像工具 dcmtk。", "The server lacks its imaging tools (dcmtk).",
     "请通知系统管理员。", "Tell the system administrator."},
    {"only_json", "这里只提供 JSON 格式。", "Only JSON is written here.", NULL, NULL},
    {"only_dicom", "这里只提供 DICOM 格式。", "Only DICOM is written here.", NULL, NULL},
    {"broken_already", "您已紧急调阅这位患者的病历。", "You have broken the glass for this patient already.",
     NULL, NULL},
    {"own_review", "紧急调阅不能由本人复核。", "Nobody reviews what they broke themselves.",
     "请由另一位隐私专员复核。", "Another privacy officer reviews it."},
    {"not_final", "只有定稿才能签名。", "Only what is final can be signed.", "请先定稿。",
     "Make it final first."},
    {"signed_already", "您已签过这一版。", "You have signed this version already.", NULL, NULL},
    {"asked_to_sign", "已请此人签名，或此人已签名。", "This person has been asked, or has signed.", NULL,
     NULL},
    {"dissented", "您已写明不同意，不能再签名。", "You have dissented, and do not sign any more.", NULL,
     NULL},
    {"released_already", "已向患者公开。", "It has been released already.", NULL, NULL},
    {"own_dose", "管制药品由两人签名，请另一位来签。", "A controlled drug takes two: another person signs.",
     NULL, NULL},
    {"own_erasure", "销毁须由另一人确认。", "An erasure is confirmed by another person.", NULL, NULL},
    {"own_export", "导出须由另一人批准。", "An export is granted by another person.", NULL, NULL},
    {"export_limit", "24小时内的导出申请已达上限。", "No more exports may be asked for within 24 hours.",
     "请等到可以再次申请的时间。", "Wait until the time that is shown."},
    {"asked_already", "已有待确认的销毁申请。", "An erasure of this patient is waiting already.", NULL, NULL},
    {"person_taken", "这份资料已属于另一个账号。", "Another account is this person already.", NULL, NULL},
    /* bookings */
    {"booking_taken", "这个时间已被占用。", "That time is taken.", "请另选时间或人员。",
     "Choose another time or other people."},
    {"booking_stale", "这个预约已被别人改动。", "Somebody else has changed this booking.",
     "请看最新的安排后再定。", "Look at it as it is now, then decide."},
    {"booking_over", "这个预约已经结束。", "This booking is over.", NULL, NULL},
    {"booking_late", "已过时限。", "It is too late for that.", NULL, NULL},
    {"booking_early", "还没到时候。", "It is too early for that.", NULL, NULL},
    {"booking_answer", "这里不需要您的答复，或您已答复。", "Your answer is not asked for, or has been given.",
     NULL, NULL},
    {"booking_state", "预约当前的状态不允许这样做。", "The booking does not stand so that this can be done.",
     "请看最新的安排后再定。", "Look at it as it is now, then decide."},
    {"booking_holds", "保留的时间太多，或已延长过。",
     "Too many times are held, or this one was made longer already.", "请先确认或放开别的。",
     "Confirm or free another first."},
    {"booking_nothing", "没有找到可行的安排。", "Nothing was found that fits.", "请放宽条件后再找。",
     "Ask for less, or for longer."},
    {"booking_unsuited", "所选人员或设备不符合要求，或已停用。",
     "Who was chosen does not fit what is needed, or is suspended.", "请另选。", "Choose another."},
    {"booking_order", "需要值班领导的书面命令，才能让出开庭或会见律师的时间。",
     "Court or a lawyer's visit gives way only by the duty command's written order.", "请填写命令编号。",
     "Enter the order's number."},
    {"booking_role", "您的角色不能对预约做这件事。", "Your role may not do this with bookings.", NULL, NULL},
    {"barred_hours", "不在其出诊或开放时间内。", "Outside the hours.", NULL, NULL},
    {"barred_leave", "正在休假。", "On leave.", NULL, NULL},
    {"barred_full", "当天已约满。", "The day is full.", NULL, NULL},
    {"barred_soon", "提前时间不够。", "Too little notice.", NULL, NULL},
    {"barred_far", "太远，尚未开放预约。", "Too far ahead to be booked.", NULL, NULL},
    {"calendar_line", "有一行看不懂。", "A line cannot be read.", "请按示例改写标出的一行。",
     "Write the named line as in the example."},
    {"escort_state", "任务已结束，不能再报告。", "The task is over: nothing more is reported of it.", NULL,
     NULL},
    /* specialists */
    {"invite_gone", "这个邀请链接无效、已用过或已过期。", "This invitation is none, was used, or is over.",
     "请向发出邀请的调度员要一个新的。", "Ask who sent it for a new one."},
    {"hospital_known", "已有同名医院。", "There is a hospital of that name already.", NULL, NULL},
    {"standing_state", "专家当前的状态不允许这样做。",
     "The specialist does not stand so that this can be done.", "请看最新的状态后再定。",
     "Look at it as it is now, then decide."},
    {"licence_over", "执业证书缺失或已到期。", "There is no licence, or it is over.",
     "请先更新证书号和有效期。", "Enter the licence's number and last day first."},
    {"not_approved", "这位专家未获批准或已暂停。", "This specialist is not approved, or is suspended.",
     "请联系调度员。", "Ask who schedules."},
    /* login */
    {"login_wrong", "用户名或密码不对。", "The name or the password is wrong.", "请检查后再输入。",
     "Check both and enter them again."},
    {"locked", "错误次数过多，账号已暂时锁定。", "Too many wrong tries: the account is closed for a while.",
     "请等到所示时间，或请安全管理员解锁。", "Wait until the time shown, or ask the security administrator."},
    {"disabled", "账号已停用。", "The account is disabled.", "请联系安全管理员。",
     "Ask the security administrator."},
    {"totp_wrong", "动态码不对或已过期。", "The code is wrong or has expired.",
     "请输入应用现在显示的动态码。", "Enter the code the app shows now."},
    {"ticket_gone", "登录步骤已超时。", "This login took too long.", "请从头登录。", "Start again."},
    {"password_wrong", "密码不对。", "The password is wrong.", NULL, NULL},
    {"password_weak", "密码太弱。", "The password is too weak.", "至少12个字符。",
     "Use at least 12 characters."},
    {"password_weak.short", "密码太弱。", "The password is too weak.",
     "至少12个字符；若混用大小写字母、数字和符号中的三种，至少10个。",
     "Use at least 12 characters, or 10 with three of: small letters, capitals, digits, signs."},
    {"password_weak.long", "密码太长。", "The password is too long.", "最多256个字节。",
     "Use at most 256 bytes."},
    {"password_weak.name", "密码太弱。", "The password is too weak.", "不要包含用户名或工号。",
     "Leave your name and staff number out of it."},
    {"password_weak.common", "密码太弱。", "The password is too weak.", "这个密码太常见，请换一个。",
     "It is among the first that others would guess; choose another."},
    {"password_weak.plain", "密码太弱。", "The password is too weak.", "不要只用几个字符重复或顺序排列。",
     "Use more than a few characters over and over or in a row."},
    {"password_weak.pin", "密码太弱。", "The PIN is too weak.", "至少6位数字，不要连号，不要用编号。",
     "Use at least six digits, not in a row and not your number."},
    {"password_weak.same", "新密码与旧密码相同。", "The new password is the old one.", "请换一个。",
     "Choose another."},
    {"too_many", "草稿太多。", "There are too many drafts.", "请先删除不用的草稿。",
     "Delete drafts you do not need."},
    /* orders */
    {"not_prescriber", "只有医生可以开立、暂停或停用医嘱。", "Only a doctor prescribes, holds or stops.",
     NULL, NULL},
    {"not_checker", "医嘱由药师审核；没有药师时由另一位医生审核。",
     "A pharmacist checks orders; where there is none, a second doctor.", NULL, NULL},
    {"order_alert", "没有开立：查到过敏或相互作用，或检查没有运行。",
     "Not prescribed: there is an alert, or the check did not run.", "请换药，或写明理由。",
     "Choose another drug, or give a reason."},
    {"controlled_remote", "管制药品不能在远程会诊中开立。",
     "Controlled drugs are not prescribed from a video consultation.", "请由在场医生面诊后开立。",
     "A doctor on site prescribes them, face to face."},
    {"order_state", "医嘱现在的状态不允许这样做。", "The order's state does not allow this.",
     "请刷新后再看。", "Reload and look again."},
    /* the three administrators */
    {"own_account", "不能在这里改自己的账号。", "Nobody changes the own account here.",
     "请另一位安全管理员来做。", "Ask another security administrator."},
    {"name_taken", "用户名已被使用。", "The name is taken.", "请换一个。", "Choose another."},
    {"staff_number_taken", "这个工号已有账号，一人只能有一个账号。",
     "This staff number has an account; a person has one account only.", NULL, NULL},
    {"roles_exclude", "这些角色不能由同一人担任。", "One person may not hold these roles together.",
     "医疗、监管、排班、管理互不兼任，三名管理员也不能是同一人。",
     "Clinical, custody, scheduling and administration never share an account, nor do two of the three "
     "administrators."},
    {"last_admin", "这是最后一名这类管理员。", "This is the last administrator of that kind.",
     "请先指定另一名。", "Appoint another one first."},
    {"given_files", "证书由文件提供，不能在这里更换。",
     "The certificate comes from files and is not renewed here.", "请更换文件后让服务重新读取。",
     "Replace the files and have the server read them again."},
    {"no_target", "没有设置备份位置。", "No backup target is set.", "请在设置里指定备份位置。",
     "Name one in the settings."},
    /* calls */
    {"not_host", "只有主持人可以这样做。", "Only a host of the room may do this.", NULL, NULL},
    {"room_closed", "会诊室已关闭。", "The room is closed.", NULL, NULL},
    {"room_full", "会诊室人数已满。", "The room has as many members as it may.", NULL, NULL},
    {"last_host", "这是会诊室最后一名主持人。", "This is the room's last host.", "请先指定另一名。",
     "Appoint another one first."},
    {"no_token", "需要有效的会诊室令牌。", "A valid room token is needed.", NULL, NULL},
    {"bad_offer", "媒体描述无法读取。", "The media description cannot be read.", NULL, NULL},
    {"offer_refused", "不支持这种媒体描述。", "The media description is none that is taken here.", NULL,
     NULL},
    {"source_absent", "该来源尚未开始。", "The source is not live.", "请稍后再试。",
     "Try again in a moment."},
    {"source_taken", "该来源已在使用。", "The source is live already.", NULL, NULL},
    {"etag", "会话已更新。", "The ICE session is another by now.", NULL, NULL},
    {"etag_missing", "缺少 If-Match。", "If-Match is missing.", NULL, NULL},
    {"full", "服务器容量已满。", "The server carries as many calls as it may.", "请稍后再试。",
     "Try again in a moment."},
    /* the operator's command */
    {"usage", "命令用法不对。", "That is not how it is asked.", NULL, NULL},
    {"has_accounts", "已有账号。", "There are accounts already.", NULL, NULL},
    {"store", "数据无法打开。", "The store cannot be opened.", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const struct text *find(const char *code)
{
    for (const struct text *t = texts; t->code; t++)
        if (strcmp(t->code, code) == 0) return t;
    return NULL;
}

const struct text *text_find(const char *code, const char *reason)
{
    const struct text *found = NULL;
    if (reason && *reason) {
        char whole[96];
        snprintf(whole, sizeof whole, "%s.%s", code, reason);
        found = find(whole);
    }
    if (!found) found = find(code);
    if (!found) found = find("failed");
    return found;
}

void text_write_fault(struct json_out *to, const struct fault *fault, bool english)
{
    const struct text *text = text_find(fault->code, fault->detail);
    const char *todo = english ? text->todo_en : text->todo_zh;
    json_put_text(to, "code", fault->code);
    json_put_text(to, "message", english ? text->en : text->zh);
    if (fault->where[0]) json_put_text(to, "where", fault->where);
    if (todo) json_put_text(to, "todo", todo);
    if (fault->left >= 0) json_put_int(to, "left", fault->left);
    if (fault->until.ms) json_put_instant(to, "until", fault->until);
}

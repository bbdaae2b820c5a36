#include "desk/opinion_texts.h"
#include "base/mem.h"

static const struct {
    const char *zh, *en;
} words[OPINION_WORDS] = {
    [OPINION_WORD_TITLE] = {"会诊意见书", "Consultation opinion"},
    [OPINION_WORD_MARK] = {"尚待签名", "Awaiting signatures"},
    [OPINION_WORD_MET] = {"会诊时间", "Met"},
    [OPINION_WORD_SPECIALISTS] = {"会诊专家", "Specialists"},
    [OPINION_WORD_FINDINGS] = {"所见", "Findings"},
    [OPINION_WORD_ASSESSMENT] = {"评估与诊断", "Assessment"},
    [OPINION_WORD_ADVICE] = {"建议", "Advice"},
    [OPINION_WORD_FOLLOW_UP] = {"随访", "Follow-up"},
    [OPINION_WORD_DUE] = {"不迟于", "No later than"},
    [OPINION_WORD_STILLS] = {"会诊中的图像", "Pictures of the consultation"},
    [OPINION_WORD_SIGNATURES] = {"签名", "Signatures"},
    [OPINION_WORD_SPECIALIST] = {"会诊专家", "Specialist"},
    [OPINION_WORD_CLINIC] = {"医生", "Clinic doctor"},
    [OPINION_WORD_SIGNED] = {"签名于", "Signed"},
    [OPINION_WORD_RECEIVED] = {"签收于", "Received"},
    [OPINION_WORD_DISSENTED] = {"不同意，写明于", "Dissented"},
    [OPINION_WORD_REASON] = {"理由：", "Reason: "},
    [OPINION_WORD_WAITED] = {"尚未签名", "Has not signed yet"},
    [OPINION_WORD_WITHOUT] = {"未签名，不再等待。", "Did not sign, and is not waited for. "},
    [OPINION_WORD_BROKEN] = {"签名与内容不符", "The signature does not match the text"},
    [OPINION_WORD_KEY] = {"公钥指纹", "Key"},
    [OPINION_WORD_AMENDMENTS] = {"补充", "Amendments"},
    [OPINION_WORD_VERIFY] = {"核对", "Verification"},
    [OPINION_WORD_CODE] = {"核对码", "Code"},
    [OPINION_WORD_SITE_KEY] = {"本所公钥指纹", "Site's key"},
    [OPINION_WORD_HOW] =
        {"本文件附有 bundle.json。离线核对：yunqiao verify 文件名。所见核对码应与此处相同。",
         "This file holds bundle.json. Offline: yunqiao verify FILE. The code shown must be this one."},
    [OPINION_WORD_COMMA] = {"，", ", "},
    [OPINION_WORD_GOOD] = {"相符", "good"},
    [OPINION_WORD_BAD] = {"不符", "BAD"},
    [OPINION_WORD_ALL_GOOD] = {"全部相符。", "Everything holds."},
    [OPINION_WORD_NOT_GOOD] = {"有不符之处，请勿采信。",
                               "Something does not hold. Do not rely on this file."},
    [OPINION_WORD_BAD_SITE] = {"内容与本所签章不符", "the content does not match the site's seal"},
    [OPINION_WORD_BAD_KEY] = {"文件中的公钥不是所给的公钥", "the file's key is not the one that was given"},
    [OPINION_WORD_BAD_PAGES] = {"页面在生成之后被改动", "the pages were changed after they were made"},
    [OPINION_WORD_BAD_CODE] = {"核对码与正文不符", "the code does not match the text"},
    [OPINION_WORD_PINNED] = {"公钥取自文件本身：请与本所公布的指纹比对",
                             "the key is the file's own: compare its fingerprint with the site's"},
    [OPINION_WORD_GIVEN] = {"公钥与所给的一致", "the key is the one that was given"},
    [OPINION_WORD_PATIENT] = {"患者", "Patient"},
    [OPINION_WORD_OPINION] = {"会诊意见", "Opinion"},
    [OPINION_WORD_AMENDMENT] = {"补充", "Amendment"},
    [OPINION_WORD_PACKET] = {"转院病情摘要", "Transfer packet"},
    [OPINION_WORD_RELEASE] = {"出所医疗小结", "Release summary"},
    [OPINION_WORD_UNREADABLE] = {"这不是会诊意见的文件", "this is no opinion's file"},
    [OPINION_WORD_NO_BUNDLE] = {"文件中没有 bundle.json", "there is no bundle.json in this file"},
    [OPINION_WORD_STILL_OPEN] = {"尚待签名", "signatures are awaited"},
    [OPINION_WORD_PAGES] = {"页面", "Pages"},
    [OPINION_WORD_AMENDED] = {"会诊意见补充", "Amended opinion"},
    [OPINION_WORD_PLAIN] = {"会诊结果说明", "The consultation in plain words"},
    [OPINION_WORD_SITE] = {"机构", "Site"},
};

const char *opinion_word(enum opinion_word word, bool is_english)
{
    ASSERT(word < OPINION_WORDS);
    return is_english ? words[word].en : words[word].zh;
}

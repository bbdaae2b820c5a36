/* 关注信号。 */
const kinds: Record<string, string> = { unresponsive: '呼叫无应答', 'self-harm': '疑似自伤', fall: '跌倒', fight: '打架', calls: '呼救', 'not-eating': '不进食', withdrawn: '不与人往来', restless: '坐立不安', crying: '哭泣', sleepless: '不睡', 'release-undone': '出所被撤回：请重新评估' };

export const concernZh = {
  title: '关注信号', kind: (k: string): string => kinds[k] ?? k, cellWhole: '整间监室', lookAtCell: '请到监室查看', chart: '看病历', from: (source: string, when: string): string => `${source}，${when}`, seen: '已查看', done: '处理完', seenBy: (who: string): string => `${who}已查看`, seenSaid: '已记为查看', doneSaid: '已记为处理完', saving: '正在保存',
  help: '平台只收到“已收到”“已查看”“处理完”，看不到任何诊疗内容。',
};
export type ConcernDict = typeof concernZh;

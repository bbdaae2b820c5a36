/* 死亡复核。 */
export const deathZh = {
  title: '死亡复核', sum: '登记系统告知死亡后，病历即封存；由隐私专员核查前后的查阅。', none: '没有待复核的死亡', noneText: '登记系统告知死亡后，会出现在这里。',
  since: '死亡时间', patient: '患者（代号）', state: '状态', act: '操作', waits: '待复核', openBy: (who: string): string => `${who}复核中`, closedBy: (who: string): string => `${who}已结束`, begin: '开始复核', beginning: '正在登记', begun: '已开始', look: '查看', of: (who: string): string => `复核 ${who}`,
  told: '得知时间', openedAt: '开始复核', closedAt: '结束复核', opened: '死亡前七天以来谁打开过什么', openedNone: '没有查阅记录', openedMore: '只列出最近的一页，其余见审计。', house: '系统', when: '时间', who: '谁', what: '做了什么', target: '对象',
  close: '结束复核', closeTitle: '结束复核', closing: '正在保存', closed: '复核已结束',
};
export type DeathDict = typeof deathZh;

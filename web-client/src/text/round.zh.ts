/* Words of the round at the cell doors. */
export const roundZh = {
  title: '送药', sum: (due: number, done: number): string => (due === 0 ? `本轮没有待给的药，今日已记录${done}次` : `待给${due}次，今日已记录${done}次`), block: '监区', blockOf: (name: string, n: number): string => `${name} ${n}`,
  scan: '扫腕带或输入编号', scanHelp: '扫码枪扫出编号后自动定位；也可以手输，按回车。', scanNone: (n: string): string => `这个监区没有编号${n}的人有待给的药。核对编号，或换监区。`, all: '显示全部',
  none: '这个监区没有要送的药', noneText: '医嘱生效后会出现在这里，按监室排列。', given: '给药', other: '没给…', otherTitle: '没有给药', why: '原因', whyFirst: '请写明原因。', record: '记录', saving: '正在记录', done: '已记录',
  waits: (name: string): string => `${name}已给，等另一位签名`, plot: '今日给药', plotSay: (done: number, due: number, late: number): string => `已记录${done}次，待给${due}次，超时${late}次`, bars: { done: '已记录', due: '待给', late: '超时', later: '未到' }, controlled: '管制药品由另一位护士或医生用自己的账号签名。', refusedThree: '连续3次拒服，已列入医生随访',
};
export type RoundDict = typeof roundZh;

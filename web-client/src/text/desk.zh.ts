/* Words of what waits on the homes of who schedules and of specialists. */
export const deskZh = {
  all: '全部',
  waits: '等待安排', waitsNone: '没有人在等待会诊时间。', late: (time: string): string => `已超 ${time}`, since: (when: string): string => `${when}起`,
  gone: '被谢绝或让出', goneNone: '没有需要重新安排的预约。',
  sign: '待签意见', signNone: '没有等您签名的意见。', own: '您写的意见，尚未签名', askedBy: (who: string): string => `${who}请您会签`, signDo: '去签名',
  hours: '您的开放时间', edit: '修改', noHours: '不开放',
};
export type DeskDict = typeof deskZh;

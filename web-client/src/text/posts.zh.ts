/* Words of messages by e-mail and SMS: how each stands, and where one is reached. */
export const postsZh = {
  title: '外发消息',
  sum: '邮件和短信提醒是否送到',
  open: '未送达',
  states: { waiting: '等待重试', sending: '正在发送', sent: '已送出', failed: '被拒收', unknown: '不确定', late: '已过时', dropped: '不再需要' } as Record<string, string>,
  ways: { mail: '邮件', sms: '短信' } as Record<string, string>,
  who: '收件人',
  what: '内容',
  when: '会诊时间',
  state: '状态',
  why: (why: string, code: number): string => {
    const words: Record<string, string> = { connect: '连不上服务器', tls: '服务器的证书不被信任', login: '服务器不接受我们的登录', timeout: '服务器没有及时回答', reply: '服务器没有接受', courier: '发送程序没有完成', unknown: '可能已送到：对方收下后没来得及回答', address: '没有地址' };
    return why === '' ? '' : `${words[why] ?? why}${code > 0 ? `（${code}）` : ''}`;
  },
  tries: (n: number): string => `已试 ${n} 次`,
  next: (when: string): string => `${when} 再试`,
  again: '再发一次',
  againNamed: (who: string): string => `再给${who}发一次`,
  againBusy: '正在安排',
  againDone: '马上会再发一次',
  unknownHelp: '“不确定”的邮件不会自动重发，以免收到两次；提醒仍会出现在对方的云桥里。',
  none: '没有这样的消息',
  noneText: '预约有变化或快开始时，会发给填了邮箱或手机的人。',
  count: (n: number): string => `${n}`,
  reach: '提醒发到哪里',
  reachHelp: '预约的邀请、变更、提醒和紧急呼叫也会发到这里；里面没有患者姓名和病情。留空则只在云桥里提醒。',
  email: '邮箱',
  phone: '手机号',
  wrong: '请检查格式',
  save: '保存',
  saving: '正在保存',
  saved: '已保存',
};
export type PostsDict = typeof postsZh;

/* The own record, read at the terminal by whom it is about: plain words, no abbreviation. */
export const ownZh = {
  title: '我的病历',
  sub: '医生放行的内容，和谁看过您的病历。',
  tabs: { record: '病历', opened: '谁看过' },
  tabsLabel: '看什么',
  back: '返回',
  leave: '退出',
  withheld: '医生还没有放行的内容不在这里。您可以要求卫生所给您看，或写下不同意见；他们必须答复并说明理由。',
  copy: {
    ask: '要一份纸质副本', asking: '正在提出', asked: '您要的纸质副本，卫生所会打印好交给您。', text: '纸质副本与这里看到的内容相同。',
  },
  news: '您的病历有新内容，点这里查看。',
  recordEmpty: '现在没有放行的内容',
  recordEmptyText: '医生放行后会显示在这里。',
  types: {
    AllergyIntolerance: '过敏', Appointment: '预约', Communication: '留言', Composition: '病程', Condition: '诊断', Consent: '同意书', DiagnosticReport: '报告', DocumentReference: '文件',
    Encounter: '就诊', ImagingStudy: '影像', Immunization: '接种', MedicationAdministration: '给药', MedicationRequest: '药', Observation: '检查', Procedure: '操作', QuestionnaireResponse: '入所筛查', ServiceRequest: '申请',
  } as Record<string, string>,
  other: '其他',
  states: { active: '在用', booked: '已约好', cancelled: '已取消', completed: '已完成', proposed: '待定', pending: '待定', fulfilled: '已完成', noshow: '没有去', stopped: '已停', 'on-hold': '暂停', 'entered-in-error': '作废' } as Record<string, string>,
  openedText: '每次有人打开您的病历都会记下来，谁也删不掉。最新的在前。',
  openedEmpty: '还没有人打开过',
  openedEmptyText: '有人打开您的病历时，会立即显示在这里。',
  you: '您自己',
  system: '系统',
  who: (name: string, role: string, place: string) => `${name}，${role}${place === '' ? '' : `（${place}）`}`,
  when: (from: string, to: string) => (from === to ? from : `${from}至${to}`),
  kinds: {
    read: (n: number) => `查看${n}次`, write: (n: number) => `写入${n}次`, order: (n: number) => `开药或给药${n}次`, sign: (n: number) => `签名${n}次`, print: (n: number) => `打印${n}次`,
    export: (n: number) => `办理导出${n}次`, share: (n: number) => `交会诊专家查看${n}次`, emergency: () => '紧急情况下打开了受限内容', erase: (n: number) => `办理销毁${n}次`,
  } as Record<string, (n: number) => string>,
  glass: {
    waiting: '写下了理由，正在由隐私专员复核。复核后您可能看得到。',
    withheld: '写下了理由，隐私专员已复核，理由不便告知。您可以向隐私专员询问。',
    told: (reason: string) => `理由：${reason}`,
  },
  and: '、',
  more: '更早的',
};
export type OwnDict = typeof ownZh;

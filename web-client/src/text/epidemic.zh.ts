/* Words of what spreads. */
const of = (words: Record<string, string>) => (key: string): string => words[key] ?? key;

export const epidemicZh = {
  title: '疫情防控', sum: (open: number, apart: number): string => (open === 0 ? '现在没有在管病例' : `在管${open}例，隔离${apart}人`),
  suspect: '标记疑似', people: (n: number): string => `${n}人`,
  plan: '监室状态', planSay: (cells: number, marked: number): string => `${cells}间监室，其中${marked}间有在管病例`, hall: '走廊', pick: (cell: string, words: string): string => `${cell}，${words}`,
  cell: of({ '': '正常', watch: '观察', iso: '隔离', conf: '有确诊', free: '已解除' }), cellCount: (state: string, n: number): string => `${({ watch: '观察', iso: '隔离', conf: '确诊', free: '解除' } as Record<string, string>)[state] ?? ''} ${n}`,
  curve: '流行曲线', byOnset: '按发病日', curveSay: (days: number, cases: number): string => `${days}天内发病${cases}例`, line: (n: number): string => `警戒线：每日${n}例`, today: '今日', suspected: '疑似', confirmed: '确诊', asTable: '看表格', asPlot: '看图', day: '日期',
  signs: '症状与检测', signsNone: '14天内没有发热、咳嗽等症状记录', sign: of({ fever: '发热', breath: '呼吸道症状', bowel: '腹泻呕吐', rash: '皮疹', test: '检测阳性' }), signsText: '来自求医、入所筛查、体温和化验，同一人同一天只计一次。',
  alarm: (block: string, sign: string, n: number): string => `${block}${sign}${n}人，已越过警戒线`, alarmText: (day: string): string => `${day}起。请到监区查看，并标记疑似病例。`, alarmSeen: '已去查看',
  report: '法定报告', reportNone: '没有待上报的病例', within: (cls: string, h: number): string => `${({ A: '甲类', B: '乙类', C: '丙类' } as Record<string, string>)[cls] ?? ''}，${h}小时内上报`, left: (t: string, when: string): string => `还剩${t}，${when}到时`, over: (t: string): string => `已超${t}`, reportDo: '登记上报', reporting: '正在登记', number: '报告卡编号', numberHelp: '在国家传染病报告系统填报后得到的编号。', reported: (when: string, n: string): string => `${when}已上报，编号${n}`,
  cases: '在管病例', casesNone: '没有在管病例', casesNoneText: '发现可能传染的患者，就标记为疑似。', state: of({ suspected: '疑似', isolated: '隔离观察', confirmed: '确诊', excluded: '已排除', released: '已解除' }), onsetOn: (when: string): string => `${when}发病`, untilAt: (when: string): string => `最早${when}解除`, mayEnd: '达到解除标准',
  kpi: { confirmed: '确诊', suspected: '疑似', apart: '隔离', contacts: '今日待看' },
  contacts: '观察中的接触者', contactsNone: '没有要观察的接触者', contactsText: '按同监室、同押解、同房间、同在卫生所推算，每天看一次。', cellFor: (d: string, days: number): string => `同监室${d}，${days}天`, escortFor: (d: string): string => `同押解${d}`, roomFor: (d: string): string => `同诊室${d}`, gapFor: (min: number): string => `同诊室先后，间隔${min}分钟`, min: (n: number): string => (n >= 2880 ? `${Math.round(n / 1440)}天` : n >= 120 ? `${Math.round(n / 60)}小时` : `${n}分钟`), watchTo: (when: string): string => `观察到${when}`, lookedAt: (when: string): string => `${when}看过，正常`, well: '正常', ill: '有症状', gone: '已离所', more: (n: number): string => `全部${n}人`, urgency: of({ urgent: '今日', soon: '尽快', routine: '常规' }), seenToday: '今日已看', neverLooked: '还没有看过', dayOf: (n: number, days: number): string => `第${n}天，共${days}天`, missed: (n: number): string => `漏看${n}天`, lookLate: (t: string): string => `漏看已${t}`, looked: '已记录', illNow: '已标记为疑似病例',
  officers: '待沟通的押解民警', officersText: '传染期内押解过病例。民警不是患者，监管账号看不到这份名单。', officerFor: (d: string, days: number): string => `押解${d}，${days}天`, officerLast: (when: string): string => `最近${when}`, officerDo: '已沟通', officerSpoken: (when: string, by: string): string => `${when}${by}已沟通`,
  knows: '谁知道什么', knowsText: '值班领导只看到隔离的人、监室和5人以上的人数，不含病名。如须告知病名，在病例里填接收人与理由。',
  /* a case */
  illness: '病种', patient: '患者姓名、拼音或编号', patientNone: '没有找到，请换个词再试。', patientFirst: '请选择患者。', onset: '发病时间', onsetHelp: '不填就是现在。', suspectTitle: '标记疑似', suspectSub: '标记后即开始法定报告计时。', suspectDo: '标记', saving: '正在保存', suspectDone: '已标记',
  isolate: '隔离', isolateWhere: '隔离在', inCell: '原监室', isolated: '已隔离，接触者已列出', confirm: '确诊', confirmAs: '确诊为', confirmDone: '已确诊', exclude: '排除', excludeDone: '已排除', trace: '重新推算接触者', traced: '接触者已更新', releaseDo: '解除隔离', releasing: '正在签名', released: '已解除隔离', leftWith: '随离所结束',
  wellSince: '症状消失时间', wellHelp: '仍有症状就不填。', negatives: '连续阴性次数', courseDo: '保存病程', courseDone: '已保存', criterion: '解除标准', days: (n: number): string => `发病满${n}天`, wellFor: (h: number): string => (h === 0 ? '症状消失' : `症状消失满${h}小时`), tests: (n: number): string => `连续${n}次检测阴性`, met: '已满足', notMet: '未满足',
  tell: '告知病名', tellText: '只告知一位值班领导，留有记录。', tellWhom: '接收人', tellWhy: '理由', why: of({ cellmates: '保护同监室人员', officers: '保护民警', transport: '押送需要', law: '法律要求' }), tellDo: '告知', told: '已告知', chart: '看病历', doctorOnly: '确诊、排除、上报和解除由医生来做。',
};
export type EpidemicDict = typeof epidemicZh;

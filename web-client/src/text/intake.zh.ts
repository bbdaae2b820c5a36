/* 入所筛查、评估，以及监管所能知道的。 */
const of = (words: Record<string, string>) => (key: string): string => words[key] ?? key;
const yesNo = { no: '无', yes: '有', unknown: '不详' };

export const intakeZh = {
  title: '入所筛查', sum: (open: number, late: number) => `${open} 人未完成筛查${late > 0 ? `，${late} 人已超时` : ''}`,
  none: '没有在所人员等待筛查', noneText: '监管系统登记入所后，人会自动出现在这里并开始计时。',
  today: '入所筛查', todayNone: '没有人等待筛查', all: '全部',
  screening: '待完成筛查', assessing: '入所评估与年度复评',
  clock: of({ start: '开始筛查', look: '医生签名', assessment: '14 天内评估', review: '年度复评' }),
  state: of({ due: '未开始', 'in-progress': '筛查中', handed: '待医生签名', completed: '已签名', assessed: '已评估', ended: '已离所', cancelled: '入所已撤销' }),
  open: '打开', begin: '开始筛查', beginning: '正在开始', begun: '已开始筛查', arrivedAt: '入所', begunAt: '开始', handedAt: '交医生', signedAt: '签名', assessedAt: '评估',
  dueBy: (clock: string, when: string) => `${clock}：${when} 前`,
  back: '返回名单', chart: '病历',
  chapter: of({ consent: '身份与同意', present: '目前情况', vitals: '测量', history: '病史', allergy: '药物过敏', exams: '检查', infect: '传染病', harm: '自伤风险', substance: '戒断与妊娠', notes: '其他' }),
  ask: of({
    identity: '身份核对', consent: '是否同意检查和诊疗', 'consent.words': '不同意或无法表示同意的情况', 'present.conscious': '神志', 'present.walks': '行走', 'present.words': '目前不适及现病史',
    'history.disease': '慢性病或重大疾病', 'history.words': '既往病史、手术、住院', problems: '确认的疾病', 'history.medicine': '正在使用的药物、剂量、最后一次使用时间', 'history.mental': '精神科就诊史', family: '家族病史', 'family.words': '家族病史说明',
    allergy: '药物过敏', allergies: '过敏', 'vital.systolic': '收缩压 mmHg', 'vital.diastolic': '舒张压 mmHg', 'vital.pulse': '脉搏 次/分', 'vital.temperature': '体温 ℃', 'vital.weight': '体重 kg',
    'exam.blood': '血常规', 'exam.ecg': '心电图', 'exam.ultrasound': '超声', 'exam.chest': '胸片', 'infect.cough': '咳嗽两周以上', 'infect.blood': '痰中带血', 'infect.sweats': '盗汗或不明原因消瘦', 'infect.fever': '发热', 'infect.rash': '皮疹或疥疮', 'infect.contact': '近期接触传染病人', 'infect.words': '传染病相关说明',
    'harm.thoughts': '目前有自伤或自杀想法', 'harm.before': '曾自伤或自杀', 'harm.level': '自伤风险', 'harm.words': '说明', withdrawal: '戒断', 'withdrawal.words': '戒断表现、最后一次使用时间', pregnancy: '妊娠', notes: '其他情况',
    injuries: '体表检查', statement: '本人陈述（原话）', marks: '体表所见', findings: '检查所见', consistency: '陈述与所见是否相符', 'consistency.words': '医生意见', allegation: '本人称受到虐待',
    summary: '综合评估', chronic: '慢性病管理', plan: '管理计划', answers: '表格',
  }),
  answer: (link: string, code: string): string => (({
    identity: { checked: '相符', mismatch: '不符' }, consent: { given: '同意', refused: '拒绝', unable: '无法表示' }, 'present.conscious': { alert: '清醒', drowsy: '嗜睡', confused: '意识模糊', unresponsive: '无反应' }, 'present.walks': { alone: '自行', helped: '需搀扶', cannot: '不能' },
    'harm.level': { low: '低', raised: '升高', high: '高' }, withdrawal: { none: '无', alcohol: '酒精', opioid: '阿片类', sedative: '镇静药', stimulant: '兴奋剂', other: '其他' }, pregnancy: { 'not-applicable': '不适用', no: '否', yes: '是', unknown: '不详' },
    injuries: { none: '无外伤', found: '有', refused: '拒绝检查' }, consistency: { not: '不符', consistent: '相符', highly: '高度相符', typical: '典型', diagnostic: '可确定' }, allegation: { no: '否', yes: '是' }, chronic: { none: '不需要', planned: '已制定' },
  } as Record<string, Record<string, string>>)[link]?.[code] ?? (link.startsWith('exam.') ? ({ done: '已做', ordered: '已开单', refused: '拒绝' } as Record<string, string>)[code] : (yesNo as Record<string, string>)[code]) ?? code),
  examWords: '结果，或拒绝的情况', unanswered: '未填', missing: '签名前必须填写',
  problemFind: '疾病名称、拼音或编码', problemNone: '没有找到', drop: (name: string) => `去掉 ${name}`, substance: '药物或物质', reaction: '反应', addAllergy: '添加过敏', allergyNth: (n: number) => `第 ${n} 项过敏`,
  injuries: '体表伤情', injuriesHelp: '限制查阅：签名后只有医生和获授权人员可见；监管看不到，也数不出。先写原话，再写所见，由医生判断是否相符。',
  front: '正面', back_: '背面', right: '右', left: '左', pointHelp: '点人形添加标记；也可以按部位添加。', addAt: '按部位添加', addDo: '添加标记', markNth: (n: number) => `标记 ${n}`, markKind: '种类', markWords: '大小、颜色、形状、新旧', markNone: '没有标记',
  markKinds: of({ bruise: '瘀伤', abrasion: '擦伤', wound: '裂伤、创口', burn: '烧烫伤', swelling: '肿胀', fracture: '疑似骨折', scar: '瘢痕', mark: '勒痕、压痕', pain: '疼痛', other: '其他' }),
  region: of({ head: '头面部', neck: '颈部', chest: '胸部', belly: '腹部', groin: '腹股沟', shoulders: '肩背部', loins: '腰部', buttocks: '臀部', armRight: '右上肢', armLeft: '左上肢', handRight: '右手', handLeft: '左手', legRight: '右下肢', legLeft: '左下肢', footRight: '右足', footLeft: '左足' }),
  hidden: '伤情记录限制查阅。', hiddenText: '如因诊疗需要查看，请在病历中使用紧急调阅。',
  save: '保存', saving: '正在保存', saved: '已保存', hand: '交医生签名', handed: '已交医生', savedBy: (name: string, when: string) => `${name} 保存于 ${when}`, unsaved: '有未保存的内容',
  sign: '审核并签名', signTitle: '签名并作出结论', signSub: '签名后筛查表和伤情记录成为最终记录，不能再改。监管只会收到下面的监管要求。', signing: '正在签名', signDo: '签名', signed: '已签名',
  fitness: '结论', fitnesses: of({ fit: '适合羁押', 'fit-with-conditions': '有条件适合', unfit: '不适合羁押' }), housing: '监管要求', housings: of({ normal: '普通监室', 'lower-bunk': '下铺', single: '单独关押', observation: '重点观察', isolation: '隔离', hospital: '送医院', 'not-accepted': '不予收押', '': '待定' }), until: '有效至', untilHelp: '留空表示直到另行通知', password: '登录密码',
  house: '更改监管要求', houseTitle: '更改监管要求', houseSub: '监管立即可见，只有代码，没有原因。', houseDo: '更改', housing_: '正在更改', housed: '已更改',
  result: '结论与监管要求', told: '监管看到的就是这些', records: '写入病历', recordsHelp: '把过敏、疾病和测量值写成病历记录', making: '正在写入', made: (n: number) => (n > 0 ? `已写入 ${n} 项` : '病历中已有，没有新增'),
  release: '给本人查看', released: (when: string) => `本人可查看（${when}）`, releasedNow: '本人现在可以查看',
  allegations: '虐待指控', allegationsSum: '这里不列姓名。由医生决定每一项送交哪个外部机构。', allegationsNone: '没有待送交的指控', allegationsNoneText: '入所筛查时本人提出的指控，医生签名后列在这里。', allegationMade: '提出时间', allegationState: '状态', allegationOpen: '尚未送交', allegationWaits: (t: string): string => `已等待${t}`,
  allegation: '虐待指控', allegationText: '监管账号看不到这一项。由医生决定送交哪个外部机构。', allegationTo: '送交', allegationDo: '登记送交', allegationBusy: '正在登记', allegationSent: (to: string, when: string) => `${when} 已送交${to}`, bodies: of({ procuratorate: '驻所检察室', 'health-authority': '卫生健康主管部门', supervisory: '监察机关', lawyer: '本人律师' }),
  assessment: '入所评估', assessmentHelp: '入所当天为第 1 天，第 14 天结束前完成；以后每年一次。', assessSign: '签名完成评估', assessTitle: '签名完成评估', assessSub: '签名后成为最终记录，年度复评从今天起计时。', assessed: '评估已完成', lastAssessment: '上次评估',
  nurseWaits: '已交医生，等待签名。签名前仍可修改。', comma: '，',
  housingTab: '监室安排', housingNone: '没有监管要求', housingNoneText: '新入所人员筛查后会列在这里。', late: '筛查超时', waits: '等待筛查', cell: '监室', who: '姓名', number: '编号', alarm: (when: string) => `有人入所筛查超时（${when}起）`, alarmText: '请与医务室联系。',
};
export type IntakeDict = typeof intakeZh;

/* Words of sick calls, visits in the clinic and what is late. */
const of = (words: Record<string, string>) => (key: string): string => words[key] ?? key;

export const sickZh = {
  enter: '代录求医',
  sum: (first: number, late: number, results: number): string => [first > 0 ? `${first}件先处理` : '', late > 0 ? `${late}项超时` : '', results > 0 ? `${results}份结果待确认` : ''].filter((w) => w !== '').join('，'),
  first: '先处理', firstNone: '没有急需处理的事', firstNoneText: '急危、今日和超时的事会最先出现在这里，带着计时。',
  calls: '求医申请', callsNone: '现在没有求医申请', callsNoneText: '新的申请会出现在这里，按紧急程度排列。',
  show: '筛选', all: '全部', untriaged: (n: number): string => `待分诊 ${n}`, unseen: (n: number): string => `待面诊 ${n}`, unclosed: (n: number): string => `待结 ${n}`,
  late: '超时', lateBy: (time: string): string => `已超 ${time}`, ofTime: (time: string, within: string): string => `${time} / ${within}`,
  days: (n: number): string => `${n}天`, hours: (n: number): string => `${n}时`, minutes: (n: number): string => `${n}分`,
  notTriaged: '待分诊',
  came: (door: string, by: string, when: string): string => [door, by === '' ? '' : `${by}登记`, `${when}收到`].filter((w) => w !== '').join(' '),
  door: of({ voice: '口述', paper: '封件', terminal: '终端' }),
  state: of({ draft: '草稿', submitted: '已提交', received: '待分诊', triaged: '待面诊', scheduled: '已安排', answered: '已答复', duplicate: '已合并', seen: '已面诊', closed: '已结', withdrawn: '已撤回' }),
  visitState: of({ planned: '已安排', arrived: '已到', triaged: '已测量', 'in-progress': '接诊中', finished: '已结束', cancelled: '已取消' }),
  /* actions */
  triage: '分诊', see: '接诊', seeing: '正在打开', go: '我去', going: '正在登记', goSaid: '已登记，您正在赶去', goes: (who: string, when: string): string => `${who} ${when} 赶去`, plan: '安排', close: '结案', chart: '病历', look: '查看', answer: '答复',
  closed: '已结案', triageDone: '已分诊', planned: '已安排', answered: '已答复', linked: '已合并', parted: '已分开', withdrawn: '已撤回',
  /* entering */
  enterTitle: '代录求医', enterSub: '替在押人员登记，登记后即开始计时。', patient: '患者姓名、拼音或编号', patientNone: '没有找到，请换个词再试。', patientFirst: '请先选患者。',
  words: '他怎么说', wordsHelp: '用他的原话。', wordsFirst: '请写下他的话。', place: '哪里不舒服', placeNone: '未说明', how: '怎么来的', asked: '写于', askedHelp: '封件上的时间，最多一周前。', save: '登记', saving: '正在登记', saved: (n: number): string => `已登记，${n}号`,
  places: of({ head: '头', eye: '眼', ear: '耳鼻', mouth: '口咽', tooth: '牙', chest: '胸', breath: '呼吸', belly: '腹', back: '腰背', arm: '上肢', leg: '下肢', skin: '皮肤', urinary: '泌尿', mind: '情绪睡眠', drug: '续药', whole: '全身', other: '其他' }),
  /* one call */
  number: (n: number): string => `${n}号`, receivedAt: '收到', triagedAt: '分诊', seenAt: '面诊', due: (clock: string, when: string): string => (clock === 'triage' ? `须在${when}前分诊` : `须在${when}前面诊`),
  level: '紧急程度', levelHelp: of({ emergency: '现在就要看，随时可能恶化', urgent: '今天之内面诊', soon: '24小时之内面诊', routine: '48小时之内面诊，跨周末72小时' }),
  reason: '为什么降低', reasonHelp: '调高不需要理由，调低要写明。', reasonFirst: '调低须写明理由。', triageDo: '确定', triaging: '正在保存',
  emergency: '已定为急危', emergencyText: '请马上接诊。需要专科时可立即呼叫，转出不等手续。', ring: '紧急呼叫专家',
  likeTitle: '可能是同一件事', likeText: (when: string, words: string): string => `${when}：${words}`, link: '合并到这一件', part: '分开，单独处理', linkedTo: '已合并到较早的一件，随它一起处理。',
  planAt: '什么时候', planDo: '安排面诊', planNow: '人已到，候诊', planning: '正在安排',
  answerLabel: '自我护理的建议', answerHelp: '他会看到这段话。不需要面诊时才用。', answerDo: '答复，不面诊', answering: '正在答复', answerFirst: '请写下建议。',
  withdraw: '本人撤回', withdrawing: '正在撤回', withdrawSub: '只在本人说不需要看了时使用。',
  closing: '正在结案',
  /* the visit */
  visits: '今日门诊', visitsNone: '今天还没有门诊', visitsNoneText: '从求医申请里接诊或安排后，会出现在这里。',
  arrive: '已到', prepare: '已测量', callOff: '没有来', callOffTitle: '没有来就诊', callOffSub: '申请会回到待面诊。', callOffDo: '记下', callOffReason: '原因', callOffReasons: of({ 'not-brought': '没有带来', refused: '本人不愿来', other: '其他' }), saving2: '正在保存',
  visitBar: (since: string): string => `接诊中，${since}开始`, visitWaits: (state: string): string => `有一次门诊：${state}`,
  begin: '开始接诊', sight: '民警在可视处', sightTitle: '请民警在可视处', sightSub: '平时民警听不到也看不到诊疗。确有需要时请写明理由，会记入病历和审计。', sightDo: '记下', sighted: '已记入', sights: (n: number): string => `民警在可视处${n}次`,
  consult: '请会诊', finish: '结束接诊', finishTitle: '结束接诊', finishSub: '面诊时间以开始接诊的时刻为准。', outcome: '结果', outcomes: of({ treated: '已处理', observe: '观察，再来', consultation: '请会诊', referred: '转出就医', refused: '本人拒绝诊疗' }), finishDo: '结束', finishing: '正在结束', finished: '接诊已结束',
  /* results, what is late */
  results: '结果待确认', resultsNone: '没有待确认的结果', resultsNoneText: '化验和检查报告完成后会出现在这里。', acknowledge: '确认', acknowledging: '正在确认', acknowledged: '已确认，已记入病历', critical: '危急值', reported: (when: string): string => `${when}报告`,
  voice: (n: number) => `听语音留言（${n}秒）`, voiceLoading: '正在取录音', voiceFailed: '录音取不到，请再试。',
  kinds: of({ 'follow-up': '随访到期', opinion: '会诊意见未签', result: '结果未确认', triage: '未分诊', visit: '未面诊', emergency: '急危未接诊', transfer: '转院待批准', 'release-summary': '出所小结未交本人', concern: '关注信号未查看', correction: '更正申请待决定', screening: '入所筛查未开始', 'screening-look': '入所筛查未签', assessment: '健康评估未做', review: '年度复查未做', report: '传染病未上报', contact: '接触者漏看' }),
};
export type SickDict = typeof sickZh;

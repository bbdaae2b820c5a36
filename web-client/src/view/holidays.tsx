/* The site's own words: statutory holidays and make-up days, and when patients can be brought. */
import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import { agendaText } from '../text/agenda';
import { putSiteText, siteText } from '../wire/agenda';
import { say, useAct, useLoad } from '../state/load';
import { Button, FaultNotice, PageHead } from '../ui/parts';
import './agenda.css';

function Words({ name, label, help, short = false }: { name: string; label: string; help: string; short?: boolean }) {
  const a = agendaText();
  const loaded = useLoad(() => siteText(name), 0);
  const typed = useSignal<string | null>(null);
  const act = useAct();
  const id = useId();
  useEffect(() => { if (loaded.value.value !== null && typed.value === null) typed.value = loaded.value.value.text; }, [loaded.value.value]);
  const save = async (): Promise<void> => {
    const was = loaded.value.value;
    if (was === null || typed.value === null) return;
    const done = await act.run(putSiteText(name, typed.value.endsWith('\n') ? typed.value : `${typed.value}\n`, was.version));
    if (done.ok) { say(a.saved); void loaded.again(); }
  };
  const where = act.fault?.where ?? '';
  return (
    <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void save(); }}>
      <div class="field">
        <label for={id}>{label}</label>
        <textarea id={id} class={`textarea${short ? ' short' : ''}`} spellcheck={false} value={typed.value ?? ''} aria-describedby={`${id}-h`} onInput={(e) => { typed.value = e.currentTarget.value; }} />
        <p class="help" id={`${id}-h`}>{help}</p>
      </div>
      <FaultNotice fault={loaded.fault.value ?? act.fault} />
      {where !== '' && <p class="error" role="alert">{where}</p>}
      <div class="actions"><Button type="submit" kind="primary" busy={act.busy ? a.saving : false}>{a.save}</Button></div>
    </form>
  );
}

export function HolidaysPage() {
  const a = agendaText();
  return (
    <>
      <PageHead title={a.holidays} sum={a.holidaysSum} />
      <div class="hol"><Words name="calendar" label={a.calendarLabel} help={a.calendarHelp} /><Words name="custody-day" label={a.custodyLabel} help={a.custodyHelp} short /></div>
    </>
  );
}

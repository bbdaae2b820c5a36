/* The registry's side of its door: HL7 v2 over MLLP. */
import { connect } from 'node:net';

/** As HL7 writes an instant. */
export const stamp = (at) => `${new Date(at).toISOString().replace(/[-:T]/g, '').slice(0, 14)}+0000`;

/** The first two segments of an event. */
export const head = (event, control, at) => [`MSH|^~\\&|REG|SITE|YUNQIAO|SITE|${at}||ADT^${event}|${control}|P|2.5||||||UNICODE UTF-8`, `EVN|${event}|${at}||||${at}`];

/** Sends one message; the code that answers it ("AA": it is in the record). */
export const says = (port, segments) => new Promise((done, fail) => {
  const line = connect(port, '127.0.0.1', () => { line.write(`\x0b${segments.join('\r')}\r\x1c\r`); });
  let got = '';
  line.on('data', (d) => { got += d; if (got.includes('\x1c\r')) { line.end(); done(/MSA\|(A[AER])/.exec(got)?.[1]); } });
  line.on('close', () => fail(new Error(`no answer: ${got}`)));
  line.on('error', fail);
});

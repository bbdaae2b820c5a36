import './ui/tokens.css';
import './ui/shell.css';
import { render } from 'preact';
import { watchIdle } from './state/idle';
import { watchLink } from './state/link';
import { loadLanguage } from './state/prefs';
import { startRouting } from './state/route';
import { beginSession } from './state/session';
import { listenKeys } from './ui/keys';
import { keepPlace, Root } from './view/root';

await Promise.all([loadLanguage(), beginSession()]);
startRouting();
keepPlace();
listenKeys();
watchIdle();
watchLink();
render(<Root />, document.getElementById('app')!);

/* The dictionary of hospitals, specialists and invitations, in the language in use. */
import { lang } from '.';
import { peopleEn } from './people.en';
import { peopleZh, type PeopleDict } from './people.zh';

export const peopleText = (): PeopleDict => (lang.value === 'zh' ? peopleZh : peopleEn);

/* The dictionary of messages that leave the house, in the language in use. */
import { lang } from '.';
import { postsEn } from './posts.en';
import { postsZh, type PostsDict } from './posts.zh';

export const postsText = (): PostsDict => (lang.value === 'zh' ? postsZh : postsEn);

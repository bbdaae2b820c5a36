/* The dictionary of what the registry said, in the language in use. */
import { lang } from '.';
import { registryEn } from './registry.en';
import { registryZh, type RegistryDict } from './registry.zh';

export const registryText = (): RegistryDict => (lang.value === 'zh' ? registryZh : registryEn);

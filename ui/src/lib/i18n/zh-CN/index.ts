import { common } from './common';
import { counter } from './counter';
import { inbox } from './inbox';
import { settings } from './settings';
import { till } from './till';

export const words = { ...common, ...till, ...counter, ...inbox, ...settings };

import { common } from './common';
import { counter } from './counter';
import { exports } from './exports';
import { files } from './files';
import { inbox } from './inbox';
import { people } from './people';
import { settings } from './settings';
import { shift } from './shift';
import { statement } from './statement';
import { till } from './till';
import { totals } from './totals';

export const words = {
  ...common,
  ...till,
  ...counter,
  ...inbox,
  ...settings,
  ...people,
  ...shift,
  ...totals,
  ...exports,
  ...statement,
  ...files,
};

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
import { trade } from './trade';

export const words = {
  ...common,
  ...till,
  ...trade,
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

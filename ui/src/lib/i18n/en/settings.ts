import { codes } from './settings/codes';
import { gateways } from './settings/gateways';
import { general } from './settings/general';
import { phones } from './settings/phones';
import { programs } from './settings/programs';
import { wizard } from './settings/wizard';

export const settings = { ...general, ...codes, ...gateways, ...phones, ...programs, ...wizard };

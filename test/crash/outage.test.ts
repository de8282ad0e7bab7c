import { tryEveryPoint } from '../support/crash/every-point.ts';
import { outage } from '../support/crash/scenarios.ts';

tryEveryPoint(outage, {
  always: false,
  todo: 'a written file that another task has built upon is not known for done, when a deletion or a short text did it',
});

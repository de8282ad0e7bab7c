import { tryEveryPoint } from '../support/crash/every-point.ts';
import { outage } from '../support/crash/scenarios.ts';

tryEveryPoint(outage, { always: false });

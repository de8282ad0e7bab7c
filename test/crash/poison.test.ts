import { tryEveryPoint } from '../support/crash/every-point.ts';
import { poison } from '../support/crash/scenarios.ts';

tryEveryPoint(poison, { always: false });

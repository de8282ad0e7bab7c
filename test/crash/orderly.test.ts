import { tryEveryPoint } from '../support/crash/every-point.ts';
import { orderly } from '../support/crash/scenarios.ts';

tryEveryPoint(orderly, { always: true });

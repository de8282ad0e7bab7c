import { createTracer } from '../../shared/adapters/telemetry/tracer.ts';

/** The tracer of a function that nobody traces. */
export const untraced = createTracer({ service: 'test', env: {}, onLost: () => undefined });

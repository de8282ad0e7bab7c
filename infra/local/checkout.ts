import { fileURLToPath } from 'node:url';

/** The checkout: handler paths are relative to it. */
export const checkout = fileURLToPath(new URL('../..', import.meta.url));

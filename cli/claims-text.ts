import type { ClaimsState, ClaimsSwitch } from '../shared/ports/claims-switch.ts';
import { moment } from './moment.ts';
import { paint } from './paint.ts';

/** A sentence that claims are paused, by whom and why; null while they are not. */
export function pausedLine({ claims_paused, changed_by, reason, changed_at }: ClaimsState): string | null {
  if (!claims_paused) return null;
  const why = reason === null ? '' : `: ${reason}`;
  return paint(
    'yellow',
    `Claims are paused since ${moment(changed_at)} by ${changed_by ?? 'somebody'}${why}. Nothing is begun until "npx jr resume".`,
  );
}

/** Says to who lets a task go on, or waits for it, that claims are paused: it is not begun before they are resumed. */
export async function sayPause(claims: ClaimsSwitch, say: (line: string) => void): Promise<void> {
  const paused = pausedLine(await claims.read());
  if (paused !== null) say(paused);
}

import * as z from 'zod';
import type { EntrySelection } from '../../domain/drain.ts';
import type { DrainRequest } from '../../domain/drain-request.ts';
import { councilVotes } from '../../domain/intervention.ts';

export type DecodedDrain =
  | { readonly kind: 'request'; readonly request: DrainRequest }
  /** A sentence that names the field. */
  | { readonly kind: 'rejected'; readonly action: string | null; readonly message: string };

function text(max: number) {
  return z
    .string('expected a text')
    .max(max, `longer than ${max} characters`)
    .refine(value => value.trim() !== '', 'must not be empty')
    .refine(
      value => !value.includes('\0') && value.isWellFormed(),
      'holds a NUL character or half a surrogate pair',
    );
}

function integer(min: number, max: number) {
  const message = `expected a whole number from ${min} to ${max}`;
  return z.int(message).min(min, message).max(max, message);
}

const id = integer(1, Number.MAX_SAFE_INTEGER);
const flag = z.boolean('expected true or false');
/** About ten years. */
const minutes = integer(0, 5_000_000);

const common = { dry_run: flag.optional() };
const signed = { operator: text(200), reason: text(2_000) };
const selection = {
  category: z
    .union([text(100), z.array(text(100)).min(1, 'must not be empty').max(100, 'more than 100')], {
      error: 'expected an error code, or a list of them',
    })
    .optional(),
  ids: z
    .array(id, 'expected a list of entry ids')
    .min(1, 'must not be empty')
    .max(10_000, 'more than 10000')
    .optional(),
  older_than_minutes: minutes.optional(),
  newer_than_minutes: minutes.optional(),
  jr: text(200).optional(),
};
const limits = z.strictObject({
  steps: integer(1, 1_000_000).optional(),
  document_length: integer(1, 100_000_000).optional(),
});
const run = { run_id: id.optional() };
const start = { ...selection, pause_claims: flag.optional(), without_export: flag.optional() };

const actions = {
  status: z.strictObject({ action: z.literal('status'), ...common, ...run }),
  pause: z.strictObject({ action: z.literal('pause'), ...common, ...signed }),
  resume: z.strictObject({ action: z.literal('resume'), ...common, ...signed, ...run }),
  stop: z.strictObject({ action: z.literal('stop'), ...common, ...signed, ...run }),
  inspect: z.strictObject({
    action: z.literal('inspect'),
    ...common,
    ...selection,
    sample: integer(10, 50).optional(),
  }),
  categorize: z.strictObject({ action: z.literal('categorize'), ...common, ...selection }),
  retry: z.strictObject({ action: z.literal('retry'), ...common, ...signed, ...start }),
  replay: z.strictObject({
    action: z.literal('replay'),
    ...common,
    ...signed,
    entry_id: id,
    instruction_content: text(512 * 1024).optional(),
    assigned_jr: text(200).optional(),
    limits: limits.optional(),
  }),
  resolve: z.strictObject({ action: z.literal('resolve'), ...common, ...signed, entry_id: id }),
  abandon: z.strictObject({ action: z.literal('abandon'), ...common, ...signed, entry_id: id }),
  approve: z.strictObject({ action: z.literal('approve'), ...common, ...signed, entry_id: id }),
  vote: z.strictObject({
    action: z.literal('vote'),
    ...common,
    ...signed,
    entry_id: id,
    vote: z.enum(councilVotes, `expected one of ${councilVotes.join(', ')}`),
  }),
  drain: z.strictObject({ action: z.literal('drain'), ...common, ...signed, ...start }),
  verify: z.strictObject({ action: z.literal('verify'), ...common }),
  export: z.strictObject({ action: z.literal('export'), ...common, ...signed }),
  continue: z.strictObject({ action: z.literal('continue'), ...common, ...run }),
  recheck: z.strictObject({ action: z.literal('recheck'), ...common, run_id: id }),
};

/** The actions that a person asks for, with their fields: `sample?` may be left out. */
export const drainFields: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(actions)
    .filter(([name]) => name !== 'continue' && name !== 'recheck')
    .map(([name, schema]) => [
      name,
      Object.entries(schema.shape)
        .filter(([field]) => field !== 'action')
        .map(([field, type]) => (type.safeParse(undefined).success ? `${field}?` : field)),
    ]),
);

/** Validates what drain was invoked with. An empty payload asks for help. Never throws. */
export function decodeDrain(payload: unknown): DecodedDrain {
  if (payload === null || payload === undefined) return help;
  if (typeof payload !== 'object' || Array.isArray(payload)) {
    return rejected(null, 'The payload is not a JSON object such as {"action": "status"}.');
  }
  if (Object.keys(payload).length === 0) return help;
  const action = 'action' in payload ? payload.action : undefined;
  const known = Object.keys(drainFields).join(', ');
  if (typeof action !== 'string' || !isAction(action)) {
    return rejected(null, `action: expected one of ${known}.`);
  }
  const parsed = actions[action].safeParse(payload);
  if (!parsed.success) return rejected(action, sentence(parsed.error, action));
  if (action === 'retry' && !Object.keys(selection).some(field => Object.hasOwn(payload, field))) {
    const fields = Object.keys(selection).join(', ');
    return rejected(action, `${fields}: retry needs at least one of them; drain is for all.`);
  }
  return { kind: 'request', request: toRequest(parsed.data) };
}

const help: DecodedDrain = { kind: 'request', request: { action: 'help', dryRun: false } };

function isAction(name: string): name is keyof typeof actions {
  return Object.hasOwn(actions, name);
}

function rejected(action: string | null, message: string): DecodedDrain {
  return { kind: 'rejected', action, message };
}

type Parsed = { [K in keyof typeof actions]: z.infer<(typeof actions)[K]> }[keyof typeof actions];

function toRequest(parsed: Parsed): DrainRequest {
  const dryRun = parsed.dry_run ?? false;
  switch (parsed.action) {
    case 'verify':
      return { action: parsed.action, dryRun };
    case 'status':
    case 'continue':
      return { action: parsed.action, dryRun, runId: parsed.run_id ?? null };
    case 'recheck':
      return { action: parsed.action, dryRun, runId: parsed.run_id };
    case 'inspect':
      return {
        action: parsed.action,
        dryRun,
        selection: selectionOf(parsed),
        sample: parsed.sample ?? 20,
      };
    case 'categorize':
      return { action: parsed.action, dryRun, selection: selectionOf(parsed) };
  }
  const { operator, reason } = parsed;
  switch (parsed.action) {
    case 'pause':
    case 'export':
      return { action: parsed.action, dryRun, operator, reason };
    case 'resume':
    case 'stop':
      return { action: parsed.action, dryRun, operator, reason, runId: parsed.run_id ?? null };
    case 'resolve':
    case 'abandon':
      return { action: parsed.action, dryRun, operator, reason, entryId: parsed.entry_id };
    case 'approve':
      return { action: parsed.action, dryRun, operator, reason, entryId: parsed.entry_id };
    case 'vote':
      return {
        action: parsed.action,
        dryRun,
        operator,
        reason,
        entryId: parsed.entry_id,
        vote: parsed.vote,
      };
    case 'replay': {
      const overrides = {
        instructionContent: parsed.instruction_content ?? null,
        assignedJr: parsed.assigned_jr ?? null,
        limits: parsed.limits === undefined ? null : defined(parsed.limits),
      };
      return { action: parsed.action, dryRun, operator, reason, entryId: parsed.entry_id, overrides };
    }
    case 'retry':
    case 'drain':
      return {
        action: parsed.action,
        dryRun,
        operator,
        reason,
        selection: selectionOf(parsed),
        pauseClaims: parsed.pause_claims ?? false,
        withoutExport: parsed.without_export ?? false,
      };
  }
}

function selectionOf(
  fields: Partial<Pick<z.infer<typeof actions.categorize>, keyof typeof selection>>,
): EntrySelection {
  const { category, ids, older_than_minutes, newer_than_minutes, jr } = fields;
  return {
    category: category === undefined ? null : typeof category === 'string' ? [category] : category,
    ids: ids ?? null,
    older_than_minutes: older_than_minutes ?? null,
    newer_than_minutes: newer_than_minutes ?? null,
    jr: jr ?? null,
  };
}

function defined(record: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

/** All that is wrong, each with its field: `operator: expected a text; ...`. */
function sentence(error: z.ZodError, action: string): string {
  const parts = error.issues.map(issue => {
    if (issue.code === 'unrecognized_keys') {
      const fields = (drainFields[action] ?? []).join(', ');
      return `${issue.keys.join(', ')}: unknown field; the fields of ${action} are ${fields}`;
    }
    return `${issue.path.join('.')}: ${issue.message}`;
  });
  return `${parts.join('; ')}.`;
}

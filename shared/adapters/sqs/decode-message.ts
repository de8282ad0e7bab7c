import * as z from 'zod';
import { type Decoded, maxContentBytes } from '../../domain/message.ts';

/** Postgres text and jsonb hold neither NUL nor half a surrogate pair: such a value would poison its whole batch. */
function isStorable(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}

const storable = z
  .string('expected a text')
  .refine(isStorable, 'holds a NUL character or half a surrogate pair');

function text(max: number) {
  return storable.max(max, `longer than ${max} characters`);
}

/** Nobody nests parameters deeper; a message made to exhaust the stack does. */
const maxDepth = 32;

/** Whether jsonb can hold a value. */
function isStorableJson(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === maxDepth) return false;
  return Object.entries(value).every(([key, member]) => isStorable(key) && isStorableJson(member, depth + 1));
}

function integer(min: number, max: number) {
  const message = `expected a whole number from ${min} to ${max}`;
  return z.int(message).min(min, message).max(max, message);
}

const id = integer(1, Number.MAX_SAFE_INTEGER);
const flag = z.boolean('expected true or false');
/** Years that both JavaScript and Postgres write in four digits, whatever the offset: others would poison a batch. */
const inCommonYears = (value: string) => /^(?!000[01])(?!9999)\d{4}-/.test(value);
const time = z.iso
  .datetime({ offset: true, error: 'expected a time such as 2026-01-31T12:00:00Z', abort: true })
  .refine(inCommonYears, 'expected a time in the years 0002 to 9998');

const submitSchema = z
  .strictObject({
    type: z.literal('task.submit'),
    dedupe_key: text(200).min(1, 'must not be empty').nullish(),
    title: text(500).nullish(),
    description: text(65_536).nullish(),
    instruction_file: text(4_096).min(1, 'must not be empty').nullish(),
    instruction_content: storable
      .refine(
        content => Buffer.byteLength(content) <= maxContentBytes,
        `longer than ${maxContentBytes} bytes: put the text into a file of the workspace and name it in instruction_file`,
      )
      .nullish(),
    assigned_jr: text(200).nullish(),
    use_rlm: flag.nullish(),
    priority: integer(1, 10).nullish(),
    sacred_fire_priority: integer(-2_147_483_648, 2_147_483_647).nullish(),
    parameters: z
      .record(z.string(), z.unknown(), 'expected an object')
      .refine(
        value => isStorableJson(value),
        `nested over ${maxDepth} deep, or holds a NUL or half a surrogate pair`,
      )
      .nullish(),
    tags: z.array(text(200), 'expected a list of texts').max(100, 'more than 100 tags').nullish(),
    requires_council_approval: flag.nullish(),
    parent_task_id: id.nullish(),
    source: text(200).nullish(),
    created_by: text(200).nullish(),
    not_before: time.nullish(),
  })
  .refine(task => task.instruction_file != null || task.instruction_content != null, {
    path: ['instruction_file, instruction_content'],
    message: 'neither is given: one of them has to say what to do',
  });

const runSchema = z.strictObject({ type: z.literal('task.run'), task_id: id });

const pingSchema = z.strictObject({ type: z.literal('jr.ping'), jr_name: text(200), sent_at: time });

const fieldNames: Record<string, string[]> = {
  'task.submit': Object.keys(submitSchema.shape),
  'task.run': Object.keys(runSchema.shape),
  'jr.ping': Object.keys(pingSchema.shape),
};

/** Validates a message at the door (design section 10). Never throws; a refusal is a sentence that names the field. */
export function decodeMessage(body: string): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    return rejected(`The body is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return rejected('The body is not a JSON object such as {"type": "task.submit", ...}.');
  }
  switch ('type' in value ? value.type : undefined) {
    case 'task.submit':
      return decodeSubmit(value);
    case 'task.run': {
      const run = runSchema.safeParse(value);
      return run.success
        ? { kind: 'run', taskId: run.data.task_id }
        : rejected(sentence(run.error, 'task.run'));
    }
    case 'jr.ping': {
      const ping = pingSchema.safeParse(value);
      if (!ping.success) return rejected(sentence(ping.error, 'jr.ping'));
      return { kind: 'ping', jrName: ping.data.jr_name, sentAt: new Date(ping.data.sent_at) };
    }
    default:
      return rejected(`type: expected one of ${Object.keys(fieldNames).join(', ')}.`);
  }
}

function decodeSubmit(value: object): Decoded {
  const parsed = submitSchema.safeParse(value);
  if (!parsed.success) return rejected(sentence(parsed.error, 'task.submit'));
  const task = parsed.data;
  return {
    kind: 'submit',
    submission: {
      dedupeKey: task.dedupe_key ?? null,
      title: task.title ?? null,
      description: task.description ?? null,
      instructionFile: task.instruction_file ?? null,
      instructionContent: task.instruction_content ?? null,
      assignedJr: task.assigned_jr ?? null,
      useRlm: task.use_rlm ?? null,
      priority: task.priority ?? null,
      sacredFirePriority: task.sacred_fire_priority ?? null,
      parameters: task.parameters ?? null,
      tags: task.tags ?? null,
      requiresCouncilApproval: task.requires_council_approval ?? null,
      parentTaskId: task.parent_task_id ?? null,
      source: task.source ?? null,
      createdBy: task.created_by ?? null,
      notBefore: task.not_before == null ? null : new Date(task.not_before),
    },
  };
}

function rejected(reason: string): Decoded {
  return { kind: 'rejected', reason };
}

/** All that is wrong with a message, each with its field: `priority: expected a whole number from 1 to 10; ...`. */
function sentence(error: z.ZodError, type: string): string {
  const parts = error.issues.map(issue => {
    const field = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      const known = (fieldNames[type] ?? []).join(', ');
      return `${issue.keys.join(', ')}: unknown field; the fields of ${type} are ${known}`;
    }
    return `${field}: ${issue.message}`;
  });
  return `${parts.join('; ')}.`;
}

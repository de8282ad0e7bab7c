import sweeps from '../../../infra/sweeps.json' with { type: 'json' };
import type { Announcement } from '../../../shared/domain/announcement.ts';
import { seededRandom } from './seeded-random.ts';
import { minute, type World } from './world.ts';

const hour = 60 * minute;
const day = 24 * hour;

/** A span of the week, in milliseconds from its beginning. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a simulated week is made of. Everything at random in it comes from the seed. */
export interface WeekPlan {
  readonly seed: number;
  readonly days: number;
  readonly tasks: number;
  /** On average one call in so many is the last that its process makes. */
  readonly callsPerCrash: number;
  readonly ledgerAway: readonly Span[];
  readonly queuesAway: readonly Span[];
  /** When a Jr does not answer; null for all of them. */
  readonly silent: readonly (Span & { readonly jr: string | null })[];
}

/** What is handed in. A `stale` document names text that is not there, a `deadly` one kills whoever writes its file. */
export interface HandedIn {
  readonly at: number;
  readonly kind: 'create' | 'edit' | 'stale' | 'deadly';
  readonly file: string;
  readonly by: 'message' | 'twice' | 'sql';
  readonly jr: string | null;
}

/** What people were told, and when, in milliseconds from the beginning. */
export interface Told {
  readonly at: number;
  readonly announcement: Announcement;
}

/** So many invocations of execute-task run at once: while one waits for PostgreSQL or the disk, another goes on. */
const environments = 4;

const jrs = ['Software Engineer Jr.', 'Infrastructure Jr.', 'Vision Jr.', 'Research Jr.'];

/** A time of the week; the first day is 0. */
export const at = (dayNumber: number, hours: number) => dayNumber * day + hours * hour;

export const textBefore = (file: string) => `one\ntwo ${file}\nthree\n`;

/** The text of its file once a task has been executed, once. */
export function textAfter({ kind, file }: HandedIn): string {
  return kind === 'edit' ? `one\ntwo ${file}\nand a half\nthree\n` : `made for ${file}\n`;
}

function documentOf({ kind, file }: HandedIn): string {
  if (kind === 'create' || kind === 'deadly') {
    return `**Create** \`${file}\`\n\n\`\`\`text\nmade for ${file}\n\`\`\`\n`;
  }
  const search = kind === 'edit' ? `two ${file}` : 'what nobody wrote';
  return `**Modify** \`${file}\`\n\n<<<<<<< SEARCH\n${search}\n=======\n${search}\nand a half\n>>>>>>> REPLACE\n`;
}

/** What comes in over the week: in bursts, every half hour from nine to five. */
export function allOf({ seed, days, tasks }: WeekPlan): HandedIn[] {
  const random = seededRandom(seed);
  const bursts = days * 16;
  return Array.from({ length: tasks }, (_, n) => {
    const burst = Math.floor((n * bursts) / tasks);
    const share = random();
    const kind = share < 0.84 ? 'create' : share < 0.96 ? 'edit' : share < 0.99 ? 'stale' : 'deadly';
    const road = random();
    return {
      at: at(Math.floor(burst / 16), 9 + (burst % 16) / 2),
      kind,
      file: `${kind}/${kind}-${n}.txt`,
      by: road < 0.65 ? 'message' : road < 0.7 ? 'twice' : 'sql',
      jr: random() < 0.5 ? (jrs[Math.floor(random() * jrs.length)] ?? null) : null,
    };
  });
}

/**
 * Lives through the week, and on until nothing moves any more. Of the minute sweeps those that would find nothing are
 * left out, as if their invocations had been lost. Wake-ups are lost all of them.
 */
export async function liveThrough(world: World, plan: WeekPlan): Promise<Told[]> {
  const random = seededRandom(plan.seed + 1);
  const coming = allOf(plan);
  const since = () => world.now - world.start;
  const within = (spans: readonly Span[], at = since()) =>
    spans.some(({ from, to }) => at >= from && at < to);
  const isSilent = (jr: string, at = since()) =>
    within(
      plan.silent.filter(span => span.jr === null || span.jr === jr),
      at,
    );
  const isUnanswered = (body: string) => {
    const { jr_name: jr } = JSON.parse(body);
    return typeof jr === 'string' && isSilent(jr);
  };
  const edited = coming.filter(({ kind }) => kind === 'edit' || kind === 'stale');
  await world.begin({
    files: new Map(edited.map(({ file }) => [file, textBefore(file)])),
    kills: name => /^file .*deadly-/.test(name) || random() < 1 / plan.callsPerCrash,
    loses: isUnanswered,
    refuses: name =>
      within(name.startsWith('sql') ? plan.ledgerAway : name.startsWith('queue') ? plan.queuesAway : []),
  });

  const told: Told[] = [];
  let nextHealth = world.now;
  let nextMinute = world.now;
  let prospect = await lookAhead(world);
  for (let moments = 0; moments < 50_000; moments++) {
    const next = coming.findIndex(one => one.at > since());
    const handedIn = coming.splice(0, next === -1 ? coming.length : next);
    await Promise.all(handedIn.map(one => handIn(world, one)));
    const sweeps = world.now >= nextMinute && (handedIn.length > 0 || prospect.nextWork <= world.now);
    const watches = world.now >= nextHealth;
    if (sweeps) nextMinute = world.now + minute;
    if (watches) nextHealth = world.now + 5 * minute;
    await Promise.all([
      watches && world.health(),
      sweeps && world.assign(),
      sweeps && world.sweep('dlq-retry by the minute'),
      world.deliverAll(environments),
    ]);
    await world.deliverAll(environments);
    for (const announcement of world.notices.splice(0)) told.push({ at: since(), announcement });

    const nextComing = coming[0]?.at ?? Number.POSITIVE_INFINITY;
    prospect = await lookAhead(world);
    if (prospect.rest && coming.length === 0) return told;
    // While nothing waits or runs, no Jr comes or goes, and until shortly before that changes, one of these sweeps an hour
    // is enough.
    const soon = Math.min(since() + 60 * minute, nextComing - 5 * minute);
    const { givenUp } = prospect;
    const goes = (jr: string) => !givenUp.includes(jr) && (isSilent(jr) || isSilent(jr, soon));
    if (prospect.idle && !prospect.reviving && !jrs.some(goes))
      nextHealth = Math.max(nextHealth, world.start + soon);
    const moment = Math.min(
      nextHealth,
      Math.max(nextMinute, prospect.nextWork),
      world.start + nextComing,
      world.queues.nextDelivery,
      ...world.scheduled.values(),
    );
    world.now = Math.max(moment, world.now);
  }
  throw new Error(`Does not come to rest:\n${world.log.slice(-20).join('\n')}`);
}

/** By the queue, once or (as queues do) twice, or as a row that somebody inserts. */
async function handIn(world: World, one: HandedIn): Promise<void> {
  const instruction_content = documentOf(one);
  if (one.by === 'sql') {
    await world.database.pool.query(
      `insert into jr_work_queue (title, instruction_content, assigned_jr, created_at, updated_at) values ($1, $2, $3, $4, $4)`,
      [one.file, instruction_content, one.jr, new Date(world.now)],
    );
    return;
  }
  const body = {
    type: 'task.submit',
    title: one.file,
    instruction_content,
    assigned_jr: one.jr ?? undefined,
  };
  const id = world.queues.send(JSON.stringify(body));
  if (one.by === 'twice') world.queues.send(JSON.stringify(body), 20, id);
}

/** What the world is like when the queues have nothing to deliver now. */
interface Prospect {
  /** When a minute sweep has something to find next; infinity when there is nothing. */
  readonly nextWork: number;
  /** Whether no task waits for an attempt or runs. */
  readonly idle: boolean;
  /** The Jrs that only a person revives. */
  readonly givenUp: readonly string[];
  /** Whether the sweeps try to revive others. */
  readonly reviving: boolean;
  /** Whether all tasks have ended or wait for a person of the last level who was told. */
  readonly rest: boolean;
}

async function lookAhead(world: World): Promise<Prospect> {
  const { rows } = await world.database.pool.query<{
    at: number | null;
    idle: boolean;
    told: boolean;
    given_up: string[];
    reviving: boolean;
  }>({
    name: 'look-ahead',
    // What waits is asked for in the words of the partial indexes: most of the table has ended.
    text: `with waiting as materialized (
        select created_at as at from jr_work_queue
        where status in ('pending', 'assigned') and dispatched_at is null and assigned_jr is null
        union all
        select created_at from jr_work_queue
        where status in ('pending', 'assigned') and dispatched_at is null and assigned_jr is not null
        union all
        select dispatched_at + interval '121 s' from jr_work_queue
        where status in ('pending', 'assigned') and dispatched_at is not null
      )
      select extract(epoch from least(
        (select min(at) from waiting),
        (select min(greatest(next_retry_timestamp + interval '61 s', last_retry_timestamp + interval '301 s'))
          from jr_failed_tasks_dlq where resolution_status = 'retrying'),
        (select min(case when notified_at is null then raised_at else raised_at + interval '241 min' end)
          from jr_failed_tasks_dlq where resolution_status = 'unresolved' and (notified_at is null or escalation_level = 2)),
        (select min(began_at) from jr_alerts
          where (scope = 'auto-assign' and ended_at is null) or (ended_at is null and told is null)
            or (ended_at is not null and told = 'begun'))
      )) * 1000 as at,
      not exists (select 1 from waiting)
        and not exists (select 1 from jr_work_queue where status = 'in_progress')
        and not exists (select 1 from jr_failed_tasks_dlq where resolution_status = 'retrying') as idle,
      not exists (select 1 from jr_failed_tasks_dlq
        where resolution_status = 'unresolved' and (escalation_level < 3 or notified_at is null)) as told,
      array(select jr_name from jr_status where breaker_state = 'open' and breaker_failures >= $1) as given_up,
      exists (select 1 from jr_status
        where breaker_state = 'half_open' or (breaker_state = 'open' and breaker_failures < $1)) as reviving`,
    values: [sweeps.liveness.max_failures],
  });
  const [row] = rows;
  const idle = row?.idle === true && !world.queues.messages.some(({ body }) => !body.includes('jr.ping'));
  return {
    nextWork: Math.min(Number(row?.at ?? Number.POSITIVE_INFINITY), world.queues.nextToFold),
    idle,
    rest: idle && row?.told === true,
    givenUp: row?.given_up ?? [],
    reviving: row?.reviving === true,
  };
}

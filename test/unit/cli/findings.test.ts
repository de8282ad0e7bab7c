import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Facts } from '../../../cli/doctor/facts.ts';
import type { Finding } from '../../../cli/doctor/finding.ts';
import { findings } from '../../../cli/doctor/findings.ts';
import { onStage } from '../../../cli/doctor/on-stage.ts';
import { describeFindings } from '../../../cli/doctor/text.ts';
import sweeps from '../../../infra/sweeps.json' with { type: 'json' };
import type { JrView } from '../../../shared/ports/jr-registry.ts';
import type { LedgerState } from '../../../shared/ports/ledger-check.ts';

const now = new Date('2026-03-01T12:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();

const ledger: LedgerState = {
  version: '18.4',
  waiting: 3,
  running: 1,
  stale: [],
  stale_count: 0,
  expired_leases: 0,
  oldest_bell_at: ago(1),
  untold_since: null,
  rejected_count: 0,
  rejected_reason: null,
  alerts: [],
  measured_at: ago(3),
};
const jr: JrView = {
  jr_name: 'Vision Jr.',
  jr_role: null,
  specialties: [],
  in_service: true,
  is_online: true,
  last_seen: ago(1),
  running: 0,
  max_concurrent: 10,
  waiting: 0,
  breaker_state: 'closed',
  breaker_failures: 0,
  breaker_next_try_at: null,
  restart_count: 0,
  last_restart_at: null,
};
const summary = {
  unresolved: 0,
  retrying: 0,
  escalated_tpm: 0,
  escalated_council: 0,
  resolved: 9,
  abandoned: 0,
};
const claims = { claims_paused: false, changed_by: null, reason: null, changed_at: ago(999) };
const empty = { value: { visible: 0, in_flight: 0, delayed: 0 } };
const workspace = { folder: '/w', refusal: null, free_bytes: 50 * 1024 ** 3, leftovers: [] };
const well: Facts = {
  now,
  ledger: { value: ledger },
  migrations: { value: [] },
  disagreements: { value: [] },
  entries: { value: summary },
  jrs: { value: [jr] },
  claims: { value: claims },
  queues: ['jr-tasks', 'jr-dlq-1-retry', 'jr-dlq-3-council'].map(name => ({ name, depth: empty })),
  schedules: { value: [{ name: 'health-sweep-1', enabled: true }] },
  declaredSchedules: ['health-sweep-1'],
  functions: [{ name: 'health-sweep', answer: { value: null } }],
  workspace: { value: workspace },
};

const check = (facts: Partial<Facts>) => findings({ ...well, ...facts }, sweeps.liveness);
const wrong = (facts: Partial<Facts>) => check(facts).filter(({ state }) => state !== 'ok');
const inLedger = (state: Partial<LedgerState>) => ({ ledger: { value: { ...ledger, ...state } } });
const failure = { failure: 'it does not answer' };
const smoke = {
  scope: 's',
  name: 'n',
  target: 'operations',
  summary: 'Smoke.',
  next_action: 'run',
  began_at: ago(9),
} as const;

test('where all is well, each check of the list says so, in one order', () => {
  const all = check({});
  assert.deepEqual(
    all.map(({ name, state, mend }) => [name, state, mend]),
    [
      'ledger',
      'queues',
      'schedules',
      'functions',
      'workspace',
      'sweeps',
      'claims',
      'submissions',
      'stale_tasks',
      'jrs',
      'ladder_queues',
      'entries',
      'disagreements',
      'alerts',
    ].map(name => [name, 'ok', null]),
  );
});

test('a ledger that does not answer is said once, and what lies in it is not guessed at', () => {
  const away = check({ ledger: failure, migrations: failure, jrs: failure, claims: failure });
  assert.deepEqual(
    away.map(({ name, state }) => [name, state]),
    [
      ['ledger', 'bad'],
      ['queues', 'ok'],
      ['schedules', 'ok'],
      ['functions', 'ok'],
      ['workspace', 'ok'],
    ],
  );
});

const cases: [
  what: string,
  facts: Partial<Facts>,
  expected: Omit<Partial<Finding>, 'summary'> & { summary?: RegExp },
][] = [
  [
    'a migration that has not been applied',
    { migrations: { value: ['0099_new.sql'] } },
    {
      name: 'ledger',
      state: 'bad',
      summary: /0099_new\.sql to be applied/,
      mend: 'npx jr down && npx jr up',
    },
  ],
  [
    'a queue that does not answer',
    { queues: [{ name: 'jr-tasks', depth: failure }] },
    { name: 'queues', state: 'bad', summary: /jr-tasks: it does not answer/ },
  ],
  [
    'a bell that nobody answers',
    inLedger({ oldest_bell_at: ago(40) }),
    { name: 'queues', state: 'warn', summary: /rung 40 minutes ago/, mend: 'npx jr invoke health-sweep' },
  ],
  [
    'messages that could not be tasks',
    inLedger({ rejected_count: 2, rejected_reason: 'foo: unknown field.' }),
    {
      name: 'submissions',
      state: 'warn',
      summary: /^2 messages rejected within a day, the latest: foo: unknown field\.$/,
      mend: 'npx jr status --rejected',
    },
  ],
  [
    'a schedule that is gone',
    { schedules: { value: [] } },
    { name: 'schedules', state: 'bad', summary: /health-sweep-1 is missing/ },
  ],
  [
    'a schedule that is off',
    { schedules: { value: [{ name: 'health-sweep-1', enabled: false }] } },
    { name: 'schedules', state: 'bad', summary: /health-sweep-1 is disabled/ },
  ],
  [
    'a function that fails',
    { functions: [{ name: 'drain', answer: failure }] },
    { name: 'functions', state: 'bad', summary: /drain: it does not answer/ },
  ],
  [
    'a full disk',
    { workspace: { value: { ...workspace, free_bytes: 5_000_000 } } },
    { name: 'workspace', state: 'bad', mend: "df -h '/w'" },
  ],
  [
    'a folder that cannot be written',
    { workspace: { value: { ...workspace, refusal: 'EACCES' } } },
    { name: 'workspace', state: 'bad', mend: "chmod u+rwx '/w'" },
  ],
  [
    'a folder that is mounted read-only, which no mode changes',
    { workspace: { value: { ...workspace, refusal: 'EROFS' } } },
    { name: 'workspace', state: 'bad', summary: /mounted read-only/, mend: "df -h '/w'" },
  ],
  [
    'a folder that is away, of which a new start would make an empty one',
    { workspace: { value: { ...workspace, folder: '/mnt/w', refusal: 'ENOENT' } } },
    { name: 'workspace', state: 'bad', summary: /is not there: put it back/, mend: "ls -l '/mnt'" },
  ],
  [
    'what a crash left half-done',
    { workspace: { value: { ...workspace, leftovers: ['task-7'] } } },
    { name: 'workspace', state: 'warn', summary: /1 write that a crash cut short.*task-7/ },
  ],
  [
    'what a killed jr apply left, which nobody puts back',
    { workspace: { value: { ...workspace, leftovers: ['alone-1', 'task-7', 'alone-2'] } } },
    {
      name: 'workspace',
      state: 'bad',
      summary: /2 writes of a jr apply that was killed, which nobody puts back: alone-1, alone-2\. docs/,
      mend: "ls -lR '/w/.jr-work'",
    },
  ],
  [
    'sweeps that stopped',
    inLedger({ measured_at: ago(2_900) }),
    { name: 'sweeps', state: 'bad', summary: /2 days ago/, mend: 'npx jr invoke health-sweep' },
  ],
  ['sweeps that have not begun', inLedger({ measured_at: null }), { name: 'sweeps', state: 'warn' }],
  [
    'paused claims',
    { claims: { value: { ...claims, claims_paused: true, changed_by: 'ann', reason: 'a drain' } } },
    { name: 'claims', state: 'bad', summary: /paused by ann: a drain/, mend: 'npx jr resume' },
  ],
  [
    'a task that SQL set to running',
    inLedger({
      stale: [{ id: 7, title: 'Roof', assigned_jr: null, updated_at: ago(99), leased: false }],
      stale_count: 1,
    }),
    {
      name: 'stale_tasks',
      state: 'bad',
      summary: /1 task .* 7 \(Roof\)/,
      mend: 'npx jr cancel 7 --reason "nobody runs it"',
    },
  ],
  [
    'an old lease that no sweep took back',
    inLedger({
      stale: [{ id: 7, title: 'Roof', assigned_jr: null, updated_at: ago(99), leased: true }],
      stale_count: 1,
      expired_leases: 1,
    }),
    { name: 'stale_tasks', state: 'bad', mend: 'npx jr invoke health-sweep' },
  ],
  ['a lease that just ran out', inLedger({ expired_leases: 1 }), { name: 'stale_tasks', state: 'warn' }],
  [
    'a Jr that is given up',
    {
      jrs: {
        value: [jr, { ...jr, jr_name: 'x', breaker_state: 'open', breaker_failures: 6, is_online: false }],
      },
    },
    { name: 'jrs', state: 'bad', summary: /1 of 2 .*given up: x/, mend: 'npx jr workers revive "x"' },
  ],
  [
    'a silent Jr that is being tried',
    {
      jrs: {
        value: [jr, { ...jr, jr_name: 'x', breaker_state: 'half_open', is_online: false, last_seen: ago(9) }],
      },
    },
    { name: 'jrs', state: 'warn', summary: /x silent, being tried/ },
  ],
  [
    'nobody online',
    { jrs: { value: [{ ...jr, is_online: false, last_seen: ago(9) }] } },
    { name: 'jrs', state: 'bad', summary: /0 of 1 .* 3 tasks waiting/ },
  ],
  [
    'messages on the ladder',
    {
      queues: [
        { name: 'jr-tasks', depth: empty },
        { name: 'jr-dlq-3-council', depth: { value: { visible: 2, in_flight: 1, delayed: 0 } } },
      ],
    },
    {
      name: 'ladder_queues',
      state: 'warn',
      summary: /jr-dlq-3-council: 3 messages/,
      mend: 'npx jr invoke dlq-retry',
    },
  ],
  [
    'entries with the TPM',
    { entries: { value: { ...summary, unresolved: 2, escalated_tpm: 2 } } },
    { name: 'entries', state: 'bad', summary: /2 with the TPM/, mend: 'npx jr dlq list' },
  ],
  [
    'entries with the Council',
    { entries: { value: { ...summary, unresolved: 1, escalated_council: 1 } } },
    { name: 'entries', state: 'bad', mend: 'npx jr dlq list --level 3' },
  ],
  [
    'rows that disagree',
    { disagreements: { value: [{ kind: 'entry_missing', task_ids: [1, 2, 3, 4, 5] }] } },
    { name: 'disagreements', state: 'warn', summary: /entry_missing: tasks 1, 2, 3 and 2 more/ },
  ],
  [
    'an alert',
    inLedger({
      alerts: [smoke],
    }),
    { name: 'alerts', state: 'bad', summary: /^Smoke\.$/, mend: 'run' },
  ],
  [
    'an alert of which people have not been told',
    inLedger({
      untold_since: ago(9),
      alerts: [smoke],
    }),
    {
      name: 'alerts',
      state: 'bad',
      summary: /^Smoke\. People have not been told for 9 minutes\.$/,
      mend: 'run',
    },
  ],
  [
    'people who could not be told',
    inLedger({ untold_since: ago(130) }),
    { name: 'alerts', state: 'bad', summary: /not been told for 2 hours/, mend: 'npx jr invoke dlq-retry' },
  ],
];

for (const [what, facts, { summary: words, ...expected }] of cases) {
  test(`${what}: one finding, with the command that mends it`, () => {
    const [finding, ...others] = wrong(facts);
    assert.deepEqual(others, []);
    assert.partialDeepStrictEqual(finding, expected);
    if (words !== undefined) assert.match(finding?.summary ?? '', words);
    assert.notEqual(finding?.mend, null);
  });
}

test('a bell that waits because claims are paused is not lost', () => {
  const paused = { claims: { value: { ...claims, claims_paused: true } } };
  assert.deepEqual(
    wrong({ ...inLedger({ oldest_bell_at: ago(500) }), ...paused }).map(({ name }) => name),
    ['claims'],
  );
});

test('of a stage the workspace is not judged, and what mends it is said for the stage', () => {
  const away = { failure: 'away' };
  const facts: Facts = {
    ...well,
    workspace: null,
    schedules: away,
    claims: { value: { ...claims, claims_paused: true } },
  };
  const found = onStage('prod', findings(facts, sweeps.liveness));
  const mendOf = (name: string) => found.find(finding => finding.name === name)?.mend;
  assert.equal(mendOf('workspace'), undefined);
  assert.equal(mendOf('schedules'), 'npm run deploy -- --stage prod');
  assert.equal(mendOf('claims'), 'npx jr resume --stage prod');
  assert.equal(mendOf('ledger'), null);
});

test('how many checks need a person, and how many mend themselves', () => {
  const verdictOf = (...states: Finding['state'][]) =>
    describeFindings(states.map(state => ({ name: 'n', state, summary: '', mend: null })))
      .split('\n')
      .at(-1);
  assert.equal(verdictOf('ok'), 'All is well.');
  assert.equal(verdictOf('warn'), 'Nothing needs a person. 1 mends itself, or is to be watched.');
  assert.equal(verdictOf('bad', 'warn'), '1 check needs a person. 1 mends itself, or is to be watched.');
  assert.equal(
    verdictOf('bad', 'bad', 'warn', 'warn'),
    '2 checks need a person. 2 mend themselves, or are to be watched.',
  );
});

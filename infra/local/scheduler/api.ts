import { randomUUID } from 'node:crypto';
import type { Request, Response } from '../http.ts';
import type { ScheduleEngine } from './engine.ts';
import { invalid, SchedulerError } from './error.ts';
import {
  checkName,
  describeSchedule,
  groupArn,
  makeSchedule,
  type Schedule,
  scheduleArn,
  summarizeSchedule,
} from './schedule.ts';
import type { ScheduleStore } from './store.ts';

interface Backend {
  readonly store: ScheduleStore;
  readonly engine: ScheduleEngine;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

function ok(body: object): Response {
  return { status: 200, headers: { 'x-amzn-requestid': randomUUID() }, body: JSON.stringify(body) };
}

function requireGroup(store: ScheduleStore, name: string) {
  const group = store.groups().find(found => found.name === name);
  if (group === undefined) {
    throw new SchedulerError('ResourceNotFoundException', `Schedule group ${name} does not exist.`);
  }
  return group;
}

function requireSchedule(store: ScheduleStore, group: string, name: string): Schedule {
  const found = store.schedule(checkName(group, 'groupName'), checkName(name, 'name'));
  if (found === null)
    throw new SchedulerError('ResourceNotFoundException', `Schedule ${name} does not exist.`);
  return found;
}

/** One page of a list: names after the token, at most MaxResults (100). */
function page<T>(all: readonly T[], keyOf: (item: T) => string, query: URLSearchParams) {
  const limit = Number(query.get('MaxResults') ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw invalid("1 validation error detected: Value at 'maxResults' has to be between 1 and 100");
  }
  const token = query.get('NextToken');
  const rest = token === null ? all : all.filter(item => keyOf(item) > token);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, NextToken: rest.length > limit && last !== undefined ? keyOf(last) : undefined };
}

function create({ store, engine, now }: Backend, name: string, body: string): Response {
  const schedule = makeSchedule(name, body, now());
  requireGroup(store, schedule.GroupName);
  const existing = store.schedule(schedule.GroupName, name);
  if (existing !== null) {
    // The same request once more, its answer was lost: it has been done.
    const again = schedule.ClientToken !== undefined && existing.ClientToken === schedule.ClientToken;
    if (!again) throw new SchedulerError('ConflictException', `Schedule ${name} already exists.`);
  } else {
    engine.save(schedule);
  }
  return ok({ ScheduleArn: scheduleArn(schedule) });
}

function update({ store, engine, now }: Backend, name: string, body: string): Response {
  const schedule = makeSchedule(name, body, now());
  const { CreationDate } = requireSchedule(store, schedule.GroupName, name);
  engine.save({ ...schedule, CreationDate });
  return ok({ ScheduleArn: scheduleArn(schedule) });
}

function list({ store }: Backend, query: URLSearchParams): Response {
  const group = query.get('ScheduleGroup');
  const state = query.get('State');
  const prefix = query.get('NamePrefix') ?? '';
  if (group !== null) requireGroup(store, group);
  const matching = store
    .schedules()
    .filter(
      schedule =>
        (group === null || schedule.GroupName === group) &&
        (state === null || schedule.State === state) &&
        schedule.Name.startsWith(prefix),
    );
  const { items, NextToken } = page(matching, schedule => `${schedule.GroupName}/${schedule.Name}`, query);
  return ok({ Schedules: items.map(summarizeSchedule), NextToken });
}

function schedules(backend: Backend, request: Request, name: string | undefined): Response | null {
  const { store } = backend;
  if (name === undefined) return request.method === 'GET' ? list(backend, request.query) : null;
  const group = request.query.get('groupName') ?? 'default';
  switch (request.method) {
    case 'POST':
      return create(backend, name, request.body);
    case 'PUT':
      return update(backend, name, request.body);
    case 'GET':
      return ok(describeSchedule(requireSchedule(store, group, name)));
    case 'DELETE':
      requireSchedule(store, group, name);
      store.deleteSchedule(group, name);
      return ok({});
    default:
      return null;
  }
}

function groups({ store, now }: Backend, request: Request, name: string | undefined): Response | null {
  const describe = (group: { name: string; created: number }) => ({
    Arn: groupArn(group.name),
    Name: group.name,
    State: 'ACTIVE',
    CreationDate: group.created,
    LastModificationDate: group.created,
  });
  if (name === undefined) {
    if (request.method !== 'GET') return null;
    const prefix = request.query.get('NamePrefix') ?? '';
    const matching = store.groups().filter(group => group.name.startsWith(prefix));
    const { items, NextToken } = page(matching, group => group.name, request.query);
    return ok({ ScheduleGroups: items.map(describe), NextToken });
  }
  switch (request.method) {
    case 'POST':
      if (store.groups().some(group => group.name === name)) {
        throw new SchedulerError('ConflictException', `Schedule group ${name} already exists.`);
      }
      store.putGroup({ name: checkName(name, 'name'), created: now() / 1_000 });
      return ok({ ScheduleGroupArn: groupArn(name) });
    case 'GET':
      return ok(describe(requireGroup(store, name)));
    case 'DELETE':
      requireGroup(store, name);
      if (name === 'default') throw invalid('The default schedule group cannot be deleted.');
      store.deleteGroup(name);
      return ok({});
    default:
      return null;
  }
}

/** Answers the REST surface of EventBridge Scheduler. */
export function answerScheduler(backend: Backend, request: Request): Response {
  const [area, name, ...more] = request.path;
  try {
    if (more.length === 0) {
      const answer =
        area === 'schedules'
          ? schedules(backend, request, name)
          : area === 'schedule-groups'
            ? groups(backend, request, name)
            : null;
      if (answer !== null) return answer;
    }
    return { status: 404, headers: { 'x-amzn-errortype': 'UnknownOperationException' }, body: '{}' };
  } catch (error) {
    if (!(error instanceof SchedulerError)) throw error;
    return {
      status: error.status,
      headers: { 'x-amzn-errortype': error.type, 'x-amzn-requestid': randomUUID() },
      body: JSON.stringify({ Message: error.message }),
    };
  }
}

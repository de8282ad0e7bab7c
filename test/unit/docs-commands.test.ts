import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { parameterNames } from '../../infra/cloud/settings.ts';
import { template } from '../../infra/cloud/template.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { settingsOf } from '../support/stage/ways.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const names = globSync(['README.md', 'docs/*.md'], { cwd: root });
const pages = names.map(file => ({
  file,
  text: readFileSync(join(root, file), 'utf8'),
}));

/** Every first group of a form in the pages, with the page. */
function named(form: RegExp): { file: string; name: string }[] {
  return pages.flatMap(({ file, text }) => [...text.matchAll(form)].map(([, name = '']) => ({ file, name })));
}

test('scripts, commands, parameters and files that the documentation names are there', () => {
  const help = execFileSync(process.execPath, [join(root, 'cli/jr.js'), '--help'], { encoding: 'utf8' });
  const commands = new Set([...help.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name));
  const scripts = new Set(Object.keys(packageJson.scripts));
  const there: [what: string, RegExp, (name: string, file: string) => boolean][] = [
    ['npm script', /\bnpm run ([\w:]+)/g, name => scripts.has(name)],
    ['command of jr', /\bnpx jr ([a-z]+)/g, name => commands.has(name)],
    ['parameter', /--param="(\w+)=/g, name => parameterNames.includes(name)],
    ['page', /\]\(([\w./-]+\.md)\)/g, (name, file) => existsSync(join(root, dirname(file), name))],
    ['source', /`((?:infra|shared|functions)\/[\w./-]+\.\w+)`/g, name => existsSync(join(root, name))],
  ];
  for (const [what, form, exists] of there) {
    const all = named(form);
    assert.ok(all.length > 0, `no ${what} is named anywhere`);
    for (const { file, name } of all) assert.ok(exists(name, file), `${file}: there is no ${what} ${name}`);
  }
});

test('of each alarm the operators are told what to begin with', () => {
  const page = pages.find(({ file }) => file === 'docs/operations.md')?.text ?? '';
  const rows = [...page.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, names = '']) => names.split(', '));
  const forms = rows.map(name =>
    name
      .replaceAll('`', '')
      .replace('QUEUE', 'jr-[\\w-]+')
      .replace('FUNCTION', '[a-z-]+')
      .replace('N', '[\\d_]+'),
  );
  const settings = settingsOf('dev', { database: 'managed' });
  const { Resources } = template(settings).resources;
  const alarms = Object.values(Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  assert.ok(alarms.length > 20);
  for (const { Properties } of alarms) {
    const name = String(Properties?.['AlarmName']).replace(`${settings.prefix}-`, '');
    assert.ok(
      forms.some(form => new RegExp(`^${form}$`).test(name)),
      `${name} is in no row of docs/operations.md`,
    );
  }
});

test('the parameters of a stage that the documentation shows can be deployed', () => {
  const shown = pages.flatMap(({ text }) => [...text.matchAll(/^```yaml\n(params:\n[\s\S]*?)^```$/gm)]);
  assert.equal(shown.length, 2, 'with a database that is made, and with one that is there');
  for (const [, yaml = ''] of shown) {
    const { params }: { params: Record<string, Record<string, string>> } = parse(yaml);
    for (const [stage, given] of Object.entries(params)) template(settingsOf(stage, given));
  }
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { checkout } from '../../../../infra/local/checkout.ts';

/** Asks for what serverless.yml takes from the bridge as the deploy tool does, once for each place that names it. */
const asTheToolDoes = `
  const bridge = require('./infra/cloud/serverless.cjs');
  const resolveVariable = async name => (name === 'self:service' ? 'jr-executor' : 'dev');
  const given = { options: { param: ['databse=managed'] }, resolveVariable };
  Promise.all([bridge(given), bridge(given), bridge(given)]).catch(error => console.error(error));
`;

test('a parameter that there is not is told once, in one sentence', async () => {
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>(resolve =>
    execFile(process.execPath, ['-e', asTheToolDoes], { cwd: checkout }, (error, _, stderr) =>
      resolve({ code: error?.code, stderr }),
    ),
  );
  assert.equal(code, 1);
  assert.match(stderr, /^There is no parameter databse; there are: database, .*\.\n$/);
});

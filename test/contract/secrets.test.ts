// What the login of the ledger asks of whatever keeps secrets: the one of the tests, and AWS in Python where it is installed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { secretLogins } from '../../shared/adapters/postgres/login.ts';
import { secretsManager } from '../../shared/adapters/secrets/secrets-manager.ts';
import type { Secrets } from '../../shared/ports/secrets.ts';
import { memorySecrets } from '../support/memory-secrets.ts';
import { type Moto, startMoto, whyNoMoto } from '../support/moto.ts';

interface Keeper {
  readonly secrets: Secrets;
  /** Makes a secret or gives it another value. */
  put(id: string, value: string | Uint8Array): Promise<void>;
}

const noMoto = await whyNoMoto();
if (noMoto !== null) console.error(`NOT CHECKED against Secrets Manager: ${noMoto}`);

let moto: Moto;

function secretsOfMoto(): Keeper {
  const config = {
    endpoint: moto.endpoint,
    region: moto.env['AWS_REGION'] ?? '',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const client = new SecretsManagerClient(config);
  return {
    secrets: secretsManager(config),
    async put(id, value) {
      const what = typeof value === 'string' ? { SecretString: value } : { SecretBinary: value };
      try {
        await client.send(new PutSecretValueCommand({ SecretId: id, ...what }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
        await client.send(new CreateSecretCommand({ Name: id, ...what }));
      }
    },
  };
}

const keepers: Record<string, { skip: string | false; make: () => Keeper }> = {
  'in memory': { skip: false, make: memorySecrets },
  'AWS Secrets Manager': { skip: noMoto ?? false, make: secretsOfMoto },
};

for (const [name, { skip, make }] of Object.entries(keepers)) {
  describe(`secrets: ${name}`, { skip }, () => {
    let keeper: Keeper;
    before(async () => {
      if (make === secretsOfMoto) moto = await startMoto();
      keeper = make();
    });
    after(async () => {
      if (make === secretsOfMoto) await moto.stop();
    });

    test('what was put is read, and after a change the new value at once', async () => {
      await keeper.put('changed', 'one');
      assert.equal(await keeper.secrets.read('changed'), 'one');
      await keeper.put('changed', 'two');
      assert.equal(await keeper.secrets.read('changed'), 'two');
    });

    test('one that is not there, or holds bytes, is refused with a reason', async () => {
      await assert.rejects(keeper.secrets.read('another'), /can't find/);
      await keeper.put('bytes', Buffer.from('x'));
      await assert.rejects(keeper.secrets.read('bytes'), /bytes holds bytes and no text/);
    });

    test('a login is kept until it is refused; then there is another one once the secret says it', async () => {
      const write = (password: string) =>
        keeper.put('login', JSON.stringify({ username: 'jr', password, host: 'db', port: '5433' }));
      await write('old');
      const logins = secretLogins(keeper.secrets, 'login', { database: 'ledger' });
      const old = await logins.current();
      assert.deepEqual(old, { host: 'db', port: 5433, database: 'ledger', user: 'jr', password: 'old' });
      assert.equal(await logins.renew(old), null, 'the secret says nothing else yet');
      await write('new');
      assert.equal((await logins.current()).password, 'old');
      assert.equal((await logins.renew(old))?.password, 'new');
      assert.equal((await logins.current()).password, 'new');
    });
  });
}

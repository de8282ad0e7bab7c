import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { readSettings, type Settings } from '../../../infra/cloud/settings.ts';

interface ServerlessYml {
  readonly params: { readonly default: Readonly<Record<string, unknown>> };
}
const { params }: ServerlessYml = parse(
  await readFile(new URL('../../../serverless.yml', import.meta.url), 'utf8'),
);
export const defaults = params.default;

const existing = {
  database: 'existing',
  database_secret_arn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:jr-AbCdEf',
  vpc_id: 'vpc-0a1b2c3d4e5f67890',
  subnet_ids: 'subnet-0a1b2c3d4e5f67890,subnet-0a1b2c3d4e5f67891',
  security_group_ids: 'sg-0a1b2c3d4e5f67890',
};

/** What people deploy: the parameters that they give. */
export const ways = {
  managed: { database: 'managed', keep_data: 'yes' },
  existing,
  'existing by IAM': {
    ...existing,
    database_secret_arn: '',
    database_iam_user: 'jr_app',
    database_resource_id: 'cluster-0',
    database_host: 'db.internal',
    database_name: 'jr',
    sweeps: 'no',
  },
  'existing by IAM, with the secret of its owner': {
    ...existing,
    database_iam_user: 'jr_app',
    database_resource_id: 'cluster-0',
    database_host: 'db.internal',
    database_name: 'jr',
  },
  'existing behind a proxy, with a key and a collector': {
    ...existing,
    database_proxy_host: 'proxy.internal',
    database_secret_key_arn: 'arn:aws:kms:us-east-1:000000000000:key/0a1b2c3d',
    otlp_endpoint: 'http://localhost:4318',
    layer_arns: 'arn:aws:lambda:us-east-1:000000000000:layer:collector:1',
    execute_concurrency: '4',
  },
} as const;

export function settingsOf(stage: string, given: Readonly<Record<string, string>>): Settings {
  return readSettings({ service: 'jr-executor', stage }, { ...defaults, ...given });
}

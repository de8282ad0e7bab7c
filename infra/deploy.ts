/**
 * `npm run deploy -- --stage dev [--param="name=value"...]`: brings a stage up to date, code first and then the tables of
 * its ledger. Between the two the functions find a ledger of the old form: they say so and their messages come again.
 */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { regionMissing, serverless } from './serverless.ts';

/**
 * Deploys, then migrates.
 * @param args the options of `serverless deploy`; `--stage`, `--region` and `--aws-profile` are those of the migration too
 * @returns the exit code
 */
async function deploy(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      stage: { type: 'string', short: 's' },
      region: { type: 'string', short: 'r' },
      'aws-profile': { type: 'string' },
      param: { type: 'string', multiple: true },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const missing = regionMissing(['deploy', ...args], process.env);
  if (missing !== null) {
    console.error(missing);
    return 2;
  }
  const { code } = await serverless(['deploy', ...args]);
  if (code !== 0 || values.help === true) return code;
  console.log('\nBringing the tables of the ledger up to date');
  const same = Object.entries(values).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap(item =>
      typeof item === 'string' ? [`--${name}`, item] : [],
    ),
  );
  const migrated = await serverless(['invoke', '--function', 'migrate', ...same]);
  if (migrated.code !== 0) {
    console.error(
      'The stage is deployed, but its ledger could not be brought up to date: until that is done the functions refuse to work. Mend what is said above and run this again.',
    );
  }
  return migrated.code;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = await deploy(process.argv.slice(2));

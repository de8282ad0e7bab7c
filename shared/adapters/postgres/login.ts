import { Signer } from '@aws-sdk/rds-signer';
import * as z from 'zod';
import { JrError } from '../../domain/failure.ts';
import type { Secrets } from '../../ports/secrets.ts';

/** How one gets into the ledger. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** Where logins come from. */
export interface Logins {
  /** The login to use now. */
  current(): Promise<Login>;
  /** After the server refused one: another one, or null when there is none. */
  renew(refused: Login): Promise<Login | null>;
}

/** Parts of a login that the settings say; the secret says the others. */
export interface Place {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly database?: string | undefined;
}

/** As RDS writes it; one that RDS manages itself has user and password only. */
const secretForm = z.object({
  username: z.string(),
  password: z.string(),
  host: z.string().optional(),
  port: z.coerce.number().optional(),
  dbname: z.string().optional(),
});

const defaultPort = 5432;
const defaultDatabase = 'postgres';

/**
 * Logins from a secret. It is read once and kept until the server refuses what it said, as after a rotation: then it is
 * read anew.
 */
export function secretLogins(secrets: Secrets, secretId: string, place: Place): Logins {
  let kept: Promise<Login> | undefined;
  const read = () => {
    const reading = readLogin(secrets, secretId, place);
    kept = reading;
    // A failure is not kept: the next one who asks reads again.
    reading.catch(() => {
      if (kept === reading) kept = undefined;
    });
    return reading;
  };
  return {
    current: () => kept ?? read(),
    async renew(refused) {
      const asked = kept ?? read();
      const present = await asked;
      if (!same(present, refused)) return present;
      // Two connections are refused at once: the second waits for what the first reads.
      const fresh = await (kept === undefined || kept === asked ? read() : kept);
      return same(fresh, refused) ? null : fresh;
    },
  };
}

function same(a: Login, b: Login): boolean {
  return a.user === b.user && a.password === b.password;
}

async function readLogin(secrets: Secrets, secretId: string, place: Place): Promise<Login> {
  let text: string;
  try {
    text = await secrets.read(secretId);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new JrError(
      'LEDGER_UNAVAILABLE',
      `The login of the ledger could not be read from the secret ${secretId}: ${why}. It is tried again.`,
      { cause },
    );
  }
  const { username, password, host, port, dbname } = parse(text, secretId);
  const at = place.host ?? host;
  if (at === undefined) {
    throw new Error(`The secret ${secretId} does not say the host of the ledger: set DATABASE_HOST.`);
  }
  return {
    host: at,
    port: place.port ?? port ?? defaultPort,
    database: place.database ?? dbname ?? defaultDatabase,
    user: username,
    password,
  };
}

/** Never repeats what is in the secret (invariant 14). */
function parse(text: string, secretId: string): z.infer<typeof secretForm> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`The secret ${secretId} is not JSON such as {"username": ..., "password": ...}.`);
  }
  const parsed = secretForm.safeParse(value);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path }) => path.join('.'));
    throw new Error(`The secret ${secretId} lacks what a login needs, or has it in another form: ${fields}.`);
  }
  return parsed.data;
}

/**
 * IAM authentication: a password that is signed anew for every connection and good for 15 minutes, so nothing is kept
 * and nothing can be renewed.
 * @param sign answers the password for a place and user
 */
export function iamLogins(
  login: Omit<Login, 'password'>,
  sign: (login: Omit<Login, 'password'>) => Promise<string> = signed,
): Logins {
  return {
    current: async () => ({ ...login, password: await sign(login) }),
    renew: async () => null,
  };
}

function signed({ host, port, user }: Omit<Login, 'password'>): Promise<string> {
  return new Signer({ hostname: host, port, username: user }).getAuthToken();
}

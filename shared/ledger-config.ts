/** Settings of the ledger: where it is and how to log in. */
type Environment = Readonly<Record<string, string | undefined>>;

interface Place {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly database?: string | undefined;
}

/** One of three ways, in the order in which they are looked for. */
export type LedgerSettings =
  /** `DATABASE_URL`: `postgres://...` with everything in it, as the local stack has it. */
  | { readonly kind: 'url'; readonly url: string }
  /** `DATABASE_SECRET_ARN`: a secret with user and password; over TLS. */
  | { readonly kind: 'secret'; readonly secretArn: string; readonly place: Place; readonly proxied: boolean }
  /** `DATABASE_IAM_USER`: a user that logs in by IAM, at `DATABASE_HOST`, in `DATABASE_NAME`; over TLS. */
  | {
      readonly kind: 'iam';
      readonly login: { host: string; port: number; database: string; user: string };
      readonly proxied: boolean;
    };

/**
 * `DATABASE_HOST`, `DATABASE_PORT` and `DATABASE_NAME` win over what a secret says. `DATABASE_PROXIED=yes` says that the
 * host is an RDS Proxy.
 * @throws {Error} naming the variable and what it should be
 */
export function readLedgerSettings(env: Environment): LedgerSettings {
  const url = given(env, 'DATABASE_URL');
  if (url !== undefined) {
    if (!/^postgres(ql)?:\/\//.test(url)) {
      throw new Error('DATABASE_URL has to be an address such as postgres://host/database.');
    }
    return { kind: 'url', url };
  }
  const place = { host: given(env, 'DATABASE_HOST'), port: port(env), database: given(env, 'DATABASE_NAME') };
  const proxied = given(env, 'DATABASE_PROXIED') === 'yes';
  const secretArn = given(env, 'DATABASE_SECRET_ARN');
  if (secretArn !== undefined) return { kind: 'secret', secretArn, place, proxied };
  const user = given(env, 'DATABASE_IAM_USER');
  if (user === undefined) {
    throw new Error(
      'DATABASE_URL is required: set it to an address such as postgres://host/database (or set DATABASE_SECRET_ARN, or DATABASE_IAM_USER, instead).',
    );
  }
  const { host, database } = place;
  if (host === undefined) throw new Error('DATABASE_HOST is required with DATABASE_IAM_USER: name the host.');
  if (database === undefined) {
    throw new Error('DATABASE_NAME is required with DATABASE_IAM_USER: name the database.');
  }
  return { kind: 'iam', login: { host, port: place.port ?? 5432, database, user }, proxied };
}

function given(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

function port(env: Environment): number | undefined {
  const text = given(env, 'DATABASE_PORT');
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw new Error('DATABASE_PORT has to be a port such as 5432.');
  }
  return number;
}

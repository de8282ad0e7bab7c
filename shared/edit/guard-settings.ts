import { mostFileBytes } from '../domain/file-size.ts';

/** What the guards stop (invariant 13) and how much a plan may hold. Frozen defaults; each field can be replaced. */
export interface GuardSettings {
  /** Globs of paths that are written only with an approval; one that begins with `!` exempts from the others. */
  readonly protectedPaths: readonly string[];
  /** A file is not shrunk to less than this share of its bytes. */
  readonly leastShareKept: number;
  /** Files smaller than this many bytes may shrink. */
  readonly smallFile: number;
}

export interface Limits {
  readonly steps: number;
  /** Characters of a document. */
  readonly documentLength: number;
  /** Bytes of a file, before and after. */
  readonly fileBytes: number;
}

export const defaultGuards: GuardSettings = Object.freeze({
  protectedPaths: Object.freeze([
    '.jr-work/**',
    '**/.git/**',
    '**/.git',
    '**/.gitmodules',
    '**/.ssh/**',
    '**/.aws/**',
    '**/.gnupg/**',
    '**/.kube/config',
    '**/.docker/config.json',
    '**/.env',
    '**/.env.*',
    '**/*.env',
    '!**/.env.example',
    '!**/.env.sample',
    '!**/.env.template',
    '**/.netrc',
    '**/.npmrc',
    '**/.pypirc',
    '**/.pgpass',
    '**/.htpasswd',
    '**/secrets/**',
    '**/secrets',
    '**/credentials',
    '**/secrets.json',
    '**/secrets.yaml',
    '**/secrets.yml',
    '**/secrets.toml',
    '**/secrets.ini',
    '**/secrets.env',
    '**/secrets.txt',
    '**/secrets.xml',
    '**/secrets.csv',
    '**/secrets.cfg',
    '**/secrets.conf',
    '**/credentials.json',
    '**/credentials.yaml',
    '**/credentials.yml',
    '**/credentials.toml',
    '**/credentials.ini',
    '**/credentials.env',
    '**/credentials.txt',
    '**/credentials.xml',
    '**/credentials.csv',
    '**/credentials.cfg',
    '**/credentials.conf',
    '**/*.pem',
    '**/*.key',
    '**/*.p12',
    '**/*.pfx',
    '**/*.jks',
    '**/*.keystore',
    '**/id_rsa*',
    '**/id_ed25519*',
    '**/id_ecdsa*',
    '**/shadow',
    '**/sudoers',
    '**/sudoers.d/**',
    '**/authorized_keys',
    '**/*.service',
    '**/*.timer',
    '**/*.socket',
    '**/*.mount',
    '**/*.service.d/**',
    '**/systemd/**/*.conf',
    '**/crontab',
    '**/crontabs/**',
    '**/cron.d/**',
    '**/cron.daily/**',
    '**/cron.hourly/**',
    '**/cron.weekly/**',
    '**/cron.monthly/**',
    '**/*.cron',
    '**/*.crontab',
  ]),
  leastShareKept: 0.5,
  smallFile: 200,
});

/** The default guards with further protected paths; a glob that begins with `!` exempts. */
export function guardsWith(protectedPaths: readonly string[]): GuardSettings {
  return { ...defaultGuards, protectedPaths: [...defaultGuards.protectedPaths, ...protectedPaths] };
}

export const defaultLimits: Limits = Object.freeze({
  steps: 20_000,
  documentLength: 20_000_000,
  fileBytes: mostFileBytes,
});

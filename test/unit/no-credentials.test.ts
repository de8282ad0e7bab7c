import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Form {
  readonly what: string;
  readonly form: RegExp;
  readonly harmless?: RegExp;
}

/** What must not be in a repository, and what looks like it and is known to be nobody's. */
const forbidden: readonly Form[] = [
  { what: 'an AWS access key', form: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  {
    what: 'an AWS secret key',
    form: /secret_?access_?key["']?\s*[=:]\s*["']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/gi,
  },
  { what: 'a private key', form: /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}/g },
  { what: 'a token', form: /\b(?:gh[pousr]_[A-Za-z0-9]{20}|xox[abp]-[A-Za-z0-9-]{10}|eyJ[\w-]{10,}\.eyJ)/g },
  {
    // The emulators' account, and the one of AWS' own documentation.
    what: 'an AWS account',
    form: /\b\d{12}\b/g,
    harmless: /^(?:000000000000|123456789012)$/,
  },
  {
    what: 'a mail address',
    form: /[\w.+-]+@[a-z0-9-]+(?:\.[a-z]{2,})+/gi,
    harmless: /@example\.(?:com|org)$/,
  },
  {
    // Loopback, any, and networks that nobody reaches from outside.
    what: 'an address of the Internet',
    form: /\b(?:\d{1,3}\.){3}\d{1,3}\b/g,
    harmless: /^(?:127|10|0|192\.168)\./,
  },
  {
    // The tests of redaction need something to redact; the others say that a password stands there.
    what: 'a password in an address',
    form: /:\/\/[^/@:\s]+:[^/@\s]+@/g,
    harmless: /:(?:password|\$\{.*\}|\[redacted\]|hunter22|s3cr3t)@$/,
  },
];

/** Where packages come from is told to everybody: the public registry, without a login. */
const ofLockfiles: readonly Form[] = [
  ...forbidden.filter(({ what }) => /key|token|password/.test(what)),
  {
    what: 'a registry that is not for everybody',
    form: /"resolved": "(?:https?|git|file)[^"]*"/g,
    harmless: /^"resolved": "https:\/\/registry\.npmjs\.org\//,
  },
];

test('no credential, account or address is in the repository', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
  const found: string[] = [];
  let read = 0;
  for (const file of files) {
    if (file === '') continue;
    const bytes = readFileSync(`${root}${file}`);
    if (bytes.includes(0)) continue;
    read += 1;
    const text = bytes.toString('utf8');
    // Lockfiles are made by npm: hashes and version numbers look like accounts and addresses.
    const lock = file.endsWith('package-lock.json');
    for (const { what, form, harmless } of lock ? ofLockfiles : forbidden) {
      for (const [hit] of text.matchAll(form)) {
        if (harmless?.test(hit) !== true) found.push(`${file}: ${what}: ${hit.slice(0, 40)}`);
      }
    }
  }
  assert.ok(read > 100, `only ${read} files were looked at`);
  assert.deepEqual(found, []);
});

test('each of them is found where it is', () => {
  const samples = [
    `AKIA${'A'.repeat(16)}`,
    `aws_secret_access_key = ${'a/B3'.repeat(10)}`,
    `-----BEGIN RSA ${'PRIVATE'} KEY-----\n${'A'.repeat(40)}`,
    `ghp_${'a'.repeat(20)}`,
    String(111_111_111_111),
    ['somebody', 'company.de'].join('@'),
    ['8', '8', '8', '8'].join('.'),
    ['postgres://jr', 'letmein', 'host'].join(':').replace(':host', '@host'),
    '"resolved": "https://npm.internal/one.tgz"',
  ];
  const forms = new Set([...forbidden, ...ofLockfiles]);
  assert.equal(samples.length, forms.size);
  for (const [i, { what, form, harmless }] of [...forms].entries()) {
    const [hit] = samples[i]?.match(form) ?? [];
    assert.ok(hit !== undefined && harmless?.test(hit) !== true, what);
  }
});

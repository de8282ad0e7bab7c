import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redact } from '../../../shared/domain/redact.ts';

const cases: [name: string, text: string, redacted: string][] = [
  ['the password of an address', 'at postgres://jr:s3cr3t@db/x', 'at postgres://jr:[redacted]@db/x'],
  ['an assignment', "DB_PASSWORD = 'hunter22'", "DB_PASSWORD = '[redacted]'"],
  ['JSON', '{"api_key": "abcdef123456"}', '{"api_key": "[redacted]"}'],
  ['YAML', 'client_secret: abcdef123456', 'client_secret: [redacted]'],
  ['a value that only begins as a word', 'password: none-of-yours', 'password: [redacted]'],
  ['a bearer token', 'Authorization: Bearer abcdefghijklmnop', 'Authorization: Bearer [redacted]'],
  ['an access key id', `key ${'AKIA'}IOSFODNN7EXAMPLE in`, 'key [redacted] in'],
  ['a token with a known form', `use ${'ghp_'}abcdefghijklmnopqrst now`, 'use [redacted] now'],
  [
    'a private key',
    `${'-----BEGIN'} PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----`,
    `${'-----BEGIN'} PRIVATE KEY-----[redacted]-----END PRIVATE KEY-----`,
  ],
];
for (const [name, text, redacted] of cases) test(name, () => assert.equal(redact(text), redacted));

test('an ordinary sentence stays as it is', () => {
  for (const text of [
    'The SEARCH text occurs at lines 3, 9.',
    'def token_count(text): return 4',
    'secret agents',
    'api_key: unknown field',
    'DB_PASSWORD: required.',
  ]) {
    assert.equal(redact(text), text);
  }
});

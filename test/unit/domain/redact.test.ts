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
  [
    'a private key',
    `${'-----BEGIN'} PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----`,
    `${'-----BEGIN'} PRIVATE KEY-----[redacted]-----END PRIVATE KEY-----`,
  ],
];

const secret = 'abcdefghijklmnop1234';
for (const name of [
  'password',
  'passwd',
  'pwd',
  'secret',
  'token',
  'api-key',
  'apikey',
  'access_key',
  'private_key',
  'credential',
]) {
  cases.push([`a value of the name ${name}`, `MY_${name}=${secret}`, `MY_${name}=[redacted]`]);
}
for (const form of [
  'ghp_',
  'gho_',
  'ghu_',
  'ghs_',
  'ghr_',
  'github_pat_',
  'sk-',
  'xoxa-',
  'xoxb-',
  'xoxp-',
  'xoxr-',
  'xoxs-',
]) {
  cases.push([`a token of the form ${form}`, `use ${form}${secret} now`, 'use [redacted] now']);
}
cases.push(
  ['basic credentials', `Authorization: Basic ${secret}`, 'Authorization: Basic [redacted]'],
  ['the id of a temporary access key', `key ${'ASIA'}IOSFODNN7EXAMPLE in`, 'key [redacted] in'],
  [
    'a private key that is cut off',
    `${'-----BEGIN'} RSA PRIVATE KEY-----\nMIIE\nabcd`,
    `${'-----BEGIN'} RSA PRIVATE KEY-----[redacted]`,
  ],
);
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

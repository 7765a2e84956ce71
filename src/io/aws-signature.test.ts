import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awsForm, signAwsRequest } from './aws-signature.ts';

const credentials = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const scope = { region: 'us-east-1', service: 'service', at: new Date('2015-08-30T12:36:00Z') };

const signatureOf = (
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method: 'GET' | 'POST' = 'GET',
  body = '',
) =>
  /Signature=(\w+)$/.exec(
    signAwsRequest({ method, url: new URL(`https://example.amazonaws.com${path}`), headers, body }, credentials, scope)[
      'authorization'
    ] ?? '',
  )?.[1];

// AWS's own suite for Signature Version 4 (aws-sig-v4-test-suite): signatures of its cases.
test('the cases that AWS publishes', () => {
  assert.equal(signatureOf('/'), '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31', 'get-vanilla');
  assert.equal(
    signatureOf('/?Param2=value2&Param1=value1'),
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    'get-vanilla-query-order-key-case',
  );
  assert.equal(
    signatureOf('/', {}, 'POST'),
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    'post-vanilla',
  );
  assert.equal(
    signatureOf('/', { 'content-type': 'application/x-www-form-urlencoded' }, 'POST', 'Param1=value1'),
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    'post-x-www-form-urlencoded',
  );
});

test('a token of a session is signed too', () => {
  const url = new URL('https://example.amazonaws.com/');
  const headers = signAwsRequest(
    { method: 'GET', url, headers: {}, body: '' },
    { ...credentials, sessionToken: 'T' },
    scope,
  );
  assert.equal(headers['x-amz-security-token'], 'T');
  assert.match(headers['authorization'] ?? '', /SignedHeaders=host;x-amz-date;x-amz-security-token,/);
});

test('a form is sorted and encoded as it is signed', () => {
  assert.equal(awsForm({ b: "a b*'", A: '~/=' }), 'A=~%2F%3D&b=a%20b%2A%27');
});

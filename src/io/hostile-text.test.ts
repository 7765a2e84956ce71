/** What servers and files of others write, mutated at random: every reader ends in a value or a Fault. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isFault } from '../core/fault.ts';
import { parseChallenges } from './auth-challenge.ts';
import { parseAuthFile } from './auth-file.ts';
import { followRefusal } from './host-policy.ts';
import { addressKind } from './ip-address.ts';
import { parseNextLink } from './link-header.ts';
import { parseRetryAfter } from './retry.ts';

/** A sample with some characters replaced, and cut anywhere. */
const mutated = (sample: string) =>
  fc
    .tuple(fc.nat(sample.length), fc.array(fc.tuple(fc.nat(sample.length), fc.string({ minLength: 1, maxLength: 3 }))))
    .map(([end, changes]) => {
      let text = sample;
      for (const [at, with_] of changes) text = text.slice(0, at) + with_ + text.slice(at + 1);
      return text.slice(0, end);
    });

const runs = { numRuns: 500, seed: 20_260_101 };

test('challenges', () => {
  const sample =
    'Bearer realm="https://a.example/t",service="s\\"x",scope="repository:a:pull", Basic realm=x, Negotiate a==';
  fc.assert(
    fc.property(mutated(sample), (text) => {
      for (const { scheme, parameters } of parseChallenges(text)) {
        assert.ok(scheme !== '');
        for (const [name, value] of parameters) assert.ok(name !== '' && value.length <= text.length);
      }
    }),
    runs,
  );
});

test('links', () => {
  fc.assert(
    fc.property(
      mutated('<https://r.example/v2/a/tags/list?n=1&last=b>; title="x"; rel="next", </p>; rel=prev'),
      (text) => {
        const link = parseNextLink(text);
        assert.ok(link === undefined || text.includes(link));
      },
    ),
    runs,
  );
});

test('auth files', () => {
  const sample =
    '{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6aHVudGVyMg=="}},"credHelpers":{"a":"b"},"credsStore":"c"}';
  fc.assert(
    fc.property(mutated(sample), (text) => {
      try {
        parseAuthFile(text, 'auth.json');
      } catch (thrown) {
        assert.ok(isFault(thrown) && !thrown.message.includes('aHVudGVy'), String(thrown));
      }
    }),
    runs,
  );
});

test('addresses, however they are written, have one kind', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const normal = new URL(`http://[${text}]/`).hostname;
      assert.equal(addressKind(text), addressKind(normal), `${text} is ${normal}`);
    }),
    runs,
  );
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      assert.equal(addressKind(`::ffff:${text}`), addressKind(text));
      assert.equal(addressKind(`64:ff9b::${text}`), addressKind(text));
    }),
    runs,
  );
});

test('a host of random text is never related to a registry, and pauses are never negative', () => {
  const rules = { insecureRegistries: [], trustedHosts: [] };
  fc.assert(
    fc.property(fc.webUrl({ validSchemes: ['https', 'http'] }), (text) => {
      const to = new URL(text);
      if (to.hostname.endsWith('docker.io') || to.hostname.endsWith('docker.com')) return;
      assert.notEqual(followRefusal(new URL('https://registry-1.docker.io/'), to, 'realm', rules), undefined, text);
    }),
    runs,
  );
  fc.assert(
    fc.property(mutated('Thu, 01 Jan 2026 00:00:05 GMT'), (text) => {
      assert.ok((parseRetryAfter(text, new Date('2030-01-01')) ?? 0) >= 0);
    }),
    runs,
  );
});

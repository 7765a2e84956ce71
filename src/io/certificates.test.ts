import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeAuthority } from '../../test/fakes/certificate.ts';
import { get, withBlob } from '../../test/fakes/http.ts';
import { fails } from '../../test/fakes/registry-with-client.ts';
import { isFault } from '../core/fault.ts';

test('TLS is checked, and a CA may be added by option or by certificate folder', async () => {
  const authority = fakeAuthority();
  await using one = await withBlob({ tls: authority.issue(['127.0.0.1']) });
  await fails(get(one.url), 'TLS_UNTRUSTED', /--ca-file FILE.*certs\.d\/127\.0\.0\.1:\d+\/ca\.crt/);
  assert.equal((await get(one.url, { network: { certificateAuthorities: [authority.certificate] } })).body, 'content');

  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-certs-'));
  try {
    const place = join(folder, 'docker', 'certs.d', one.server.host);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'ca.crt'), authority.certificate);
    assert.equal((await get(one.url, {}, { systemFolder: folder })).body, 'content');
    await writeFile(join(place, 'client.cert'), authority.certificate);
    await fails(get(one.url, {}, { systemFolder: folder }), 'CERTIFICATE_UNREADABLE', /client\.key/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a client certificate of the certificate folder is shown to its host', async () => {
  const authority = fakeAuthority();
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-certs-'));
  try {
    await using one = await withBlob({
      tls: authority.issue(['127.0.0.1']),
      clientAuthority: authority.certificate,
    });
    const network = { certificateAuthorities: [authority.certificate] };
    // TLS 1.3 refuses after the handshake: it looks like a broken connection, or like an alert.
    await assert.rejects(get(one.url, { network }, { systemFolder: folder }), isFault);
    const place = join(folder, 'containers', 'certs.d', one.server.host);
    await mkdir(place, { recursive: true });
    const { cert, key } = authority.issue(['client.example']);
    await writeFile(join(place, 'client.cert'), cert);
    await writeFile(join(place, 'client.key'), key);
    assert.equal((await get(one.url, { network }, { systemFolder: folder })).body, 'content');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('an expired certificate and one for another host are not accepted with the right CA either', async () => {
  const authority = fakeAuthority();
  const network = { certificateAuthorities: [authority.certificate] };
  await using expired = await withBlob({ tls: authority.issue(['127.0.0.1'], -1) });
  await fails(get(expired.url, { network }), 'TLS_UNTRUSTED', /expired/);
  await using other = await withBlob({ tls: authority.issue(['other.example']) });
  await fails(get(other.url, { network }), 'TLS_UNTRUSTED', /another host name/);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { hostileVerdict } from '../../../test/builders/hostile-verdict.ts';
import { someDossier, someFinding, someGap, someVerdict } from '../../../test/builders/dossier.ts';
import type { Attestation } from '../../core/attestation.ts';
import type { TrustSummary } from '../../core/trust-summary.ts';
import type { Verdict } from '../../core/verdict.ts';
import { cyclonedx } from './cyclonedx.ts';

interface Part {
  readonly type: string;
  readonly name: string;
  readonly 'bom-ref': string;
  readonly version?: string;
  readonly purl?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

interface Document {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp?: string; readonly component?: Part };
  readonly components?: readonly Part[];
  readonly vulnerabilities?: readonly {
    readonly id: string;
    readonly 'bom-ref': string;
    readonly ratings: readonly { readonly severity: string }[];
    readonly affects: readonly { readonly ref: string }[];
    readonly analysis?: { readonly state: string; readonly detail: string };
  }[];
}

const render = (...verdicts: readonly Verdict[]): Document =>
  JSON.parse(cyclonedx.render(verdicts, { colour: false, width: 80, toolVersion: '0.1.0', single: true })) as Document;

const schemaFolder = join(
  dirname(createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json')),
  'res/schema',
);
const readSchema = (name: string): object => JSON.parse(readFileSync(join(schemaFolder, name), 'utf8')) as object;

const openValidator = () => {
  const ajv = new Ajv.Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  for (const format of ['iri-reference', 'idn-email']) ajv.addFormat(format, true);
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs'])
    ajv.addSchema(
      readSchema(`${name}.SNAPSHOT.schema.json`),
      `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`,
    );
  return ajv.compile(readSchema('bom-1.6.SNAPSHOT.schema.json'));
};
const accepts = openValidator();

const full = someVerdict({
  assessment: 'malicious',
  decision: 'deny',
  dossier: someDossier({ findings: [someFinding()], gaps: [someGap()] }),
});

test('every document is valid CycloneDX 1.6', () => {
  for (const verdicts of [[], [someVerdict()], [full], [full, full], [hostileVerdict()], [hostileVerdict(), full]])
    assert.ok(accepts(render(...verdicts)), JSON.stringify(accepts.errors?.slice(0, 3)));
  assert.ok(!accepts({ ...render(full), components: 'none' }));
});

test('the image is the described component, with hash and purl', () => {
  const { component } = render(full).metadata;
  assert.equal(component?.name, 'registry.example/team/app');
  assert.equal(component.version, '1.0');
  assert.equal(
    component.purl,
    `pkg:oci/app@sha256%3A${'c'.repeat(64)}?arch=amd64&repository_url=registry.example/team/app&tag=1.0`,
  );
});

test('who signed the image, and whether that is enough, stand in its properties', () => {
  const attestation = (kind: Attestation['kind'], more: Partial<Attestation> = {}): Attestation => ({
    verifier: 'cosign',
    signer: 'release',
    kind,
    digest: `sha256:${'c'.repeat(64)}`,
    outcome: 'untrusted',
    code: 'other-signer',
    reason: 'signed by somebody\u001b else',
    trace: [{ lookedFor: 'a signature', result: 'refused' }],
    ...more,
  });
  const trust: TrustSummary = {
    asked: true,
    outcome: 'untrusted',
    code: 'other-signer',
    rule: 'ours',
    by: [],
    reason: 'too few',
    signers: [],
    configuration: { name: 'trust.yaml', version: 'sha256:x' },
  };
  const attestations = [attestation('signature'), attestation('statement', { outcome: 'trusted', code: 'trusted' })];
  const saidOf = (document: Document): readonly string[] =>
    (document.metadata.component?.properties ?? [])
      .filter(({ name }) => /^tidewaiter:(?:trust|signature|statement)$/.test(name))
      .map(({ name, value }) => `${name.slice('tidewaiter:'.length)} ${value}`)
      .toSorted();
  const document = render(someVerdict({ dossier: someDossier({ attestations, trust }) }));
  assert.deepEqual(saidOf(document), [
    'signature release (cosign): untrusted (other-signer): signed by somebody\\x1b else',
    'statement release (cosign), statement: trusted: signed by somebody\\x1b else',
    'trust untrusted: too few (trust.yaml)',
  ]);
  assert.ok(accepts(document));
  assert.deepEqual(saidOf(render(someVerdict())), []);
});

test('a finding is a vulnerability of the file it lies in, or of the image', () => {
  const config = someFinding({ rule: 'image-config/x', evidence: [{ kind: 'config', field: 'User', value: '' }] });
  const { vulnerabilities = [], components = [] } = render(
    someVerdict({ dossier: someDossier({ findings: [someFinding(), config] }) }),
  );
  const affected = new Map(vulnerabilities.map(({ id, affects }) => [id, affects.map(({ ref }) => ref)]));
  assert.deepEqual(affected.get('yara/miners/pool-config'), ['file:1:opt/.cache/config.json']);
  assert.deepEqual(affected.get('image-config/x'), ['image']);
  assert.ok(components.some((part) => part['bom-ref'] === 'file:1:opt/.cache/config.json'));
});

test('what is installed is a library with its purl; no record, no component', () => {
  const dossier = someDossier({
    packages: [{ name: 'left-pad', version: '1.3.0', ecosystem: 'npm', purl: 'pkg:npm/left-pad@1.3.0' }],
  });
  const libraries = ({ components = [] }: Document): readonly Part[] =>
    components.filter(({ type }) => type === 'library');
  const [found] = libraries(render(someVerdict({ dossier })));
  assert.deepEqual([found?.name, found?.version, found?.purl], ['left-pad', '1.3.0', 'pkg:npm/left-pad@1.3.0']);
  assert.deepEqual(libraries(render(someVerdict())), []);
});

test('references are unique and every affected one is there, with several images and hostile paths too', () => {
  for (const verdicts of [[full, full], [hostileVerdict(), hostileVerdict()], [hostileVerdict()]]) {
    const { metadata, components = [], vulnerabilities = [] } = render(...verdicts);
    const references = [...(metadata.component === undefined ? [] : [metadata.component]), ...components].map(
      (part) => part['bom-ref'],
    );
    assert.equal(new Set(references).size, references.length);
    for (const { affects } of vulnerabilities) for (const { ref } of affects) assert.ok(references.includes(ref), ref);
  }
});

test('serial number and time come from the image and the time of judgement', () => {
  const one = render(full);
  assert.match(one.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(one.metadata.timestamp, full.at);
  assert.equal(render(full).serialNumber, one.serialNumber);
  assert.notEqual(render({ ...full, at: '2026-06-02T00:00:00Z' }).serialNumber, one.serialNumber);
});

test('an excepted finding says so', () => {
  const excepted = [{ kind: 'finding' as const, position: 0, reason: 'known', expires: '2027-01-01' }];
  const [vulnerability] = render({ ...full, excepted }).vulnerabilities ?? [];
  assert.deepEqual(vulnerability?.analysis, { state: 'in_triage', detail: 'excepted until 2027-01-01: known' });
});

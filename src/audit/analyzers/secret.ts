/** Secrets that an image carries: private keys, and the files in which tools keep logins. What has a shape of its own the rules find. */
import type { Analyzer, Inspector, Observation, Plain, Subject } from '../../core/analyzer.ts';
import type { FileHeader } from '../../core/file-entry.ts';
import type { FileKind } from '../../core/file-kind.ts';
import type { Evidence, Finding } from '../../core/finding.ts';
import { baseName } from '../../core/path.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { findCommandSecrets, findEnvironmentSecrets } from '../image-config/secrets.ts';
import { secretPlaceOf, surroundingsOf, type SecretPlace } from '../secret/place.ts';
import { findPrivateKeys } from '../secret/private-key.ts';
import { readSecrets, type SecretFact } from '../secret/read-place.ts';
import { stateSecret, type SecretRule } from '../secret/statement.ts';
import { isPlaceholder } from '../secret/token.ts';

type KeyFact = { readonly label: string; readonly isEncrypted: boolean; readonly offset: number };

interface SecretFacts {
  readonly [name: string]: string | readonly SecretFact[] | readonly KeyFact[];
  readonly place: SecretPlace | '';
  readonly secrets: readonly SecretFact[];
  readonly privateKeys: readonly KeyFact[];
}

/** Far more than any such file has; what is behind is searched by the rules like all content. */
const readBytes = 256 * 1024;

const readable: readonly FileKind[] = ['text', 'script', 'pem', 'data'];

const placeOfFile = (header: FileHeader, kind: FileKind): SecretPlace | undefined =>
  readable.includes(kind) ? secretPlaceOf(header.path) : undefined;

const inspector: Inspector = {
  scope: (header, kind) => placeOfFile(header, kind) ?? '',
  wants: (header, kind) => kind === 'pem' || placeOfFile(header, kind) !== undefined,
  inspect(file, content) {
    if (file.windowOffset > 0) return undefined;
    const text = Buffer.from(content.subarray(0, readBytes)).toString('latin1');
    const place = placeOfFile(file, file.kind);
    const secrets = place === undefined ? [] : readSecrets(place, text);
    const privateKeys = file.kind === 'pem' ? findPrivateKeys(text).map((key) => ({ ...key })) : [];
    if (secrets.length === 0 && privateKeys.length === 0) return undefined;
    return { facts: { place: place ?? '', secrets, privateKeys } satisfies SecretFacts };
  },
};

const isFacts = (facts: Plain): facts is SecretFacts & Plain =>
  typeof facts === 'object' &&
  facts !== null &&
  'secrets' in facts &&
  Array.isArray((facts as SecretFacts).secrets) &&
  Array.isArray((facts as SecretFacts).privateKeys);

const proofOf = ({ path, sha256, layerIndex, hidden }: Observation, offset: number, text: string): Evidence => ({
  kind: 'excerpt',
  path,
  offset,
  length: text.length,
  text: toPlainText(text, 300),
  sha256,
  layerIndex,
  hidden,
});

/** Made when a package is installed, for machines that have no certificate: everybody knows to replace it. */
const snakeoil = /(?:^|\/)ssl-cert-snakeoil\.key$/;

const ruleOfKey = (path: string, { isEncrypted }: KeyFact): SecretRule | undefined => {
  const surroundings = surroundingsOf(path);
  if (surroundings === 'example') return undefined;
  if (surroundings === 'library') return 'private-key-of-library';
  if (isEncrypted) return 'private-key-encrypted';
  if (/(?:^|\/)etc\/ssh\/ssh_host_\w+_key$/.test(path)) return 'host-key';
  if (/(?:^|\/)\.ssh\/[^/]+$/.test(path) || /^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$/.test(baseName(path)))
    return 'ssh-key';
  return 'private-key';
};

const judgeFile = (observation: Observation): readonly Finding[] => {
  const { facts, path } = observation;
  if (!isFacts(facts)) return [];
  const { place, secrets, privateKeys } = facts;
  const surroundings = surroundingsOf(path);
  const findings: Finding[] = [];
  const [first] = secrets;
  // Of a list with many logins one finding tells, with a proof for each.
  if (place !== '' && first !== undefined && surroundings !== 'example') {
    const proofs = secrets
      .slice(0, 10)
      .map(({ what, shown, offset }) => proofOf(observation, offset, `${what}: ${shown}`));
    const [proof, ...more] = proofs;
    const sure = secrets.some(({ isCertain }) => isCertain);
    if (proof !== undefined)
      findings.push(
        stateSecret(
          place,
          [proof, ...more],
          surroundings === 'library'
            ? { severity: 'low', confidence: 'low' }
            : sure
              ? {}
              : { severity: 'low', confidence: 'low' },
        ),
      );
  }
  for (const key of privateKeys) {
    const rule = ruleOfKey(path, key);
    if (rule !== undefined)
      findings.push(
        stateSecret(
          rule,
          [proofOf(observation, key.offset, `${key.label} (${key.isEncrypted ? 'encrypted' : 'not encrypted'})`)],
          snakeoil.test(path) ? { severity: 'low' } : {},
        ),
      );
  }
  return findings;
};

/** Both builders of Docker write the arguments of a step before its command: `|2 A=b C=d /bin/sh -c …`. */
const buildArguments = (step: string): readonly string[] => {
  const found = /^(?:RUN\s+)?\|(\d{1,3})\s/.exec(step);
  if (found === null) return [];
  return step
    .slice(found[0].length, 20_000)
    .split(/\s+/)
    .filter((word) => /^[A-Za-z_]\w*=/.test(word))
    .slice(0, Number(found[1]));
};

/** What has a shape of its own is told where the history is judged. */
const judgeBuildArguments = ({ config }: Subject): readonly Finding[] =>
  (config?.history ?? []).flatMap(({ createdBy }, step) =>
    buildArguments(createdBy).flatMap((word) =>
      isPlaceholder(word.slice(word.indexOf('=') + 1))
        ? []
        : findEnvironmentSecrets(word)
            .filter(({ isCertain }) => !isCertain)
            .map(({ name, redacted }) =>
              stateSecret('in-build-argument', [
                { kind: 'history', field: `step ${step + 1}`, value: `${toPlainText(name, 100)}=${redacted}` },
              ]),
            ),
    ),
  );

const judgeConfig = ({ config }: Subject): readonly Finding[] => {
  if (config === undefined) return [];
  const labels = Object.entries(config.labels).flatMap(([name, value]): readonly Finding[] =>
    isPlaceholder(value)
      ? []
      : findEnvironmentSecrets(`${name}=${value}`).map((secret) =>
          stateSecret(
            'in-label',
            [{ kind: 'config', field: `Labels ${toPlainText(name, 100)}`, value: secret.redacted }],
            secret.isCertain ? { severity: 'high', confidence: 'high' } : { severity: 'low', confidence: 'low' },
          ),
        ),
  );
  const commands: readonly (readonly [string, readonly string[]])[] = [
    ['Entrypoint', config.entrypoint],
    ['Cmd', config.command],
    ['Healthcheck', config.healthcheck],
    ['OnBuild', config.onBuild],
  ];
  return [
    ...labels,
    ...commands.flatMap(([field, words]) =>
      words.flatMap((word) =>
        isPlaceholder(word)
          ? []
          : findCommandSecrets(word.slice(0, 100_000)).map((secret) =>
              stateSecret(
                'in-command',
                [{ kind: 'config', field, value: secret.redacted }],
                secret.isCertain ? { severity: 'high', confidence: 'high' } : { severity: 'low', confidence: 'low' },
              ),
            ),
      ),
    ),
  ];
};

export const secret: Analyzer = {
  id: 'secret',
  about: 'private keys and logins that the image carries, hidden layers included; never shown',
  version: 1,
  readsAs: secretPlaceOf,
  open: () => inspector,
  conclude: (subject, observations) => [
    ...judgeConfig(subject),
    ...judgeBuildArguments(subject),
    ...observations.flatMap(judgeFile),
  ],
};

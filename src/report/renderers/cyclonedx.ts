/**
 * Verdicts → CycloneDX 1.6 JSON: the image as the described component, its layers, installed packages and the files with findings as
 * components, each finding as a vulnerability of the file or image it lies in. Packages are what the image's own records claim.
 * Who signed the image stands in properties: CycloneDX's declarations are claims about standards, and its signatures are of the document.
 * Serial number and time come from the image's digest and the time of the judgement.
 */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as Enums from '@cyclonedx/cyclonedx-library/Enums';
import type * as Models from '@cyclonedx/cyclonedx-library/Models';
import type * as Serialize from '@cyclonedx/cyclonedx-library/Serialize';
import type * as Spec from '@cyclonedx/cyclonedx-library/Spec';
import type { Evidence, Finding, Severity } from '../../core/finding.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { Excepted, Verdict } from '../../core/verdict.ts';
import { exceptionsOf } from '../exceptions-of.ts';
import { imageNameOf } from '../image-name.ts';
import { toJsonText } from '../json-text.ts';
import { contentWords, contextWords, layerWords, placementOf, subjectWords } from '../placement.ts';
import type { Renderer } from '../renderer.ts';
import { attestationWords, trustWords } from '../trust-words.ts';

/** Loaded when the first report is written: it would double the start-up time of every other command. */
const openLibrary = () => {
  const require = createRequire(import.meta.url);
  return {
    models: require('@cyclonedx/cyclonedx-library/Models') as typeof Models,
    enums: require('@cyclonedx/cyclonedx-library/Enums') as typeof Enums,
    spec: require('@cyclonedx/cyclonedx-library/Spec') as typeof Spec,
    serialize: require('@cyclonedx/cyclonedx-library/Serialize') as typeof Serialize,
  };
};
type Library = ReturnType<typeof openLibrary>;

/** Empty values are left out. */
type Properties = readonly (readonly [name: string, value: string])[];

const toProperties = ({ models }: Library, properties: Properties) =>
  new models.PropertyRepository(
    properties
      .filter(([, value]) => value !== '')
      .map(([name, value]) => new models.Property(`tidewaiter:${name}`, value)),
  );

const sha256Of = (digest: string | null | undefined): string | undefined =>
  /^(?:sha256:)?([0-9a-f]{64})$/.exec(digest ?? '')?.[1];

const toHashes = ({ models, enums }: Library, digest: string | null | undefined) => {
  const hex = sha256Of(digest);
  return new models.HashDictionary(hex === undefined ? [] : [[enums.HashAlgorithm['SHA-256'], hex]]);
};

/** https://github.com/package-url/purl-spec, type `oci`. */
const purlOf = ({ dossier }: Verdict): string | undefined => {
  const { path, scheme, tag } = imageNameOf(dossier.reference);
  const digest = dossier.identity.manifest;
  if (scheme !== 'docker' || digest === undefined) return undefined;
  const encode = (text: string): string => encodeURIComponent(text.toWellFormed()).replaceAll('%2F', '/');
  const architecture = dossier.platform.split('/')[1] ?? '';
  const qualifiers = [
    ['arch', architecture],
    ['repository_url', path],
    ['tag', tag],
  ].filter(([, value]) => value !== '');
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const query = qualifiers.map(([key, value]) => `${key}=${encode(value ?? '')}`).join('&');
  return `pkg:oci/${encode(name)}@${encodeURIComponent(digest)}?${query}`;
};

const toImage = (library: Library, verdict: Verdict, prefix: string): Models.Component => {
  const { models, enums } = library;
  const { dossier, assessment, decision, because, policy } = verdict;
  const { path, tag } = imageNameOf(dossier.reference);
  const { files, bytes } = dossier.coverage;
  const purl = purlOf(verdict);
  const version = tag === '' ? dossier.digest : tag;
  return new models.Component(enums.ComponentType.Container, toPlainText(path), {
    bomRef: `${prefix}image`,
    ...(version === null ? {} : { version }),
    ...(purl === undefined ? {} : { purl }),
    hashes: toHashes(library, dossier.digest),
    properties: toProperties(library, [
      ['reference', dossier.reference],
      ['platform', dossier.platform],
      ['assessment', assessment],
      ['decision', decision],
      ...because.map((reason, position) => [`because:${position + 1}`, reason] as const),
      ['config', dossier.identity.config ?? ''],
      ['index', dossier.identity.index ?? ''],
      ['coverage:files', `${files.examined} of ${files.seen}`],
      ['coverage:bytes', `${bytes.examined} of ${bytes.seen}`],
      ...dossier.gaps.map(({ where, code, reason }) => ['gap', toPlainText(`${code}: ${where}: ${reason}`)] as const),
      ['trust', dossier.trust === undefined ? '' : trustWords(dossier.trust)],
      ...dossier.attestations.map((attestation) => [attestation.kind, attestationWords(attestation)] as const),
      ['rules', dossier.rules.version],
      ['policy', `${policy.name} ${policy.version}`],
      ['judged-at', verdict.at],
    ]),
  });
};

const toLayers = (library: Library, { dossier }: Verdict, prefix: string): readonly Models.Component[] =>
  dossier.layers.map(
    (layer) =>
      new library.models.Component(
        library.enums.ComponentType.File,
        layer.digest ?? layer.diffId ?? `layer ${layer.index}`,
        {
          bomRef: `${prefix}layer:${layer.index}`,
          hashes: toHashes(library, layer.digest),
          properties: toProperties(library, [
            ['layer:index', String(layer.index)],
            ['layer:diff-id', layer.diffId ?? ''],
            ['layer:media-type', layer.mediaType],
            ['layer:created-by', toPlainText(layer.createdBy ?? '')],
          ]),
        },
      ),
  );

const fileOf = (proof: Evidence) => (proof.kind === 'file' || proof.kind === 'excerpt' ? proof : undefined);

/** A file is told apart by layer and path: the same path may be another file in another layer. */
const fileReference = (proof: Evidence, prefix: string): string | undefined => {
  const file = fileOf(proof);
  return file === undefined ? undefined : `${prefix}file:${file.layerIndex ?? ''}:${file.path}`;
};

const toFiles = (library: Library, { dossier }: Verdict, prefix: string): readonly Models.Component[] => {
  const files = new Map<string, Models.Component>();
  for (const proof of dossier.findings.flatMap(({ evidence }) => evidence)) {
    const [file, reference] = [fileOf(proof), fileReference(proof, prefix)];
    if (file === undefined || reference === undefined || files.has(reference)) continue;
    files.set(
      reference,
      new library.models.Component(library.enums.ComponentType.File, toPlainText(file.path), {
        bomRef: reference,
        hashes: toHashes(library, file.sha256),
        properties: toProperties(library, [
          ['layer', file.layer ?? ''],
          ['layer:index', file.layerIndex === undefined ? '' : String(file.layerIndex)],
          ['hidden', file.hidden === true ? 'true' : ''],
          ['launched', file.launched === true ? 'true' : ''],
          ['owner', toPlainText(file.owner ?? '')],
          ['unowned', file.unowned === true ? 'true' : ''],
        ]),
      }),
    );
  }
  return [...files.values()];
};

const toPackages = (library: Library, { dossier }: Verdict, prefix: string): readonly Models.Component[] =>
  dossier.packages.map(
    ({ name, version, ecosystem, purl }, position) =>
      new library.models.Component(library.enums.ComponentType.Library, toPlainText(name), {
        bomRef: `${prefix}package:${position}`,
        ...(version === '' ? {} : { version: toPlainText(version, 1000) }),
        purl,
        properties: toProperties(library, [['ecosystem', ecosystem]]),
      }),
  );

const detailOf = (finding: Finding): string =>
  finding.evidence
    .slice(0, 20)
    .map((proof) => {
      const { createdBy } = placementOf(proof);
      const content = contentWords(proof, 300);
      return [
        subjectWords(proof),
        layerWords(proof),
        ...contextWords(proof),
        content === '' ? '' : `"${content}"`,
        createdBy === undefined ? '' : `made by ${toPlainText(createdBy, 300)}`,
      ]
        .filter(Boolean)
        .join(', ');
    })
    .join('; ');

const toSeverity = ({ enums }: Library, severity: Severity): Enums.Vulnerability.Severity => {
  const { Critical, High, Medium, Low, Info } = enums.Vulnerability.Severity;
  return { critical: Critical, high: High, medium: Medium, low: Low, info: Info }[severity];
};

const toVulnerability = (
  library: Library,
  finding: Finding,
  excepted: Excepted | undefined,
  position: number,
  parts: { readonly prefix: string; readonly components: ReadonlyMap<string, Models.Component> },
) => {
  const { models, enums } = library;
  const source = new models.Vulnerability.Source({ name: 'Tidewaiter' });
  const references = new Set(
    finding.evidence.map((proof) => fileReference(proof, parts.prefix) ?? `${parts.prefix}image`),
  );
  const affected = [...references].flatMap((reference) => parts.components.get(reference)?.bomRef ?? []);
  return new models.Vulnerability.Vulnerability({
    bomRef: `${parts.prefix}finding:${position}`,
    id: toPlainText(finding.rule, 255),
    source,
    ratings: new models.Vulnerability.RatingRepository([
      new models.Vulnerability.Rating({
        source,
        severity: toSeverity(library, finding.severity),
        method: enums.Vulnerability.RatingMethod.Other,
      }),
    ]),
    description: toPlainText(finding.title),
    detail: detailOf(finding),
    ...(finding.advice === '' ? {} : { recommendation: toPlainText(finding.advice) }),
    ...(excepted === undefined
      ? {}
      : {
          analysis: new models.Vulnerability.Analysis({
            state: enums.Vulnerability.AnalysisState.InTriage,
            detail: toPlainText(`excepted until ${excepted.expires}: ${excepted.reason}`),
          }),
        }),
    affects: new models.Vulnerability.AffectRepository(
      affected.map((reference) => new models.Vulnerability.Affect(reference)),
    ),
    properties: toProperties(library, [
      ['intent', finding.intent],
      ['confidence', finding.confidence],
      ...finding.techniques.map((technique) => ['technique', toPlainText(technique, 60)] as const),
      ['more', finding.more === undefined ? '' : String(finding.more)],
      ['lesson', toPlainText(finding.lesson ?? '')],
    ]),
  });
};

/** RFC 9562, version 8: bits of a hash. */
const serialNumberOf = (verdicts: readonly Verdict[]): string => {
  const identity = verdicts.map(({ dossier, at }) => [dossier.reference, dossier.digest, dossier.platform, at]);
  const hex = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

const timeOf = (verdicts: readonly Verdict[]): Date | undefined => {
  const time = new Date(verdicts[0]?.at ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
};

const toBom = (library: Library, verdicts: readonly Verdict[], toolVersion: string) => {
  const { models, enums } = library;
  const bom = new models.Bom({ serialNumber: serialNumberOf(verdicts) });
  const time = timeOf(verdicts);
  if (time !== undefined) bom.metadata.timestamp = time;
  bom.metadata.tools.components.add(
    new models.Component(enums.ComponentType.Application, 'Tidewaiter', { bomRef: 'tidewaiter', version: toolVersion }),
  );
  verdicts.forEach((verdict, number) => {
    const prefix = verdicts.length === 1 ? '' : `${number}/`;
    const image = toImage(library, verdict, prefix);
    const parts = [
      image,
      ...toLayers(library, verdict, prefix),
      ...toPackages(library, verdict, prefix),
      ...toFiles(library, verdict, prefix),
    ];
    const components = new Map(parts.map((part) => [part.bomRef.value ?? '', part]));
    const listed = bom.components;
    const exceptedAt = exceptionsOf(verdict);
    for (const part of parts)
      if (part === image && verdicts.length === 1) bom.metadata.component = image;
      else listed.add(part);
    verdict.dossier.findings.forEach((finding, position) => {
      bom.vulnerabilities.add(
        toVulnerability(library, finding, exceptedAt('finding', position), position, { prefix, components }),
      );
    });
  });
  return bom;
};

export const cyclonedx: Renderer = {
  id: 'cyclonedx',
  about: 'CycloneDX 1.6 JSON: image, layers, packages and affected files as components, findings as vulnerabilities',
  mediaType: 'application/vnd.cyclonedx+json; version=1.6',
  render(verdicts, { toolVersion }) {
    const library = openLibrary();
    const factory = new library.serialize.JSON.Normalize.Factory(library.spec.Spec1dot6);
    const serializer = new library.serialize.JsonSerializer(factory);
    return toJsonText(JSON.parse(serializer.serialize(toBom(library, verdicts, toolVersion), { sortLists: true })));
  },
};

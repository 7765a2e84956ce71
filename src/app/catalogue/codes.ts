/**
 * Every code of a gap or an error, and every finding that no rule file states, with what it means and what to do.
 * A finding `container-format/data-after-end` is explained by its code, DATA_AFTER_END. A test holds this list against the source.
 */
import { archives } from './archives.ts';
import { besideImages } from './beside-images.ts';
import { clouds } from './clouds.ts';
import { compression } from './compression.ts';
import { configFindings } from './config-findings.ts';
import { containersSignatures } from './containers-signatures.ts';
import { engines } from './engines.ts';
import { events } from './events.ts';
import { executableFindings } from './executable-findings.ts';
import { feeds } from './feeds.ts';
import { findings } from './findings.ts';
import { follow } from './follow.ts';
import { languagePackages } from './language-packages.ts';
import { launchPath } from './launch-path.ts';
import { layers } from './layers.ts';
import { listeners } from './listeners.ts';
import { manifests } from './manifests.ts';
import { minerFindings } from './miner-findings.ts';
import { names } from './names.ts';
import { notary } from './notary.ts';
import { notation } from './notation.ts';
import { packageArchives } from './package-archives.ts';
import { packageDatabases } from './package-databases.ts';
import { packageFindings } from './package-findings.ts';
import { packages } from './packages.ts';
import { persistenceFindings } from './persistence-findings.ts';
import { programArchives } from './program-archives.ts';
import { programs } from './programs.ts';
import { registry } from './registry.ts';
import { rpmDatabases } from './rpm-databases.ts';
import { running } from './running.ts';
import { scan } from './scan.ts';
import { scripts } from './scripts.ts';
import { secretFindings } from './secret-findings.ts';
import { settings } from './settings.ts';
import { signatures } from './signatures.ts';
import { sinks } from './sinks.ts';
import { tar } from './tar.ts';
import { toolFindings } from './tool-findings.ts';
import { trustState } from './trust-state.ts';
import { trust } from './trust.ts';
import { verdictStatements } from './verdict-statements.ts';
import type { Explanation } from './words.ts';
import { zip } from './zip.ts';

export interface CodeGroup {
  readonly title: string;
  readonly codes: Readonly<Record<string, Explanation>>;
}

/** In the order in which a person meets them. */
export const codeGroups: readonly CodeGroup[] = [
  { title: 'What you write: references, settings, policies, rules', codes: settings },
  { title: 'Signed feeds of rules', codes: feeds },
  { title: 'Trust files, and what their linter says', codes: trust },
  { title: 'Registries', codes: registry },
  { title: 'Container engines', codes: engines },
  { title: 'What is deployed', codes: running },
  { title: 'Signatures in the formats of containers/image', codes: containersSignatures },
  { title: 'Signatures of the Notary Project (notation)', codes: notation },
  { title: 'Logs, notifications and events', codes: events },
  { title: 'Replaying records', codes: follow },
  { title: 'Listeners', codes: listeners },
  { title: 'Clouds that are asked about images and machines', codes: clouds },
  { title: 'Sinks', codes: sinks },
  { title: 'Signed verdicts', codes: verdictStatements },
  { title: 'Layouts, archives and folders', codes: archives },
  { title: 'Indexes, manifests and configs', codes: manifests },
  { title: 'What lies beside images', codes: besideImages },
  { title: 'Signatures of sigstore and cosign', codes: signatures },
  { title: 'Docker Content Trust', codes: notary },
  { title: 'Signatures that are demanded', codes: trustState },
  { title: 'Layers', codes: layers },
  { title: 'The scan itself', codes: scan },
  { title: 'Packed data', codes: compression },
  { title: 'Tar', codes: tar },
  { title: 'Zip and jar', codes: zip },
  { title: 'Other packages and archives', codes: packages },
  { title: 'Programs', codes: programs },
  { title: 'What was frozen into programs', codes: programArchives },
  { title: 'Shell scripts', codes: scripts },
  { title: 'Databases of dpkg and apk', codes: packageDatabases },
  { title: 'RPM databases', codes: rpmDatabases },
  { title: 'Packages of programming languages', codes: languagePackages },
  { title: 'Findings about the image itself', codes: findings },
  { title: 'Findings about known-bad content, and about how an image starts', codes: configFindings },
  { title: 'Findings about what comes back, hides or lets somebody in', codes: persistenceFindings },
  { title: 'Secrets', codes: secretFindings },
  { title: 'Findings about packages and the files they own', codes: packageFindings },
  { title: 'Packages compared with the distribution’s signed archive', codes: packageArchives },
  { title: 'Findings about miners and sold bandwidth', codes: minerFindings },
  { title: 'Findings about programs', codes: executableFindings },
  { title: 'Findings about tools that are together', codes: toolFindings },
  { title: 'Findings about what an image is called, and says that it is', codes: names },
  { title: 'Findings and gaps about how an image starts', codes: launchPath },
];

export const codes: Readonly<Record<string, Explanation>> = Object.assign(
  {},
  ...codeGroups.map((group) => group.codes),
);

/** Text that people wrote (chat, mail, tickets) → the images that it names: in commands, links, and names written in full. */
import type { EventImage } from '../../core/event.ts';
import { commandDeeds } from '../command-line/command-deeds.ts';
import { bounded, containerImage, readReference } from '../event-parts.ts';

export interface NamedImage {
  readonly image: EventImage;
  /** The command or link, as it was written. */
  readonly said: string;
}

/** Of one text; what follows is not searched. */
const searchLimit = 256 * 1024;
const findingLimit = 256;

/** Words without which no command is meant. */
const tools = 'docker podman nerdctl skopeo crane crictl kubectl helm gcloud'.split(' ').concat('ctr ', 'aws e', 'az ');

const commandPattern =
  /\b(?:docker|podman|nerdctl|skopeo|crane|crictl|ctr|kubectl|helm|aws ec2|aws ecs|gcloud|az vm|az container)\s+[^\n`;|&<>]{1,1024}/g;

/** `[host/]path:tag`, `…@sha256:…`: only with a host that is one, and a tag or digest; all else is too much like other text. */
const fullNamePattern =
  /(?<![\w./@:-])((?:[a-z0-9][a-z0-9-]{0,62}\.)+[a-z]{2,24}(?::\d{2,5})?\/[a-z0-9][a-z0-9._/-]{0,200}(?::[\w][\w.-]{0,127}(?:@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64}))(?![\w/])/g;

/** `image: name` of manifests and Compose files. */
const imageLinePattern =
  /^[ \t]{0,80}(?:-[ \t]{1,8})?["']?image["']?:[ \t]{0,8}["']?([\w./:@-]{2,512})["']?[ \t]{0,8},?[ \t]{0,8}$/gm;

/** Hosts of registries, of which a name without a tag is one already. */
const registryHost =
  /^(?:docker\.io|registry-1\.docker\.io|quay\.io|ghcr\.io|gcr\.io|[a-z.-]+\.gcr\.io|registry\.k8s\.io|mcr\.microsoft\.com|public\.ecr\.aws|\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?|[a-z0-9-]+-docker\.pkg\.dev|[a-z0-9-]+\.azurecr\.io|registry\.gitlab\.com)$/;

const linkPattern = /\bhttps?:\/\/[^\s<>"'`)\]]{4,2000}/g;

const machine = (cloud: 'aws' | 'gcp' | 'azure', written: string, owner?: string): EventImage => ({
  kind: 'machine',
  cloud,
  written: bounded(written),
  ...(owner === undefined ? {} : { owner: bounded(owner) }),
});

const amiPattern = /\bami-[0-9a-f]{8}(?:[0-9a-f]{9})?\b/g;

const container = (written: string): EventImage | undefined =>
  readReference(written) === undefined ? undefined : containerImage({ written });

/** Pages of registries, and links that begin a launch in a cloud's console. */
const imageOfLink = (link: string): EventImage | undefined => {
  const plain = link.replace(/[.,;:!?]+$/, '');
  const found = /^https?:\/\/([^/?#]+)([^?#]*)/.exec(plain);
  if (found === null) return undefined;
  const [, host = '', path = ''] = found;
  const page = /^(?:www\.)?hub\.docker\.com$/.test(host)
    ? /^\/(?:r|_|repository\/docker)\/([\w.-]+(?:\/[\w.-]+)?)/.exec(path)
    : null;
  if (page !== null) return container(page[1] ?? '');
  const quay = host === 'quay.io' ? /^\/repository\/([\w.-]+\/[\w./-]+)/.exec(path) : null;
  if (quay !== null) return container(`quay.io/${quay[1] ?? ''}`);
  const github =
    host === 'github.com'
      ? /^\/(?:orgs\/)?([\w.-]+)\/(?:[\w.-]+\/)?(?:packages\/container|pkgs\/container)\/(?:package\/)?([\w.%-]+)/.exec(
          path,
        )
      : null;
  if (github !== null)
    return container(`ghcr.io/${github[1] ?? ''}/${(github[2] ?? '').replaceAll('%2F', '/')}`.toLowerCase());
  const gallery = host === 'gallery.ecr.aws' ? /^\/([\w.-]+\/[\w./-]+)/.exec(path) : null;
  if (gallery !== null) return container(`public.ecr.aws/${gallery[1] ?? ''}`);
  if (/(?:^|\.)console\.aws\.amazon\.com$/.test(host)) {
    const ami = /\bami-[0-9a-f]{8,17}\b/.exec(plain)?.[0];
    return ami === undefined ? undefined : machine('aws', ami);
  }
  if (host === 'console.cloud.google.com') {
    const image = /projects(?:\/|%2F)([\w.:-]+)(?:\/|%2F)global(?:\/|%2F)images(?:\/|%2F)([\w.%-]+)/.exec(plain);
    return image === null
      ? undefined
      : machine('gcp', `projects/${image[1] ?? ''}/global/images/${(image[2] ?? '').replaceAll('%2F', '/')}`, image[1]);
  }
  if (host === 'portal.azure.com') {
    const offer = /#(?:@[\w.-]+\/)?create\/([\w.-]+)/.exec(plain)?.[1];
    return offer === undefined ? undefined : machine('azure', offer, /^([\w-]+)\./.exec(offer)?.[1]);
  }
  const registry = registryHost.test(host) ? path.replace(/^\/(?:v2\/)?/, '') : '';
  return registry === '' || registry.endsWith('/')
    ? undefined
    : container(`${host}/${registry.replace(/\/(?:manifests|tags)\/.*$/, '')}`);
};

/** What every name with a host has: the end of the host, and what follows. */
const hostPattern = /\.[a-z]{2,24}(?::\d{2,5})?\/[a-z0-9]/;

/** A bare name behind the host of a registry that everybody knows. */
const knownNamePattern = /(?<![\w./@:-])((?:[a-z0-9][a-z0-9-]{0,62}\.)+[a-z]{2,24})\/([a-z0-9][a-z0-9._/-]{1,200})/g;

/** Each image once, in the order in which the text names them. */
export const namedImages = (text: string): readonly NamedImage[] => {
  const searched = text.length > searchLimit ? text.slice(0, searchLimit) : text;
  const found = new Map<string, NamedImage>();
  const add = (image: EventImage | undefined, said: string): void => {
    if (image === undefined || image.kind === 'unknown' || found.size >= findingLimit) return;
    const key = image.kind === 'container' ? image.reference : image.written;
    if (key !== undefined && !found.has(key)) found.set(key, { image, said: bounded(said.trim()) });
  };
  // Most texts name nothing: what no name can be without is looked for first.
  const hasLinks = searched.includes('://');
  if (hasLinks) for (const [said] of searched.matchAll(linkPattern)) add(imageOfLink(said), said);
  if (tools.some((tool) => searched.includes(tool)))
    for (const [said] of searched.matchAll(commandPattern))
      for (const { image } of commandDeeds({ commandLine: said.replace(/[.,:!?]{1,8}$/, '') })) add(image, said);
  if (searched.includes('image'))
    for (const [said, name = ''] of searched.matchAll(imageLinePattern)) add(container(name), said);
  const withoutLinks = hasLinks ? searched.replaceAll(linkPattern, ' ') : searched;
  if (hostPattern.test(withoutLinks)) {
    for (const [said, name = ''] of withoutLinks.matchAll(fullNamePattern)) add(container(name), said);
    for (const [said, host = '', path = ''] of withoutLinks.matchAll(knownNamePattern))
      if (registryHost.test(host)) {
        const name = `${host}/${path.replace(/[./:-]{1,8}$/, '')}`;
        if (![...found.keys()].some((key) => key.startsWith(name))) add(container(name), said);
      }
  }
  if (withoutLinks.includes('ami-'))
    for (const [ami] of withoutLinks.matchAll(amiPattern)) add(machine('aws', ami), ami);
  return [...found.values()];
};

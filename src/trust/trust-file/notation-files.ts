/** Notation's own trust policy and trust store folders → what its verifier is asked. Specification: notaryproject trust-store-trust-policy, "Trust Store". */
import { join } from 'node:path';
import type { NotationTrust } from '../../core/trust.ts';
import { parseTrustPolicy } from '../notation/trust-policy.ts';
import { parsePublicKeys, refusePrivateKey, type KeyMaterial } from './public-keys.ts';
import { TrustFileProblem, type TrustFiles } from './trust-files.ts';

/** The store is a folder that holds `x509`, or is it. */
export type NotationPlaces =
  | { readonly config: string }
  | { readonly trustPolicy: string; readonly trustStore: string };

export interface NotationReading {
  readonly trust: NotationTrust;
  readonly keys: readonly KeyMaterial[];
}

const policyBytes = 512 * 1024;
const certificateBytes = 256 * 1024;
const maximumStores = 64;

const storeFolderOf = (store: string): readonly [type: string, name: string] => {
  const colon = store.indexOf(':');
  return [store.slice(0, colon), store.slice(colon + 1)];
};

interface Store {
  readonly contents: readonly Uint8Array[];
  readonly keys: readonly KeyMaterial[];
}

const readStore = async (folder: string, names: readonly string[], files: TrustFiles): Promise<Store> => {
  const contents: Uint8Array[] = [];
  const keys: KeyMaterial[] = [];
  // Names that begin with a dot are left by systems and by mounted secrets.
  for (const name of names.filter((name) => !name.startsWith('.'))) {
    const place = join(folder, name);
    // "MUST validate that the named store directory or certificate files are not symlinks".
    await files.refuseLink(place);
    if (!/\.(?:pem|crt|cer|der)$/i.test(name))
      throw new TrustFileProblem(
        `${place}: no certificate by its name (.pem, .crt, .cer, .der): take it out of the store`,
      );
    const { file, bytes } = await files.file(place, certificateBytes);
    refusePrivateKey(bytes, file);
    const read = parsePublicKeys(bytes, file);
    if (read.some(({ certificate }) => certificate === undefined))
      throw new TrustFileProblem(`${file}: a trust store of Notation holds certificates, and this is a key`);
    contents.push(bytes);
    keys.push(...read);
  }
  if (keys.length === 0)
    throw new TrustFileProblem(`${files.resolve(folder)}: the trust store is empty, so it trusts nobody`);
  return { contents, keys };
};

/** `folders`: where stores may be, the first that is there counts. @throws {TrustFileProblem} */
export const readStores = async (
  policy: string,
  policyFile: string,
  folders: readonly string[],
  files: TrustFiles,
): Promise<NotationReading> => {
  const stores: Record<string, readonly Uint8Array[]> = {};
  const keys: KeyMaterial[] = [];
  const asked = [...new Set(parseTrustPolicy(policy).statements.flatMap(({ stores }) => stores))];
  if (asked.length > maximumStores)
    throw new TrustFileProblem(`${policyFile}: more than ${maximumStores} trust stores`);
  for (const store of asked) {
    const [type, name] = storeFolderOf(store);
    const places = folders.flatMap((folder) => [join(folder, 'x509', type, name), join(folder, type, name)]);
    let found: Store | undefined;
    for (const place of places) {
      const names = await files.folder(place);
      if (names === undefined) continue;
      await files.refuseLink(place);
      found = await readStore(place, names, files);
      break;
    }
    if (found === undefined)
      throw new TrustFileProblem(
        `${policyFile}: its trust store ${store} is not there: certificates are looked for in ${files.resolve(places[0] ?? '')}`,
      );
    stores[store] = found.contents;
    keys.push(...found.keys);
  }
  return { trust: { verifier: 'notation', policy, stores }, keys };
};

/**
 * trust-store-trust-policy, "Trust Policy": `trustpolicy.oci.json`, else `trustpolicy.json`. Notation up to 1.3 reads only the latter,
 * under which alone both do the same. @throws {TrustFileProblem}
 */
const policyFileIn = async (folder: string, files: TrustFiles): Promise<string> => {
  const names = await files.folder(folder);
  const name = ['trustpolicy.oci.json', 'trustpolicy.json'].find((known) => names?.includes(known));
  if (name !== undefined) return join(folder, name);
  throw new TrustFileProblem(
    `${files.resolve(folder)}: no configuration of Notation: there is no trustpolicy.json in it`,
  );
};

/** @throws {TrustFileProblem}, {Fault} misuse `NOTATION_POLICY_INVALID` */
export const readNotationTrust = async (places: NotationPlaces, files: TrustFiles): Promise<NotationReading> => {
  const policy = 'config' in places ? await policyFileIn(places.config, files) : places.trustPolicy;
  const store = 'config' in places ? join(places.config, 'truststore') : places.trustStore;
  const { file, bytes } = await files.file(policy, policyBytes);
  return readStores(Buffer.from(bytes).toString('utf8'), file, [store], files);
};

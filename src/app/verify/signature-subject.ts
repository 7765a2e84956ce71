/** An Image and the reference that was asked for → what verifiers are asked about. Pure. */
import type { Image } from '../../core/image.ts';
import type { Reference } from '../../core/reference.ts';
import type { SignatureSubject } from '../../core/trust.ts';

/** As asked for, whatever the registry or an archive calls it: what a signature's claim may have to name. */
export const askedName = (reference: Reference): SignatureSubject['reference'] =>
  reference.scheme === 'docker'
    ? {
        repository: `${reference.registry}/${reference.repository}`,
        ...(reference.tag === undefined ? {} : { tag: reference.tag }),
        ...(reference.digest === undefined ? {} : { digest: reference.digest }),
      }
    : undefined;

/** undefined: it has no manifest, so there is no digest that anybody could have signed. */
export const toSignatureSubject = (
  image: Pick<Image, 'identity' | 'repository'>,
  reference: Reference,
): SignatureSubject | undefined => {
  const { manifest: digest, index } = image.identity;
  if (digest === undefined) return undefined;
  const name = askedName(reference);
  return {
    digest,
    ...(index === undefined ? {} : { index }),
    ...(name === undefined ? {} : { reference: name }),
    ...(image.repository === undefined ? {} : { repository: image.repository }),
  };
};

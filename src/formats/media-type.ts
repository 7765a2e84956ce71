/** Media types as manifests and registries write them → the form in which they are compared (RFC 6838, RFC 9110 section 8.3.1). */

/** Lower case, without parameters and spaces around: `Application/JSON; charset=utf-8` is `application/json`. */
export const normaliseMediaType = (text: string): string => (text.split(';', 1)[0] ?? '').trim().toLowerCase();

/** `type/subtype` in the restricted names of RFC 6838 section 4.2; expects the normal form. */
export const isMediaType = (text: string): boolean =>
  /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/.test(text);

export const isImageConfigType = (mediaType: string): boolean => {
  const type = normaliseMediaType(mediaType);
  return (
    type === 'application/vnd.oci.image.config.v1+json' || type === 'application/vnd.docker.container.image.v1+json'
  );
};

/** True for the layers of images, in any compression, distributable or not, encrypted or not. */
export const isImageLayerType = (mediaType: string): boolean =>
  /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)(?:[.+]|$)/.test(normaliseMediaType(mediaType));

/** Names in registries. OCI distribution specification 1.1, "Pulling manifests". */

export const isRepository = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length <= 255 &&
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/.test(value);

export const isTag = (value: unknown): value is string => typeof value === 'string' && /^\w[\w.-]{0,127}$/.test(value);

/** A `Link` header → the address of the next page. RFC 8288, as the OCI distribution specification uses it. */

const maximumLength = 8192;

/** The first link with the relation `next`; undefined when there is none. */
export const parseNextLink = (header: string | undefined): string | undefined => {
  for (const [, target = '', parameters = ''] of (header ?? '').slice(0, maximumLength).matchAll(/<([^>]*)>([^<]*)/g)) {
    const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters);
    const relations = (relation?.[1] ?? relation?.[2] ?? '').toLowerCase().split(/\s+/);
    if (relations.includes('next') && target !== '') return target;
  }
  return undefined;
};

/** Settings of the watch → what asks clouds, with connections that end with it. */
import type { Context } from '../../core/context.ts';
import { openCloudHttp } from '../../io/cloud-answer.ts';
import { openCloudAccesses } from '../follow/enrich-access.ts';
import type { EnrichmentSetting } from '../follow/enrich-shape.ts';
import { Enrichment } from '../follow/enrich.ts';

export interface OpenedEnrichment extends AsyncDisposable {
  readonly enrichment: Enrichment;
}

/** Contacts nobody yet. @throws {Fault} misuse `SETTING_INVALID` */
export const openEnrichment = async (setting: EnrichmentSetting, context: Context): Promise<OpenedEnrichment> => {
  const http = openCloudHttp(context);
  const accesses = await openCloudAccesses(setting, http, context);
  return {
    enrichment: new Enrichment({ accesses, context }),
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
};

/** Notifications of registries: who pushed, pulled or deleted what. One sensor, since all say the same in their own words. */
import type { Sensor } from '../../core/sensor.ts';
import { asRecord, unrecognised } from '../event-parts.ts';
import { registryDialects } from '../registries/dialects.ts';

export const registryNotification: Sensor = {
  id: 'registry-notification',
  about: 'webhooks of Distribution, Harbor, ACR, Quay, Docker Hub, Artifactory, GHCR, Artifact Registry and ECR',
  logsource: { product: 'registry', service: 'notification' },
  framing: 'json',
  parse: (record, origin) => {
    const fields = asRecord(record);
    if (fields !== undefined)
      for (const read of registryDialects) {
        const events = read(fields, origin);
        if (events !== undefined) return events;
      }
    return unrecognised(origin, 'registry-notification');
  },
};

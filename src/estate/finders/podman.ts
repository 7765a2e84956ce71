/** Podman on this machine → the images in it and the containers made of them, through the service that speaks Docker's API. */
import { podmanPlaces } from '../../io/engine-endpoints.ts';
import { surveyEngine } from '../engine-survey.ts';
import type { Finder } from '../finder.ts';
import { addIdleStores } from '../idle-stores.ts';
import { surveyPlaces } from '../survey-place.ts';

export const podman: Finder = {
  id: 'podman',
  about: 'Podman: at CONTAINER_HOST, else at its usual sockets; with root’s rights also those of other people',
  find: async (machine, context) => {
    const survey = await surveyPlaces(
      'podman',
      context,
      async () =>
        (await podmanPlaces(context, machine.root)).map(({ endpoint, chosen }) => ({ ...endpoint, endpoint, chosen })),
      ({ endpoint, label }) => surveyEngine('podman', endpoint, { DOCKER_HOST: label }, context),
    );
    return addIdleStores('podman', machine.root, survey, Boolean(context.environment['CONTAINER_HOST']));
  },
};

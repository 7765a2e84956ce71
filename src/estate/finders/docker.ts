/** Docker on this machine → the images in it and the containers made of them. */
import { dockerPlaces } from '../../io/engine-endpoints.ts';
import { surveyEngine } from '../engine-survey.ts';
import type { Finder } from '../finder.ts';
import { addIdleStores } from '../idle-stores.ts';
import { surveyPlaces } from '../survey-place.ts';

export const docker: Finder = {
  id: 'docker',
  about: 'Docker: at DOCKER_HOST or in the current context, else at its usual sockets',
  find: async (machine, context) => {
    let isChosen = true;
    const survey = await surveyPlaces(
      'docker',
      context,
      async () => {
        const places = await dockerPlaces(context, machine.root);
        isChosen = places.some(({ chosen }) => chosen);
        return places.map(({ endpoint, chosen }) => ({ ...endpoint, endpoint, chosen }));
      },
      // One that is reached by TLS is found again by the variables and files that led to it.
      ({ endpoint, socketPath, label }) =>
        surveyEngine('docker', endpoint, socketPath === undefined ? {} : { DOCKER_HOST: label }, context),
    );
    return addIdleStores('docker', machine.root, survey, isChosen);
  },
};

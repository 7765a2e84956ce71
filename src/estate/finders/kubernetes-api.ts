/** A cluster's API server → the images that its pods run, by the ids that the kubelets report, on whichever node. */
import type { Context } from '../../core/context.ts';
import { unavailable } from '../../core/fault.ts';
import type { Use, UseState } from '../../core/use.ts';
import { isJsonObject, type JsonObject } from '../../formats/strict-json.ts';
import { askEngineJson } from '../../io/engine-client.ts';
import type { Finder, Holding } from '../finder.ts';
import { digestInName, idOf } from '../image-digest.ts';
import { clusterPlaces, type ClusterPlace } from '../kubeconfig.ts';
import { surveyPlaces } from '../survey-place.ts';

/** Pods in one answer, and answers in one list: half a million pods. */
const pageSize = 500;
const maximumPages = 1000;
const pageBytes = 128 * 2 ** 20;

const objectOf = (value: unknown, name: string): JsonObject => {
  const member = isJsonObject(value) ? value[name] : undefined;
  return isJsonObject(member) ? member : {};
};

const textOf = (value: unknown, name: string): string => {
  const member = isJsonObject(value) ? value[name] : undefined;
  return typeof member === 'string' ? member : '';
};

const listOf = (value: unknown, name: string): readonly JsonObject[] => {
  const member = isJsonObject(value) ? value[name] : undefined;
  return Array.isArray(member) ? member.filter(isJsonObject) : [];
};

const stateOf = (status: JsonObject): UseState =>
  isJsonObject(objectOf(status, 'state')['running']) ? 'running' : 'stopped';

/** `containerd://ID`; the runtime's word before it is the kubelet's. */
const containerIdOf = (status: JsonObject): string => textOf(status, 'containerID').replace(/^[a-z0-9.-]+:\/\//, '');

/** `docker-pullable://NAME@DIGEST`, `NAME@DIGEST`, `docker://ID`, `ID`: of Kubernetes 1.0 until now. */
const readStatus = (status: JsonObject, at: string, pod: NonNullable<Use['pod']>): Holding | undefined => {
  const imageId = textOf(status, 'imageID').replace(/^[a-z0-9.-]+:\/\//, '');
  // Not started yet: there is no image before it is pulled.
  if (imageId === '') return undefined;
  const id = idOf(imageId);
  const digest = digestInName(imageId);
  const image = textOf(status, 'image');
  const name = textOf(status, 'name');
  const container = { id: containerIdOf(status), ...(name === '' ? {} : { name }) };
  return {
    exact: id === undefined ? [] : [id],
    loose: digest === undefined ? [] : [digest],
    uses: [
      {
        engine: 'kubernetes',
        at,
        state: stateOf(status),
        names: image === '' || idOf(image) !== undefined ? [] : [image],
        ...(container.id === '' ? {} : { container }),
        pod,
      },
    ],
  };
};

const readPod = (item: JsonObject, at: string): readonly Holding[] => {
  const metadata = objectOf(item, 'metadata');
  const status = objectOf(item, 'status');
  const node = textOf(objectOf(item, 'spec'), 'nodeName');
  const pod = {
    namespace: textOf(metadata, 'namespace'),
    name: textOf(metadata, 'name'),
    ...(node === '' ? {} : { node }),
  };
  return ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses']
    .flatMap((list) => listOf(status, list))
    .map((one) => readStatus(one, at, pod))
    .filter((holding) => holding !== undefined);
};

const surveyCluster = async (place: ClusterPlace, context: Context): Promise<readonly Holding[]> => {
  const limits = { ...context.limits, record: pageBytes };
  const holdings: Holding[] = [];
  let from = '';
  for (let page = 0; page < maximumPages; page += 1) {
    const path = `${place.prefix}/api/v1/pods?limit=${pageSize}${from === '' ? '' : `&continue=${encodeURIComponent(from)}`}`;
    const { status, answer } = await askEngineJson(place, path, { ...context, limits });
    if (status !== 200)
      throw unavailable(
        'KUBERNETES_REFUSES',
        `status ${status}: ${textOf(answer, 'message').slice(0, 300) || 'no reason given'}; the login needs the right to list pods in all namespaces`,
        place.label,
      );
    if (!Array.isArray(answer['items']))
      throw unavailable('ENGINE_ANSWER_INVALID', 'no list of pods in its answer', place.label);
    holdings.push(...listOf(answer, 'items').flatMap((item) => readPod(item, place.label)));
    from = textOf(objectOf(answer, 'metadata'), 'continue');
    if (from === '') return holdings;
  }
  throw unavailable('KUBERNETES_REFUSES', `the list of pods does not end after ${maximumPages} answers`, place.label);
};

export const kubernetesApi: Finder = {
  id: 'kubernetes-api',
  about: 'pods of a cluster: the current context of KUBECONFIG or ~/.kube/config, else the one that this pod is in',
  find: (machine, context) =>
    surveyPlaces(
      'kubernetes',
      context,
      () => clusterPlaces(machine.root, context),
      (place) => surveyCluster(place, context),
    ),
};

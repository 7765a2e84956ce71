/** Verb, resource and subresource of a request to Kubernetes → what was done. */
import type { EventAction } from '../../core/event-action.ts';

const wordsOf = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Resources that run containers, or make what does. */
export const workloads = wordsOf(
  'pods deployments daemonsets statefulsets replicasets replicationcontrollers jobs cronjobs podtemplates',
);

const secrets = wordsOf('secrets configmaps');

const rights = wordsOf(
  'roles rolebindings clusterroles clusterrolebindings serviceaccounts certificatesigningrequests validatingwebhookconfigurations mutatingwebhookconfigurations',
);

const subresources: Readonly<Record<string, EventAction>> = {
  'pods/exec': 'exec',
  'pods/attach': 'attach',
  'pods/portforward': 'connect',
  'pods/proxy': 'connect',
  'services/proxy': 'connect',
  'nodes/proxy': 'connect',
  'pods/log': 'read',
  'pods/eviction': 'delete',
  'pods/ephemeralcontainers': 'create',
  'pods/binding': 'other',
  'pods/status': 'other',
  'serviceaccounts/token': 'grant',
  'certificatesigningrequests/approval': 'grant',
};

const verbs: Readonly<Record<string, EventAction>> = {
  create: 'create',
  update: 'change',
  patch: 'change',
  delete: 'delete',
  deletecollection: 'delete',
  get: 'read',
  list: 'read',
  watch: 'read',
  impersonate: 'login',
  approve: 'grant',
  escalate: 'grant',
  bind: 'grant',
};

export const requestAction = (verb: string, resource: string, subresource: string): EventAction => {
  if (subresource !== '') {
    const known = subresources[`${resource}/${subresource}`];
    if (known !== undefined) return verb === 'get' && known === 'create' ? 'read' : known;
    return verb === 'get' ? 'read' : 'change';
  }
  const action = Object.hasOwn(verbs, verb) ? (verbs[verb] ?? 'other') : 'other';
  const alters = action === 'create' || action === 'change';
  if (alters && secrets.has(resource)) return 'write';
  // A service account alone gives nobody rights.
  if (alters && rights.has(resource)) return resource === 'serviceaccounts' ? action : 'grant';
  if (alters && /(?:reviews|tokenreviews)$/.test(resource)) return 'other';
  return action;
};

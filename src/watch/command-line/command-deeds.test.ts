import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandDeeds } from './command-deeds.ts';

/** `action image @place` of each deed. */
const told = (line: string): readonly string[] =>
  commandDeeds({ commandLine: line }).map(({ action, image, place, target, rights, command }) =>
    [
      action,
      image === undefined
        ? '-'
        : image.kind === 'container'
          ? (image.reference ?? `?${image.written}`)
          : image.kind === 'machine'
            ? image.written
            : 'unknown',
      ...Object.entries({ ...place, ...rights, target, command })
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(' ') : String(value)}`),
    ].join(' '),
  );

const cases: Readonly<Record<string, readonly string[]>> = {
  'docker run -it --rm -v /:/host --privileged --name x registry.example/a:1 sh -c id': ['create', 'start'].map(
    (verb) => `${verb} registry.example/a:1 engine=docker container=x privileged=true hostPaths=/ command=sh -c id`,
  ),
  'docker -H tcp://192.0.2.1:2375 run alpine chroot /mnt': ['create', 'start'].map(
    (verb) => `${verb} docker.io/library/alpine:latest engine=docker command=chroot /mnt`,
  ),
  'docker run -d -p80:80 -eA=b --net host --pid=host nginx': ['create', 'start'].map(
    (verb) => `${verb} docker.io/library/nginx:latest engine=docker hostNetwork=true hostProcesses=true`,
  ),
  'sudo -u root /usr/bin/docker pull nginx': ['pull docker.io/library/nginx:latest engine=docker'],
  'DOCKER_HOST=tcp://192.0.2.1:2375 docker pull a': ['pull docker.io/library/a:latest engine=docker'],
  'for i in 1 2; do docker pull a; done': ['pull docker.io/library/a:latest engine=docker'],
  'if ! docker pull a; then (podman pull b); fi': [
    'pull docker.io/library/a:latest engine=docker',
    'pull docker.io/library/b:latest engine=podman',
  ],
  'cmd.exe /c docker.exe pull a': ['pull docker.io/library/a:latest engine=docker'],
  'powershell -NoProfile -Command docker pull a': ['pull docker.io/library/a:latest engine=docker'],
  'docker run --device /dev/sda:/dev/x a': ['create', 'start'].map(
    (verb) => `${verb} docker.io/library/a:latest engine=docker hostPaths=/dev/sda`,
  ),
  'docker run -v //./:/h a': ['create', 'start'].map(
    (verb) => `${verb} docker.io/library/a:latest engine=docker hostPaths=/`,
  ),
  'docker compose -f a.yml up -d': ['create', 'start'].map((verb) => `${verb} unknown engine=docker target=a.yml`),
  'docker-compose exec web sh -c id': ['exec - engine=docker container=web command=sh -c id'],
  'docker compose ps': [],
  'docker service create --name x --mount type=bind,src=/,dst=/h evil.example/a:1 sh': [
    'create evil.example/a:1 engine=docker hostPaths=/ target=x command=sh',
  ],
  'docker service update --image evil.example/a:2 web': ['change evil.example/a:2 engine=docker target=web'],
  'docker service ls': [],
  'docker stack deploy -c stack.yml web': ['create unknown engine=docker target=stack.yml'],
  'podman kube play pod.yaml': ['create unknown engine=podman target=pod.yaml'],
  'kubectl debug node/n1 -it --image=evil.example/a:1': [
    'create evil.example/a:1 pod=node/n1 hostPaths=/ hostNetwork=true hostProcesses=true hostIpc=true target=node/n1',
  ],
  'docker image rm a b': [
    'delete docker.io/library/a:latest engine=docker',
    'delete docker.io/library/b:latest engine=docker',
  ],
  'docker tag a registry.example/b:2': ['tag registry.example/b:2 engine=docker target=a'],
  'docker commit web mine:1': ['commit docker.io/library/mine:1 engine=docker container=web target=mine:1'],
  'docker exec -it web bash -i': ['exec - engine=docker container=web command=bash -i'],
  'docker build -t team/app:1 --build-arg A=b .': ['build docker.io/team/app:1 engine=docker target=.'],
  'docker buildx build --push -t team/app .': [
    'build docker.io/team/app:latest engine=docker target=.',
    'push docker.io/team/app:latest engine=docker',
  ],
  'podman load -i /tmp/x.tar': ['load unknown engine=podman target=/tmp/x.tar'],
  'nerdctl push registry.example/a': ['push registry.example/a:latest engine=containerd'],
  'docker run $IMAGE': ['create unknown engine=docker', 'start unknown engine=docker'],
  'docker ps -a': [],
  'skopeo copy docker://a.example/x:1 docker://b.example/x:1': [
    'pull a.example/x:1 target=docker://b.example/x:1',
    'push b.example/x:1 target=docker://a.example/x:1',
  ],
  'crictl pull registry.example/a:1': ['pull registry.example/a:1'],
  'crictl exec -it 0123 sh': ['exec - containerId=0123 command=sh'],
  'ctr -n k8s.io images pull docker.io/library/redis:7': [
    'pull docker.io/library/redis:7 engine=containerd namespace=k8s.io',
  ],
  'ctr run --rm --privileged docker.io/library/redis:7 r1 sh': ['create', 'start'].map(
    (verb) => `${verb} docker.io/library/redis:7 engine=containerd container=r1 privileged=true command=sh`,
  ),
  'kubectl -n shop run web --image=registry.example/a:1 -- sleep 1': ['create', 'start'].map(
    (verb) => `${verb} registry.example/a:1 namespace=shop pod=web command=sleep 1`,
  ),
  'kubectl exec -n shop -it web-1 -c main -- bash -c id': [
    'exec - namespace=shop pod=web-1 container=main command=bash -c id',
  ],
  'kubectl set image deployment/web web=registry.example/a:2 -n shop': [
    'change registry.example/a:2 namespace=shop container=web target=deployment/web',
  ],
  'kubectl apply -f https://files.example/x.yaml': ['create unknown target=https://files.example/x.yaml'],
  'kubectl create namespace foo': ['create - target=namespace foo'],
  'kubectl get pods': [],
  'aws ec2 run-instances --image-id ami-0abc --count 1 --region eu-west-1': [
    'launch ami-0abc cloud=aws region=eu-west-1',
  ],
  'aws ec2 describe-images --filters Name=name,Values=ubuntu*': [
    'image-search unknown cloud=aws target=Name=name,Values=ubuntu*',
  ],
  'aws ec2 modify-instance-attribute --instance-id i-1 --attribute userData --user-data file://x': [
    'change',
    'user-data',
  ]
    .slice(1)
    .map((verb) => `${verb} - cloud=aws instance=i-1`),
  'aws s3 ls': [],
  'gcloud compute instances create vm1 --image-family=debian-12 --image-project=debian-cloud --zone=europe-west1-b': [
    'launch projects/debian-cloud/global/images/family/debian-12 cloud=gcp region=europe-west1-b instance=vm1 target=vm1',
  ],
  'gcloud run deploy web --image registry.example/a:1': ['create registry.example/a:1 cloud=gcp target=web'],
  'gcloud config list': [],
  'az vm create -g rg -n vm1 --image Canonical:offer:sku:latest': [
    'launch Canonical:offer:sku:latest cloud=azure namespace=rg instance=vm1',
  ],
  'az vm start -g rg -n vm1': ['start - cloud=azure namespace=rg instance=vm1'],
  "sh -c 'cd /tmp && docker pull evil.example/x; echo done'": ['pull evil.example/x:latest engine=docker'],
  'env A=b nohup timeout 5 docker start web': ['start - engine=docker container=web'],
  'echo docker run nginx': [],
  'docker run ../../etc/passwd': ['create', 'start'].map((verb) => `${verb} ?../../etc/passwd engine=docker`),
};

for (const [line, expected] of Object.entries(cases))
  test(line, () => {
    assert.deepEqual(told(line), expected);
  });

test('words that are known are not split again', () => {
  const deeds = commandDeeds({ arguments: ['docker', 'exec', 'web', 'sh', '-c', 'a && b'], commandLine: 'ignored' });
  assert.deepEqual(deeds[0]?.command, ['sh', '-c', 'a && b']);
});

test('shells inside shells end', () => {
  let line = 'docker pull x';
  for (let depth = 0; depth < 12; depth += 1) line = `sh -c ${JSON.stringify(line)}`;
  assert.deepEqual(told(line), []);
});

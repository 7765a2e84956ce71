/** The built-in Sigma rules over records that nobody here wrote: what is told of them, all of it, and nothing else. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Sensor } from '../../src/core/sensor.ts';
import { openDetector } from '../../src/detect/detector.ts';
import { auditd } from '../../src/watch/sensors/auditd.ts';
import { cloudtrail } from '../../src/watch/sensors/cloudtrail.ts';
import { kubernetesAudit } from '../../src/watch/sensors/kubernetes-audit.ts';
import { tetragon } from '../../src/watch/sensors/tetragon.ts';
import { readAll } from '../builders/sensed.ts';
import { compileShelf } from '../builders/sigma-shelf.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const outside = join(import.meta.dirname, '..', '..', '..', 'shared', 'outside');
const skip = existsSync(outside) || required ? false : 'needs ../shared/outside';

const { rules } = compileShelf();

/** Each file by itself: rules above `informational`, with how often each is told. */
const toldOf = (folder: string, sensor: Sensor): Readonly<Record<string, readonly string[]>> => {
  const told: Record<string, readonly string[]> = {};
  for (const file of readdirSync(join(outside, folder)).toSorted()) {
    const detector = openDetector(rules);
    const { events } = readAll(sensor, readFileSync(join(outside, folder, file)), { where: file });
    const counts = new Map<string, number>();
    for (const { rule } of events.flatMap((event) => detector.push(event)))
      if (rule.level !== 'informational') counts.set(rule.name ?? '', (counts.get(rule.name ?? '') ?? 0) + 1);
    if (counts.size > 0) told[file] = [...counts].map(([name, count]) => `${name} ${count}`).toSorted();
  }
  return told;
};

/** The files' names begin with the chapter that they are from. */
const withoutChapters = (
  told: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    Object.entries(told).map(([file, rules]) => [
      file.replace('03_chapter_03_security_observability_events_', ''),
      rules,
    ]),
  );

test('CloudTrail: of the exercises only those that are about images and start-up scripts', { skip }, () => {
  assert.deepEqual(toldOf('cloudtrail', cloudtrail), {
    'aws.execution.ec2-launch-unusual-instances.json': ['large-machine-launched 1'],
    'aws.execution.ec2-user-data.json': ['user-data-changed-then-started 1'],
    'aws.exfiltration.ec2-share-ami.json': ['image-shared 1'],
    'aws.exfiltration.ec2-share-ebs-snapshot.json': ['image-shared 1'],
  });
});

test('Kubernetes: privileges, folders and namespaces of hosts, and a shell in a pod', { skip }, () => {
  assert.deepEqual(toldOf('kubernetes-audit', kubernetesAudit), {
    'create_nginx_pod_hostnetwork.json': ['host-namespaces 1'],
    'create_nginx_pod_no_secctx_1st_container_privileged_2nd_container.json': ['privileged-container 1'],
    'create_nginx_pod_privileged.json': ['privileged-container 1'],
    'create_nginx_pod_privileged_2nd_container.json': ['privileged-container 1'],
    'create_nginx_pod_sensitive_mount.json': ['sensitive-host-path 1'],
    'create_nginx_pod_sensitive_mount_2nd_container.json': ['sensitive-host-path 1'],
    'exec_pod.json': ['shell-into-container 1'],
  });
});

test('Tetragon: the way to the host, and what came over it', { skip }, () => {
  assert.deepEqual(withoutChapters(toldOf('tetragon', tetragon)), {
    '01_reaching_the_host_namespace_privileged-pod-nsenter.json': ['enters-host 1'],
    '02_persistance_merlin-agent-go-start.json': ['program-in-temporary-folder 1'],
    '03_chapter_00_four_golden_signals_process_exec.json': ['download-in-container 1'],
    '03_post_exploitation_techniques_merlin-agent-scp.json': ['credentials-read 1'],
  });
});

test('the Linux audit log of ordinary hosts: nothing', { skip }, () => {
  assert.deepEqual(toldOf('auditd', auditd), {});
});

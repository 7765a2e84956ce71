/**
 * How ATT&CK describes the detection of Malicious Image (T1204.003), in the words before version 18 (data sources, DS) and since
 * (detection strategy DET0248 with its analytics, and data components, DC), and what here sees it. From the objects of
 * ATT&CK 18.1, https://attack.mitre.org/techniques/T1204/003 and https://attack.mitre.org/detectionstrategies/DET0248.
 */
import type { LayerNote } from './layer.ts';

export const maliciousImage = 'T1204.003';

export const maliciousImageNotes: readonly LayerNote[] = [
  { name: 'DET0248', value: 'events joined by image digest or machine into incidents: replay, watch' },
  { name: 'AN0691 (containers)', value: 'pull, create, start, command and egress of one digest' },
  {
    name: 'AN0692 (IaaS)',
    value: 'a machine from an image that is not approved or first seen, its user-data and first boot',
  },
  {
    name: 'DS0015 Application Log',
    value: 'logs of scanners, registries, engines and orchestrators, and what people write',
  },
  {
    name: 'DS0017 Command, DC0064',
    value: 'commands in containers (auditd, Falco, Tetragon, Tracee, Sysmon), and of docker, kubectl, aws, gcloud, az',
  },
  {
    name: 'DS0032 Container, DC0072, DC0077',
    value: 'creation and start: engine events, containerd, CRI, audit and events of Kubernetes',
  },
  { name: 'DS0007 Image, DC0015', value: 'images that are built, committed, loaded, pushed, pulled and registered' },
  {
    name: 'DS0030 Instance, DC0076, DC0080',
    value: 'creation and start of machines: CloudTrail, audit log of Google Cloud, activity log of Azure',
  },
  { name: 'M1047 Audit', value: 'scan: what is inside images, wherever they lie' },
  { name: 'M1045 Code Signing', value: 'verify: who signed an image' },
];

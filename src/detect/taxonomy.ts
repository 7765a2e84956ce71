/**
 * Sigma's names for fields → where every sensor puts them, however its records name them. Rules that are written for one
 * source of logs so meet the events of all. Taxonomy appendix 2.1 (the names of Sysmon's fields).
 */
import { ownFields } from './event-view.ts';
import type { FieldMapping } from './field-mapping.ts';

/** The record's own field counts where it has one. */
const fields = (map: Readonly<Record<string, string>>): FieldMapping['fields'] =>
  Object.fromEntries(Object.entries(map).map(([name, own]) => [name, [name, `${ownFields}${own}`] as const]));

const process = {
  Image: 'process.executable',
  CommandLine: 'process.commandLine',
  CurrentDirectory: 'process.folder',
  ProcessId: 'process.id',
  ParentProcessId: 'process.parentId',
  ParentImage: 'process.parentExecutable',
  ParentCommandLine: 'process.parentCommandLine',
  User: 'process.user',
  Hashes: 'process.hash',
};

const connection = {
  DestinationIp: 'connection.address',
  DestinationPort: 'connection.port',
  DestinationHostname: 'connection.name',
  SourceIp: 'connection.sourceAddress',
  SourcePort: 'connection.sourcePort',
  Protocol: 'connection.protocol',
};

const query = {
  QueryName: 'connection.name',
  query: 'connection.name',
  answer: 'connection.answers',
  QueryResults: 'connection.answers',
};

const firewall = {
  src_ip: 'connection.sourceAddress',
  src_port: 'connection.sourcePort',
  dst_ip: 'connection.address',
  dst_port: 'connection.port',
};

/** Behind whatever mappings are given. */
export const taxonomy: readonly FieldMapping[] = [
  { logsource: { category: 'process_creation' }, fields: fields(process) },
  { logsource: { category: 'network_connection' }, fields: fields({ ...process, ...connection }) },
  { logsource: { category: 'dns_query' }, fields: fields({ ...process, ...query }) },
  { logsource: { category: 'dns' }, fields: fields(query) },
  { logsource: { category: 'firewall' }, fields: fields(firewall) },
  { logsource: { category: 'file_event' }, fields: fields({ ...process, TargetFilename: 'target' }) },
];

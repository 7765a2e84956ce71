/** Number and channel of a Windows event → what was done, and Sigma's words for it (Sysmon's event ids; Windows security audit events). */
import type { EventAction } from '../../core/event-action.ts';

export interface WindowsEventKind {
  readonly action: EventAction;
  readonly category?: string;
  readonly service?: string;
  readonly outcome?: 'success' | 'failure';
}

/** `number action category`; `-` where Sigma has no word. */
const readTable = (table: string): ReadonlyMap<number, WindowsEventKind> =>
  new Map(
    table
      .trim()
      .split('\n')
      .map((line) => {
        const [number, action, category = '-', outcome] = line.trim().split(' ');
        return [
          Number(number),
          {
            action: action as EventAction,
            ...(category === '-' ? {} : { category }),
            ...(outcome === 'success' || outcome === 'failure' ? { outcome } : {}),
          },
        ];
      }),
  );

const sysmon = readTable(`
  1 exec process_creation
  2 change file_change
  3 connect network_connection
  4 other sysmon_status
  5 exit process_termination
  6 change driver_load
  7 read image_load
  8 change create_remote_thread
  9 read raw_access_thread
  10 read process_access
  11 write file_event
  12 change registry_add
  13 change registry_set
  14 change registry_rename
  15 write create_stream_hash
  16 change sysmon_status
  17 listen pipe_created
  18 connect pipe_created
  19 change wmi_event
  20 change wmi_event
  21 change wmi_event
  22 resolve dns_query
  23 delete file_delete
  24 read clipboard_capture
  25 change process_tampering
  26 delete file_delete
  27 write file_block_executable
  28 delete file_block_shredding
  29 write file_executable_detected
  255 other sysmon_error
`);

const security = readTable(`
  1102 delete -
  4624 login - success
  4625 login - failure
  4648 login -
  4688 exec process_creation
  4689 exit process_termination
  4697 change -
  4698 create -
  4720 grant -
  4722 grant -
  4724 grant -
  4728 grant -
  4732 grant -
  4756 grant -
  5140 read -
  5145 read -
  5156 connect -
`);

const others: ReadonlyMap<string, ReadonlyMap<number, WindowsEventKind>> = new Map([
  ['powershell', readTable('4103 exec ps_module\n4104 exec ps_script')],
  [
    'powershell-classic',
    readTable('400 exec ps_classic_start\n600 exec ps_classic_provider_start\n800 exec ps_classic_script'),
  ],
  ['system', readTable('7045 change -\n7036 other -\n104 delete -')],
  ['dns-client', readTable('3008 resolve -')],
]);

/** Sigma's names of services, by channel. */
const services: readonly (readonly [RegExp, string])[] = [
  [/^Security$/i, 'security'],
  [/^System$/i, 'system'],
  [/^Application$/i, 'application'],
  [/Sysmon\/Operational$/i, 'sysmon'],
  [/^(?:Microsoft-Windows-PowerShell|PowerShellCore)\/Operational$/i, 'powershell'],
  [/^Windows PowerShell$/i, 'powershell-classic'],
  [/DNS Client Events\/Operational$/i, 'dns-client'],
  [/TaskScheduler\/Operational$/i, 'taskscheduler'],
  [/WMI-Activity\/Operational$/i, 'wmi'],
  [/Windows Defender\/Operational$/i, 'windefend'],
  [/Bits-Client\/Operational$/i, 'bits-client'],
  [/CodeIntegrity\/Operational$/i, 'codeintegrity-operational'],
  [/AppLocker\//i, 'applocker'],
  [/NTLM\/Operational$/i, 'ntlm'],
  [/TerminalServices-LocalSessionManager\/Operational$/i, 'terminalservices-localsessionmanager'],
  [/PrintService\/Admin$/i, 'printservice-admin'],
  [/PrintService\/Operational$/i, 'printservice-operational'],
  [/Firewall With Advanced Security\/Firewall$/i, 'firewall-as'],
];

/** Number 12 is of keys that came, and of keys and values that went: which, its field EventType says. */
const registryNumber = 12;

/** @param type the event's own field EventType, where it has one */
export const windowsEventKind = (channel: string, provider: string, number: number, type = ''): WindowsEventKind => {
  const named = services.find(([pattern]) => pattern.test(channel))?.[1];
  const service = named ?? (/Sysmon$/i.test(provider) ? 'sysmon' : undefined);
  const table =
    service === 'sysmon'
      ? sysmon
      : service === 'security'
        ? security
        : service === undefined
          ? undefined
          : others.get(service);
  const removes = table === sysmon && number === registryNumber && type.startsWith('Delete');
  const kind: WindowsEventKind = removes
    ? { action: 'delete', category: 'registry_delete' }
    : (table?.get(number) ?? { action: 'other' });
  return service === undefined ? kind : { ...kind, service };
};

/** What works against those who watch: histories cleared, agents stopped, registries made unreachable; and what stays behind on the host. */
import type { Action } from '../../formats/records/action.ts';
import { confidenceOf, type LaunchTrait } from './launch-trait.ts';

export const historyCleared: LaunchTrait = {
  id: 'history-cleared',
  title: 'At its start the image clears or switches off the history of commands',
  severity: 'medium',
  intent: 'implant',
  techniques: ['T1070.003'],
  advice: 'Ask why nobody should see what was typed in this container.',
  match: (action) => (action.kind === 'forget' ? confidenceOf(action) : undefined),
};

const agent =
  /\b(?:falcon-?(?:sensor|d|ctl)|auditd|aegis|aliyun-?service|aliyundun\w*|cloudmonitor|agentwatch|assist[-_]daemon|yunjing|ydservice|ydlive|sgagent|bcm-(?:agent|si)|hostguard|hostwatch|clamd|clamav\w*|freshclam|ossec\w*|wazuh\w*|sysdig|falco|tetragon|tracee|osqueryd?|auoms\w*|mdatp|wdavdaemon|sentinel(?:one|d|agent)|cbagentd|cbdaemon|ds_agent|qualys\w*|rapid7\w*|ir_agent|nessusd?|chkrootkit|rkhunter|apparmor|selinux|firewalld|fail2ban|crowdsec)\b/i;

const removesAgent = ({ kind, what, arguments: args }: Action): boolean => {
  if (kind === 'kill') return agent.test(what);
  if (kind === 'delete') return agent.test(what) && /^\/(?:usr|opt|etc|lib|var\/ossec)\//.test(what);
  if (kind === 'install') return false;
  return kind === 'run' && /(?:^|\/)uninstall[\w.-]*$/.test(what) && agent.test([what, ...args].join(' '));
};

const switchesOff = ({ kind, what, arguments: args }: Action): boolean => {
  if (kind !== 'setting') return false;
  const line = args.join(' ');
  if (what === 'setenforce') return args[0] === '0' || /^permissive$/i.test(args[0] ?? '');
  if (what === 'ufw') return args.includes('disable');
  if (what === 'auditctl') return /-e 0|-D\b/.test(line);
  if (what === 'sysctl') return /nmi_watchdog=0/.test(line);
  return false;
};

export const agentsStopped: LaunchTrait = {
  id: 'security-agents-stopped',
  title: 'At its start the image stops programs that guard the machine',
  severity: 'high',
  intent: 'implant',
  techniques: ['T1562.001'],
  advice: 'Nothing that a container does needs it. Check that the agents still run where the image ran.',
  match: (action) => (removesAgent(action) || switchesOff(action) ? confidenceOf(action) : undefined),
};

const rival =
  /\b(?:xmrig\w*|xmr-?stak\w*|minerd|cpuminer|kinsing|kdevtmpfsi|cryptonight|stratum|monero\w*|nanopool|ddgs|watchbog|sysrv\w*|dbused|kthreaddi|solrd)\b/i;

export const rivalsKilled: LaunchTrait = {
  id: 'rivals-killed',
  title: 'At its start the image stops the miners of others',
  severity: 'high',
  intent: 'miner',
  techniques: ['T1496.001', 'T1489'],
  advice: 'Only a miner clears a machine of other miners.',
  match: (action) =>
    action.kind === 'kill' && rival.test([action.what, ...action.arguments].join(' ')) ? 'high' : undefined,
};

const nowhere = /^\s*(?:0\.0\.0\.0|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1?|255\.255\.255\.255)\s+(\S.*)$/;
/** Whoever makes these unreachable keeps images, updates or help away. */
const needed =
  /(?:^|[.\s-])(?:registry|docker|quay|gcr|ghcr|mcr|index|hub|security|update|updates|download|mirrors?|archive|deb|aliyun\w*|aegis|cloud\w*|pool|xmr\w*|virustotal|abuse)[\w-]*\.[\w.-]+/i;

const blackholes = (text: string): boolean =>
  text.split('\n').some((line) => {
    const names = nowhere.exec(line)?.[1];
    return names !== undefined && needed.test(names) && !/^localhost\b/.test(names);
  });

const dropsEngineTraffic = ({ kind, what, arguments: args }: Action): boolean => {
  const line = args.join(' ');
  return (
    kind === 'setting' &&
    /^(?:iptables|ip6tables|nft)$/.test(what) &&
    /\b(?:DROP|REJECT|drop|reject)\b/.test(line) &&
    /(?:2375|2376|registry|docker\.io)/.test(line)
  );
};

export const registryBlackholed: LaunchTrait = {
  id: 'hosts-blackholed',
  title: 'At its start the image makes registries, updates or other engines unreachable',
  severity: 'high',
  intent: 'implant',
  techniques: ['T1562.001', 'T1565.001'],
  advice: 'Look at /etc/hosts and the firewall where it ran.',
  match: (action) => {
    const writesHosts =
      action.kind === 'write' && /(?:^|\/)etc\/hosts$/.test(action.what) && blackholes(action.text ?? '');
    return writesHosts || dropsEngineTraffic(action) ? confidenceOf(action) : undefined;
  },
};

const key = /\b(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+|sk-ssh-\S+)\s+[A-Za-z0-9+/=]{4,}/;

const fetches =
  /\b(?:curl|wget)\b[^\n]*\|\s*\S*sh\b|\bbase64\s+(?:-d|--decode)|\/dev\/tcp\/|\/(?:tmp|var\/tmp|dev\/shm)\/\./;

/** A file's use told by its path, whatever stands before it: a host's root may be bound anywhere. */
const staysBehind = ({ kind, what, text = '', origins }: Action): boolean => {
  if (kind === 'schedule') return true;
  if (kind === 'load-module') return what.endsWith('.ko') || what.startsWith('/');
  if (kind !== 'write' && kind !== 'copy' && kind !== 'rename' && kind !== 'download' && kind !== 'link') return false;
  if (/(?:^|\/)etc\/ld\.so\.preload$/.test(what)) return true;
  if (/\/\.ssh\/authorized_keys2?$/.test(what)) return key.test(text);
  // Its own files lie where they always do: behind any other folder stands the system of somebody else.
  const isHostPath = !/^\/(?:etc|var|root|home|usr|opt)\//.test(what);
  if (
    /\/etc\/(?:cron\.\w+\/|crontab$)|\/var\/spool\/cron\/|\/etc\/systemd\/system\/|\/etc\/rc\.local$|\/root\/\.(?:bashrc|profile)$/.test(
      what,
    )
  )
    return isHostPath || origins.some(({ kind: from }) => from !== 'write') || fetches.test(text);
  return false;
};

export const persistencePlanted: LaunchTrait = {
  id: 'persistence-planted',
  title: 'At its start the image plants something that stays',
  severity: 'high',
  intent: 'implant',
  techniques: ['T1053.003', 'T1098.004', 'T1574.006', 'T1547.006'],
  advice:
    'Look for it where the image ran with a folder of the host bound into it: deleting the container leaves it behind.',
  match: (action) => {
    const target =
      action.kind === 'copy' || action.kind === 'rename' || action.kind === 'download' || action.kind === 'link'
        ? { ...action, what: action.to ?? '' }
        : action;
    if (!staysBehind(target)) return undefined;
    // A container's own timetable is an ordinary thing.
    return action.kind === 'schedule' && !fetches.test(action.text ?? '') ? undefined : confidenceOf(action);
  },
};

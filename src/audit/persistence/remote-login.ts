/** Key lists, the SSH server's settings and PAM rules → who may log in that the distribution does not let in: sshd(8), sshd_config(5), pam.conf(5). */
import { createHash } from 'node:crypto';
import { isOddProgramPlace, toImagePath } from './odd-place.ts';
import { linesOf } from './started-command.ts';

export type KeyFact = {
  readonly is: 'key';
  readonly type: string;
  /** The beginning of the SHA-256 fingerprint that `ssh-keygen -l` shows. */
  readonly fingerprint: string;
  readonly comment: string;
  /** `command="…"` of the options: what runs instead of a shell. */
  readonly command?: string;
  readonly offset: number;
};

export type SshSettingFact = {
  readonly is: 'ssh-setting';
  readonly name: 'empty-passwords' | 'root-login' | 'keys-elsewhere' | 'keys-command' | 'keys-inline';
  readonly value: string;
  readonly offset: number;
};

export type PamFact = {
  readonly is: 'pam';
  readonly what: 'permits-everybody' | 'gives-password-to-program' | 'runs-program' | 'module-elsewhere';
  readonly text: string;
  readonly program?: string;
  readonly offset: number;
};

const keyType =
  /(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d{3}|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)(?:-cert-v01@openssh\.com)?/;
const keyLine = new RegExp(`^(.*?)(?:^|\\s)(${keyType.source})\\s+([A-Za-z0-9+/]{20,}={0,3})(?:\\s+(.*))?$`);

const mostFacts = 100;

/** An e-mail address or a machine's name: enough to find out whose key it is. */
export const readKeys = (text: string): readonly KeyFact[] =>
  linesOf(text, false)
    .flatMap(({ text: line, offset }): readonly KeyFact[] => {
      if (line.length > 32_768 || /^\s*(?:#|$)/.test(line)) return [];
      const found = keyLine.exec(line.trimEnd());
      if (found === null) return [];
      const [, options = '', type = '', blob = '', comment = ''] = found;
      const fingerprint = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').slice(0, 16);
      const command = /(?:^|,)command="((?:[^"\\]|\\.)*)"/.exec(options.trim())?.[1]?.replaceAll('\\"', '"');
      return [
        {
          is: 'key',
          type,
          fingerprint,
          comment: comment.trim().slice(0, 80),
          ...(command === undefined ? {} : { command: command.slice(0, 400) }),
          offset,
        },
      ];
    })
    .slice(0, mostFacts);

const usualKeyFile = /^(?:(?:%h|~)\/)?\.ssh\/authorized_keys2?$|^none$|^\/etc\/(?:ssh|dropbear)\/[\w./%-]+$/;

export const readSshSettings = (text: string): readonly SshSettingFact[] =>
  linesOf(text, false)
    .flatMap(({ text: line, offset }): readonly SshSettingFact[] => {
      const setting = /^\s*(\w+)(?:\s+|\s*=\s*)"?([^#]*?)"?\s*$/.exec(line);
      if (setting === null) return [];
      const [, name = '', value = ''] = setting;
      const fact = (is: SshSettingFact['name']): readonly SshSettingFact[] => [
        { is: 'ssh-setting', name: is, value: value.slice(0, 160), offset },
      ];
      switch (name.toLowerCase()) {
        case 'permitemptypasswords':
          return value.toLowerCase() === 'yes' ? fact('empty-passwords') : [];
        case 'permitrootlogin':
          return value.toLowerCase() === 'yes' ? fact('root-login') : [];
        case 'authorizedkeysfile':
          return value
            .split(/\s+/)
            .every((file) => usualKeyFile.test(file) && !isOddProgramPlace(toImagePath(file.replace(/^\.ssh/, 'ssh'))))
            ? []
            : fact('keys-elsewhere');
        case 'authorizedkeyscommand':
          return value === 'none' || value === '' ? [] : fact('keys-command');
        default:
          return [];
      }
    })
    .slice(0, mostFacts);

/** Services through whose rules a person logs in or becomes root. */
const gate =
  /^(?:common-auth|system-auth|password-auth|login|sshd|su|su-l|sudo|sudo-i|other|remote|base-auth|system-login|system-remote-login|dropbear|polkit-1|vsftpd)$/;

const moduleFolder = /^\/(?:usr\/)?lib(?:32|64|x32)?\/(?:[a-z0-9_]+-linux-[a-z0-9]+\/)?security\/[^/]+$/;

/** `service` is the file's name; in pam.conf each line begins with it. */
export const readPam = (text: string, service: string): readonly PamFact[] => {
  const single = service === 'pam.conf';
  const facts: PamFact[] = [];
  for (const { text: raw, offset } of linesOf(text)) {
    const line = raw.replace(/#.*$/, '').trim();
    const words = /^(?:(\S+)\s+)?-?(auth|account|password|session)\s+(\[[^\]]*\]|\w+)\s+(\S+)(?:\s+(.*))?$/i.exec(line);
    if (words === null) continue;
    const [, named = service, kind = '', control = '', module = '', args = ''] = words;
    const say = (what: PamFact['what'], program?: string): void => {
      facts.push({ is: 'pam', what, text: line.slice(0, 200), ...(program === undefined ? {} : { program }), offset });
    };
    const name = module.slice(module.lastIndexOf('/') + 1);
    if (module.includes('/') && !moduleFolder.test(module)) say('module-elsewhere', module);
    if (name === 'pam_exec.so') {
      const program = args.split(/\s+/).find((word) => word.startsWith('/'));
      const hears = kind.toLowerCase() !== 'session' && /\bexpose_authtok\b/.test(args);
      say(hears ? 'gives-password-to-program' : 'runs-program', program);
    }
    // Behind `sufficient`, or where success ends the stack, nothing after it is asked.
    if (
      name === 'pam_permit.so' &&
      kind.toLowerCase() === 'auth' &&
      gate.test(single ? named : service) &&
      endsAsking(control)
    )
      say('permits-everybody');
  }
  return facts.slice(0, mostFacts);
};

const endsAsking = (control: string): boolean =>
  control.toLowerCase() === 'sufficient' || /\bsuccess=done\b|\bdefault=done\b/.test(control);

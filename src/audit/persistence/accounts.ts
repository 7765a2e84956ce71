/** passwd, shadow, group and sudoers → what in them differs from what distributions ship: passwd(5), shadow(5), group(5), sudoers(5). */
import { isOddProgramPlace, toImagePath } from './odd-place.ts';
import { linesOf } from './started-command.ts';

export type PasswordState = 'none' | 'hash' | 'locked' | 'shadow';

export type AccountFact = {
  readonly is: 'account';
  readonly name: string;
  readonly uid: number;
  readonly shell: string;
  readonly password: PasswordState;
  readonly offset: number;
};

export type PasswordFact = {
  readonly is: 'password';
  readonly name: string;
  readonly password: PasswordState;
  readonly offset: number;
};

export type MemberFact = {
  readonly is: 'member';
  readonly group: string;
  readonly name: string;
  readonly offset: number;
};

export type SudoFact = {
  readonly is: 'sudo';
  readonly who: string;
  readonly what: 'everything' | 'everything-without-password' | 'keeps-preload' | 'asks-nobody' | 'includes';
  readonly text: string;
  readonly offset: number;
};

/** Accounts that distributions make for themselves, for files and daemons: none of them ever logs in. */
const reserved: ReadonlySet<string> = new Set(
  'daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody nobody4 _apt adm halt shutdown operator ftp messagebus dbus sshd ntp chrony rpc rpcuser tcpdump apache nginx squid systemd-network systemd-resolve systemd-timesync systemd-journal systemd-coredump systemd-oom systemd-bus-proxy polkitd uuidd syslog tss avahi saslauth smmsp mailnull postmaster vcsa at cron xfs svn guest'.split(
    ' ',
  ),
);

export const isReservedAccount = (name: string): boolean => reserved.has(name);

const noLogin = /(?:^$|\/(?:nologin|false|sync|halt|shutdown|true|null|nologin\.\w+))$/;

export const isLoginShell = (shell: string): boolean => shell !== '' && !noLogin.test(shell);

/** crypt(5): `$id$…` and the thirteen characters of old; `!`, `*` and anything else match no password. */
export const passwordState = (field: string): PasswordState => {
  if (field === '') return 'none';
  if (field === 'x') return 'shadow';
  return /^(?:\$[\w-]{1,16}\$.{8,}|[./0-9A-Za-z]{13}|_[./0-9A-Za-z]{19})$/.test(field) ? 'hash' : 'locked';
};

const mostFacts = 300;

/** Only accounts that something could be said about: with the number 0, reserved ones, with a password in the open, with an odd shell. */
export const readAccounts = (text: string): readonly AccountFact[] =>
  linesOf(text, false)
    .flatMap(({ text: line, offset }): readonly AccountFact[] => {
      const fields = line.split(':');
      if (fields.length < 7) return [];
      const [name = '', field = '', number = '', , , , shell = ''] = fields;
      // Every reader of passwd takes a number as C does: blanks and zeros before it are no part of it.
      const uid = /^\s*\+?\d{1,10}$/.test(number) ? Number(number) : -1;
      const password = passwordState(field);
      const login = shell.trim();
      const counts =
        uid === 0 ||
        reserved.has(name) ||
        password === 'hash' ||
        (password === 'none' && isLoginShell(login)) ||
        isOddProgramPlace(toImagePath(login));
      return counts
        ? [{ is: 'account', name: name.slice(0, 64), uid, shell: login.slice(0, 120), password, offset }]
        : [];
    })
    .slice(0, mostFacts);

export const readPasswords = (text: string): readonly PasswordFact[] =>
  linesOf(text, false)
    .flatMap(({ text: line, offset }): readonly PasswordFact[] => {
      const [name = '', field] = line.split(':');
      if (field === undefined || name === '' || name.startsWith('#')) return [];
      const password = passwordState(field);
      return password === 'none' || password === 'hash'
        ? [{ is: 'password', name: name.slice(0, 64), password, offset }]
        : [];
    })
    .slice(0, mostFacts);

/** Groups that give rights over the whole system to whoever is in them. */
const powerful = /^(?:sudo|wheel|admin|docker|lxd|libvirt)$/;

export const readMembers = (text: string): readonly MemberFact[] =>
  linesOf(text, false)
    .flatMap(({ text: line, offset }): readonly MemberFact[] => {
      const [group = '', , , members = ''] = line.split(':');
      if (!powerful.test(group)) return [];
      return members
        .split(',')
        .map((name) => name.trim())
        .filter((name) => reserved.has(name))
        .map((name) => ({ is: 'member', group, name, offset }));
    })
    .slice(0, mostFacts);

export const readSudoers = (text: string): readonly SudoFact[] =>
  linesOf(text)
    .flatMap(({ text: raw, offset }): readonly SudoFact[] => {
      const fact = (who: string, what: SudoFact['what']): readonly SudoFact[] => [
        { is: 'sudo', who: who.slice(0, 64), what, text: raw.trim().slice(0, 160), offset },
      ];
      const folder = /^\s*[#@]include(?:dir)?\s+"?([^"\s]+)/.exec(raw)?.[1];
      if (folder !== undefined)
        return folder.startsWith('/') && isOddProgramPlace(`${toImagePath(folder)}/x`) ? fact('', 'includes') : [];
      const line = raw.replace(/(?<!\\)#(?!\d).*$/, '').trim();
      if (line.startsWith('Defaults')) {
        if (/\benv_keep\b[^\n]*\bLD_(?:PRELOAD|AUDIT|LIBRARY_PATH)\b/.test(line)) return fact('', 'keeps-preload');
        return /!authenticate\b/.test(line) ? fact(/^Defaults[:@>!]([^\s]+)/.exec(line)?.[1] ?? '', 'asks-nobody') : [];
      }
      const rule = /^(\S+)\s+[^=]+=\s*(?:\([^)]*\)\s*)?((?:\w+:\s*)*)ALL\s*$/.exec(line);
      if (rule === null) return [];
      const [, who = '', tags = ''] = rule;
      if (/^(?:root|%sudo|%wheel|%admin)$/.test(who) && !tags.includes('NOPASSWD')) return [];
      return fact(who, tags.includes('NOPASSWD') ? 'everything-without-password' : 'everything');
    })
    .slice(0, mostFacts);

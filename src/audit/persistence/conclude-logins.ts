/** Facts of accounts, sudo, keys, the SSH server and login rules → findings: who may come in that should not. */
import type { Finding } from '../../core/finding.ts';
import { isLoginShell, isReservedAccount, type AccountFact, type PasswordFact, type SudoFact } from './accounts.ts';
import type { Fact } from './inspect-file.ts';
import { isOddProgramPlace, toImagePath } from './odd-place.ts';
import type { KeyFact, PamFact, SshSettingFact } from './remote-login.ts';
import { excerptOf, stateFinding, type Seen, type StatementId } from './statement.ts';

export interface Sighting<One> {
  readonly seen: Seen;
  readonly fact: One;
}

const state = (id: StatementId, { seen, fact }: Sighting<{ readonly offset: number }>, text: string): Finding =>
  stateFinding(id, [excerptOf(seen, fact.offset, text)]);

/** Never the hash itself. */
const accountText = ({ name, uid, shell, password }: AccountFact): string =>
  `${name}:${password === 'hash' ? '…' : password === 'shadow' ? 'x' : ''}:${uid}:…:${shell}`;

/** Daemons whose makers and users give them a shell now and then. */
const daemons: ReadonlySet<string> = new Set(
  'www-data nginx apache squid ftp svn proxy backup list nobody news uucp games man lp mail git cron postmaster'.split(
    ' ',
  ),
);

const judgeAccounts = (
  accounts: readonly Sighting<AccountFact>[],
  passwords: ReadonlyMap<string, PasswordFact>,
): readonly Finding[] => {
  const system = accounts.filter(({ fact }) => isReservedAccount(fact.name));
  const withShell = system.filter(({ fact }) => isLoginShell(fact.shell));
  // Distributions of old gave a shell to every one of them.
  const isUsual = withShell.length > 2 || system.length - withShell.length < 3;
  return accounts.flatMap((account): readonly Finding[] => {
    const { fact } = account;
    const text = accountText(fact);
    const password = fact.password === 'shadow' ? (passwords.get(fact.name)?.password ?? 'locked') : fact.password;
    const canLogIn = isLoginShell(fact.shell) && (password === 'hash' || password === 'none');
    const findings: Finding[] = [];
    if (isOddProgramPlace(toImagePath(fact.shell))) findings.push(state('shell-in-odd-place', account, text));
    if (fact.uid === 0 && fact.name !== 'root')
      findings.push(state(canLogIn ? 'second-root' : 'second-root-locked', account, text));
    else if (isReservedAccount(fact.name) && canLogIn) findings.push(state('system-account-password', account, text));
    else if (isReservedAccount(fact.name) && isLoginShell(fact.shell) && !isUsual)
      findings.push(state(daemons.has(fact.name) ? 'service-account-shell' : 'system-account-shell', account, text));
    else if (fact.password === 'hash' && fact.name !== 'root')
      findings.push(state('password-in-account-list', account, text));
    else if (password === 'none' && isLoginShell(fact.shell))
      findings.push(state('account-without-password', account, text));
    return findings;
  });
};

const sudoIds: Readonly<Record<SudoFact['what'], StatementId | undefined>> = {
  everything: undefined,
  'everything-without-password': 'sudo-without-password',
  'keeps-preload': 'sudo-keeps-preload',
  'asks-nobody': 'sudo-without-password',
  includes: 'sudo-reads-odd-place',
};

const judgeSudo = (sighting: Sighting<SudoFact>): readonly Finding[] => {
  const { who, what, text } = sighting.fact;
  if (isReservedAccount(who)) return [state('sudo-for-system-account', sighting, text)];
  if (who === 'ALL' && what === 'everything-without-password') return [state('sudo-for-everybody', sighting, text)];
  const id = sudoIds[what];
  return id === undefined ? [] : [state(id, sighting, text)];
};

const judgeKey = (sighting: Sighting<KeyFact>): Finding => {
  const { path } = sighting.seen;
  const { type, fingerprint, comment } = sighting.fact;
  const id: StatementId = path.startsWith('root/')
    ? 'key-for-root'
    : path.startsWith('home/') || path.startsWith('etc/skel/')
      ? 'key-for-user'
      : path.startsWith('etc/')
        ? path.startsWith('etc/dropbear/')
          ? 'key-for-root'
          : 'key-outside-homes'
        : 'key-for-service-account';
  return state(id, sighting, `${type} SHA256:${fingerprint}… ${comment}`.trim());
};

const judgeSsh = (sighting: Sighting<SshSettingFact>, rootIsOpen: boolean): readonly Finding[] => {
  const { name, value } = sighting.fact;
  switch (name) {
    case 'empty-passwords':
      return [state(rootIsOpen ? 'ssh-open-root' : 'ssh-without-password', sighting, `PermitEmptyPasswords ${value}`)];
    case 'root-login':
      return [state('ssh-root-login', sighting, `PermitRootLogin ${value}`)];
    case 'keys-elsewhere': {
      const odd = value
        .split(/\s+/)
        .some((file) => isOddProgramPlace(toImagePath(file.replace(/^(?:(?:%h|~)\/)?\.ssh\//, 'ssh/'))));
      return [state(odd ? 'ssh-keys-in-odd-place' : 'ssh-keys-elsewhere', sighting, `AuthorizedKeysFile ${value}`)];
    }
    default:
      return [state('ssh-keys-elsewhere', sighting, `AuthorizedKeysCommand ${value}`)];
  }
};

const judgePam = (sighting: Sighting<PamFact>): readonly Finding[] => {
  const { what, text, program } = sighting.fact;
  const odd = program !== undefined && isOddProgramPlace(toImagePath(program));
  if (odd) return [state('login-runs-hidden-program', sighting, text)];
  switch (what) {
    case 'permits-everybody':
      return [state('login-permits-everybody', sighting, text)];
    case 'gives-password-to-program':
      return [state('login-gives-password-away', sighting, text)];
    case 'runs-program':
      return [state('login-runs-program', sighting, text)];
    default:
      return /^\/(?:opt|usr\/local)\//.test(program ?? '') ? [] : [state('login-module-elsewhere', sighting, text)];
  }
};

/** `sightings` of all layers. Of the lists that each layer replaces as a whole, only what the final tree shows counts. */
export const concludeLogins = (sightings: readonly Sighting<Fact>[]): readonly Finding[] => {
  const accounts: Sighting<AccountFact>[] = [];
  const passwords = new Map<string, PasswordFact>();
  const findings: Finding[] = [];
  for (const { seen, fact } of sightings) {
    if (fact.is === 'account' && !seen.hidden) accounts.push({ seen, fact });
    if (fact.is === 'password' && !seen.hidden) passwords.set(fact.name, fact);
  }
  const rootIsOpen =
    passwords.get('root')?.password === 'none' ||
    accounts.some(({ fact }) => fact.name === 'root' && fact.password === 'none');
  for (const { seen, fact } of sightings) {
    if (fact.is === 'sudo') findings.push(...judgeSudo({ seen, fact }));
    if (fact.is === 'key') findings.push(judgeKey({ seen, fact }));
    if (fact.is === 'ssh-setting' && !seen.hidden) findings.push(...judgeSsh({ seen, fact }, rootIsOpen));
    if (fact.is === 'pam') findings.push(...judgePam({ seen, fact }));
    if (fact.is === 'member' && !seen.hidden)
      findings.push(state('system-account-in-group', { seen, fact }, `${fact.group}: ${fact.name}`));
  }
  return [...judgeAccounts(accounts, passwords), ...findings];
};

/** `docker-credential-NAME get` → a login. Docker's credential helper protocol. */
import { spawn } from 'node:child_process';
import type { Login } from './auth-file.ts';

/** Why there is no login, in words without secrets. */
export interface NoLogin {
  readonly kind: 'none';
  readonly reason: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface ProgramLimits {
  readonly timeoutMs: number;
  readonly outputBytes: number;
}

const defaultProgramLimits: ProgramLimits = { timeoutMs: 30_000, outputBytes: 64 * 1024 };

/** What the known programs read: where their keyring, agent, cloud account and configuration are. Nothing else is handed on. */
const passedOn =
  /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_ALL|TMPDIR|DISPLAY|WAYLAND_DISPLAY|DBUS_SESSION_BUS_ADDRESS|XDG_[A-Z_]+|GNUPGHOME|GPG_TTY|PASSWORD_STORE_[A-Z_]+|DOCKER_CONFIG|(?:AWS|GOOGLE|CLOUDSDK|GCLOUD|AZURE|ECR)_[A-Z0-9_]+|(?:https?|no)_proxy|(?:HTTPS?|NO)_PROXY|SSL_CERT_(?:FILE|DIR)|SystemRoot|USERPROFILE|APPDATA|LOCALAPPDATA|PATHEXT)$/;

/** A name becomes part of a program's name: no path, no option. */
export const isProgramName = (name: string): boolean => /^[a-zA-Z0-9._-]+$/.test(name) && !name.startsWith('.');

const parseAnswer = (text: string): Login | undefined => {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { Username: username, Secret: secret } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof username !== 'string' || typeof secret !== 'string' || secret === '') return undefined;
  return username === '<token>'
    ? { kind: 'identity-token', token: secret }
    : { kind: 'password', username, password: secret };
};

/**
 * Runs without a shell, with a small environment, and is killed when it takes too long or says too much. Never throws:
 * a broken program must not stop the audit of a public image.
 */
export const askCredentialProgram = async (
  name: string,
  server: string,
  environment: Environment,
  limits: ProgramLimits = defaultProgramLimits,
): Promise<Login | NoLogin> => {
  const none = (reason: string): NoLogin => ({ kind: 'none', reason });
  if (!isProgramName(name)) return none('the name of its credential program is not valid');
  const program = `docker-credential-${name}`;
  const env = Object.fromEntries(
    Object.entries(environment).filter(([key, value]) => value !== undefined && passedOn.test(key)),
  );
  const { promise, resolve } = Promise.withResolvers<Login | NoLogin>();
  const child = spawn(program, ['get'], { env, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
  const chunks: Buffer[] = [];
  let size = 0;
  const end = (outcome: Login | NoLogin): void => {
    clearTimeout(timer);
    resolve(outcome);
  };
  const stop = (reason: string): void => {
    child.kill('SIGKILL');
    child.stdout.destroy();
    end(none(reason));
  };
  const timer = setTimeout(
    () => stop(`${program} did not answer within ${limits.timeoutMs / 1000} seconds`),
    limits.timeoutMs,
  );
  child.on('error', (error: NodeJS.ErrnoException) =>
    end(none(error.code === 'ENOENT' ? `${program} is not installed` : `${program} cannot be run`)),
  );
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limits.outputBytes) stop(`${program} answered too much`);
    else chunks.push(chunk);
  });
  child.on('close', (status) => {
    const login = status === 0 ? parseAnswer(Buffer.concat(chunks).toString('utf8')) : undefined;
    end(login ?? none(`${program} has no login for ${server}`));
  });
  child.stdin.end(`${server}\n`);
  return promise;
};

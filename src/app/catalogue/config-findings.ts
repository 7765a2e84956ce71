/** Findings of the analyzers `hash` and `image-config`: known-bad content, and what an image starts, as whom and how it was built. */
import type { Explanation } from './words.ts';

const revoke =
  'Revoke it: everybody who can pull the image has it. Hand secrets over at run time, or as build secrets.';

export const configFindings = {
  'hash/known-bad-file': {
    means: 'A file has a hash that a feed of known-bad ones lists. The title says what the feed calls it.',
    advice: 'Do not run the image. Where it ran, treat the host as compromised until shown otherwise.',
  },
  'hash/known-bad-image': {
    means: 'The digest of the index, manifest or config is in a feed of known-bad ones.',
    advice: 'Do not run it. Where it ran, treat the host as compromised until shown otherwise.',
  },
  'hash/known-bad-layer': {
    means: 'The digest of a layer, packed or unpacked, is in a feed of known-bad ones.',
    advice: 'Do not run the image, nor any other that has this layer.',
  },
  'image-config/built-by-fetch-and-run': {
    means: 'A build step piped something from the network straight into a shell. Many honest images are built so.',
    advice: 'Pin what is downloaded by its digest: the next build may run something else.',
  },
  'image-config/built-with-miner-arguments': {
    means: 'A build step held a mining pool or a miner’s own options. It may have mined on the machine that built it.',
    advice: 'Find out what that step left behind, and build anew without it.',
  },
  'image-config/built-with-reverse-shell': {
    means: 'A build step opened a shell to an address: whoever is there was on the machine that built the image.',
    advice: 'Treat the machine that built it as compromised, and build anew elsewhere.',
  },
  'image-config/decode-and-run': {
    means:
      'The start command or health check decodes a hidden program and runs it. Honest images do not hide what they start.',
    advice: 'Do not run it. Decode it elsewhere and read what it does.',
  },
  'image-config/exposes-remote-access': {
    means: 'The image offers a port for remote access, such as SSH, Telnet, RDP, VNC or the Docker API.',
    advice: 'Containers are entered through their engine: ask what the port is for.',
  },
  'image-config/fetch-and-run': {
    means:
      'The start command or health check downloads a program and runs it: what runs is not in the image and can change at any time.',
    advice: 'Do not run it. Ask the publisher for an image that carries its programs, and block the address.',
  },
  'image-config/invisible-text': {
    means:
      'A label holds invisible or direction-changing characters: a person reads something else than a program compares.',
    advice: 'Compare it character by character with what you expect.',
  },
  'image-config/miner-arguments': {
    means: 'The start command has the arguments of a coin miner: a pool, a wallet or a miner’s own options.',
    advice: 'Unless mining is what you want, do not run it, and block the pool.',
  },
  'image-config/onbuild-decode-and-run': {
    means: 'Every image built on this one decodes a hidden program and runs it, in your build and with your secrets.',
    advice: 'Build on an image without it.',
  },
  'image-config/onbuild-fetch-and-run': {
    means: 'Every image built on this one downloads a program and runs it, in your build and with your secrets.',
    advice: 'Build on an image without it.',
  },
  'image-config/preload': {
    means: 'A variable such as LD_PRELOAD forces a library into every program. Memory allocators are used so.',
    advice: 'Make sure that the library is the one that you expect there.',
  },
  'image-config/preload-from-odd-place': {
    means: 'A library from a hidden or temporary folder is forced into every program, as rootkits do it.',
    advice: 'Look at the library: what hides files and processes is hostile.',
  },
  'image-config/reverse-shell': {
    means: 'The start command or health check gives a shell to somebody elsewhere.',
    advice: 'Do not run it. Where it ran: isolate the host, and change every secret that the container could read.',
  },
  'image-config/runs-as-root': {
    means: 'The program runs as root unless told otherwise.',
    advice: 'Set USER in the build, or a user when you run it.',
  },
  'image-config/secret-in-environment': {
    means: 'A variable of the image holds what is or looks like a password, token or key. The report does not show it.',
    advice: revoke,
  },
  'image-config/secret-in-history': {
    means:
      'A build step in the history holds what is or looks like a password, token or key. The report does not show it.',
    advice: revoke,
  },
  'image-config/starts-from-odd-place': {
    means:
      'The image starts a program from a folder for temporary files. Builders put programs elsewhere, droppers put them there.',
    advice: 'Look at the program before you run the image.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;

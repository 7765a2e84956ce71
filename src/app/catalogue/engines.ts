/** Codes of `docker-daemon:` and `containerd:`: finding the container engines of this machine and getting an image out of one. */
import type { Explanation } from './words.ts';

export const engines = {
  CONTAINERD_CONTENT_MISSING: {
    means:
      'containerd lists the image and has not kept the packed layer: it drops what is unpacked where discard_unpacked_layers is set.',
    advice: 'Scan the image in its registry, or fetch its content again: ctr -n NAMESPACE content fetch NAME.',
  },
  ENGINE_ANSWER_INVALID: {
    means: 'The engine answers with an error, or with something that is no answer of its API.',
    advice:
      'Read what it said in the message. Look at the engine’s log, or scan docker-archive:FILE made by docker save.',
  },
  ENGINE_CONFIG_INVALID: {
    means:
      'Docker’s configuration cannot be used: config.json or a context is no JSON, the context does not exist, or a certificate is none.',
    advice: 'See docker context ls; correct the file that the message names, or set DOCKER_HOST.',
  },
  ENGINE_CONTENT_MISSING: {
    means:
      'The engine lists the image and does not hold all of its layers: with containerd’s store it fetches none whose files it has from another image.',
    advice: 'Scan the image in its registry, or remove both images from the engine and pull this one again.',
  },
  ENGINE_HOST_UNSUPPORTED: {
    means:
      'DOCKER_HOST or the Docker context names an engine that is reached another way than unix:// or tcp://, for example ssh://.',
    advice: 'Run Tidewaiter on that machine; or save the image there with docker save, and scan docker-archive:FILE.',
  },
  ENGINE_IMAGE_MISSING: {
    means: 'An engine answers and has no image of this name.',
    advice: 'See docker images. To scan an image that is not pulled, name it without docker-daemon:.',
  },
  ENGINE_PLAIN_HTTP: {
    means:
      'The engine is on another machine and would be asked without TLS: anybody in between could change the image.',
    advice:
      'Set DOCKER_CERT_PATH and DOCKER_TLS_VERIFY; or, in a network that you trust, --insecure-registry HOST:PORT.',
  },
  ENGINE_REFUSES: {
    means: 'The engine answers, and refuses what it was asked; the message has its words.',
    advice:
      'Look at the engine’s log. A list that is too long for one answer gets shorter when unused images are removed.',
  },
  ENGINE_TLS_UNVERIFIED: {
    means:
      'The engine is on another machine, and its certificate would not be checked: anybody in between could change the image.',
    advice:
      'Set DOCKER_TLS_VERIFY=1, or skip-tls-verify=false in the Docker context; or, in a network that you trust, --insecure-registry HOST:PORT.',
  },
  ENGINE_TRANSFER_BROKEN: {
    means: 'The engine broke off while it was sending the image.',
    advice: 'Look at the engine’s log and its disk space, and scan again.',
  },
  ENGINE_UNREACHABLE: {
    means:
      'No container engine answers where one was looked for; the message lists the places and what happened there.',
    advice:
      'Start Docker or "podman system service", let this user access its socket, or set DOCKER_HOST. "tidewaiter doctor" shows what is reached.',
  },
  ENGINE_UNTRUSTED: {
    means: 'The certificate of the engine is not valid for this machine: unknown authority, other name, or expired.',
    advice:
      'Put its authority into ca.pem in DOCKER_CERT_PATH or in the Docker context. Otherwise suspect whoever is in between.',
  },
  PROTOBUF_INVALID: {
    means: 'An answer of containerd or of a Kubernetes container runtime is no message of its API.',
    advice: 'Check that the socket is the engine’s own, and its version; then report it to us with that version.',
  },
  PROTOBUF_TOO_LARGE: {
    means: 'An answer of containerd or of a Kubernetes container runtime has more fields than any honest one.',
    advice: 'Check what answers at the socket. Remove images and containers that nobody uses.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;

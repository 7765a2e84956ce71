/** Codes of `scan --running`: engines that cannot be asked, images that cannot be read from where they run. */
import type { Explanation } from './words.ts';

export const running = {
  ENGINE_FORBIDDEN: {
    means: 'A container engine is there, and this user may not ask it: which images it holds and runs is unknown.',
    advice: 'Run Tidewaiter as root, or as a user who may use the engine’s socket.',
  },
  ENGINE_NOT_RUNNING: {
    means: 'A container engine keeps images on this machine and does not run: nobody tells what they are.',
    advice: 'Start the engine, for Podman with podman system service --time=0, and scan again; or remove its images.',
  },
  IMAGE_CONTENT_UNREACHABLE: {
    means:
      'A container runtime lists the image through CRI, which gives no content, and no engine that gives content holds the image.',
    advice:
      'With CRI-O, run podman system service as root: it reads the same store. Else scan the image in its registry by its digest, or copy it with skopeo to oci-archive:FILE.',
  },
  IMAGE_ELSEWHERE: {
    means: 'A pod of the cluster runs the image on another machine; no engine on this one holds it.',
    advice: 'Run "tidewaiter scan --running" on the node, or scan the image in its registry by its digest.',
  },
  IMAGE_RECORD_GONE: {
    means:
      'A container was made of an image that its engine lists no more, or of a folder that never was an image: what runs there cannot be read.',
    advice: 'Start the container anew from an image that is there, or scan its files with rootfs:DIR.',
  },
  KUBERNETES_CONFIG_INVALID: {
    means: 'The configuration for a Kubernetes cluster cannot be used: no YAML, a file that is missing, no server.',
    advice: 'Correct the file that the message names, or set KUBECONFIG; KUBECONFIG=/dev/null leaves the cluster out.',
  },
  KUBERNETES_LOGIN_UNSUPPORTED: {
    means: 'The configuration logs in to the cluster by a program or a password, which Tidewaiter does not do.',
    advice:
      'Run kubectl proxy and write a kubeconfig with server: http://127.0.0.1:8001, or one with a token made by kubectl create token.',
  },
  KUBERNETES_REFUSES: {
    means: 'The cluster’s API server answers, and does not list the pods; the message has its words.',
    advice: 'Give the login the right to list pods in all namespaces, or set KUBECONFIG to one that has it.',
  },
  KUBERNETES_UNPROTECTED: {
    means: 'The cluster’s API server would be asked without TLS, or whatever certificate it shows.',
    advice:
      'Use https:// with the cluster’s certificate-authority; or, in a network that you trust, --insecure-registry HOST:PORT.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;

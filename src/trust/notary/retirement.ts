/**
 * Docker Content Trust is on its way out; whoever relies on it should know. Sources: Docker's announcements "Retiring Docker
 * Content Trust" (docker.com/blog/retiring-docker-content-trust, and its sequel on notary.docker.io), and Microsoft's
 * "Transition from Docker Content Trust to Notary Project" (learn.microsoft.com, Azure Container Registry).
 */
export const retirement =
  'Docker Content Trust (Notary v1) is being retired: Docker is closing notary.docker.io, and Azure Container Registry removes it on 31 March 2028. Docker names Sigstore (cosign) and Notation as ways to sign instead, Microsoft the Notary Project (notation).';

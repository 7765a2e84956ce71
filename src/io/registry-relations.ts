/**
 * Which hosts a well-known registry sends its clients to, although they do not look related. Data only.
 * A registry's own domain needs no entry: hosts of one site may always lead to each other (host-policy.ts).
 */

export interface RegistryRelation {
  /** Host patterns of the registry. */
  readonly registry: readonly string[];
  /** Where its blobs, and for front doors its manifests, may be redirected to. */
  readonly content: readonly string[];
  /** Where its token service may be. */
  readonly realms?: readonly string[];
}

export const registryRelations: readonly RegistryRelation[] = [
  // docs.docker.com/desktop/setup/allow-list: "Domain URLs to allow"; the bucket carries the account in its name since 2025.
  {
    registry: ['docker.io', 'registry-1.docker.io', 'index.docker.io'],
    content: [
      'production.cloudflare.docker.com',
      'production.cloudfront.docker.com',
      'docker-images-prod.r2.cloudflarestorage.com',
      'docker-images-prod.*.r2.cloudflarestorage.com',
    ],
  },
  // docs.github.com, "Working with the Container registry", and the allow-list for self-hosted runners.
  { registry: ['ghcr.io', 'docker.pkg.github.com'], content: ['pkg-containers.githubusercontent.com'] },
  // access.redhat.com/articles/7084334: "Firewall changes for container image pulls": blobs of all Red Hat registries come from here.
  {
    registry: ['quay.io', 'registry.redhat.io', 'registry.access.redhat.com', 'registry.connect.redhat.com'],
    content: ['cdn.quay.io', 'cdn*.quay.io', 'quay.io', 'quayio-production-s3.s3.amazonaws.com'],
    realms: ['sso.redhat.com'],
  },
  // cloud.google.com/artifact-registry/docs/pull-cached-dockerhub-images and VPC-SC guides: downloads go through Cloud Storage.
  {
    registry: ['gcr.io', '*.gcr.io', '*.pkg.dev'],
    content: ['storage.googleapis.com', '*.pkg.dev', 'artifactregistry.googleapis.com'],
  },
  // learn.microsoft.com/azure/container-registry/container-registry-firewall-access-rules, and dedicated data endpoints.
  {
    registry: ['*.azurecr.io', '*.*.geo.azurecr.io'],
    content: [
      '*.blob.core.windows.net',
      '*.blob.storage.azure.net',
      '*.*.blob.storage.azure.net',
      '*.*.data.azurecr.io',
    ],
  },
  {
    registry: ['*.azurecr.cn', '*.azurecr.us'],
    content: [
      '*.blob.core.chinacloudapi.cn',
      '*.blob.core.usgovcloudapi.net',
      '*.*.data.azurecr.cn',
      '*.*.data.azurecr.us',
    ],
  },
  // github.com/microsoft/containerregistry, "client firewall rules": `*.data.mcr.microsoft.com`, formerly `*.cdn.mscr.io`.
  {
    registry: ['mcr.microsoft.com', '*.mcr.microsoft.com'],
    content: ['*.data.mcr.microsoft.com', '*.cdn.mscr.io'],
  },
  // docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html: "minimum Amazon S3 bucket permissions".
  {
    registry: ['*.dkr.ecr.*.amazonaws.com', '*.dkr.ecr-fips.*.amazonaws.com', '*.dkr-ecr.*.on.aws'],
    content: ['prod-*-starport-layer-bucket.s3.*.amazonaws.com', 'prod-*-starport-layer-bucket.s3.amazonaws.com'],
  },
  {
    registry: ['*.dkr.ecr.*.amazonaws.com.cn'],
    content: ['prod-*-starport-layer-bucket.s3.*.amazonaws.com.cn'],
  },
  // aws.amazon.com/blogs/aws/amazon-ecr-public-a-new-public-container-registry: layers are cached in CloudFront.
  { registry: ['public.ecr.aws', 'ecr-public.aws.com'], content: ['*.cloudfront.net'] },
  // github.com/kubernetes/registry.k8s.io, cmd/archeio: manifests at Artifact Registry, blobs there or in S3 mirrors.
  {
    registry: ['registry.k8s.io'],
    content: [
      '*-docker.pkg.dev',
      'prod-registry-k8s-io-*.s3.dualstack.*.amazonaws.com',
      'prod-registry-k8s-io-*.s3.*.amazonaws.com',
      'storage.googleapis.com',
    ],
  },
  { registry: ['k8s.gcr.io'], content: ['registry.k8s.io'] },
  // docs.gitlab.com, gitlab.com settings: "registry CDN".
  {
    registry: ['registry.gitlab.com'],
    content: ['cdn.registry.gitlab-static.net', 'storage.googleapis.com'],
    realms: ['gitlab.com'],
  },
  // docs.nvidia.com/ngc, "Firewall rules".
  { registry: ['nvcr.io'], content: ['layers.nvcr.io', 'xfiles.ngc.nvidia.com'], realms: ['authn.nvidia.com'] },
  // docs.digitalocean.com, container registry: layers in Spaces, tokens from the API.
  {
    registry: ['registry.digitalocean.com'],
    content: ['*.digitaloceanspaces.com'],
    realms: ['api.digitalocean.com'],
  },
  // edu.chainguard.dev, "Network requirements".
  { registry: ['cgr.dev'], content: ['*.r2.cloudflarestorage.com', 'storage.googleapis.com'] },
];

/** Where layers with a foreign media type may lie: Windows base layers, which may not be pushed elsewhere (learn.microsoft.com). */
export const foreignLayerHosts: readonly string[] = [
  'mcr.microsoft.com',
  'go.microsoft.com',
  '*.data.mcr.microsoft.com',
];

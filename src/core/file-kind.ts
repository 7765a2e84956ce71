/** What a content is, told by its first bytes, never by its name. The words are public: reports and rules use them. */
export const fileKinds = [
  'empty',
  'elf',
  'pe',
  'macho',
  'java-class',
  'python-bytecode',
  'wasm',
  'script',
  'text',
  'zip',
  'tar',
  'gzip',
  'zstd',
  'xz',
  'bzip2',
  'lz4',
  'lzma',
  'ar',
  'rpm',
  'cpio',
  '7z',
  'rar',
  'sqlite',
  'image',
  'font',
  'audio',
  'video',
  'pdf',
  'pem',
  'registry-hive',
  'disk',
  'data',
] as const;
export type FileKind = (typeof fileKinds)[number];

/** Kinds that a kernel or an interpreter runs. */
export const isProgram = (kind: FileKind): boolean =>
  kind === 'elf' ||
  kind === 'pe' ||
  kind === 'macho' ||
  kind === 'script' ||
  kind === 'java-class' ||
  kind === 'python-bytecode' ||
  kind === 'wasm';

/** Why a file could not be read or written, in words. */

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'it is a folder',
  ELOOP: 'its links go round in a circle',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'no space is left there',
  ENOTDIR: 'there is no such file or folder',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
};

export const fileProblem = (thrown: unknown): string => {
  const { code = '', message } = thrown as NodeJS.ErrnoException;
  return reasons[code] ?? message;
};

/** Numbers of system calls that matter here → their names, for each machine (linux: syscall_64.tbl, syscall_32.tbl, asm-generic/unistd.h). */

/** `name x86_64 i386 arm64`; `-` where the machine has none. */
const table = `
execve 59 11 221
execveat 322 358 281
connect 42 362 203
bind 49 361 200
listen 50 363 201
accept 43 - 202
accept4 288 364 242
open 2 5 -
openat 257 295 56
openat2 437 437 437
creat 85 8 -
rename 82 38 -
renameat 264 302 38
renameat2 316 353 276
unlink 87 10 -
unlinkat 263 301 35
link 86 9 -
symlink 88 83 -
linkat 265 303 37
symlinkat 266 304 36
chmod 90 15 -
fchmod 91 94 52
fchmodat 268 306 53
truncate 76 92 45
mknod 133 14 -
mknodat 259 297 33
mkdir 83 39 -
mkdirat 258 296 34
mount 165 21 40
umount2 166 52 39
chroot 161 61 51
pivot_root 155 217 41
ptrace 101 26 117
setns 308 346 268
unshare 272 310 97
init_module 175 128 105
finit_module 313 350 273
delete_module 176 129 106
bpf 321 357 280
personality 135 136 92
memfd_create 319 356 279
kill 62 37 129
setuid 105 23 146
sendto 44 369 206
`;

const architectures: Readonly<Record<string, number>> = { c000003e: 0, '40000003': 1, c00000b7: 2 };

const names: readonly ReadonlyMap<number, string>[] = [0, 1, 2].map(
  (column) =>
    new Map(
      table
        .trim()
        .split('\n')
        .map((line) => line.split(' '))
        .filter((words) => words[column + 1] !== '-')
        .map((words) => [Number(words[column + 1]), words[0] ?? '']),
    ),
);

/** undefined for other calls and other machines. */
export const systemCallName = (architecture: string | undefined, number: string | undefined): string | undefined => {
  const column = architectures[architecture ?? ''];
  return column === undefined || number === undefined ? undefined : names[column]?.get(Number(number));
};

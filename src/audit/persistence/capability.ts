/** The attribute `security.capability` of a file → the rights that it gives: capabilities(7), struct vfs_cap_data of linux/capability.h. */

/** In the order of their numbers. */
const names =
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore'.split(
    ' ',
  );

/** With one of these a program is root, or can make itself root. */
const whole: ReadonlySet<string> = new Set(
  'setuid setgid sys_admin sys_ptrace sys_module dac_override dac_read_search setfcap chown fowner sys_rawio mknod'.split(
    ' ',
  ),
);

export const isWhole = (right: string): boolean => whole.has(right);

/** Permitted and inheritable ones, in lower case without `cap_`. Revisions 1, 2 and 3 in the top byte of the first word; then pairs of permitted and inheritable, 32 bits each. */
export const readCapabilities = (value: Uint8Array): readonly string[] => {
  if (value.length < 12) return [];
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const magic = view.getUint32(0, true);
  const revision = magic >>> 24;
  if (revision < 1 || revision > 3) return [];
  const words = revision === 1 ? 1 : 2;
  if (value.length < 4 + words * 8) return [];
  const rights: string[] = [];
  for (let word = 0; word < words; word += 1) {
    const bits = (view.getUint32(4 + word * 8, true) | view.getUint32(8 + word * 8, true)) >>> 0;
    for (let bit = 0; bit < 32; bit += 1)
      if ((bits >>> bit) % 2 === 1) rights.push(names[word * 32 + bit] ?? `number_${word * 32 + bit}`);
  }
  return rights;
};

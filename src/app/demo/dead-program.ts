/** Strings → an x86-64 ELF program that carries them and does nothing but end. For the demo: what it shows must never run. */

const headerSize = 64;
const programHeaderSize = 56;
const loadAddress = 0x40_0000n;

/** `exit(0)`: xor edi, edi · mov eax, 60 · syscall. */
const exitAtOnce = Uint8Array.of(0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05);

/** ELF-64 object file format, one loadable segment with the code first and the strings behind it. */
export const deadProgram = (strings: readonly string[]): Uint8Array => {
  const text = Buffer.from(`${strings.join('\0')}\0`, 'latin1');
  const start = headerSize + programHeaderSize;
  const file = Buffer.alloc(start + exitAtOnce.length + text.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(62, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(loadAddress + BigInt(start), 24);
  file.writeBigUInt64LE(BigInt(headerSize), 32);
  file.writeUInt16LE(headerSize, 52);
  file.writeUInt16LE(programHeaderSize, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt16LE(64, 58);
  const program = file.subarray(headerSize);
  program.writeUInt32LE(1, 0);
  program.writeUInt32LE(5, 4);
  program.writeBigUInt64LE(0n, 8);
  program.writeBigUInt64LE(loadAddress, 16);
  program.writeBigUInt64LE(loadAddress, 24);
  program.writeBigUInt64LE(BigInt(file.length), 32);
  program.writeBigUInt64LE(BigInt(file.length), 40);
  program.writeBigUInt64LE(0x1000n, 48);
  file.set(exitAtOnce, start);
  file.set(text, start + exitAtOnce.length);
  return file;
};

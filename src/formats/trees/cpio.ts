/** Cpio → its files: newc, crc, odc and the old binary format (cpio(5)); several archives one after the other, as an initramfs holds. */
import { ByteReader } from '../byte-reader.ts';
import { isCpio, readCpio } from '../cpio-reader.ts';
import { reportTrailingData, zerosAtStart } from '../trailing-data.ts';
import type { Tree } from '../tree.ts';

const blockSize = 1 << 16;

const skipZeros = async (reader: ByteReader): Promise<void> => {
  for (let bytes = await reader.peek(blockSize); bytes.length > 0; bytes = await reader.peek(blockSize)) {
    const zeros = zerosAtStart(bytes);
    await reader.skip(zeros);
    if (zeros < bytes.length) return;
  }
};

export const cpio: Tree = {
  id: 'cpio',
  about: 'Cpio archives: newc, crc, odc and binary, also one after the other',
  detect: isCpio,
  async *walk(stream, budget, remark) {
    const reader = new ByteReader(stream, budget.where, 'CPIO_TRUNCATED');
    try {
      for (let archives = 0; ; archives += 1) {
        if (archives === 1)
          remark({
            kind: 'ambiguity',
            code: 'CPIO_ARCHIVES_SEVERAL',
            where: '',
            reason: 'a second archive follows the end mark: the kernel goes on there, cpio stops',
            bytes: 0,
          });
        yield* readCpio(reader, { budget, remark });
        await skipZeros(reader);
        if (!isCpio(await reader.peek(6))) break;
      }
      await reportTrailingData(reader, { name: 'cpio', padding: 'zeros' }, remark);
    } finally {
      await reader.close();
    }
  },
};

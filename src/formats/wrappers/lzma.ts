/** LZMA alone, as lzma-utils wrote it before xz → the bytes inside (lzma-file-format.txt of XZ Utils). */
import type { Budget } from '../../core/budget.ts';
import type { ByteStream } from '../../core/bytes.ts';
import { malformed, overLimit } from '../../core/fault.ts';
import { ByteReader } from '../byte-reader.ts';
import { isLzmaAlone, LzmaDecoder, lzmaAloneHeader, parseLzmaAlone } from '../lzma.decoder.ts';
import { reportTrailingData } from '../trailing-data.ts';
import { UnpackingMeter } from '../unpacking-meter.ts';
import type { OnRemark, Wrapper } from '../wrapper.ts';

const pieceSize = 1 << 16;
/** More than any symbol takes. */
const smallPiece = 64;
/** 64 MiB, the largest of the presets. */
const maximumDictionary = 2 ** 26;

async function* unwrapLzma(stream: ByteStream, budget: Budget, remark: OnRemark): ByteStream {
  const { where } = budget;
  const reader = new ByteReader(stream, where, 'LZMA_TRUNCATED');
  const meter = new UnpackingMeter(budget);
  try {
    const { properties, dictionary, size } = parseLzmaAlone(await reader.read(lzmaAloneHeader));
    if (properties === undefined) throw malformed('LZMA_DATA_INVALID', 'an LZMA header with unknown properties', where);
    if (dictionary > maximumDictionary)
      throw overLimit('LZMA_DICTIONARY_TOO_LARGE', `the LZMA data need a dictionary of ${dictionary} bytes`, where);
    const decoder = new LzmaDecoder(properties, dictionary, size);
    while (decoder.state() === 'open') {
      let piece = await reader.peekSome(pieceSize);
      if (piece === undefined || piece.length < smallPiece) piece = await reader.peek(smallPiece);
      const isLast = piece.length < smallPiece;
      meter.packed = reader.position + piece.length;
      const output = decoder.decode(piece, isLast);
      let step = output.next();
      for (; step.done !== true; step = output.next()) {
        meter.spend(step.value.length);
        yield step.value;
      }
      reader.trySkip(step.value);
    }
    if (decoder.state() === 'short') throw malformed('LZMA_TRUNCATED', 'the LZMA data end too early', where);
    if (decoder.state() === 'damaged')
      throw malformed('LZMA_DATA_INVALID', `the LZMA data are damaged near byte ${reader.position}`, where);
    await reportTrailingData(reader, { name: 'LZMA', padding: 'none' }, remark);
  } finally {
    await reader.close();
  }
}

export const lzma: Wrapper = {
  id: 'lzma',
  about: 'LZMA alone, as lzma-utils, older RPM packages and initial RAM disks have it',
  detect: isLzmaAlone,
  unwrap: unwrapLzma,
};

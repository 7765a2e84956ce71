/** The parts of the package seek-bzip 2.0.0 that are used; it brings no types. */
declare module 'seek-bzip' {
  interface BitReader {
    read(bits: number): number;
  }
  class Bunzip {
    constructor(
      input: { readByte(): number; read(target: Uint8Array, offset: number, length: number): number },
      output: { writeByte(byte: number): void },
    );
    readonly reader: BitReader;
    /** Checksum over the blocks read so far. */
    readonly streamCRC: number;
    /** Reads the next block; false at the end mark of the stream. */
    _init_block(): boolean;
    /** Writes the block that was read, and checks its checksum. */
    _read_bunzip(): number;
  }
  export default Bunzip;
}

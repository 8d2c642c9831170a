/** Starts every record of MXNet's RecordIO format. */
const magic = 0xced7230a;

/** The length takes 29 bits; the three above it tell the parts of a split record, which a wrapped object never is. */
const maxRecordBytes = 2 ** 29 - 1;

/** Wraps content of a known size into one RecordIO record: magic number, length, content, zeros up to a multiple of four bytes. */
export async function* wrapRecord(content: AsyncIterable<Buffer> | Iterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  if (size > maxRecordBytes) {
    throw new Error(`a record of ${size} bytes cannot be wrapped as RecordIO, which takes at most ${maxRecordBytes} bytes`);
  }
  const header = Buffer.alloc(8);
  header.writeUInt32LE(magic, 0);
  header.writeUInt32LE(size, 4);
  yield header;
  yield* content;
  if (size % 4 !== 0) {
    yield Buffer.alloc(4 - (size % 4));
  }
}

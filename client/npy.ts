import type { Codec } from "./codec";
import { ResponseError } from "./errors";

type Numbers =
  | Float64Array
  | Float32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** An array of any number of dimensions, its numbers in C order (the last index runs fastest). */
export interface NumericArray {
  readonly data: Numbers;
  readonly shape: readonly number[];
}

type NumbersConstructor = { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBuffer): Numbers };

/** NumPy's names of the types, without the byte order. */
const types: Readonly<Record<string, NumbersConstructor>> = {
  f8: Float64Array,
  f4: Float32Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  u8: BigUint64Array,
};

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** NumPy's file format (`numpy.save`), of numbers in little-endian and C order. */
export function npy(contentType = "application/x-npy"): Codec<NumericArray> {
  return { contentType, encode, decode };
}

function encode({ data, shape }: NumericArray): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length) throw new TypeError(`An array of shape (${shape.join(", ")}) has ${count} numbers; there are ${data.length}.`);
  const [name = ""] = Object.entries(types).find(([, type]) => data instanceof type) ?? [];
  const order = data.BYTES_PER_ELEMENT === 1 ? "|" : "<";
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '${order}${name}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // The numbers begin at a multiple of 64 bytes; the dictionary is padded with spaces and ends with a line feed.
  const header = `${dictionary.padEnd(Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 11)}\n`;
  const prefix = Uint8Array.of(...magic, 1, 0, header.length & 0xff, header.length >> 8);
  return Buffer.concat([prefix, Buffer.from(header, "latin1"), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}

function decode(bytes: Uint8Array): NumericArray {
  if (bytes.length < 12 || magic.some((byte, index) => bytes[index] !== byte))
    throw new ResponseError("The answer is not in NumPy's format.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isFirst = bytes[6] === 1;
  const begin = isFirst ? 10 : 12;
  const end = begin + (isFirst ? view.getUint16(8, true) : view.getUint32(8, true));
  const header = Buffer.from(bytes.subarray(begin, end)).toString("latin1");
  const [, order = "", name = ""] = /'descr':\s*'([<>|=])(\w+)'/.exec(header) ?? [];
  const type = types[name];
  if (type === undefined || order === ">")
    throw new ResponseError(`The answer holds numbers of a type that is not read here: ${header.trim()}`);
  if (/'fortran_order':\s*True/.test(header))
    throw new ResponseError("The answer is an array in Fortran order; let the model answer in C order.");
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? "")
    .split(",")
    .filter((size) => size.trim() !== "")
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  if (bytes.length - end !== count * type.BYTES_PER_ELEMENT) {
    throw new ResponseError(`The answer says shape (${shape.join(", ")}) and has ${bytes.length - end} bytes of numbers.`);
  }
  // A copy: the numbers of a view must begin at a multiple of their size.
  return { data: new type(new Uint8Array(bytes.subarray(end)).buffer), shape };
}

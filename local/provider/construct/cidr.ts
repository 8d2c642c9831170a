/** An IPv4 block: its first address as a number, and the number of fixed bits. */
export interface Cidr {
  readonly address: number;
  readonly mask: number;
}

const ADDRESS_BITS = 32;

/** Reads `10.0.0.0/16`; the address must be the block's first. */
export function parseCidr(text: string): Cidr {
  const [, a = "", b = "", c = "", d = "", bits = ""] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text) ?? [];
  const bytes = [a, b, c, d].map(Number);
  const mask = Number(bits);
  if (bits === "" || mask > ADDRESS_BITS || bytes.some((byte) => byte > 255))
    throw new Error(`${text} is not an IPv4 block such as 10.0.0.0/16`);
  const address = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  if (address % sizeOf(mask) !== 0) throw new Error(`${text} does not start at the first address of a /${mask} block`);
  return { address, mask };
}

export function formatCidr({ address, mask }: Cidr): string {
  return `${[24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".")}/${mask}`;
}

/** Number of addresses in a block with so many fixed bits. */
export function sizeOf(mask: number): number {
  return 2 ** (ADDRESS_BITS - mask);
}

/** Splits a block into equal ones: as few as hold `count`, a power of two. */
export function split({ address, mask }: Cidr, count: number): Cidr[] {
  const parts = mask + Math.ceil(Math.log2(Math.max(count, 1)));
  return Array.from({ length: count }, (_, index) => ({ address: address + index * sizeOf(parts), mask: parts }));
}

/** Places blocks of the given masks one after the other in a block, each at a multiple of its size; throws when they do not fit. */
export function place(block: Cidr, masks: readonly number[]): Cidr[] {
  let next = block.address;
  return masks.map((mask) => {
    const address = Math.ceil(next / sizeOf(mask)) * sizeOf(mask);
    next = address + sizeOf(mask);
    if (mask < block.mask || next > block.address + sizeOf(block.mask)) {
      throw new Error(`subnets of ${masks.map((one) => `/${one}`).join(", ")} do not fit into ${formatCidr(block)}`);
    }
    return { address, mask };
  });
}

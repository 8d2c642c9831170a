import { Transform } from "node:stream";

/** What an archive may have. An archive of model data that a role can be given is nobody's word for what is in it. */
export interface ArchiveLimits {
  readonly members: number;
  /** Unpacked bytes to packed ones: DEFLATE reaches 1032 with zeros, weights rarely 20. */
  readonly ratio: number;
  /** Unpacked bytes below which the ratio does not matter. */
  readonly ratioFrom: number;
  /** Bytes between the content of two members: headers, which are read into memory whole, and padding. */
  readonly betweenMembers: number;
}

const mebibyte = 1024 * 1024;
export const archiveLimits: ArchiveLimits = { members: 100_000, ratio: 200, ratioFrom: 1024 * mebibyte, betweenMembers: mebibyte };

/** Counts an archive while it is unpacked, and ends it when it has more than its limits allow. */
export class ArchiveGuard {
  private readBytes = 0;
  private packedBytes = 0;
  private members = 0;
  private nextMemberBefore: number;

  constructor(private readonly limits: ArchiveLimits) {
    this.nextMemberBefore = limits.betweenMembers;
  }

  /** For the archive as it comes. */
  packed(): Transform {
    return passing((bytes) => {
      this.packedBytes += bytes;
      return undefined;
    });
  }

  /** For the tar in it. */
  unpacked(): Transform {
    const { ratio, ratioFrom, betweenMembers } = this.limits;
    return passing((bytes) => {
      this.readBytes += bytes;
      if (this.readBytes > ratioFrom && this.readBytes > this.packedBytes * ratio) {
        return `the archive unpacks to more than ${ratio} times its size`;
      }
      return this.readBytes > this.nextMemberBefore
        ? `the archive has more than ${betweenMembers} bytes between two files, or before its end: such headers are refused`
        : undefined;
    });
  }

  /** A member begins. Throws when there are too many. */
  member(size: number): void {
    this.members++;
    if (this.members > this.limits.members) {
      throw new Error(`the archive has more than ${this.limits.members} files and folders`);
    }
    // Some of its content may have been read already; rounded up to whole blocks.
    this.nextMemberBefore = this.readBytes + size + 512 + this.limits.betweenMembers;
  }
}

/** A stream that passes everything on until `refusal` has words against a part of it. */
function passing(refusal: (bytes: number) => string | undefined): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const words = refusal(chunk.length);
      words === undefined ? done(null, chunk) : done(new Error(words));
    },
  });
}

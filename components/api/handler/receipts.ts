import { createHash } from "node:crypto";
import { put, putNew, readText } from "./bucket";
import { type ApiAnswer, refusal } from "./event";

/** What is kept of a request that came with an `Idempotency-Key`. */
interface Receipt {
  readonly state: "submitting" | "accepted" | "refused";
  /** Of media type and body. */
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly id?: string;
}

/** Longer than any function of an API runs: what is still being submitted then was broken off. */
const submittingMilliseconds = 30_000;

/**
 * Accepts a request once, however often it comes: the first that puts the receipt submits it, the others are told its id. One that was refused, or broken off,
 * is submitted by the next that comes.
 *
 * @param place S3 prefix of the receipts
 */
export async function once(
  place: string,
  key: string,
  digest: string,
  submit: () => Promise<string>,
): Promise<{ readonly id: string } | { readonly answer: ApiAnswer }> {
  const uri = `${place}/${createHash("sha256").update(key).digest("hex")}.json`;
  const write = (receipt: Omit<Receipt, "digest" | "at">) => put(uri, written({ ...receipt, digest }), "application/json");
  if (!(await putNew(uri, written({ state: "submitting", digest }), "application/json"))) {
    const known = await readReceipt(uri);
    if (known !== undefined && known.digest !== digest) {
      return {
        answer: refusal(422, "IdempotencyKeyReused", "this Idempotency-Key came with another request before; give each request its own"),
      };
    }
    if (known?.state === "accepted" && known.id !== undefined) {
      return { id: known.id };
    }
    if (known?.state === "submitting" && Date.now() - known.at < submittingMilliseconds) {
      return { answer: refusal(409, "RequestInProgress", "this request is being accepted; ask again shortly", { "retry-after": "2" }) };
    }
    await write({ state: "submitting" });
  }
  try {
    const id = await submit();
    await write({ state: "accepted", id });
    return { id };
  } catch (error) {
    await write({ state: "refused" });
    throw error;
  }
}

function written(receipt: Omit<Receipt, "at">): string {
  return JSON.stringify({ ...receipt, at: Date.now() } satisfies Receipt);
}

async function readReceipt(uri: string): Promise<Receipt | undefined> {
  const text = await readText(uri, 4096);
  return text === undefined ? undefined : (JSON.parse(text) as Receipt);
}

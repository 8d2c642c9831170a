import { EventStreamCodec } from "@smithy/core/event-streams";

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString("utf8"),
  (text) => Buffer.from(text, "utf8"),
);

/** A chunk of a model's answer as an event of `application/vnd.amazon.eventstream`. */
export function payloadPart(bytes: Uint8Array): Uint8Array {
  return codec.encode({ headers: headers({ event: "PayloadPart" }, "application/octet-stream"), body: bytes });
}

/** The error that ends a stream whose status has already been sent. */
export function streamException(name: "ModelStreamError" | "InternalStreamFailure", members: Readonly<Record<string, string>>): Uint8Array {
  return codec.encode({ headers: headers({ exception: name }, "application/json"), body: Buffer.from(JSON.stringify(members)) });
}

function headers(type: { readonly event: string } | { readonly exception: string }, contentType: string) {
  const text = (value: string) => ({ type: "string" as const, value });
  return {
    ...("event" in type
      ? { ":message-type": text("event"), ":event-type": text(type.event) }
      : { ":message-type": text("exception"), ":exception-type": text(type.exception) }),
    ":content-type": text(contentType),
  };
}

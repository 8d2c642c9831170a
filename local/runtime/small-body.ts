/** Up to this many bytes, copying a body costs less than a second buffer for the system to gather. */
const smallBytes = 8_192;

interface Message {
  end(text: string, encoding: "latin1"): unknown;
  end(body: Buffer): unknown;
}

/**
 * Ends a message whose head has its content length. Node writes a head and a text in one piece, but a head and a buffer as two: a small body is
 * given to it as a text of its bytes.
 */
export function endWith(message: Message, body: Buffer): void {
  if (body.length <= smallBytes) {
    message.end(body.toString("latin1"), "latin1");
  } else {
    message.end(body);
  }
}

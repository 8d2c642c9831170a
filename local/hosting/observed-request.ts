/** A request as a container gets it. */
export interface ObservedRequest {
  /** The variant that was chosen for it, as `LiveEndpoint.choose` gave it. */
  readonly variant: { readonly name: string };
  /** The headers the container gets, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The one of several containers it is for; `undefined` for all of them in turn. */
  readonly container?: string | undefined;
}

/** Sees a successful answer as it passes by. */
export interface AnswerObserver {
  chunk(bytes: Buffer): void;
  /** The whole answer has passed. */
  end(contentType: string): void;
}

import type { Region } from "./region";

/** What every handler knows of the request it answers. */
export interface RequestContext {
  readonly region: Region;
}

/** One API operation: takes a validated request, gives the response or throws a `ServiceError`. */
export type Operation = (input: unknown, context: RequestContext) => Promise<object>;

/** A handler in the AWS SDK's own types; times are dates. */
export type Handler<I, O> = (input: I, context: RequestContext) => Omit<O, "$metadata"> | Promise<Omit<O, "$metadata">>;

/** Wraps a handler. The dispatcher has checked the request against the service model, which is where the SDK's input type comes from. */
export function operation<I, O>(handler: Handler<I, O>): Operation {
  return async (input, context) => handler(input as I, context);
}

/** A member that validation has found to be there; the SDK's types leave every member optional. */
export function given<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error("a required member is missing from a validated request");
  }
  return value;
}

/** A stored time as the API returns it. */
export function date(milliseconds: number): Date;
export function date(milliseconds: number | undefined): Date | undefined;
export function date(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}

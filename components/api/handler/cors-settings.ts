/** CORS with all defaults: AWS's own settings are made from it, and the function of a REST API answers by it. */
export interface Cors {
  readonly origins: readonly string[];
  readonly headers: readonly string[];
  readonly methods: readonly string[];
  readonly credentials: boolean;
  readonly maxAgeSeconds: number;
}

/** What an answer has that a page's script should be able to read. */
export const exposedHeaders = ["location", "retry-after"];

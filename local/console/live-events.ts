import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { type ConsoleSources, signature } from "./views";

/** How often open pages look for a change, in milliseconds. Nothing is done while no page is open. */
const lookMilliseconds = 700;

/** Server-sent events: one `changed` to every open page whenever what the pages show has changed. */
export class LiveEvents {
  private readonly pages = new Set<ServerResponse>();
  private timer: NodeJS.Timeout | undefined;
  private last = "";

  constructor(private readonly sources: ConsoleSources) {}

  add(response: ServerResponse, headers: OutgoingHttpHeaders): void {
    response.writeHead(200, { ...headers, "content-type": "text/event-stream" });
    // A page that was open while the platform was restarted sees at once what is new.
    response.write("retry: 1000\nevent: changed\ndata:\n\n");
    this.pages.add(response);
    response.on("close", () => this.remove(response));
    if (this.timer === undefined) {
      this.last = signature(this.sources);
      this.timer = setInterval(() => this.look(), lookMilliseconds);
    }
  }

  close(): void {
    for (const page of [...this.pages]) {
      page.end();
      this.remove(page);
    }
  }

  private remove(page: ServerResponse): void {
    this.pages.delete(page);
    if (this.pages.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }

  private look(): void {
    const now = signature(this.sources);
    if (now !== this.last) {
      this.last = now;
      for (const page of this.pages) {
        page.write("event: changed\ndata:\n\n");
      }
    }
  }
}

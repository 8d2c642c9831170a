import { Agent, request } from "node:http";
import { buffer } from "node:stream/consumers";

/** One kept connection to a loopback port. */
export class KeptConnection {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly port: number) {}

  /** Posts JSON and returns the answer's text; throws unless it is 200. */
  post(path: string, body: string): Promise<string> {
    return new Promise((settle, fail) => {
      const headers = { "content-type": "application/json", accept: "application/json", "content-length": Buffer.byteLength(body) };
      const sent = request({ host: "127.0.0.1", port: this.port, path, method: "POST", headers, agent: this.agent }, async (response) => {
        const text = (await buffer(response)).toString();
        if (response.statusCode === 200) settle(text);
        else fail(new Error(`${path} answered ${response.statusCode}: ${text}`));
      });
      sent.once("error", fail).end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

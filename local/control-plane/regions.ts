import { existsSync, readdirSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { Region } from "./region";
import { settleAll } from "./settle";

/** The regions of the local endpoint: any name answers, each with state of its own. */
export class Regions {
  private readonly regions = new Map<string, Region>();

  constructor(
    private readonly folder: string,
    private readonly account: string,
    private readonly defaultRegion: string,
  ) {
    const saved = existsSync(folder) ? readdirSync(folder) : [];
    for (const name of new Set([defaultRegion, ...saved])) {
      settleAll(this.get(name));
    }
  }

  /** The region a request was signed for, or the default one when it carries no signature. */
  of(request: IncomingMessage): Region {
    return this.get(signedRegion(request.headers.authorization) ?? this.defaultRegion);
  }

  /** The default region first. */
  all(): Region[] {
    return [...this.regions.values()];
  }

  async flush(): Promise<void> {
    await Promise.all(this.all().map((region) => region.flush()));
  }

  private get(name: string): Region {
    let region = this.regions.get(name);
    if (region === undefined) {
      region = new Region(name, this.account, join(this.folder, name));
      this.regions.set(name, region);
    }
    return region;
  }
}

/** The region in a Signature Version 4 credential scope: `Credential=<key>/<date>/<region>/<service>/aws4_request`. */
export function signedRegion(authorization: string | undefined): string | undefined {
  return /Credential=[^/,\s]+\/\d{8}\/([a-z0-9-]{1,32})\//.exec(authorization ?? "")?.[1];
}

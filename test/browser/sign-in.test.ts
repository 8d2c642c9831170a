import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { waitUntilEndpointInService } from "@aws-sdk/client-sagemaker";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { networkAddress, type Platform, region, startPlatform } from "../contract/support/platform";
import { createEndpoint } from "../contract/support/requests";
import { launchBrowser, screenshot } from "./browser";

const token = "a-token-for-the-test";
const address = networkAddress();
let platform: Platform;
let browser: Browser;
let page: Page;
/** The platform as other machines know it. */
let url: string;

describe.skipIf(address === undefined)("the console from another machine", () => {
  beforeAll(async () => {
    [platform, browser] = await Promise.all([startPlatform("process", undefined, { host: "0.0.0.0", token }), launchBrowser()]);
    url = `http://${address}:${new URL(platform.endpointUrl).port}`;
    await createEndpoint(platform, "iris");
    await waitUntilEndpointInService(
      { client: platform.sagemaker, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 },
      { EndpointName: "iris" },
    );
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });
  beforeEach(async () => {
    await page?.context().close();
    page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(30_000);
  });

  test("asks for the token, refuses a wrong one, and serves pages, events and the form with the right one", async () => {
    expect((await page.goto(`${url}/`))?.status()).toBe(403);
    expect(await page.locator("main").innerText()).not.toContain("iris");
    await page.getByLabel("Token").fill("another-token-of-the-test");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await screenshot(page, "sign-in");
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "iris" }).click();
    await page.locator("#live.on").waitFor();
    await page.getByLabel("Request", { exact: true }).fill('{"from": "afar"}');
    await page.getByRole("button", { name: /Send/ }).click();
    await page.locator("#answer .badge.good").waitFor();
    await page.locator("#requests td code", { hasText: '{"from": "afar"}' }).first().waitFor();
    await screenshot(page, "another-machine");
    await page.goto(`${url}/_slipway/connect`);
    expect(await page.locator("main").innerText()).toContain(`AWS_ENDPOINT_URL=${url} AWS_REGION=${region} AWS_ACCESS_KEY_ID=TOKEN`);
  });

  test("takes the token of the address that was printed, and keeps it in neither the address nor the cookie", async () => {
    await page.goto(`${url}/?token=${token}`);
    expect(page.url()).toBe(`${url}/_slipway/`);
    await page.locator(".card", { hasText: "iris" }).waitFor();
    const cookies = await page.context().cookies();
    expect(cookies).toMatchObject([{ domain: address, httpOnly: true, sameSite: "Strict" }]);
    expect(JSON.stringify(cookies)).not.toContain(token);
    expect((await page.goto(`${url}/?token=another-token-of-the-test`))?.status()).toBe(403);
  });

  test("signs out, and a page that was open asks for the token again", async () => {
    await page.goto(`${url}/?token=${token}`);
    const [cookie] = await page.context().cookies();
    const other = await page.context().newPage();
    await other.goto(`${url}/_slipway/endpoints/${region}/iris`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
    expect(await page.context().cookies()).toEqual([]);
    expect((await fetch(`${url}/_slipway/`, { headers: { cookie: `${cookie?.name}=${cookie?.value}` } })).status).toBe(403);
    await other.getByRole("button", { name: /Send/ }).click();
    await other.locator("#answer .badge.bad", { hasText: "403" }).waitFor();
    await other.reload();
    await other.getByLabel("Token").waitFor();
  });

  test("is not used by a page of another port of the same address, nor of another site", async () => {
    await page.goto(`${url}/?token=${token}`);
    const site = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<h1>another site</h1>"));
    await new Promise<void>((resolve) => site.listen(0, "0.0.0.0", resolve));
    const { port } = site.address() as AddressInfo;
    const before = await invocations();
    try {
      for (const other of [`http://${address}:${port}`, `http://localhost:${port}`]) {
        await page.goto(other);
        await page.evaluate(
          (target: string) => fetch(target, { method: "POST", mode: "no-cors", credentials: "include", body: "{}" }),
          `${url}/endpoints/iris/invocations`,
        );
        const read = await page.evaluate(
          (target: string) =>
            fetch(target, { credentials: "include" }).then(
              (answer) => answer.status,
              () => "refused",
            ),
          `${url}/_slipway/`,
        );
        expect(read).toBe("refused");
      }
      expect(await invocations()).toBe(before);
    } finally {
      await new Promise((resolve) => site.close(resolve));
    }
  });
});

/** Requests that the endpoint has answered, as its page tells them to this machine. */
async function invocations(): Promise<number> {
  const text = await (await fetch(`${platform.endpointUrl}/_slipway/endpoints/${region}/iris`)).text();
  return text.split('class="again"').length - 1;
}

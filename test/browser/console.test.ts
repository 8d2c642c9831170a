import {
  AddTagsCommand,
  CreateProcessingJobCommand,
  CreateTrainingJobCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  waitUntilEndpointInService,
} from "@aws-sdk/client-sagemaker";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Platform, region, role, startPlatform } from "../contract/support/platform";
import { createEndpoint, trainedModel, trainingJob } from "../contract/support/requests";
import { fetchWhole } from "../support/fetch-whole";
import { launchBrowser, screenshot } from "./browser";

let platform: Platform;
let browser: Browser;
let page: Page;
/** Everything the page complained about: refused resources, script errors, failed requests. */
let complaints: string[];

beforeAll(async () => {
  [platform, browser] = await Promise.all([startPlatform(), launchBrowser()]);
  const modelDataUrl = await trainedModel(platform, "iris-job");
  await createEndpoint(platform, "iris", { modelDataUrl });
  await waitUntilEndpointInService({ client: platform.sagemaker, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 }, { EndpointName: "iris" });
});
afterAll(async () => {
  await browser?.close();
  await platform?.stop();
});

beforeEach(async () => {
  page = await newPage();
});
afterEach(async () => {
  await page.context().close();
});

async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
  const opened = await context.newPage();
  opened.setDefaultTimeout(30_000);
  complaints = [];
  opened.on("pageerror", (error) => complaints.push(String(error)));
  opened.on("console", (message) => {
    // A request that is meant to fail is told by the browser too.
    if (message.type() === "error" && !message.text().includes("424")) complaints.push(message.text());
  });
  return opened;
}

/** What the check for names reads of an element of the page. */
interface Named {
  readonly labels?: readonly { readonly textContent: string }[] | null;
  readonly textContent: string;
  readonly outerHTML: string;
  getAttribute(name: string): string | null;
}

const open = (path: string) => page.goto(`${platform.endpointUrl}${path}`);
const text = (selector: string) => page.locator(selector).innerText();

test("a browser that opens the port meets the endpoints; an AWS client at the same address meets S3", async () => {
  await open("/");
  expect(page.url()).toBe(`${platform.endpointUrl}/_slipway/`);
  expect(await text(".card h2")).toMatch(/iris\s+InService/);
  const answer = await fetchWhole(`${platform.endpointUrl}/`, { headers: { accept: "*/*" } });
  expect(await answer.text()).toContain("ListAllMyBucketsResult");
  expect(complaints).toEqual([]);
  await screenshot(page, "endpoints");
});

test("the form sends a request to the endpoint by the keyboard alone and shows the answer", async () => {
  await open(`/_slipway/endpoints/${region}/iris`);
  await page.getByLabel("Request", { exact: true }).fill('{"petal_length": 1.4}');
  await page.keyboard.press("Control+Enter");
  await page.locator("#answer .badge.good").waitFor();
  expect(JSON.parse(await text("#answer pre"))).toMatchObject({ body: '{"petal_length": 1.4}', contentType: "application/json" });
  expect(complaints).toEqual([]);
  await screenshot(page, "try");
});

test("what was sent appears among the last requests without a reload, and can be edited again", async () => {
  await open(`/_slipway/endpoints/${region}/iris`);
  await page.getByLabel("Request", { exact: true }).fill('{"row": 7}');
  await page.getByRole("button", { name: /Send/ }).click();
  await page.locator("#requests td code", { hasText: '{"row": 7}' }).first().waitFor();
  await page.getByLabel("Request", { exact: true }).fill("");
  await page.getByRole("button", { name: "Edit again" }).first().click();
  expect(await page.getByLabel("Request", { exact: true }).inputValue()).toBe('{"row": 7}');
});

test("a model's error is shown in the model's own words, at the form and among the last requests", async () => {
  await open(`/_slipway/endpoints/${region}/iris`);
  await page
    .locator("#content-type option")
    .first()
    .evaluate((option: { textContent: string }) => {
      option.textContent = "fault/418";
    });
  await page.getByRole("button", { name: /Send/ }).click();
  await page.locator("#answer .badge.bad").waitFor();
  expect(await text("#answer .badge.bad")).toMatch(/^424 in /);
  expect(await text("#answer pre")).toBe("the model said no");
  await page.locator("#requests .cause", { hasText: "the model said no" }).first().waitFor();
  await screenshot(page, "model-error");
});

test("what a container prints is shown as text, never run as a page", async () => {
  const job = "prints-markup";
  const entrypoint = ["python3", "-c", "print('<img src=x onerror=alert(1)><script>document.title=\"taken\"</script>')"];
  const request = trainingJob(platform, job);
  await platform.sagemaker.send(
    new CreateTrainingJobCommand({
      ...request,
      AlgorithmSpecification: { ...request.AlgorithmSpecification, TrainingInputMode: "File", ContainerEntrypoint: entrypoint },
    }),
  );
  await open(`/_slipway/jobs/${region}/${job}`);
  await page.locator(".log", { hasText: "<img src=x onerror=alert(1)>" }).waitFor();
  expect(await page.title()).toBe(`${job} · Slipway`);
  expect(await page.locator("img").count()).toBe(0);
  expect(complaints).toEqual([]);
});

test("a training job shows its steps and its log while it goes on, and its cause when it fails", async () => {
  await open("/_slipway/jobs");
  const request = { ...trainingJob(platform, "raises"), HyperParameters: { fault: "raise" } };
  await platform.sagemaker.send(new CreateTrainingJobCommand(request));
  await page.getByRole("link", { name: "raises" }).click();
  await page.locator("#state .badge", { hasText: "Failed" }).waitFor();
  expect(await text("#state .failure")).toContain("KeyError: 'petal_lenght' (model.py:21 in fit)");
  await page.locator(".log", { hasText: "step=2 loss=0.333" }).waitFor();
  await screenshot(page, "failed-job");
  await page.getByRole("link", { name: /^SLIP-2101/ }).click();
  expect(await text("h1")).toBe("SLIP-2101: Training failed");
});

test("a processing job is among the jobs, with its settings, its own last words and its log", async () => {
  await platform.sagemaker.send(
    new CreateProcessingJobCommand({
      ProcessingJobName: "counts-rows",
      RoleArn: role,
      AppSpecification: { ImageUri: platform.image.uri, ContainerEntrypoint: ["python3", "-c", "print('42 rows')"] },
      ProcessingResources: { ClusterConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 } },
    }),
  );
  await open("/_slipway/jobs");
  await page.getByRole("link", { name: "counts-rows" }).click();
  await page.locator("#state .badge", { hasText: "Completed" }).waitFor();
  await page.locator(".log", { hasText: "42 rows" }).waitFor();
  expect(await text("dl")).toContain(platform.image.uri);
});

test("an endpoint that cannot start shows why, and one that is deleted leaves the list by itself", async () => {
  await open("/_slipway/");
  await createEndpoint(platform, "broken", { environment: { FAULT: "load" } });
  await page.locator(".card", { hasText: "broken" }).locator(".failure").waitFor();
  expect(await page.locator(".card").first().innerText()).toContain("Last line: ValueError: the model cannot be loaded");
  await screenshot(page, "failed-endpoint");
  await platform.sagemaker.send(new DeleteEndpointCommand({ EndpointName: "broken" }));
  await page.locator(".card", { hasText: "broken" }).waitFor({ state: "detached" });
  expect(await page.locator(".card").count()).toBe(1);
});

test("the pages read the same without JavaScript, in the dark and on a phone", async () => {
  await page.context().close();
  page = await newPage({ javaScriptEnabled: false, colorScheme: "dark", viewport: { width: 390, height: 800 } });
  await open(`/_slipway/endpoints/${region}/iris`);
  expect(await text("#variants tbody")).toContain("primary");
  expect(await text(".log")).toContain("loading version iris");
  await screenshot(page, "phone-dark");
  expect(await page.locator(".wide").first().isVisible()).toBe(true);
});

test("Connect gives a boto3 snippet of this endpoint's address", async () => {
  await open("/_slipway/connect");
  expect(await text("main")).toContain(`endpoint_url="${platform.endpointUrl}"`);
  await screenshot(page, "connect");
});

test("pages name every control and every table for those who do not see them", async () => {
  const { EndpointArn } = await platform.sagemaker.send(new DescribeEndpointCommand({ EndpointName: "iris" }));
  await platform.sagemaker.send(new AddTagsCommand({ ResourceArn: EndpointArn, Tags: [{ Key: "slipway:model", Value: "iris" }] }));
  for (const path of ["/_slipway/", `/_slipway/endpoints/${region}/iris`, "/_slipway/jobs", "/_slipway/connect"]) {
    await open(path);
    const controls = page.locator("main").locator("button, a, select, textarea, svg, [tabindex='0']");
    const unnamed = await controls.evaluateAll((elements: Named[]) =>
      elements
        .filter((element) => (element.labels?.[0]?.textContent ?? element.getAttribute("aria-label") ?? element.textContent).trim() === "")
        .map((element) => element.outerHTML),
    );
    expect(unnamed).toEqual([]);
    expect(await page.locator("h1").count()).toBe(1);
  }
});

// The console's live parts. Pages read the same without it.

const live = document.querySelector("#live");

/** Puts the server's newest version of every live part in place; what the reader has typed or selected elsewhere stays. */
async function refresh() {
  const answer = await fetch(location.href);
  if (answer.status === 403) {
    // The session has ended: a page from the server asks for the token.
    location.reload();
    return;
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const newer = fresh.getElementById(part.id);
    if (
      newer === null ||
      newer.isEqualNode(part) ||
      (part.contains(document.getSelection()?.anchorNode ?? null) && !document.getSelection()?.isCollapsed)
    )
      continue;
    const log = part.querySelector(".log");
    const atEnd = log === null || log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    const top = log?.scrollTop ?? 0;
    const focused = [...part.querySelectorAll("a, button, [tabindex]")].indexOf(document.activeElement);
    part.replaceWith(newer);
    const newLog = newer.querySelector(".log");
    if (newLog !== null) newLog.scrollTop = atEnd ? newLog.scrollHeight : top;
    if (focused >= 0) newer.querySelectorAll("a, button, [tabindex]")[focused]?.focus({ preventScroll: true });
  }
}

let running = Promise.resolve();
const events = new EventSource("/_slipway/events");
events.addEventListener("changed", () => {
  running = running.then(refresh).catch(() => undefined);
});
events.addEventListener("open", () => {
  live.textContent = "live";
  live.className = "on";
});
events.addEventListener("error", () => {
  live.textContent = "not connected";
  live.className = "off";
});
for (const log of document.querySelectorAll(".log")) log.scrollTop = log.scrollHeight;

const form = document.querySelector("#try");
if (form !== null) {
  const body = form.querySelector("#body");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(form, body.value);
  });
  body.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    const again = event.target.closest?.(".again");
    if (again !== null && again !== undefined) {
      body.value = again.dataset.body;
      body.focus();
    }
  });
}

/** An ordinary InvokeEndpoint request, as any client sends it. The signature is not checked; its scope names the region. */
async function send({ dataset }, text) {
  const type = form.querySelector("#content-type").value;
  const scope = `test/${new Date().toISOString().slice(0, 10).replaceAll("-", "")}/${dataset.region}/sagemaker/aws4_request`;
  const headers = { "content-type": type, authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` };
  const answer = document.querySelector("#answer");
  const button = form.querySelector("button");
  button.disabled = true;
  const began = performance.now();
  try {
    const response = await fetch(`/endpoints/${encodeURIComponent(dataset.endpoint)}/invocations`, { method: "POST", headers, body: text });
    const content = await response.text();
    show(
      answer,
      response.ok,
      `${response.status} in ${(performance.now() - began).toFixed(1)} ms`,
      response.ok ? content : messageOf(content),
    );
  } catch (error) {
    show(answer, false, "No answer", `The local platform cannot be reached: ${error.message}`);
  } finally {
    button.disabled = false;
  }
}

function show(answer, good, title, text) {
  const heading = document.createElement("p");
  heading.className = `badge ${good ? "good" : "bad"}`;
  heading.textContent = title;
  const content = document.createElement("pre");
  content.tabIndex = 0;
  content.textContent = pretty(text);
  answer.replaceChildren(heading, content);
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** What went wrong in the model's own words, else AWS's. */
function messageOf(text) {
  try {
    const error = JSON.parse(text);
    return error.OriginalMessage ?? error.Message ?? error.message ?? text;
  } catch {
    return text;
  }
}

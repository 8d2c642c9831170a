import { catalogue } from "../../components/errors/catalogue";
import { isErrorCode } from "../../components/errors/slipway-error";
import { type Html, html } from "./html";

export interface ConnectPage {
  readonly endpointUrl: string;
  readonly region: string;
  /** The name of an endpoint to call, if there is one. */
  readonly endpoint: string | undefined;
  /** Whether the reader is at another machine, whose clients have to send the token. */
  readonly isRemote: boolean;
}

/** How each kind of client reaches this endpoint: to be copied as it stands. */
export function connectPage({ endpointUrl, region, endpoint, isRemote }: ConnectPage): Html {
  const name = endpoint ?? "my-endpoint";
  const key = isRemote ? "TOKEN" : "test";
  const snippets: [string, string][] = [
    [
      "Any AWS client, by its environment",
      `export AWS_ENDPOINT_URL=${endpointUrl} AWS_REGION=${region} AWS_ACCESS_KEY_ID=${key} AWS_SECRET_ACCESS_KEY=test`,
    ],
    [
      "boto3",
      `import boto3\nruntime = boto3.client("sagemaker-runtime", endpoint_url="${endpointUrl}", region_name="${region}",\n    aws_access_key_id="${key}", aws_secret_access_key="test")\nruntime.invoke_endpoint(EndpointName="${name}", ContentType="application/json", Body="{}")["Body"].read()`,
    ],
    ["AWS CLI", `aws --endpoint-url ${endpointUrl} --region ${region} sagemaker list-endpoints`],
    [
      "JavaScript",
      `import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";\nconst client = new SageMakerRuntimeClient({ endpoint: "${endpointUrl}", region: "${region}",\n  credentials: { accessKeyId: "${key}", secretAccessKey: "test" } });\nawait client.send(new InvokeEndpointCommand({ EndpointName: "${name}", ContentType: "application/json", Body: "{}" }));`,
    ],
    [
      "curl",
      `curl -d '{}' -H 'content-type: application/json' ${isRemote ? "-H 'x-slipway-token: TOKEN' " : ""}${endpointUrl}/endpoints/${name}/invocations`,
    ],
  ];
  return html`<h1>Connect</h1><p>Everything answers at <code>${endpointUrl}</code>, ${
    isRemote ? "to other machines with the token, which stands as TOKEN below: slipway local up prints it." : "to this machine only."
  }</p>${snippets.map(([title, text]) => html`<section><h2>${title}</h2><pre tabindex="0">${text}</pre></section>`)}`;
}

/** The catalogue's words about an error; `undefined` for a code it does not have. */
export function errorPage(code: string): Html | undefined {
  if (!isErrorCode(code)) {
    return undefined;
  }
  const { title, cause, cure, retryable } = catalogue[code];
  const rows: [string, string][] = [
    ["Cause", cause],
    ["What to do", cure],
    ["Trying again", retryable ? "may help" : "does not help by itself"],
  ];
  return html`<h1>${code}: ${title}</h1><dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

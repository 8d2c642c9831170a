import * as gateway from "@aws-sdk/client-api-gateway";
import type { Context } from "../spec";

/** What of an OpenAPI document makes the methods of a REST API. */
interface Definition {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly securitySchemes?: Readonly<Record<string, Scheme>> };
  readonly "x-amazon-apigateway-binary-media-types"?: readonly string[];
}

interface Operation {
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly "x-amazon-apigateway-integration"?: Readonly<Record<string, unknown>>;
}

interface Scheme {
  readonly name?: string;
  readonly "x-amazon-apigateway-authtype"?: string;
}

const methods = ["get", "post", "put", "delete", "patch", "head", "options"];

export function binaryMediaTypes(body: string): readonly string[] | undefined {
  return (JSON.parse(body) as Definition)["x-amazon-apigateway-binary-media-types"];
}

/** Makes an API what its document says, as PutRestApi with the mode `overwrite` does, which MiniStack does not have. Other paths than the document's are removed. */
export async function define({ clients }: Context, restApiId: string, body: string): Promise<void> {
  const definition = JSON.parse(body) as Definition;
  const client = clients.restapi;
  const { items = [] } = await client.send(new gateway.GetResourcesCommand({ restApiId, limit: 500 }));
  const ids = new Map(items.flatMap(({ path, id }) => (path === undefined || id === undefined ? [] : [[path, id] as const])));
  const wanted = Object.keys(definition.paths ?? {});
  // The deepest first: a path is deleted with all below it.
  for (const [path, resourceId] of [...ids].sort(([a], [b]) => b.length - a.length)) {
    if (path !== "/" && !wanted.some((each) => each === path || each.startsWith(`${path}/`))) {
      await client.send(new gateway.DeleteResourceCommand({ restApiId, resourceId }));
      ids.delete(path);
    }
  }
  for (const [path, item] of Object.entries(definition.paths ?? {})) {
    const resourceId = await resourceOf(client, restApiId, ids, path);
    const before = items.find((each) => each.id === resourceId)?.resourceMethods ?? {};
    for (const httpMethod of Object.keys(before)) {
      await client.send(new gateway.DeleteMethodCommand({ restApiId, resourceId, httpMethod }));
    }
    for (const method of methods) {
      const operation = item[method];
      if (operation !== undefined) {
        await putOperation(client, { restApiId, resourceId, httpMethod: method.toUpperCase() }, operation, definition);
      }
    }
  }
}

async function resourceOf(client: gateway.APIGatewayClient, restApiId: string, ids: Map<string, string>, path: string): Promise<string> {
  let parentId = ids.get("/") ?? "";
  let at = "";
  for (const pathPart of path.split("/").filter((part) => part !== "")) {
    at += `/${pathPart}`;
    const known = ids.get(at) ?? (await client.send(new gateway.CreateResourceCommand({ restApiId, parentId, pathPart }))).id ?? "";
    ids.set(at, known);
    parentId = known;
  }
  return parentId;
}

async function putOperation(
  client: gateway.APIGatewayClient,
  at: { readonly restApiId: string; readonly resourceId: string; readonly httpMethod: string },
  { security = [], "x-amazon-apigateway-integration": integration = {} }: Operation,
  { components }: Definition,
): Promise<void> {
  const needed = security.flatMap((requirement) => Object.keys(requirement).map((name) => components?.securitySchemes?.[name]));
  const isSigned = needed.some((scheme) => scheme?.["x-amazon-apigateway-authtype"] === "awsSigv4");
  await client.send(
    new gateway.PutMethodCommand({
      ...at,
      authorizationType: isSigned ? "AWS_IAM" : "NONE",
      apiKeyRequired: needed.some((scheme) => scheme?.name === "x-api-key"),
    }),
  );
  await client.send(
    new gateway.PutIntegrationCommand({
      ...at,
      type: String(integration.type).toUpperCase() as gateway.IntegrationType,
      integrationHttpMethod: String(integration.httpMethod),
      uri: String(integration.uri),
      ...(typeof integration.timeoutInMillis === "number" ? { timeoutInMillis: integration.timeoutInMillis } : {}),
    }),
  );
}

import * as lambda from "@aws-sdk/client-lambda";
import { orMissing } from "../errors";
import type { Context, ResourceSpec } from "../spec";
import { block, flag, number, present, requiredText, text, texts, type Values } from "../values";
import { moved, withEndpoint } from "./apigatewayv2";

/** The id is the function's name, as in the real provider. */
export const functionUrl: ResourceSpec = {
  type: "aws:lambda/functionUrl:FunctionUrl",
  computed: ["functionArn", "functionUrl", "urlId"],
  check: withEndpoint,
  renewed: moved("functionUrl"),
  async create(context, inputs) {
    const { FunctionArn, FunctionUrl } = await context.clients.lambda.send(
      new lambda.CreateFunctionUrlConfigCommand(configuration(inputs)),
    );
    return {
      id: requiredText(inputs, "functionName"),
      outputs: outputs(context, requiredText(inputs, "functionName"), FunctionArn, FunctionUrl),
    };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.lambda.send(new lambda.GetFunctionUrlConfigCommand({ FunctionName: id })));
    if (found === undefined) return undefined;
    const inputs = present({ functionName: id, authorizationType: found.AuthType, invokeMode: found.InvokeMode });
    return { ...inputs, ...outputs(context, id, found.FunctionArn, found.FunctionUrl) };
  },
  async update(context, { id, news }) {
    const { FunctionArn, FunctionUrl } = await context.clients.lambda.send(new lambda.UpdateFunctionUrlConfigCommand(configuration(news)));
    return outputs(context, id, FunctionArn, FunctionUrl);
  },
  async delete(context, id) {
    await orMissing(context.clients.lambda.send(new lambda.DeleteFunctionUrlConfigCommand({ FunctionName: id })));
  },
};

function configuration(inputs: Values): lambda.CreateFunctionUrlConfigCommandInput {
  const cors = block(inputs, "cors");
  return {
    FunctionName: requiredText(inputs, "functionName"),
    Qualifier: text(inputs, "qualifier"),
    AuthType: requiredText(inputs, "authorizationType") as lambda.FunctionUrlAuthType,
    InvokeMode: text(inputs, "invokeMode") as lambda.InvokeMode | undefined,
    Cors: {
      AllowOrigins: texts(cors, "allowOrigins"),
      AllowHeaders: texts(cors, "allowHeaders"),
      AllowMethods: texts(cors, "allowMethods"),
      ExposeHeaders: texts(cors, "exposeHeaders"),
      AllowCredentials: flag(cors, "allowCredentials"),
      MaxAge: number(cors, "maxAge"),
    },
  };
}

/** The URL is the local endpoint's, which streams; MiniStack's own holds an answer back until it is whole. */
function outputs({ endpointUrl, region }: Context, name: string, arn = "", url = ""): Values {
  return {
    functionArn: arn,
    functionUrl: `${endpointUrl}/_aws/function-url/${region}/${name}/`,
    urlId: /^https?:\/\/([^.]+)/.exec(url)?.[1] ?? "",
  };
}

import * as ssm from "@aws-sdk/client-ssm";
import { allTags } from "../autoname";
import { orMissing } from "../errors";
import type { Context, ResourceSpec } from "../spec";
import { flag, present, requiredText, text, type Values } from "../values";
import { tagList } from "./tag-list";

/** The id is the name, as in the real provider. */
export const parameter: ResourceSpec = {
  type: "aws:ssm/parameter:Parameter",
  autoname: { property: "name", maxLength: 1011 },
  computed: ["arn", "version", "hasValueWo", "dataType", "tier"],
  async create(context, inputs) {
    const Tags = tagList(allTags(inputs, context.defaultTags));
    const { Version } = await put(context, inputs, flag(inputs, "overwrite") === true ? { Overwrite: true } : { Tags });
    const id = requiredText(inputs, "name");
    return { id, outputs: { ...outputsOf(context, id, Version), dataType: dataTypeOf(inputs), tier: tierOf(inputs) } };
  },
  async read(context, id, state) {
    const found = await orMissing(context.clients.ssm.send(new ssm.GetParameterCommand({ Name: id, WithDecryption: true })));
    if (found?.Parameter === undefined) return undefined;
    const { Type, Value, Version, DataType } = found.Parameter;
    const { Parameters = [] } = await context.clients.ssm.send(
      new ssm.DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [id] }] }),
    );
    const { Description, Tier } = Parameters[0] ?? {};
    return present({
      ...outputsOf(context, id, Version),
      name: id,
      type: Type,
      [state.insecureValue === undefined ? "value" : "insecureValue"]: Value,
      description: Description,
      dataType: DataType,
      tier: Tier,
    });
  },
  async update(context, { id, news }) {
    const { Version } = await put(context, news, { Overwrite: true });
    return outputsOf(context, id, Version);
  },
  async delete(context, id) {
    await orMissing(context.clients.ssm.send(new ssm.DeleteParameterCommand({ Name: id })));
  },
};

function put(context: Context, inputs: Values, how: { Overwrite: true } | { Tags: ssm.Tag[] }): Promise<ssm.PutParameterCommandOutput> {
  return context.clients.ssm.send(
    new ssm.PutParameterCommand({
      Name: requiredText(inputs, "name"),
      Type: requiredText(inputs, "type") as ssm.ParameterType,
      Value: text(inputs, "value") ?? requiredText(inputs, "insecureValue"),
      Description: text(inputs, "description"),
      KeyId: text(inputs, "keyId"),
      AllowedPattern: text(inputs, "allowedPattern"),
      DataType: dataTypeOf(inputs),
      Tier: tierOf(inputs) as ssm.ParameterTier,
      ...how,
    }),
  );
}

const dataTypeOf = (inputs: Values) => text(inputs, "dataType") ?? "text";
const tierOf = (inputs: Values) => text(inputs, "tier") ?? "Standard";

function outputsOf({ partition, region, account }: Context, name: string, version: number | undefined): Values {
  const resource = name.startsWith("/") ? `parameter${name}` : `parameter/${name}`;
  return { arn: `arn:${partition}:ssm:${region}:${account}:${resource}`, version: version ?? 1, hasValueWo: false };
}

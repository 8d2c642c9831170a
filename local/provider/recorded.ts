import { createHash } from "node:crypto";
import { nameOf } from "./messages";
import { recordings } from "./recorded.data";
import type { Context, ResourceSpec } from "./spec";
import { text, type Value, type Values } from "./values";

/** What a recorded type shows of itself. */
export interface Recording {
  readonly autoname?: ResourceSpec["autoname"];
  /** Prefix of ids such as `vpc-0a1b…`; without one, the id is the resource's name. */
  readonly idPrefix?: string;
  /** The ARN's part after the account, with `{id}` for the id; without one, `<type>/{id}`. `false`: no ARN. */
  readonly arn?: string | false;
  /** Further outputs that the real resource computes. */
  readonly outputs?: (context: Context, id: string, inputs: Values) => Readonly<Record<string, Value>>;
  /** Names of the computed outputs, unknown in the preview of a creation. */
  readonly computed?: readonly string[];
}

/** A resource that exists only in the stack's state: it has an id, an ARN and its inputs as outputs, and says so once per type. */
export function recorded(type: string): ResourceSpec {
  const recording: Recording = recordings[type] ?? {};
  const [service = "", kind = ""] = type.split(":")[1]?.split("/") ?? [];
  return {
    type,
    autoname: recording.autoname,
    computed: [...(recording.arn === false ? [] : ["arn"]), ...(recording.computed ?? [])],
    async create(context, inputs) {
      await context.info(`${type} has no local behaviour: it is recorded in the state, and nothing else happens`, type);
      const id =
        recording.idPrefix === undefined ? nameFor(context, inputs) : `${recording.idPrefix}-0${digest(context.urn, inputs).slice(0, 16)}`;
      return { id, outputs: { ...arn(context, recording, service, kind, id), ...recording.outputs?.(context, id, inputs) } };
    },
    read: (_context, id, state) => {
      if (Object.keys(state).length > 0) return Promise.resolve(state);
      throw new Error(`${type} ${id} cannot be imported: the type has no local behaviour, so there is nothing to read`);
    },
    update: (context, { id, news }) => Promise.resolve({ ...recording.outputs?.(context, id, news) }),
    delete: () => Promise.resolve(),
  };
}

function nameFor(context: Context, inputs: Values): string {
  return text(inputs, "name") ?? `${nameOf(context.urn)}-${digest(context.urn, inputs).slice(0, 7)}`;
}

/** Differs between two creations of the same resource, as AWS's ids do. */
function digest(urn: string, inputs: Values): string {
  return createHash("sha256").update(urn).update(Object.keys(inputs).join()).update(String(process.hrtime.bigint())).digest("hex");
}

function arn({ partition, region, account }: Context, recording: Recording, service: string, kind: string, id: string): Values {
  if (recording.arn === false) return {};
  return { arn: `arn:${partition}:${service}:${region}:${account}:${(recording.arn ?? `${kind}/{id}`).replaceAll("{id}", id)}` };
}

import type * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { construct } from "./construct";
import type { Contexts } from "./contexts";
import { CheckError } from "./errors";
import { failing, failure, unimplemented } from "./failure";
import { invoke } from "./functions";
import { checkFailure, diffResponse, naming, typeOf } from "./messages";
import type { Operations } from "./operations";
import type { Session, Sessions } from "./session";
import type { Context } from "./spec";
import { decode, encode } from "./wire";

export interface ServiceOptions {
  readonly operations: Operations;
  readonly sessions: Sessions;
  readonly contexts: Contexts;
  readonly version: string;
}

/** The engine's ResourceProvider protocol, one service for all packages: what is asked for is told by its type token. */
export function providerService({ operations, sessions, contexts, version }: ServiceOptions): IResourceProviderServer {
  const session = (call: Call): Session => sessions.of(call.getPeer());
  const context = (call: Call, urn: string, seconds = 0): Context =>
    contexts.make(session(call), urn, aborting(call, session(call), seconds));

  return {
    handshake: unary(async (request: proto.ProviderHandshakeRequest, call) => {
      sessions.renew(call.getPeer()).attach(request.getEngineAddress());
      const response = new proto.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setAcceptResources(true);
      response.setAcceptOutputs(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
    attach: unary(async (request: Attach, call) => {
      session(call).attach(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: unary(async () => {
      const response = new PluginInfo();
      response.setVersion(version);
      return response;
    }),
    getSchema: unary(async () => {
      const response = new proto.GetSchemaResponse();
      response.setSchema("{}");
      return response;
    }),
    checkConfig: unary(async (request: proto.CheckRequest) => {
      const response = new proto.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary(async (request: proto.DiffRequest) => {
      const same = JSON.stringify(request.getOlds()?.toJavaScript()) === JSON.stringify(request.getNews()?.toJavaScript());
      const response = new proto.DiffResponse();
      response.setChanges(same ? proto.DiffResponse.DiffChanges.DIFF_NONE : proto.DiffResponse.DiffChanges.DIFF_SOME);
      return response;
    }),
    configure: unary(async (request: proto.ConfigureRequest, call) => {
      session(call).configure(decode(request.getArgs()).values);
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setAcceptresources(true);
      response.setAcceptoutputs(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
    check: unary(async (request: proto.CheckRequest, call) => {
      const news = decode(request.getNews());
      const response = new proto.CheckResponse();
      try {
        const type = typeOf(request.getUrn());
        const olds = decode(request.getOlds()).values;
        const inputs = await operations.check(context(call, request.getUrn()), type, news.values, olds, naming(request));
        response.setInputs(encode(inputs, news.secrets));
      } catch (error) {
        if (!(error instanceof CheckError)) throw error;
        response.setInputs(request.getNews());
        response.setFailuresList(error.faults.map(({ property, reason }) => checkFailure(property, reason)));
      }
      return response;
    }),
    diff: unary(async (request: proto.DiffRequest, call) => {
      const type = typeOf(request.getUrn());
      const state = decode(request.getOlds()).values;
      const olds = request.hasOldInputs() ? decode(request.getOldInputs()).values : state;
      const change = { id: request.getId(), olds, news: decode(request.getNews()).values, state };
      return diffResponse(operations.diff(context(call, request.getUrn()), type, change, request.getIgnorechangesList()));
    }),
    create: unary(async (request: proto.CreateRequest, call) => {
      const type = typeOf(request.getUrn());
      const inputs = decode(request.getProperties());
      const work = operations.create(context(call, request.getUrn(), request.getTimeout()), type, inputs.values, request.getPreview());
      const { id, outputs } = await failing(work, inputs.secrets);
      const response = new proto.CreateResponse();
      response.setId(id);
      response.setProperties(encode(outputs, inputs.secrets));
      return response;
    }),
    read: unary(async (request: proto.ReadRequest, call) => {
      const type = typeOf(request.getUrn());
      const state = decode(request.getProperties());
      const inputs = decode(request.getInputs());
      const found = await operations.read(context(call, request.getUrn()), type, request.getId(), state.values, inputs.values);
      const response = new proto.ReadResponse();
      if (found === undefined) return response;
      response.setId(found.id);
      response.setProperties(encode(found.outputs, [...state.secrets, ...inputs.secrets]));
      response.setInputs(encode(found.inputs, inputs.secrets));
      return response;
    }),
    update: unary(async (request: proto.UpdateRequest, call) => {
      const type = typeOf(request.getUrn());
      const state = decode(request.getOlds());
      const news = decode(request.getNews());
      const olds = request.hasOldInputs() ? decode(request.getOldInputs()).values : state.values;
      const change = { id: request.getId(), olds, news: news.values, state: state.values };
      const work = operations.update(context(call, request.getUrn(), request.getTimeout()), type, change, request.getPreview());
      const outputs = await failing(work, news.secrets);
      const response = new proto.UpdateResponse();
      response.setProperties(encode(outputs, news.secrets));
      return response;
    }),
    delete: unary(async (request: proto.DeleteRequest, call) => {
      const type = typeOf(request.getUrn());
      const state = decode(request.getProperties()).values;
      await operations.delete(context(call, request.getUrn(), request.getTimeout()), type, request.getId(), state);
      return new Empty();
    }),
    invoke: unary(async (request: proto.InvokeRequest, call) => {
      const response = new proto.InvokeResponse();
      response.setReturn(encode(await invoke(request.getTok(), context(call, ""), decode(request.getArgs()).values)));
      return response;
    }),
    construct: unary((request: proto.ConstructRequest, call) => construct(request, context(call, ""))),
    call: unary((request: proto.CallRequest) => Promise.reject(new Error(`${request.getTok()} has no local behaviour`))),
    parameterize: unary(() => Promise.reject(unimplemented("Parameterize"))),
    getMapping: unary(() => Promise.reject(unimplemented("GetMapping"))),
    getMappings: unary(() => Promise.reject(unimplemented("GetMappings"))),
    cancel: unary(async (_request: Empty, call) => {
      session(call).cancel();
      return new Empty();
    }),
  };
}

type Call = grpc.ServerUnaryCall<unknown, unknown>;
type Attach = { getAddress(): string };
type Answer<Request, Response> = (request: Request, call: Call) => Promise<Response>;

function unary<Request, Response>(answer: Answer<Request, Response>): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    answer(call.request, call).then(
      (response) => callback(null, response),
      (error: unknown) => callback(failure(error), null),
    );
  };
}

/** Aborted when the engine drops the call, cancels the whole update, or the resource's own time limit (seconds, 0 for none) is over. */
function aborting(call: Call, session: Session, seconds: number): AbortSignal {
  const dropped = new AbortController();
  call.once("cancelled", () => dropped.abort(new Error("the engine dropped the call")));
  const limits = seconds > 0 ? [AbortSignal.timeout(seconds * 1000)] : [];
  return AbortSignal.any([dropped.signal, session.cancelled, ...limits]);
}

import type * as pulumi from "@pulumi/pulumi";
import * as library from "../index";

/** A component class as its provider makes instances of it: arguments arrive as data of another language, and the class itself checks them. */
export type ComponentClass = new (name: string, args: never, opts?: pulumi.ComponentResourceOptions) => pulumi.ComponentResource;

/** Every component other languages can declare, by the name in its type token `slipway:index:<name>`. */
export const publicComponents: Readonly<Record<string, ComponentClass>> = {
  ArtifactBucket: library.ArtifactBucket,
  DataScientistRole: library.DataScientistRole,
  DeployerRole: library.DeployerRole,
  Endpoint: library.Endpoint,
  EndpointScaling: library.EndpointScaling,
  ExecutionRole: library.ExecutionRole,
  InferenceApi: library.InferenceApi,
  InvokeGrant: library.InvokeGrant,
  ModelArtifact: library.ModelArtifact,
  ModelImage: library.ModelImage,
  ModelRepository: library.ModelRepository,
  ModelService: library.ModelService,
  Network: library.Network,
  NotificationTopics: library.NotificationTopics,
  Platform: library.Platform,
  SharedApi: library.SharedApi,
  StudioDomain: library.StudioDomain,
  StudioUser: library.StudioUser,
  TrainingJob: library.TrainingJob,
};

// What Pulumi runs. Named in Pulumi.yaml, since a program found through package.json would be the library that its `exports` name.
export * from "./infra";

/** What a stack may hold, by the word that gives it up. */
export const lossKinds = ["endpoints", "objects", "images", "jobs", "studio", "keys", "logs"] as const;
export type LossKind = (typeof lossKinds)[number];

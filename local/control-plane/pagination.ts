import { createHash } from "node:crypto";
import { invalid } from "./service-error";

/** One page of a list, and the token of the next. */
export interface Page<T> {
  readonly items: T[];
  readonly nextToken: string | undefined;
}

/** What lists can be narrowed, sorted and cut by: the members that the API's `List…` requests share. */
export interface ListFilters {
  readonly NameContains?: string;
  readonly StatusEquals?: string;
  readonly CreationTimeAfter?: Date;
  readonly CreationTimeBefore?: Date;
  readonly LastModifiedTimeAfter?: Date;
  readonly LastModifiedTimeBefore?: Date;
  readonly SortBy?: string;
  readonly SortOrder?: string;
  readonly NextToken?: string;
  /** @default 10 */
  readonly MaxResults?: number;
}

export interface Listed {
  readonly name: string;
  /** Tells apart what has the same name. */
  readonly arn?: string;
  readonly createdAt: number;
  readonly modifiedAt?: number;
  readonly status?: string;
}

/** AWS's page size when `MaxResults` is left out. */
const defaultPageSize = 10;

/**
 * Filters, sorts (by creation time, newest first, unless told otherwise) and cuts to a page. A token holds the place it goes on from, not a
 * count: what is made or deleted between two pages neither repeats nor hides anything else. Throws AWS's ValidationException for a token
 * that is none, or one of another request.
 */
export function listPage<T extends Listed>(resources: readonly T[], filters: ListFilters): Page<T> {
  const direction = (filters.SortOrder ?? "Descending") === "Descending" ? -1 : 1;
  // A line break comes before every character of a name: names sort as they are, and equal ones by ARN.
  const placeOf = (resource: Listed): Place => [sortKey(resource, filters.SortBy), `${resource.name}\n${resource.arn ?? ""}`];
  const byPlace = (a: Place, b: Place): number => direction * (compare(a[0], b[0]) || compare(a[1], b[1]));
  const sorted = resources.filter((resource) => matches(resource, filters)).sort((a, b) => byPlace(placeOf(a), placeOf(b)));
  const question = digest(filters);
  const from = filters.NextToken === undefined ? undefined : decodeToken(filters.NextToken, question);
  const rest = from === undefined ? sorted : sorted.filter((resource) => byPlace(placeOf(resource), from) > 0);
  const items = rest.slice(0, filters.MaxResults ?? defaultPageSize);
  const last = items.at(-1);
  return {
    items,
    nextToken: items.length < rest.length && last !== undefined ? encodeToken(question, placeOf(last)) : undefined,
  };
}

function matches(resource: Listed, filters: ListFilters): boolean {
  const { NameContains, StatusEquals, CreationTimeAfter, CreationTimeBefore, LastModifiedTimeAfter, LastModifiedTimeBefore } = filters;
  const modifiedAt = resource.modifiedAt ?? resource.createdAt;
  return (
    (NameContains === undefined || resource.name.toLowerCase().includes(NameContains.toLowerCase())) &&
    (StatusEquals === undefined || resource.status === StatusEquals) &&
    (CreationTimeAfter === undefined || resource.createdAt > CreationTimeAfter.getTime()) &&
    (CreationTimeBefore === undefined || resource.createdAt < CreationTimeBefore.getTime()) &&
    (LastModifiedTimeAfter === undefined || modifiedAt > LastModifiedTimeAfter.getTime()) &&
    (LastModifiedTimeBefore === undefined || modifiedAt < LastModifiedTimeBefore.getTime())
  );
}

/** Where an item stands in the order: by what is sorted, then by name. */
type Place = readonly [string | number, string];

function sortKey(resource: Listed, sortBy: string | undefined): string | number {
  switch (sortBy) {
    case "Name":
      return resource.name;
    case "Status":
      return resource.status ?? "";
    case "LastModifiedTime":
      return resource.modifiedAt ?? resource.createdAt;
    default:
      return resource.createdAt;
  }
}

function compare(a: string | number, b: string | number): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}

/** A short sign of everything that decides which items come in which order. */
function digest({ NextToken: _, MaxResults: __, ...question }: ListFilters): string {
  const members = Object.entries(question).sort(([a], [b]) => compare(a, b));
  return createHash("sha256").update(JSON.stringify(members)).digest("base64url").slice(0, 12);
}

function encodeToken(question: string, place: Place): string {
  return Buffer.from(JSON.stringify([question, ...place])).toString("base64");
}

function decodeToken(token: string, question: string): Place {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, "base64").toString("utf8"));
  } catch {
    throw invalid("Invalid pagination token given.");
  }
  const [asked, key, name] = Array.isArray(content) ? content : [];
  if (asked !== question || (typeof key !== "string" && typeof key !== "number") || typeof name !== "string") {
    throw invalid("Invalid pagination token given.");
  }
  return [key, name];
}

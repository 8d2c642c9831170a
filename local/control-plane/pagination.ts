import { invalid } from "./service-error";

/** One page of a list, and the token of the next. */
export interface Page<T> {
  readonly items: T[];
  readonly nextToken: string | undefined;
}

/** AWS's page size when `MaxResults` is left out. */
const defaultPageSize = 10;

export function paginate<T>(all: readonly T[], token: string | undefined, maxResults: number | undefined): Page<T> {
  const start = token === undefined ? 0 : decodeToken(token);
  const end = start + (maxResults ?? defaultPageSize);
  return {
    items: all.slice(start, end),
    nextToken: end < all.length ? Buffer.from(`page:${end}`).toString("base64") : undefined,
  };
}

function decodeToken(token: string): number {
  const match = /^page:(\d+)$/.exec(Buffer.from(token, "base64").toString("utf8"));
  if (match?.[1] === undefined) {
    throw invalid("Invalid pagination token given.");
  }
  return Number(match[1]);
}

/** What lists of named resources can be narrowed by; the members of the API's `List…` requests. */
export interface ListFilters {
  readonly NameContains?: string;
  readonly CreationTimeAfter?: Date;
  readonly CreationTimeBefore?: Date;
  readonly LastModifiedTimeAfter?: Date;
  readonly LastModifiedTimeBefore?: Date;
  readonly SortBy?: string;
  readonly SortOrder?: string;
  readonly NextToken?: string;
  readonly MaxResults?: number;
}

export interface Listed {
  readonly name: string;
  readonly createdAt: number;
  readonly modifiedAt?: number;
  readonly status?: string;
}

/** Filters, sorts (by creation time, newest first, unless told otherwise) and cuts to a page. */
export function listPage<T extends Listed>(resources: readonly T[], filters: ListFilters): Page<T> {
  const { NameContains, CreationTimeAfter, CreationTimeBefore, LastModifiedTimeAfter, LastModifiedTimeBefore } = filters;
  const kept = resources.filter((resource) => {
    const modifiedAt = resource.modifiedAt ?? resource.createdAt;
    return (
      (NameContains === undefined || resource.name.toLowerCase().includes(NameContains.toLowerCase())) &&
      (CreationTimeAfter === undefined || resource.createdAt > CreationTimeAfter.getTime()) &&
      (CreationTimeBefore === undefined || resource.createdAt < CreationTimeBefore.getTime()) &&
      (LastModifiedTimeAfter === undefined || modifiedAt > LastModifiedTimeAfter.getTime()) &&
      (LastModifiedTimeBefore === undefined || modifiedAt < LastModifiedTimeBefore.getTime())
    );
  });
  kept.sort((a, b) => compare(sortKey(a, filters.SortBy), sortKey(b, filters.SortBy)) || compare(a.name, b.name));
  if ((filters.SortOrder ?? "Descending") === "Descending") {
    kept.reverse();
  }
  return paginate(kept, filters.NextToken, filters.MaxResults);
}

function sortKey(resource: Listed, sortBy: string | undefined): string | number {
  switch (sortBy) {
    case "Name":
      return resource.name;
    case "Status":
      return resource.status ?? "";
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

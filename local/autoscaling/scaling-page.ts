import { type Listed, listPage, type Page } from "../control-plane/pagination";
import { invalid, ServiceError } from "../control-plane/service-error";

interface Asked {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

interface Order {
  /** The most entries of a page, and how many there are unless asked for less. */
  readonly most: number;
  readonly SortBy: "Name" | "CreationTime";
  readonly SortOrder: "Ascending" | "Descending";
}

/** One page of a list, with this service's own error for a token that is none. */
export function scalingPage<T extends Listed>(items: readonly T[], { MaxResults, NextToken }: Asked, { most, ...order }: Order): Page<T> {
  if (MaxResults !== undefined && (MaxResults < 1 || MaxResults > most)) {
    throw invalid(`MaxResults must be between 1 and ${most}: got ${MaxResults}.`);
  }
  try {
    return listPage(items, { ...order, MaxResults: MaxResults ?? most, ...(NextToken === undefined ? {} : { NextToken }) });
  } catch (error) {
    throw error instanceof ServiceError ? new ServiceError("InvalidNextTokenException", error.message) : error;
  }
}

/**
 * The arguments without those that are null, at any depth: that is how other languages, and JSON, leave an argument out. What is no plain object, such as an
 * output or a component, stays as it is, and so does a null in a list.
 */
export function withoutNulls<A>(given: A): A {
  if (Array.isArray(given)) return given.map((each: unknown) => withoutNulls(each)) as A;
  if (typeof given !== "object" || given === null || Object.getPrototypeOf(given) !== Object.prototype) return given;
  const members = Object.entries(given).filter(([, value]) => value !== null);
  return Object.fromEntries(members.map(([key, value]) => [key, withoutNulls(value)])) as A;
}

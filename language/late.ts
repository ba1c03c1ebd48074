/**
 * Gives what `make` makes, once, when it is first asked for.
 *
 * V8 takes up to a millisecond for a pattern with properties of characters (`\p{L}`) as soon as the module it stands in is
 * loaded, and most texts have nothing in them that such a pattern is for.
 */
export function late<T>(make: () => T): () => T {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

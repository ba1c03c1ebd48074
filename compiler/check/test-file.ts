/** Files of tests, by their names. They are no part of what runs. */
export const isTestFile = (path: string): boolean => path.endsWith(".test.ops");

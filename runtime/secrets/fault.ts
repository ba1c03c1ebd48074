/** A secret that cannot be had, in words that name it and never quote it. */
export class SecretFault extends Error {
  /** What to do about it. */
  readonly remedy: string;
  /** Whether it may be there a moment later. */
  readonly retryable: boolean;
  /** Of a request that changes something: whether it may have taken place, and nobody heard. */
  readonly unknown: boolean;
  constructor(
    message: string,
    remedy: string,
    options: { readonly retryable?: boolean; readonly unknown?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "SecretFault";
    this.remedy = remedy;
    this.retryable = options.retryable ?? false;
    this.unknown = options.unknown ?? false;
  }
}

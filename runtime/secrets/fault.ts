/** A secret that cannot be had, in words that name it and never quote it. */
export class SecretFault extends Error {
  /** What to do about it. */
  readonly remedy: string;
  /** Whether it may be there a moment later. */
  readonly retryable: boolean;
  constructor(
    message: string,
    remedy: string,
    options: { readonly retryable?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "SecretFault";
    this.remedy = remedy;
    this.retryable = options.retryable ?? false;
  }
}

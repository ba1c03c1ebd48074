/**
 * A share of a whole number, computed on whole numbers: 29% of 100 is 29, though 0.29 has no exact binary form. The
 * percentage is taken as it is written, in decimals.
 */

/** `percent`% of `whole`, rounded down, or to the nearest (halves away from zero). Both are finite, `whole` has no fraction. */
export function shareOf(percent: number, whole: number, rounding: "down" | "nearest"): bigint {
  const { digits, scale } = decimalOf(percent);
  const parts = digits * BigInt(whole);
  const unit = 100n * 10n ** BigInt(scale);
  if (rounding === "down") return parts / unit - (parts % unit < 0n ? 1n : 0n);
  const size = parts < 0n ? -parts : parts;
  const nearest = (2n * size + unit) / (2n * unit);
  return parts < 0n ? -nearest : nearest;
}

/** The shortest decimal that is `n`: `digits` over ten to the `scale`. */
function decimalOf(n: number): { readonly digits: bigint; readonly scale: number } {
  const [mantissa = "0", exponent = "0"] = String(n).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

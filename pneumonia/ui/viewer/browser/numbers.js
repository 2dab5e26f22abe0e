// Numbers: kept within bounds, and written for the reader.

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// With as many digits after the language's decimal sign.
export const decimal = (value, digits, language) =>
  value.toLocaleString(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    useGrouping: false,
  });

// With narrow spaces between thousands and a true minus sign.
export const grouped = (value) =>
  String(Math.round(value))
    .replace("-", "\u2212")
    .replace(/\B(?=(\d{3})+$)/g, "\u202f");

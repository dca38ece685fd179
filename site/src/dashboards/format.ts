// Numbers by the format strings of a measure (`#,##0`, `0.00`, `0.0%`), and the values of fields as text.
import type { Field, Scalar } from "./data";

const known = new Map<string, (value: number) => string>();

/** What stands where there is no figure. */
export const BLANK = "–";

/** A number as its format string asks. Text outside of the digits (also in quotes) is kept as it is. */
export function number(value: number | null | undefined, format: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return BLANK;
  let formatter = known.get(format);
  if (!formatter) {
    formatter = compile(format);
    known.set(format, formatter);
  }
  return formatter(value);
}

function compile(format: string): (value: number) => string {
  const pattern = /[#0][#0,]*(?:\.[#0]+)?/.exec(format);
  if (!pattern) {
    const plain = new Intl.NumberFormat("en-US", { maximumFractionDigits: 4, useGrouping: false });
    return (value) => plain.format(value);
  }
  const unquote = (text: string): string => text.replace(/"([^"]*)"|\\(.)/g, "$1$2");
  const prefix = unquote(format.slice(0, pattern.index));
  const suffix = unquote(format.slice(pattern.index + pattern[0].length));
  const fraction = pattern[0].split(".")[1] ?? "";
  const percent = suffix.includes("%") || prefix.includes("%");
  const digits = new Intl.NumberFormat("en-US", {
    useGrouping: pattern[0].includes(","),
    minimumFractionDigits: fraction.replace(/#/g, "").length,
    maximumFractionDigits: fraction.length,
  });
  return (value) => prefix + digits.format(percent ? value * 100 : value) + suffix;
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const small = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

/** A short number for an axis: `12K`. */
export function short(value: number): string {
  return Math.abs(value) >= 1000 ? compact.format(value) : small.format(value);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A field's value as text; a date is as short as its grain allows: `Mar 2015`, `2015 Q1`, `2015`. */
export function text(value: Scalar | undefined, field: Pick<Field, "type" | "grain">): string {
  if (value === null || value === undefined) return "(blank)";
  if (value === "") return "(empty)";
  if (field.type !== "date") return String(value);
  const [year = "", month = "1", day = "1"] = String(value).slice(0, 10).split("-");
  switch (field.grain) {
    case "year":
      return year;
    case "quarter":
      return `${year} Q${Math.ceil(Number(month) / 3)}`;
    case "month":
      return `${MONTHS[Number(month) - 1] ?? month} ${year}`;
    default:
      return `${Number(day)} ${MONTHS[Number(month) - 1] ?? month} ${year}`;
  }
}

/** A moment in words: `27 Nov 2026, 04:20 UTC`. */
export function moment(iso: string): string {
  const day = text(iso, { type: "date", grain: "day" });
  return `${day}, ${iso.slice(11, 16)} UTC`;
}

/** How long ago a moment was, roughly. */
export function ago(iso: string, now: number): string {
  const minutes = Math.max(0, Math.round((now - Date.parse(/Z|[+-]\d\d:\d\d$/.test(iso) ? iso : `${iso}Z`)) / 60_000));
  const say = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  if (minutes < 1) return "just now";
  if (minutes < 60) return say(minutes, "minute");
  if (minutes < 48 * 60) return say(Math.round(minutes / 60), "hour");
  return say(Math.round(minutes / 1440), "day");
}

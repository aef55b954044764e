/**
 * Numbers as people read them. Everything a machine reads (`--json`, CSV) keeps the plain numbers.
 *
 * @module
 */

const STEPS = ["", "k", "M", "G", "T", "P"] as const;

/**
 * Three significant digits and a unit for thousands, millions and so on: `1234567` → `"1.23 M"`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatCount } from "./format.ts";
 * assert.equal(formatCount(1234567), "1.23 M");
 * assert.equal(formatCount(219), "219");
 * ```
 */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1000) return String(value);
  const [scaled, step] = scale(value, 1000, STEPS.length);
  return `${threeDigits(scaled)} ${STEPS[step]}`.trimEnd();
}

const BYTE_STEPS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** A size in binary units: `1536` → `"1.50 KiB"`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return String(bytes);
  const [scaled, step] = scale(bytes, 1024, BYTE_STEPS.length);
  return `${step === 0 ? scaled : threeDigits(scaled)} ${BYTE_STEPS[step]}`;
}

/** A time in ms, in the unit that fits: `"0.42 ms"`, `"12.3 ms"`, `"2.31 s"`. */
export function formatMilliseconds(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return String(milliseconds);
  return Math.abs(milliseconds) >= 999.5
    ? `${threeDigits(milliseconds / 1000)} s`
    : `${threeDigits(milliseconds)} ms`;
}

/** A span of time as a clock shows it: `"0:07"`, `"12:05"`, `"1:02:03"`. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A fraction as a percentage with one decimal: `0.1234` → `"12.3 %"`. */
export function formatPercent(fraction: number): string {
  return Number.isFinite(fraction) ? `${(fraction * 100).toFixed(1)} %` : String(fraction);
}

/** All digits, in groups of three: `1234567` → `"1 234 567"`. */
export function groupDigits(value: number): string {
  const [whole, decimals] = String(value).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, " ");
  return decimals === undefined ? grouped : `${grouped}.${decimals}`;
}

/** `"1 image"`, `"2 images"`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Brings `value` below `base` by whole steps, so that rounding to three digits never shows `1000 k`. */
function scale(value: number, base: number, steps: number): [scaled: number, step: number] {
  let step = 0;
  while (Math.abs(value) >= (base === 1000 ? 999.5 : base) && step < steps - 1) {
    value /= base;
    step++;
  }
  return [value, step];
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

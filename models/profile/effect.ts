/** What each redesign of the MobileNetV3 paper saves on this machine. */
import { usageError } from "../../core/errors.ts";
import { compareSubjects, type ProfileOptions, type TimedSubject } from "../../core/profile/mod.ts";
import { type AblatedNetwork, ablation, type EffectName, type Variant } from "../zoo/mod.ts";
import { networkSubject, type SubjectOptions } from "./subject.ts";

/** A redesign: the network as published, first, beside its variants. */
export interface EffectProfile {
  readonly effect: EffectName;
  readonly title: string;
  /** What the paper says about it. */
  readonly paper?: string;
  readonly rows: readonly EffectRow[];
}

/** A variant of a network, with its times where it was measured. */
export interface EffectRow extends TimedSubject {
  readonly variant: Variant;
  /** The same with h-swish computed operator by operator, where that is part of the question. */
  readonly unfused?: TimedSubject;
}

/** onnxruntime fuses h-swish only in the form that bneck writes; this is the other. */
const OPERATOR_BY_OPERATOR = { sixth: Math.fround(1 / 6) };

/** The network that is changed unless another is named. */
const DEFAULT_NETWORK = "mobilenetv3-large-1.0";

/** Wider ones are taken for a mistake. */
const MAX_WIDTH = 8;

/**
 * Counts the variants of a network that show an effect.
 *
 * @param network the name of a MobileNetV3 of the paper.
 * @throws {BneckError} (usage) when it is not one, or never had what the effect is about.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countEffect, measureEffect } from "./effect.ts";
 * const counted = countEffect("se", "mobilenetv3-small-0.35", { size: [32, 32] });
 * const { rows: [published, without] } = await measureEffect(counted, { runs: 2, warmup: 0 });
 * assert.ok(published.subject.costs.parameters > without.subject.costs.parameters);
 * assert.ok(published.time!.milliseconds > 0);
 * ```
 */
export function countEffect(
  effect: EffectName,
  network: string = DEFAULT_NETWORK,
  options: Pick<SubjectOptions, "size" | "rule"> = {},
): EffectProfile {
  const { title, paper, variants } = ablation(effect, ablatedNetwork(network));
  const rows = variants.map((variant): EffectRow => ({
    variant,
    subject: networkSubject(variant.network, options),
    unfused: effect === "nonlinearity"
      ? { subject: networkSubject(variant.network, { ...options, lowering: OPERATOR_BY_OPERATOR }) }
      : undefined,
  }));
  return { effect, title, paper, rows };
}

/**
 * Measures the variants of an effect in turns.
 *
 * @throws {BneckError} when onnxruntime cannot run one; the reason of `signal` once it is aborted.
 */
export async function measureEffect(
  counted: EffectProfile,
  options: ProfileOptions = {},
): Promise<EffectProfile> {
  const subjects = counted.rows.flatMap(({ subject, unfused }) =>
    unfused ? [subject, unfused.subject] : [subject]
  );
  const times = new Map(
    (await compareSubjects(subjects, options)).map((time, index) => [subjects[index], time]),
  );
  const rows = counted.rows.map((row) => ({
    ...row,
    time: times.get(row.subject),
    unfused: row.unfused && { ...row.unfused, time: times.get(row.unfused.subject) },
  }));
  return { ...counted, rows };
}

function ablatedNetwork(name: string): AblatedNetwork {
  const [, size, width] = /^mobilenetv3-(large|small)-(\d+(?:\.\d+)?)$/.exec(name) ?? [];
  if (!(Number(width) > 0 && Number(width) <= MAX_WIDTH)) {
    throw usageError(
      `an effect is measured on a MobileNetV3, such as ${DEFAULT_NETWORK} or mobilenetv3-small-0.75, not on ${name}`,
    );
  }
  return { size: size as AblatedNetwork["size"], width: Number(width) };
}

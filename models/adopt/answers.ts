/** What a user says of a file that others exported, and what is concluded without an answer. */
import type { Extent } from "../../core/graph/mod.ts";
import type { BoxReading, ClassScores, FinalRowSpec, Suppression } from "../../heads/mod.ts";
import type { InputSize } from "../input_size.ts";
import type { Task } from "../network.ts";
import type { DETECTION_KINDS } from "./choices.ts";
import type { ChannelValues, TensorInput } from "../tensor_input.ts";

/** Answers; what is absent is concluded from the file or assumed. */
export interface Answers {
  readonly task?: Task;
  /** How the outputs are read: the kind of an output spec. */
  readonly outputs?: typeof DETECTION_KINDS[number];
  /** The names of the outputs that are read; others are left alone. */
  readonly outputNames?: readonly string[];
  /** The names of the classes. */
  readonly labels?: readonly string[];
  readonly size?: InputSize;
  /** The sides of the input are multiples of this. */
  readonly multiple?: number;
  /** The middle of the resized image that the network sees. */
  readonly crop?: Extent;
  readonly cropRounding?: TensorInput["cropRounding"];
  readonly fit?: TensorInput["fit"];
  readonly fitRounding?: TensorInput["fitRounding"];
  readonly filter?: TensorInput["filter"];
  readonly layout?: TensorInput["layout"];
  readonly channels?: TensorInput["channels"];
  /** Of padding, 0…255. */
  readonly padding?: number;
  readonly paddingPlace?: TensorInput["padding"]["place"];
  /** Of images in 0…255. */
  readonly mean?: ChannelValues;
  readonly std?: ChannelValues;
  readonly iou?: number;
  readonly agnostic?: Suppression["agnostic"];
  readonly multiLabel?: Suppression["multiLabel"];
  /** The number of a detector's first class. */
  readonly firstLabel?: "0" | "1";
  /** What the numbers of selected objects in rows are. */
  readonly rowOrder?: FinalRowSpec["order"];
  readonly scores?: ClassScores["scores"];
  readonly background?: ClassScores["background"];
  readonly boxFormat?: BoxReading["format"];
  readonly boxUnit?: BoxReading["unit"];
  /** The probability above which a pixel of a mask belongs to its class. */
  readonly threshold?: number;
}

/** Something that is concluded of a file. */
export interface Finding {
  /** The heading: `images`, `classes`. */
  readonly topic: string;
  readonly text: string;
  /** What it is concluded from: `the ultralytics metadata`. */
  readonly because: string;
  /** The {@linkcode Answers} that change it. */
  readonly options: readonly (keyof Answers)[];
  /** Whether nothing in the file says so. */
  readonly isAssumed: boolean;
}

/** Collects findings: each thing is what the user says, what the file says, or an assumption. */
export class Findings {
  readonly list: Finding[] = [];

  /** Adds a finding. */
  add(
    topic: string,
    text: string,
    because: string,
    options: readonly (keyof Answers)[] = [],
    isAssumed = false,
  ): void {
    this.list.push({ topic, text, because, options, isAssumed });
  }

  /** The user's answer, or what the file says of it, or `standard`, in this order; and adds which it was. */
  choose<T>(
    choice: {
      readonly topic: string;
      readonly option: keyof Answers;
      readonly answer: T | undefined;
      readonly clue?: T;
      /** Where the clue is from. */
      readonly from?: string;
      readonly standard: T;
      /** Why it is assumed, where nothing says so. */
      readonly because?: string;
      /** Whether it hardly ever is anything else, so that the file can be used without asking. */
      readonly isSafe?: boolean;
    },
    text: (value: T) => string,
  ): T {
    const { topic, option, answer, clue, from = "the file", standard, because = "assumed", isSafe } = choice;
    if (answer !== undefined) {
      this.add(topic, text(answer), "as asked", [option]);
      return answer;
    }
    if (clue !== undefined) {
      this.add(topic, text(clue), from, [option]);
      return clue;
    }
    this.add(topic, text(standard), because, [option], !isSafe);
    return standard;
  }
}

/** Profiles as onnxruntime writes them. */

/** A kernel's line, or that of a body or a run. */
export function event(
  name: string,
  start: number,
  duration: number,
  args: Record<string, unknown> = {},
): string {
  const category = name.endsWith("_kernel_time") ? "Node" : "Session";
  return `{"cat" : "${category}","pid" :7,"tid" :7,"dur" :${duration},"ts" :${start},"ph" : "X",` +
    `"name" :"${name}","args" : ${JSON.stringify(args)}},\n`;
}

export function kernel(
  operator: string,
  index: number,
  start: number,
  duration: number,
  name = `${operator}_${index}`,
): string {
  return event(`${name}_kernel_time`, start, duration, {
    op_name: operator,
    node_index: String(index),
    input_type_shape: [{ float: [1, 3, 8, 8] }, { int64: [] }],
    output_type_shape: [{ float: [1, 4, 8, 8] }],
    output_size: "1024",
  });
}

export function body(start: number, duration: number): string {
  return event("SequentialExecutor::Execute", start, duration);
}

export function run(start: number, duration: number): string {
  return event("model_run", start, duration);
}

/** The whole file. The last event has no comma behind it. */
export function trace(...events: string[]): string {
  return `[\n${events.join("").replace(/,\n$/, "\n")}]\n`;
}

/** Networks by name, without weights, and the tables of the papers that they come from. */
export * from "./ablations.ts";
export * from "./definition.ts";
export * from "./catalogue.ts";
export * from "./paper_table.ts";
export * from "./paper_tables.ts";

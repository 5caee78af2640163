// What an editor offers in the folder of a front end: `node completion.mjs`, with documents on standard input, one a
// line, each with a `|` where the cursor is. Prints the labels of each as JSON, one a line. The project's own
// configuration says which schema it is.

import { readFileSync } from "node:fs";
import { loadConfig } from "graphql-config";
import { getAutocompleteSuggestions, Position } from "graphql-language-service";

const project = (await loadConfig({ rootDir: process.cwd() })).getDefault();
const schema = await project.getSchema();
for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const [before, after] = line.split("|");
  const suggestions = getAutocompleteSuggestions(schema, before + after, new Position(0, before.length));
  console.log(JSON.stringify(suggestions.map(({ label }) => label)));
}
